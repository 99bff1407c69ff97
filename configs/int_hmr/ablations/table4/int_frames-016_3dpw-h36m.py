"""Table 4: clips of 16 frames in tests, 8 of them woven over 128 frames."""
_base_ = ['../../int_phase3_3dpw-h36m.py']

test_dataloader = dict(dataset=dict(num_frames=16, interval=8))
