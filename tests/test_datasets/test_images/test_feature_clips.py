# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np
import torch
from toy_pictures import toy_pictures

from mmarts.datasets import FeatureClips


def test_samples_that_stay_are_those_that_are_made(tmp_path, free_body):
    feat = np.random.default_rng(0).normal(size=(20, 5)).astype(np.float32)
    toy_pictures(tmp_path, free_body, size=40, feat=feat)
    fresh, kept = (
        FeatureClips(
            str(tmp_path / 'train.mmarts'),
            num_frames=4,
            joint_set='coco19',
            crop_size=64,
            keep=keep) for keep in (False, True))
    for _ in range(2):
        ours, theirs = kept[3], fresh[3]
        assert torch.equal(ours['inputs']['feat'], torch.tensor(feat[3:7]))
        for name, value in theirs['data_samples'].items():
            assert torch.equal(ours['data_samples'].get(name), value)
        assert (
            ours['data_samples'].sequence == theirs['data_samples'].sequence)
        # What is written into one is not there the next time.
        assert 'pred_cam' not in ours['data_samples']
        ours['data_samples'].set_field(torch.zeros(4, 3), 'pred_cam')
        del ours['inputs']['feat']
    assert kept[3]['data_samples'] is not kept[3]['data_samples']
