"""Processes that read pictures: they share what is kept, and end with the training."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from nightlift.train import cache
from nightlift.train.run import train
from nightlift.train.workers import processes
from tests.train.conftest import DUEL, SIDE, tiny, write
from tests.train.run_state import assert_same_run

KILLED = """
import sys
from torch.utils.data import DataLoader
from nightlift.train.workers import processes, start
loader = DataLoader(
    range(99), num_workers=1, worker_init_fn=start, multiprocessing_context=processes(),
    persistent_workers=True,
)
batches = iter(loader)
next(batches)
print(batches._workers[0].pid, flush=True)
sys.stdin.read()
"""


def test_workers_share_what_is_kept(data: Mapping[str, str], tmp_path: Path) -> None:
    train(DUEL, tiny(DUEL), data["unpaired"], tmp_path / "read", workers=0)
    most = 100 * 3 * SIDE * SIDE
    train(DUEL, tiny(DUEL), data["unpaired"], tmp_path / "kept", workers=2, cache=most)
    assert_same_run(tmp_path / "read", tmp_path / "kept")


def _brighten(kept: cache.Decoded, path: Path) -> None:
    kept._view(path)[:] = 255


def test_another_process_has_the_same_memory(tmp_path: Path) -> None:
    photos = sorted(write(tmp_path / "photos", range(2)).iterdir())
    kept = cache.decoded(photos, 10**6)
    before = kept[photos[0]].copy()
    other = processes().Process(target=_brighten, args=(kept, photos[1]))  # type: ignore[attr-defined]
    other.start()
    other.join()
    assert other.exitcode == 0
    assert (kept[photos[1]] == 255).all() and (kept[photos[0]] == before).all()


def test_workers_end_when_the_training_is_killed() -> None:
    command = [sys.executable, "-c", KILLED]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes, text=True) as training:  # type: ignore[call-overload]
        assert training.stdout is not None
        worker = os.pidfd_open(int(training.stdout.readline()))
        training.send_signal(signal.SIGKILL)
        ended, _, _ = select.select([worker], [], [], 60)
        os.close(worker)
    assert ended
