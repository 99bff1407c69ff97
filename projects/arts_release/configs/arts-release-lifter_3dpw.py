"""The release of ARTS on 3DPW: stage one, the lifter.

Windows of 16 frames, as stage two has them; the release's file says 64 here,
whose embedding of time does not fit stage two.
"""
_base_ = [
    './_base_/arts-release-lifter.py',
    '../../../configs/_base_/datasets/pw3d.py',
    '../../../configs/_base_/default_runtime.py'
]

model = dict(body_model={{_base_.body_model}})
train_dataloader = dict(batch_size=64)
randomness = dict(seed=123)
test_evaluator = dict(
    _delete_=True, type='JointError', joint_set='coco19', eval_joints='coco19')
