"""The network of INT's release: the paper's, but for camera and losses.

It has no data: tools/convert_checkpoint.py int-release builds it, and the
configs int-release_phase*.py train it.
"""
_base_ = [
    '../_base_/models/int_release.py', '../_base_/body_models/smpl_spin.py',
    '../_base_/default_runtime.py'
]

model = dict(body_model={{_base_.body_model}})
