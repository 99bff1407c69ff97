"""Table 4: clips of 64 frames in tests, 2 of them woven over 128 frames."""
_base_ = ['../../int_phase3_3dpw-h36m.py']

test_dataloader = dict(dataset=dict(num_frames=64, interval=2))
