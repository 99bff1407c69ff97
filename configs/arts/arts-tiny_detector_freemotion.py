"""The small ARTS, trained and tested with the measured detector's errors."""
_base_ = './arts-tiny_freemotion.py'

# One track in four is exact, the others have a part of the errors at least:
# people are easier to see than drawn bodies, other detectors better than ours.
noise = dict(
    _delete_=True, type='DetectorNoise', clean=0.25, strength=(0.3, 1.0))
# The errors were measured on people who are in the picture; so are these, but
# for some that its border cuts off.
train_dataloader = dict(
    dataset=dict(noise=noise, camera=dict(truncated=0.15, keep_inside=True)))
inside = dict(keep_inside=True)
val_dataloader = dict(
    dataset=dict(noise=dict(type='DetectorNoise'), camera=inside))
test_dataloader = dict(
    dataset=dict(noise=dict(type='DetectorNoise'), camera=inside))
