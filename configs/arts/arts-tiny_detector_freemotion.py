"""The small ARTS, trained and tested with the measured detector's errors."""
_base_ = './arts-tiny_freemotion.py'

# One track in four is exact: other detectors are better than ours.
noise = dict(_delete_=True, type='DetectorNoise', clean=0.25)
train_dataloader = dict(dataset=dict(noise=noise))
val_dataloader = dict(dataset=dict(noise=dict(type='DetectorNoise')))
test_dataloader = dict(dataset=dict(noise=dict(type='DetectorNoise')))
