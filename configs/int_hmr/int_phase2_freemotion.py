"""INT, second phase, on rendered clips and images, after phase 1.

The clips have 16 frames at an interval of 4: those that ship are short.
"""
_base_ = ['./int_phase1_freemotion.py']

model = dict(
    temporal=dict(
        _delete_=True,
        type='TokenTemporal',
        dim=768,
        depth=3,
        num_heads=12,
        num_frames=16))
sizes = dict(clips=7, images=7)
train_dataloader = dict(
    batch_size=sum(sizes.values()),
    dataset=dict(
        sizes=dict(_delete_=True, **sizes),
        groups=dict(
            clips=dict(
                type='FreeMotionImages',
                split='train',
                body_model={{_base_.body_model}},
                joint_set={{_base_.joint_set}},
                num_frames=16,
                interval=4,
                crop_size={{_base_.crop_size}},
                length=1_000_000,
                pictures=dict(occluded=0.3),
                variety=dict(
                    splice=0.2, pose_std=0.12, speed=(0.7, 1.3), sampled=0.05),
                camera=dict(truncated=0.05),
                augment=dict(
                    margin=(1.3, 1.3), tight=dict(chance=0.2), flip=0.5),
                pixels=dict(jitter=(0.3, 0.3, 0.3, 0.3), erase=0.3)))))
load_from = 'work_dirs/int_phase1_freemotion/iter_60000.pth'
