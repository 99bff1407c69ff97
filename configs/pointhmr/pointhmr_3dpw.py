"""Fine-tuning on 3DPW's training set: 5 epochs, as in the release's script."""
_base_ = './pointhmr_h36m.py'

train_dataloader = dict(
    batch_size=24,
    sampler=dict(_delete_=True, type='GroupedSampler', epoch_by=0),
    dataset=dict(
        _delete_=True,
        type='GroupedDataset',
        sizes=dict(pw3d=24),
        groups=dict(pw3d={{_base_.pw3d}})))
test_dataloader = dict(
    dataset=dict(
        ann_file='data/3dpw/test.mmarts', image_root='data/pictures/3dpw'))
test_evaluator = [
    dict(
        type='JointError',
        protocol='3dpw-pointhmr',
        body_model={{_base_.body_model}}),
    dict(
        type='VertexError',
        protocol='3dpw-pointhmr',
        body_model={{_base_.body_model}}),
]
train_cfg = dict(max_epochs=5)
param_scheduler = [
    dict(type='MultiStepLR', milestones=[3], gamma=0.1, by_epoch=True)
]
load_from = 'work_dirs/pointhmr_h36m/epoch_50.pth'
