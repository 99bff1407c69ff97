"""DSD on rendered pictures, without any download."""
_base_ = [
    '../_base_/models/dsd.py', '../_base_/datasets/freemotion_images.py',
    '../_base_/schedules/sgd_adversarial_40e.py',
    '../_base_/default_runtime.py'
]

data = dict(dataset=dict(joint_set='lsp14'))
train_dataloader = dict(data)
val_dataloader = dict(data)
test_dataloader = dict(data)
# As many steps as 40 epochs of Human3.6M's 310,000 pictures at 10 fps would
# be, are more than drawn pictures reward.
max_iters = 100_000
train_cfg = dict(
    _delete_=True,
    type='StreamTrainLoop',
    max_iters=max_iters,
    val_interval=max_iters // 10)
log_processor = dict(by_epoch=False)
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=max_iters // 10))

model = dict(body_model={{_base_.body_model}})
