"""A small SATN on rendered clips, after dsd-tiny_freemotion.py.

The frame network runs on pictures that are drawn on the fly; nothing is
written.
"""
_base_ = [
    '../_base_/models/satn.py', '../_base_/datasets/freemotion_images.py',
    '../_base_/schedules/sgd_adversarial_40e.py',
    '../_base_/default_runtime.py'
]

num_frames, interval = 9, 3
clips = dict(
    joint_set='lsp14', num_frames=num_frames, interval=interval, crop_size=128)
train_dataloader = dict(batch_size=8, dataset=clips)
val_dataloader = dict(batch_size=8, dataset=dict(clips, stride=24))
test_dataloader = dict(batch_size=8, dataset=dict(clips, stride=24))
val_evaluator = test_evaluator = [
    dict(
        type=kind,
        body_model=dict(type='FreeBody'),
        joint_set='lsp14',
        root=('R_Hip', 'L_Hip'),
        eval_joints=None)
    for kind in ('JointError', 'VelocityError', 'AccelError')
]

model = dict(
    body_model={{_base_.body_model}},
    frame_network=dict(
        type='SkeletonDetailNet',
        backbone=dict(type='ResNet', blocks=(1, 1, 1, 1), base_channels=16),
        heatmap_head=dict(
            type='DeconvHeatmapHead', in_channels=512, channels=64),
        integral=dict(type='IntegralRegression'),
        head=dict(type='DSDHead', in_dim=512, detail_dim=128, out_dim=256),
        parameter_head=dict(type='SMPLParameterHead', in_dim=256),
        init_cfg=dict(
            type='Pretrained',
            checkpoint='work_dirs/dsd-tiny_freemotion/iter_3000.pth',
            prefix='network.')),
    network=dict(
        encoder=dict(dim=256, hidden_dim=512), tcn=dict(in_dim=256, dim=256)),
    head=dict(in_dim=256),
    order_head=dict(in_dim=256, dim=128),
    discriminator=dict(pose_dim=256))
max_iters = 2_000
train_cfg = dict(
    _delete_=True,
    type='StreamTrainLoop',
    max_iters=max_iters,
    val_interval=max_iters)
log_processor = dict(by_epoch=False)
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=max_iters))
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=5e-4, weight_decay=0.01),
    clip_grad=dict(max_norm=10.0))
