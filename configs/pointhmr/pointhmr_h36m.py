"""PointHMR as the supplement has it, on its five sets; tested on Human3.6M."""
_base_ = [
    '../_base_/models/pointhmr.py', '../_base_/datasets/pointhmr_mix.py',
    '../_base_/schedules/adam_50e.py', '../_base_/default_runtime.py'
]

model = dict(body_model={{_base_.body_model}})
