# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""A random body in SMPL's file layout: right shapes, pose correctives."""
import numpy as np

PARENTS = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17,
           18, 19, 20, 21)


def toy_arrays(num_vertices: int = 300,
               num_betas: int = 10,
               seed: int = 0) -> dict:
    """Arrays of the official file, float64, with regressors of joint sets."""
    rng = np.random.default_rng(seed)

    def rows(count, used=8):
        matrix = np.zeros((count, num_vertices))
        for row in matrix:
            row[rng.choice(num_vertices, used,
                           replace=False)] = rng.random(used)
        return matrix / matrix.sum(1, keepdims=True)

    weights = np.zeros((num_vertices, 24))
    for row in weights:
        row[rng.choice(24, 4, replace=False)] = rng.random(4)
    coco = rows(17)
    coco = np.concatenate([
        coco, coco[[11, 12]].mean(0, keepdims=True),
        coco[[5, 6]].mean(0, keepdims=True)
    ])
    return dict(
        name=np.array('toy'),
        v_template=rng.normal(0, 0.5, (num_vertices, 3)),
        f=rng.integers(0, num_vertices, (40, 3)).astype(np.uint32),
        shapedirs=rng.normal(0, 0.03, (num_vertices, 3, num_betas)),
        posedirs=rng.normal(0, 0.01, (num_vertices, 3, 207)),
        J_regressor=rows(24),
        weights=weights / weights.sum(1, keepdims=True),
        kintree_table=np.stack(
            [np.array([2**32 - 1, *PARENTS[1:]]),
             np.arange(24)]).astype(np.int64),
        J_regressor_h36m=rows(17),
        J_regressor_coco=coco,
        J_regressor_lsp=rows(14),
        J_regressor_extra=rows(9),
        vertex_picks=rng.choice(num_vertices, 21, replace=False))
