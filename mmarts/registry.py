# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Registries of mmarts: children of MMEngine's roots, scope ``mmarts``.

``locations`` lists the modules that a registry imports by itself the first
time something is built from it, so no ``register_all_modules`` is needed.
"""
from mmengine import registry as mmengine_registry
from mmengine.registry import DATA_SAMPLERS as MMENGINE_DATA_SAMPLERS
from mmengine.registry import DATASETS as MMENGINE_DATASETS
from mmengine.registry import HOOKS as MMENGINE_HOOKS
from mmengine.registry import LOOPS as MMENGINE_LOOPS
from mmengine.registry import METRICS as MMENGINE_METRICS
from mmengine.registry import MODEL_WRAPPERS as MMENGINE_MODEL_WRAPPERS
from mmengine.registry import MODELS as MMENGINE_MODELS
from mmengine.registry import \
    OPTIM_WRAPPER_CONSTRUCTORS as MMENGINE_OPTIM_WRAPPER_CONSTRUCTORS
from mmengine.registry import OPTIM_WRAPPERS as MMENGINE_OPTIM_WRAPPERS
from mmengine.registry import TRANSFORMS as MMENGINE_TRANSFORMS
from mmengine.registry import VISUALIZERS as MMENGINE_VISUALIZERS
from mmengine.registry import Registry

# Networks, their parts, losses, normalisers and data preprocessors.
MODELS = Registry(
    'model',
    parent=MMENGINE_MODELS,
    scope='mmarts',
    locations=['mmarts.models'])
# Parametric bodies: SMPL-format files, the free body, SMPL-X through smplx.
BODY_MODELS = Registry(
    'body model', scope='mmarts', locations=['mmarts.body_models'])
DATASETS = Registry(
    'dataset',
    parent=MMENGINE_DATASETS,
    scope='mmarts',
    locations=['mmarts.datasets'])
DATA_SAMPLERS = Registry(
    'data sampler',
    parent=MMENGINE_DATA_SAMPLERS,
    scope='mmarts',
    locations=['mmarts.datasets'])
TRANSFORMS = Registry(
    'transform',
    parent=MMENGINE_TRANSFORMS,
    scope='mmarts',
    locations=['mmarts.datasets'])
METRICS = Registry(
    'metric',
    parent=MMENGINE_METRICS,
    scope='mmarts',
    locations=['mmarts.evaluation'])
HOOKS = Registry(
    'hook', parent=MMENGINE_HOOKS, scope='mmarts', locations=['mmarts.engine'])
LOOPS = Registry(
    'loop', parent=MMENGINE_LOOPS, scope='mmarts', locations=['mmarts.engine'])
MODEL_WRAPPERS = Registry(
    'model_wrapper',
    parent=MMENGINE_MODEL_WRAPPERS,
    scope='mmarts',
    locations=['mmarts.engine'])
OPTIM_WRAPPERS = Registry(
    'optimizer wrapper',
    parent=MMENGINE_OPTIM_WRAPPERS,
    scope='mmarts',
    locations=['mmarts.engine'])
OPTIM_WRAPPER_CONSTRUCTORS = Registry(
    'optimizer wrapper constructor',
    parent=MMENGINE_OPTIM_WRAPPER_CONSTRUCTORS,
    scope='mmarts',
    locations=['mmarts.engine'])
VISUALIZERS = Registry(
    'visualizer',
    parent=MMENGINE_VISUALIZERS,
    scope='mmarts',
    locations=['mmarts.visualization'])
# Original dataset formats -> the annotation format of mmarts.
CONVERTERS = Registry(
    'converter', scope='mmarts', locations=['mmarts.datasets.converters'])
# Checkpoints of authors' releases -> checkpoints of mmarts. Projects register
# theirs; `tools/convert_checkpoint.py` finds them by name.
CHECKPOINT_CONVERTERS = Registry(
    'checkpoint converter',
    scope='mmarts',
    locations=['mmarts.engine.converters'])

# MMEngine warns on every build of a kind for which scope "mmarts" has no
# registry; nothing of mmarts is registered in these.
_UNUSED = {
    name:
    Registry(
        getattr(mmengine_registry, name).name,
        parent=getattr(mmengine_registry, name),
        scope='mmarts')
    for name in ('EVALUATOR', 'FUNCTIONS', 'INFERENCERS', 'LOG_PROCESSORS',
                 'OPTIMIZERS', 'PARAM_SCHEDULERS', 'RUNNERS',
                 'RUNNER_CONSTRUCTORS', 'TASK_UTILS', 'VISBACKENDS',
                 'WEIGHT_INITIALIZERS')
}
