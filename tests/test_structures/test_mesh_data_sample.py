# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np
import pytest
import torch

from mmarts.structures import BodyParams, MeshDataSample, check_sample
from mmarts.structures.mesh_data_sample import META_KEYS


@pytest.fixture
def sample():
    sample = MeshDataSample(metainfo={k: None for k in META_KEYS})
    sample.set_metainfo(dict(frame_index=np.arange(4)))
    sample.joints3d = torch.zeros(4, 19, 3)
    sample.joints3d_valid = torch.ones(4, 19, dtype=torch.bool)
    return sample


def test_a_right_sample_passes(sample):
    sample.pred_betas = torch.zeros(1, 10)
    sample.pred_frame_index = torch.tensor([2])
    check_sample(sample)


@pytest.mark.parametrize('break_it, message', [
    (lambda s: s.pop('joints3d_valid'), 'joints3d_valid should be'),
    (lambda s: s.set_field(torch.zeros(3, 19, 3), 'joints3d'), 'T=4'),
    (lambda s: s.set_field(torch.zeros(1, 10), 'pred_betas'),
     'without pred_frame_index'),
])
def test_what_is_wrong_is_named(sample, break_it, message):
    break_it(sample)
    with pytest.raises(ValueError, match=message):
        check_sample(sample)


def test_missing_meta_is_named():
    with pytest.raises(ValueError, match='frame_index'):
        check_sample(MeshDataSample())


def test_body_params_index_all_parts_alike():
    params = BodyParams(
        torch.zeros(2, 5, 1, 3, 3), torch.zeros(2, 5, 23, 3, 3),
        torch.zeros(2, 5, 10))
    assert params.leading_shape == (2, 5)
    assert params[:, 3].leading_shape == (2, )
    assert params[:, 3].transl is None
