"""The release of ARTS on 3DPW: the whole network."""
_base_ = [
    './_base_/arts-release.py', '../../../configs/_base_/datasets/pw3d.py',
    '../../../configs/_base_/default_runtime.py'
]

model = dict(body_model={{_base_.body_model}})
