"""What all runs share: hooks, logging, seed, processes."""
default_scope = 'mmarts'

default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(type='AtomicCheckpointHook', interval=1, max_keep_ckpts=2),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    padding=dict(type='PaddingHook'),
    random_state=dict(type='RandomStateHook'),
    checkpoint_meta=dict(type='CheckpointMetaHook'))
custom_hooks = []

env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'))  # tools/ choose gloo where no GPU is
randomness = dict(seed=0)
log_processor = dict(by_epoch=True, window_size=50)
log_level = 'INFO'
load_from = None
resume = False
# The lifter stage and the whole network train different parameters.
model_wrapper_cfg = dict(
    type='mmarts.DistributedModel',
    find_unused_parameters=True,
    broadcast_buffers=False)
