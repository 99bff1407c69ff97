# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The bodies of a metric: that of the predictions, and the targets' own."""
from typing import TYPE_CHECKING, Mapping, Optional, Sequence, Union

from torch import nn

from mmarts.registry import BODY_MODELS

if TYPE_CHECKING:
    # Joints are scored without a body; its code is loaded when one is built.
    from mmarts.body_models.base import BodyModel

BodyConfig = Union[dict, 'BodyModel']


class BodySet:
    """Finds the body that the parameters of a sample are of.

    3DPW's targets are of male and female bodies, while a network predicts
    the neutral one.

    Args:
        body_model: Body of the predictions, and of targets that name no
            other. A config is built at first use.
        target_bodies: Other bodies that targets may be of: a list, by their
            ids; or by gender, for targets that name no body but a gender.
    """

    def __init__(
        self,
        body_model: Optional[BodyConfig],
        target_bodies: Union[Sequence[BodyConfig], Mapping[str,
                                                           BodyConfig]] = ()
    ) -> None:
        by_name = isinstance(target_bodies, Mapping)
        self.genders = tuple(target_bodies) if by_name else ()
        others = target_bodies.values() if by_name else target_bodies
        # Whether targets of a subject count as the main body's, shape
        # coefficients and all, as some releases take them.
        self.neutral_targets = False
        self._configs = [body_model, *others]
        self._built: 'Optional[list[BodyModel]]' = None

    def __bool__(self) -> bool:
        return self._configs[0] is not None

    def on(self, device) -> 'BodySet':
        """Build the bodies on a device, if they are not yet."""
        if self._built is None and self:
            self._built = [
                body if isinstance(body, nn.Module) else
                BODY_MODELS.build(body).to(device).eval()
                for body in self._configs
            ]
        return self

    @property
    def main(self) -> 'Optional[BodyModel]':
        """Body of the predictions."""
        return self.on('cpu')._built[0] if self else None

    def of(self, sample: dict, prefix: str) -> 'BodyModel':
        """Body of a target (prefix ``''``) or prediction (``'pred_'``).

        Raises:
            ValueError: If the sample is of a body that the metric lacks.
        """
        held, main = sample.get('body_model_id'), self.main
        gender, others = sample.get('gender'), self._built[1:]
        if self.neutral_targets and gender in ('male', 'female'):
            return main
        if held is None and not prefix and gender in self.genders:
            return others[self.genders.index(gender)]
        # A prediction beside gendered or body-less targets is the main one's.
        ids = [body.body_model_id for body in others]
        if prefix and (held is None or held in ids):
            return main
        for body in (main, *others):
            if held == body.body_model_id:
                return body
        raise ValueError(
            f'The sample of sequence "{sample.get("sequence")}" belongs to '
            f'body "{held}", but the metric was built with body '
            f'"{main.body_model_id}"'
            f'{" and, for targets, " + str(ids) if ids else ""}; set '
            '`body_model` of the metric to the body of the test data, or name '
            "the targets' in `target_bodies`.")
