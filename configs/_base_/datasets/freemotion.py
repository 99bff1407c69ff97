"""FreeMotion: the data that ships with mmarts. T = 16 at 30 fps."""
body_model = dict(type='FreeBody')
# Empty: the excerpts that ship. Or a folder of tools/convert_dataset.py.
ann_file = ''

train_dataloader = dict(
    batch_size=32,
    num_workers=0,
    sampler=dict(type='StreamSampler'),
    dataset=dict(
        type='FreeMotion',
        split='train',
        body_model=body_model,
        ann_file=ann_file,
        length=1_000_000,
        variety=dict(
            mirror=0.5,
            splice=0.2,
            pose_std=0.12,
            speed=(0.7, 1.3),
            sampled=0.05),
        camera=dict(truncated=0.05),
        # What a good detector does to a well-seen person; two in five tracks
        # are exact, as the clean test data is.
        noise=dict(max_std=0.01, clean=0.4, miss=0.01, swap=0.02)))
test_dataloader = dict(
    batch_size=64,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='FreeMotion',
        split='test',
        body_model=body_model,
        ann_file=ann_file,
        views=4))
val_dataloader = dict(
    test_dataloader,
    dataset=dict(test_dataloader['dataset'], split='val', views=1))
val_cfg = test_cfg = dict()
# Windows fade into each other, as in the demo.
val_evaluator = test_evaluator = [
    dict(
        type='JointError',
        protocol='freemotion',
        body_model=body_model,
        merge='blend'),
    dict(type='VertexError', protocol='freemotion', body_model=body_model),
    dict(
        type='AccelError',
        protocol='freemotion',
        body_model=body_model,
        merge='blend'),
]
