"""Several processes, each started by itself: as on machines of their own, or by a scheduler."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
import torch

from nightlift.cli.main import main
from nightlift.errors import UsageError
from nightlift.train.checkpoint import Checkpoint
from nightlift.train.machines import check_machines, keeps_run
from nightlift.train.run import train
from tests.train.conftest import RATIO, tiny

Specs = Mapping[str, str]
SMALL = ("--set", "batch=4", "--set", "size=32", "--set", "pictures_every=0", "--set", "width=4")
MORE = (*SMALL, "--workers", "0", "--json")
SCHEDULERS: tuple[dict[str, str], ...] = (
    {"TORCHELASTIC_RUN_ID": "1", "RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "1"},
    {"SLURM_NTASKS": "2", "SLURM_NTASKS_PER_NODE": "1", "SLURM_NNODES": "2", "SLURM_PROCID": "1"},
)


def started(run: Path, *arguments: str, **places: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "nightlift", "train", "zero-dce", "-o", run, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"} | places,
    )


def on_two_machines(run: Path, *arguments: str) -> list[subprocess.Popen[str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free.getsockname()[1])}
    return [
        started(run, "--nodes", "2", *arguments, **place, NODE_RANK=str(rank)) for rank in (0, 1)
    ]


def ended(process: subprocess.Popen[str]) -> tuple[str, str]:
    with process:
        told = process.communicate(timeout=300)
        assert process.returncode == 0, told
        return told


def weights(run: Path) -> Mapping[str, torch.Tensor]:
    return Checkpoint.load(run / "checkpoints/last.ckpt").objective


@pytest.mark.slow
def test_two_machines_train_as_one_and_go_on_after_one_is_lost(data: Specs, tmp_path: Path):
    """Half of each batch for each; the one that is left ends with a sentence."""
    given = ("--data", data["zero-reference"], *MORE, "--set", "epochs=40")
    ended(started(tmp_path / "one", *given))
    first, second = on_two_machines(tmp_path / "two", *given)
    with ExitStack() as stack:
        for process in (first, second):
            stack.enter_context(process)
            stack.callback(process.kill)
        assert first.stdout is not None
        assert json.loads(first.stdout.readline())["epoch"] == 1
        second.send_signal(signal.SIGKILL)
        _, problem = first.communicate(timeout=120)
        assert first.returncode == 1
        assert "a process of this training was lost; --resume goes on from its last" in problem
    done = Checkpoint.load(tmp_path / "two/checkpoints/last.ckpt").epoch
    assert 1 <= done < 40
    first, second = on_two_machines(tmp_path / "two", "--resume", *given[:2], *MORE[-3:])
    assert len(ended(first)[0].splitlines()) == 40 - done
    assert ended(second) == ("", "")
    one, two = weights(tmp_path / "one"), weights(tmp_path / "two")
    for name, value in one.items():
        torch.testing.assert_close(two[name], value, atol=1e-4, rtol=0, msg=name)


@pytest.mark.slow
def test_a_lost_process_of_one_machine_is_told(data: Specs, tmp_path: Path):
    given = ("--data", data["zero-reference"], *MORE, "--set", "epochs=400", "--devices", "2")
    with started(tmp_path / "run", *given) as training:
        assert training.stdout is not None
        assert json.loads(training.stdout.readline())["epoch"] == 1
        children = Path(f"/proc/{training.pid}/task/{training.pid}/children").read_text().split()
        ranks = [
            int(child)
            for child in children
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
        ]
        assert len(ranks) == 2
        os.kill(ranks[1], signal.SIGKILL)
        _, problem = training.communicate(timeout=120)
        assert training.returncode == 1
        assert problem.startswith("nightlift train: a process of this training was lost")
        assert len(problem.splitlines()) == 1


@pytest.mark.slow
def test_torchrun_starts_the_processes(data: Specs, tmp_path: Path):
    options = ("--standalone", "--nproc-per-node", "2", "--module", "nightlift")
    more = ("--data", data["zero-reference"], *MORE, "--set", "epochs=2", "--devices", "2")
    train = ("train", "zero-dce", "-o", tmp_path / "run", *more)
    run = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", *options, *train],
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert run.returncode == 0, run.stderr
    assert [json.loads(line)["epoch"] for line in run.stdout.splitlines()] == [1, 2]
    ended(started(tmp_path / "one", *more[:-2]))
    one, two = weights(tmp_path / "one"), weights(tmp_path / "run")
    for name, value in one.items():
        torch.testing.assert_close(two[name], value, atol=1e-4, rtol=0, msg=name)


@pytest.mark.parametrize("places", SCHEDULERS, ids=["torchrun", "slurm"])
def test_a_scheduler_says_who_keeps_the_run_and_how_many_there_are(
    places: Mapping[str, str], data: Specs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    assert keeps_run()
    for name, value in places.items():
        monkeypatch.setenv(name, value)
    assert not keeps_run(2)
    check_machines(1, 2)
    with pytest.raises(UsageError, match=r"tells of 2 processes, and devices=2 on nodes=2 are 4"):
        train(RATIO, tiny(RATIO), data["paired"], tmp_path / "run", devices=2, nodes=2, workers=0)
    assert not (tmp_path / "run").exists()


def test_machines_need_to_find_each_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    given = ["--data", "folder:none", "-o", str(tmp_path / "run"), "--nodes", "2"]
    assert main(["train", "zero-dce", *given]) == 2
    told = capsys.readouterr().err
    assert "set MASTER_ADDR, MASTER_PORT, NODE_RANK, or start it with torchrun or srun" in told
