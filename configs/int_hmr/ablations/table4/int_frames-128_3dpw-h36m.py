"""Table 4: clips of 128 frames in tests."""
_base_ = ['../../int_phase3_3dpw-h36m.py']

test_dataloader = dict(dataset=dict(num_frames=128, interval=1))
