"""INT, second phase, on rendered clips and images, after phase 1."""
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
        groups=dict(clips={{_base_.clip}})))
load_from = 'work_dirs/int_phase1_freemotion/iter_60000.pth'
