"""A save in the background is not lost: not its error, not at the end of the process, not by a fork."""

import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import traceback
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
from gates import Gate

from casreg import InvalidInput, Registry
from casreg.checkpoint import Saver
from casreg.errors import Unavailable, Uncertain
from casreg.stores.memory import MemoryStore
from casreg.testing import Fault, FaultyStore


@pytest.fixture
def failing() -> Registry:
    """Its first save fails, later ones do not."""
    store = MemoryStore()
    Registry(store, version_objects=True)
    return Registry(FaultyStore(store, [Fault(0, "before", "write")]), version_objects=True)


def fail(saver: Saver, weights: np.ndarray) -> None:
    """The body of a block that fails while a save is under way."""
    saver.save(1, {"w": weights})
    raise ZeroDivisionError


def notes(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(error))


def test_an_error_is_raised_by_the_next_call_once(
    failing: Registry, weights: np.ndarray, caplog: pytest.LogCaptureFixture
) -> None:
    saver = Saver(failing, "run")
    saver.save(1, {"w": weights})
    with pytest.raises(Unavailable) as caught:
        saver.save(2, {"w": weights})
    assert "saving run@1" in notes(caught.value)
    assert "saving run@1: Unavailable" in caplog.text
    saver.wait()
    saver.save(3, {"w": weights})
    saver.close()
    assert failing.list_versions("run") == ["3"]


@pytest.mark.parametrize("call", [Saver.wait, Saver.restore, Saver.close])
def test_every_call_that_waits_raises_it(failing: Registry, weights: np.ndarray, call: object) -> None:
    saver = Saver(failing, "run")
    saver.save(1, {"w": weights})
    with pytest.raises(Unavailable):
        call(saver)  # type: ignore[operator]
    assert call(saver) is None  # type: ignore[operator]


def test_an_error_at_the_end_of_the_block_is_raised_there(failing: Registry, weights: np.ndarray) -> None:
    with pytest.raises(Unavailable), Saver(failing, "run") as saver:
        saver.save(1, {"w": weights})


def test_an_error_of_the_block_is_not_hidden_by_one_in_the_background(
    failing: Registry, weights: np.ndarray
) -> None:
    with pytest.raises(ZeroDivisionError) as caught, Saver(failing, "run") as saver:
        fail(saver, weights)
    assert "besides:\ncasreg.errors.Unavailable" in notes(caught.value)
    assert "saving run@1" in notes(caught.value)


def test_the_save_under_way_is_finished_when_the_block_fails(registry: Registry, weights: np.ndarray) -> None:
    with pytest.raises(ZeroDivisionError), Saver(registry, "run") as saver:
        fail(saver, weights)
    assert registry.list_versions("run") == ["1"]


def test_a_version_is_saved_even_if_older_ones_cannot_be_deleted(weights: np.ndarray) -> None:
    store = MemoryStore()
    with Saver(Registry(store, version_objects=True), "run") as saver:
        saver.save(1, "small")
    tombstone = [Fault(number, "before", "create") for number in (1, 2, 3)]  # it is asked for three times
    saver = Saver(Registry(FaultyStore(store, tombstone), version_objects=True), "run", keep_last=1)
    saver.save(2, "small")
    with pytest.raises(Uncertain) as caught:
        saver.wait()
    assert "run@2 is saved" in notes(caught.value)
    assert saver.saved == "2"
    saver.save(3, "small")
    saver.wait()
    assert Registry(store).list_versions("run") == ["3"]


def test_a_process_that_exits_finishes_its_save(tmp_path: Path) -> None:
    """The save goes on only when the interpreter is shutting down: it still finds threads to work with."""
    script = """
import sys, threading
import numpy as np
from casreg import Registry
from casreg.checkpoint import Saver
from casreg.stores.locate import locate
from casreg.stores.wrapper import Wrapper

exiting = threading.Event()

class Late(Wrapper):
    def create(self, key, data):
        assert exiting.wait(60)
        return super().create(key, data)

Registry(sys.argv[1], version_objects=True)
saver = Saver(Registry(Late(locate(sys.argv[1], create=False, durability="none"))), "run")
threading._register_atexit(exiting.set)
saver.save(1, np.arange(3 << 20))
"""
    command = [sys.executable, "-W", "error", "-c", script, tmp_path / "store"]
    ended = subprocess.run(command, check=False, timeout=60, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert np.array_equal(Registry(tmp_path / "store").load("run@1"), np.arange(3 << 20))


def test_an_error_while_the_process_exits_is_told(tmp_path: Path) -> None:
    script = """
import sys
import numpy as np
from casreg import Registry
from casreg.checkpoint import Saver
from casreg.testing import Fault, FaultyStore

registry = Registry(sys.argv[1], version_objects=True)
saver = Saver(Registry(FaultyStore(registry.backend, [Fault(0, "before", "write")])), "run")
saver.save(1, np.random.default_rng(0).random(20_000))
"""
    command = [sys.executable, "-c", script, tmp_path / "store"]
    ended = subprocess.run(command, check=False, timeout=60, capture_output=True, text=True)
    assert "saving run@1: Unavailable" in ended.stderr


def forked(saver: Saver, refused: Any) -> None:
    """What a worker of a data loader could do; at its end the process ends as any does."""
    saver.close()
    try:
        saver.save(2, "small")
    except InvalidInput:
        refused.set()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_neither_waits_nor_saves(gate: Gate, gated: Registry, weights: np.ndarray) -> None:
    fork = multiprocessing.get_context("fork")
    with Saver(gated, "run") as saver:
        gate.opened.clear()
        saver.save(1, {"w": weights})
        assert gate.reached.wait(60)
        refused = fork.Event()
        child = fork.Process(target=forked, args=(saver, refused))
        child.start()
        child.join(60)
        assert child.exitcode == 0
        assert refused.is_set()
        gate.opened.set()
        saver.save(2, {"w": weights})
    assert gated.list_versions("run") == ["1", "2"]


def interrupted(saver: Saver) -> None:
    """As by Ctrl-C while it waits."""
    main = threading.main_thread().ident
    assert main is not None
    waited = threading.Event()

    def interrupt() -> None:
        while not waited.wait(0.1):  # what is swallowed, as in a finalizer, comes again
            signal.pthread_kill(main, signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    sender = threading.Thread(target=interrupt)
    try:
        sender.start()
        saver.wait()
    finally:
        waited.set()
        sender.join()
        signal.signal(signal.SIGINT, before)


def test_an_interrupt_ends_the_wait_and_not_the_save(
    gate: Gate, gated: Registry, weights: np.ndarray
) -> None:
    saver = Saver(gated, "run")
    gate.opened.clear()
    saver.save(1, {"w": weights})
    assert gate.reached.wait(60)
    with pytest.raises(KeyboardInterrupt):
        interrupted(saver)
    gate.opened.set()
    saver.wait()
    assert saver.saved == "1"


def interrupted_at(event: str, saver: Saver, weights: np.ndarray) -> None:
    """As by Ctrl-C while the thread of a save is started, just before or just after."""

    def interrupt(frame: FrameType, what: str, arg: object) -> None:
        if what == event and frame.f_code is threading.Thread.start.__code__:
            sys.setprofile(None)
            raise KeyboardInterrupt

    sys.setprofile(interrupt)
    try:
        saver.save(1, {"w": weights})
    finally:
        sys.setprofile(None)


@pytest.mark.parametrize("event", ["call", "return"])
def test_no_save_that_an_interrupt_leaves_alone_reads_what_the_next_one_copies(
    registry: Registry, weights: np.ndarray, event: str
) -> None:
    saver = Saver(registry, "run")
    with pytest.raises(KeyboardInterrupt):
        interrupted_at(event, saver, weights)
    saver.save(2, {"w": weights})
    saver.close()
    assert registry.list_versions("run") == ["2"]


def test_an_idle_saver_has_no_thread(registry: Registry, weights: np.ndarray) -> None:
    with Saver(registry, "run") as saver:
        saver.save(1, {"w": weights})
        saver.wait()
        assert not [thread for thread in threading.enumerate() if thread.name == "casreg-save"]


def test_logs_tell_of_nothing_while_all_is_well(
    registry: Registry, weights: np.ndarray, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), Saver(registry, "run", keep_last=1) as saver:
        for step in (1, 2):
            saver.save(step, {"w": weights})
    assert caplog.text == ""
