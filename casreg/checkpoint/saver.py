"""Saving the state of a training run while training goes on."""

from __future__ import annotations

import os
import traceback
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Literal, Self

from casreg import materializers
from casreg.checkpoint.catalog import Catalog
from casreg.checkpoint.checkpoint import Checkpoint, Restored, as_step
from casreg.checkpoint.flight import Flight
from casreg.checkpoint.retention import Mode, Rules, ranked, retained
from casreg.checkpoint.staging import Staging
from casreg.errors import CasregError, InvalidInput, RegistryVersionConflict, VersionNotFound
from casreg.names import Name
from casreg.registry import Registry, Saved


class Saver:
    """Checkpoints of one run: versions of ``name``, each numbered by its step.

    ``keep_last=n`` keeps the n highest steps, ``keep_every=k`` those that k divides, ``keep_best=n`` the
    n with the best ``metric``, which is low for ``mode="min"`` and high for ``"max"``. A version that one
    of them names stays, and always the latest; others are deleted when a new one is durable. Without any
    of the three nothing is deleted. Versions that are tagged or protected stay for as long as they are, and
    those that no Saver made are left alone.

    For use by one thread of one process; of a distributed run, one process saves. A context manager, which
    waits at its end for the save under way. A process that exits without that waits as well; one that is
    killed leaves the latest version that was finished, and nothing half.
    """

    def __init__(
        self,
        reg: Registry,
        name: str,
        *,
        keep_last: int | None = None,
        keep_every: int | None = None,
        keep_best: int | None = None,
        metric: str | None = None,
        mode: Mode = "min",
    ) -> None:
        if not reg.version_objects:
            raise InvalidInput("a Saver needs a store that keeps versions: version_objects=True")
        if reg.version_digits not in (None, 1):
            raise InvalidInput(
                f"a Saver's versions are numbered by the step, and those of {reg.backend.url} have "
                f"{reg.version_digits} parts: make a store without version_digits="
            )
        self._reg, self._name = reg, Name.parse(name)
        self._rules = Rules(keep_last, keep_every, keep_best, metric, mode)
        self._catalog = Catalog(reg, self._name)
        self._staging = Staging()
        self._flight: Flight | None = None
        self._process = os.getpid()
        self.saved: Saved | None = None
        """What the last save that is durable did: its version, which is its step, bytes stored, ..."""

    def save(
        self,
        step: int,
        state: Any,
        *,
        metrics: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        blocking: bool = False,
    ) -> None:
        """Save ``state``, a tree of arrays, tensors and plain values, as version ``step``.

        Returns when the state has been copied, and may change from then on; what is left is done in the
        background, one save at a time. The copy is kept in buffers that the next save uses again: one more
        state in memory, at most, until :meth:`close`. With ``blocking`` nothing is copied, and the version
        is durable when this returns.

        First waits for the save before. If that failed its error is raised, and ``state`` not saved.
        Raises InvalidInput for what cannot be kept, RegistryVersionConflict unless ``step`` is higher than
        all before (in a mutable store a step that is there is overwritten).
        """
        self.wait()
        checkpoint = Checkpoint.of(step, metrics, metadata)
        self._require_judged(checkpoint)
        self._require_later(checkpoint)
        _require_kept(state, self._reg.settings.materializers or {})
        if blocking:
            self._store(checkpoint, state)
            return
        copied = self._staging.copy(state)
        self._flight = Flight(
            lambda: self._store(checkpoint, copied), f"saving {self._name}@{checkpoint.version}"
        )
        self._flight.start()  # known before it begins: the next save must not overwrite what this one reads

    def restore(
        self,
        which: int | Literal["latest", "best"] = "latest",
        *,
        into: Any = None,
        only: str | list[str] | None = None,
    ) -> Restored | None:
        """The state of a step, of the latest, or of the one with the best metric; None if there is none
        yet. ``into``, ``only``: as for ``Registry.load``.

        First waits for the save under way, and raises its error if it failed. Raises VersionNotFound for
        a step that is not there, and Corrupt for one that is damaged: another is never taken in its stead.
        """
        self.wait()
        checkpoint = self._choose(which)
        if checkpoint is None:
            return None
        state = self._reg.load(self._name, checkpoint.version, into=into, only=only)
        return Restored(checkpoint.step, checkpoint.metrics, checkpoint.metadata, state)

    def checkpoints(self) -> list[Checkpoint]:
        """Those that are in the store, by rising step. First waits, as :meth:`restore` does."""
        self.wait()
        return self._catalog.look()

    def wait(self) -> None:
        """Return when everything is durable. Raises the error of a save in the background, once."""
        if self._process != os.getpid():
            raise InvalidInput("a Saver belongs to the process that made it: make another one in this one")
        if self._flight is not None:
            self._flight.wait()
            self._flight = None

    def close(self) -> None:
        """Wait, as :meth:`wait` does, and let go of the buffers. In a forked process: nothing."""
        if self._process == os.getpid():
            try:
                self.wait()
            finally:
                self._staging.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except Exception as other:
            if error is None:
                raise
            error.add_note("besides:\n" + "".join(traceback.format_exception_only(other)).rstrip())

    def _store(self, checkpoint: Checkpoint, state: Any) -> None:
        self.saved = self._reg.save(
            self._name, state, version=checkpoint.version, metadata=checkpoint.encode()
        )
        self._catalog.add(checkpoint)
        try:
            self._delete(checkpoint)
        except CasregError as error:
            error.add_note(f"{self._name}@{checkpoint.version} is saved; older versions could not be deleted")
            raise

    def _delete(self, newest: Checkpoint) -> None:
        """Delete what no rule names, now that ``newest`` is durable."""
        if not self._rules.delete:
            return
        known = self._catalog.look()
        stay = retained(known, self._rules) | {newest.step}
        for checkpoint in known:
            if checkpoint.step not in stay:
                self._catalog.remove(checkpoint)

    def _choose(self, which: int | str) -> Checkpoint | None:
        if which == "latest":
            return next(reversed(self._catalog.look()), None)
        if which == "best":
            if self._rules.metric is None:
                raise InvalidInput(
                    "restore('best') needs metric=, the name of the metric that tells the best"
                )
            return next(iter(ranked(self._catalog.look(), self._rules.metric, self._rules.mode)), None)
        version = str(as_step(which))
        checkpoint = self._catalog.read(version)
        if checkpoint is None:
            raise VersionNotFound(
                f"{self._name} has no checkpoint of step {version}", name=self._name, version=version
            )
        return checkpoint

    def _require_judged(self, checkpoint: Checkpoint) -> None:
        """A metric of another name is a slip that would let the best be deleted."""
        metric = self._rules.metric
        if metric is not None and checkpoint.metrics and metric not in checkpoint.metrics:
            raise InvalidInput(
                f"metrics= has {', '.join(checkpoint.metrics)} and not {metric!r}, which tells the best: "
                "leave metrics= out where that was not measured"
            )

    def _require_later(self, checkpoint: Checkpoint) -> None:
        """Otherwise neither ``latest`` nor ``keep_last`` would mean this run."""
        if self._reg.mutable:
            return
        for look in (self._catalog.remembered, self._catalog.look):  # what is remembered may be deleted
            last = look()[-1:]
            if not last or checkpoint.step > last[0].step:
                return
        raise RegistryVersionConflict(
            f"step {checkpoint.step} is not above {last[0].step}, the latest of {self._name}: "
            "to go on from an earlier step, delete those after it",
            name=self._name,
            version=checkpoint.version,
        )


def _require_kept(state: Any, registered: Mapping[str, str]) -> None:
    """Raise InvalidInput now, and not in the background, for what cannot be kept."""
    materializer = materializers.choose(state, registered=registered)
    if materializer.kind not in ("array", "tree"):
        raise InvalidInput("a Saver keeps arrays, tensors and trees of them; files are for Registry.save")
    materializer.dump(state, {}).release()
