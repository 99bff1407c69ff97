# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np

from mmarts.datasets.rendering.wardrobe import Wardrobe


def test_clothes_cover_the_body(free_body):
    template = free_body.v_template.numpy()
    wardrobe = Wardrobe(free_body.weights.numpy(), template)
    colours, worn = wardrobe.dress(np.random.default_rng(0))
    assert colours.shape == (6890, 3)
    assert (wardrobe(np.random.default_rng(0)) == colours).all()
    # Hair sits on the head, above the chin and never on the face's front.
    hair, head = template[wardrobe.hair], template[wardrobe.owner == 15]
    assert hair[:, 1].min() > head[:, 1].min() + 0.02
    assert 0.1 < wardrobe.hair.sum() / len(head) < 0.9
    # The shirt is above the trousers, and neither covers the face.
    shirt, trousers = template[worn['shirt']], template[worn['trousers']]
    assert shirt[:, 1].mean() > trousers[:, 1].mean() + 0.3
    assert not (worn['shirt'] | worn['trousers'])[wardrobe.owner == 15].any()
    assert not (worn['shirt'] & worn['trousers']).any()
