# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Checkpoints that a killed run can always go on from."""
from pathlib import Path
from typing import Optional, Union

from mmengine.dist import is_main_process
from mmengine.fileio import LocalBackend, register_backend
from mmengine.hooks import CheckpointHook

from mmarts.registry import HOOKS
from mmarts.utils.files import whole_file

_BACKEND = 'mmarts_whole_file'


class _WholeFileBackend(LocalBackend):
    """Local files that are written whole or not at all."""

    def put(self, obj: bytes, filepath: Union[str, Path]) -> None:
        with whole_file(filepath) as temporary:
            super().put(obj, temporary)

    def put_text(self,
                 obj: str,
                 filepath: Union[str, Path],
                 encoding: str = 'utf-8') -> None:
        self.put(obj.encode(encoding), filepath)


register_backend(_BACKEND, _WholeFileBackend, force=True)


@HOOKS.register_module()
class AtomicCheckpointHook(CheckpointHook):
    """MMEngine's hook in an order that a kill cannot break.

    Writes the new file under another name, renames it, points
    ``last_checkpoint`` at it, and only then deletes what
    ``max_keep_ckpts`` no longer allows. MMEngine writes into the final file
    and deletes first, so that a kill in between leaves half a checkpoint, or
    none.

    Before it writes, it calls the hooks' ``before_checkpoint(runner)`` in
    every process; ``before_save_checkpoint`` reaches the first one only.

    Args:
        args, kwargs: As in MMEngine's ``CheckpointHook``, but files are
            local.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs, backend_args=dict(backend=_BACKEND))

    def before_train(self, runner) -> None:
        """Also remove what a killed run was writing."""
        super().before_train(runner)
        if is_main_process():
            for part in Path(self.out_dir).glob('.*.part.pth'):
                part.unlink()

    def _save_checkpoint_with_step(self, runner, step: int,
                                   meta: dict) -> None:
        runner.call_hook('before_checkpoint')
        outdated = self._outdated(runner, step)
        self.last_ckpt = self._path(step)
        runner.message_hub.update_info('last_ckpt', self.last_ckpt)
        runner.save_checkpoint(
            self.out_dir,
            self.filename_tmpl.format(step),
            save_optimizer=self.save_optimizer,
            save_param_scheduler=self.save_param_scheduler,
            meta=meta,
            by_epoch=self.by_epoch,
            backend_args=self.backend_args,
            **self.args)
        if not is_main_process():
            return
        self.file_backend.put_text(self.last_ckpt,
                                   Path(runner.work_dir) / 'last_checkpoint')
        if outdated is not None:
            Path(outdated).unlink(missing_ok=True)

    def _outdated(self, runner, step: int) -> Optional[str]:
        """Note a step among those kept; the file that must go for it."""
        if self.max_keep_ckpts <= 0 or step in self.keep_ckpt_ids:
            return None
        full = len(self.keep_ckpt_ids) == self.max_keep_ckpts
        oldest = self._path(self.keep_ckpt_ids[0]) if full else None
        self.keep_ckpt_ids.append(step)  # drops the oldest of a full queue
        runner.message_hub.update_info('keep_ckpt_ids',
                                       list(self.keep_ckpt_ids))
        return oldest

    def _path(self, step: int) -> str:
        return str(Path(self.out_dir) / self.filename_tmpl.format(step))
