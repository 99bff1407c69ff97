"""FreeMotion in pictures: rendered crops, made on the fly.

Single images by default; a method's config changes `num_frames`, `interval`
and `crop_size`, and takes one of the three augmentations.
docs/freemotion_images.md describes the samples.
"""
body_model = dict(type='FreeBody')
# Empty: the excerpts that ship. Or a folder of tools/convert_dataset.py.
ann_file = ''
# Empty: drawn rooms. Or any folder of pictures.
backgrounds = ''

# What the releases do to a box and to colours. DSD: the middle of each side
# moves by a factor of its own, one crop in five is half a body.
dsd_augment = dict(
    augment=dict(
        margin=(1.0, 1.6), each_side=True, half_body=dict(chance=0.2)))
# INT: phases 2 and 3; phase 1 has neither jitter nor erasing.
int_augment = dict(
    augment=dict(margin=(1.3, 1.3), tight=dict(chance=0.2), flip=0.5),
    pixels=dict(jitter=(0.3, 0.3, 0.3, 0.3), erase=0.3))
# PointHMR: METRO's.
pointhmr_augment = dict(
    augment=dict(
        margin=(1.2, 1.2),
        scale=(0.25, 0.75, 1.25),
        rotation=dict(chance=0.4, std=30., limit=60.),
        flip=0.5),
    pixels=dict(gain=(0.6, 1.4)))

train_dataloader = dict(
    batch_size=16,
    num_workers=0,
    sampler=dict(type='StreamSampler'),
    dataset=dict(
        type='FreeMotionImages',
        split='train',
        body_model=body_model,
        ann_file=ann_file,
        num_frames=1,
        length=1_000_000,
        crop_size=256,
        pictures=dict(backgrounds=backgrounds, occluded=0.3),
        variety=dict(
            mirror=0.5,
            splice=0.2,
            pose_std=0.12,
            speed=(0.7, 1.3),
            sampled=0.05),
        camera=dict(truncated=0.05),
        **dsd_augment))
test_dataloader = dict(
    batch_size=16,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='FreeMotionImages',
        split='test',
        body_model=body_model,
        ann_file=ann_file,
        num_frames=1,
        # Every eighth frame of every clip: 542 pictures.
        stride=8,
        views=2,
        crop_size=256,
        pictures=dict(backgrounds=backgrounds, occluded=0.3)))
val_dataloader = dict(
    test_dataloader,
    dataset=dict(test_dataloader['dataset'], split='val', views=1))
val_cfg = test_cfg = dict()
val_evaluator = test_evaluator = [
    dict(type='JointError', protocol='freemotion', body_model=body_model),
    dict(type='VertexError', protocol='freemotion', body_model=body_model),
]
