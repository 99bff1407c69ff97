"""arts-tiny, widening: every means; judged by the validation people."""
_base_ = '../../arts-tiny_detector_freemotion.py'

test_dataloader = dict(dataset=dict(split='val'))
