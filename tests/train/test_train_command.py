"""nightlift train, as it is typed: what is printed, and what is said when it cannot be."""

import argparse
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from nightlift.adjust.hue import HueKept
from nightlift.cli import monitor, progress
from nightlift.cli import train as command
from nightlift.cli.main import main
from nightlift.cli.parser import Parser
from nightlift.edit.enhancer import Enhancer
from nightlift.errors import DataError, MissingExtraError, UsageError
from nightlift.train.report import EpochDone, StepDone
from tests.train.conftest import write

SMALL = ["--workers", "0"]
for setting in ("width=4", "size=32", "batch=4", "epochs=2", "pictures_every=0"):
    SMALL += ["--set", setting]


def type_in(*words: str) -> int:
    top = Parser(prog="nightlift")
    command.add(top.add_subparsers(dest="command", required=True))
    given = top.parse_args(["train", *words])
    return int(given.run(given))


def test_trains_and_resumes_with_a_line_an_epoch(
    data: Mapping[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = str(tmp_path / "run")
    spec = data["zero-reference"]
    assert type_in("zero-dce", "--data", spec, "-o", run, "--seed", "3", *SMALL) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("epoch 1/2  validation loss ")
    assert "exposure" in lines[1] and lines[1].endswith(", 0:00:00 left")
    assert lines[2] == f"{run}: next, nightlift export {run} -o FILE.onnx"
    more = ("--resume", "--data", spec, "--set", "epochs=3", "--workers", "0", "--json")
    assert type_in("zero-dce", "-o", run, *more) == 0
    (epoch,) = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (epoch["epoch"], epoch["epochs"], epoch["validated"]) == (3, 3, True)


def test_an_export_may_keep_the_hue(data: Mapping[str, str], tmp_path: Path) -> None:
    run = str(tmp_path / "run")
    one = ("--set", "epochs=1")
    assert type_in("zero-dce", "--data", data["zero-reference"], "-o", run, *SMALL, *one) == 0
    pixels = np.random.default_rng(0).integers(0, 90, (40, 60, 3), dtype=np.uint8)
    for name, words in (("plain", ()), ("kept", ("--keep-hue",))):
        file = str(tmp_path / f"{name}.onnx")
        assert main(["export", run, "-o", file, *words]) == 0
        estimated = Enhancer(model=file, threads=1).estimate(pixels).adjustment
        assert isinstance(estimated, HueKept) == bool(words)


def test_an_export_may_store_16_bits(data: Mapping[str, str], tmp_path: Path) -> None:
    run, wide = str(tmp_path / "run"), ("--set", "epochs=1", "--set", "width=32")
    assert type_in("zero-dce", "--data", data["zero-reference"], "-o", run, *SMALL, *wide) == 0
    sizes = []
    for bits in ("32", "16"):
        file = tmp_path / f"{bits}.onnx"
        assert main(["export", run, "-o", str(file), "--bits", bits]) == 0
        sizes.append(file.stat().st_size)
    assert sizes[1] < 0.65 * sizes[0]


def test_wrong_uses_are_sentences(data: Mapping[str, str], tmp_path: Path) -> None:
    run = tmp_path / "run"
    spec = data["zero-reference"]
    for words, sentence in (
        (("zero-dc", "--data", spec, "-o", str(run)), "did you mean zero-dce"),
        (("zero-dce", "--data", spec), "expected -o RUN"),
        (("zero-dce", "-o", str(run)), "expected --data LAYOUT:PATH"),
        (("zero-dce", "--data", spec, "-o", str(run), "--recipe", "papper"), "mean paper"),
        (("zero-dce", "--data", spec, "-o", str(run), "--set", "epoch=3"), "mean epochs"),
        (("zero-dce", "-o", str(run), "--resume"), "holds no run"),
    ):
        with pytest.raises(UsageError, match=sentence):
            type_in(*words)
    assert not run.exists()
    assert type_in("zero-dce", "--data", spec, "-o", str(run), *SMALL) == 0
    for words, sentence in (
        (("zero-dce", "--data", spec, "-o", str(run)), "holds a run already; add --resume"),
        (("zero-dce-plus", "-o", str(run), "--resume"), "begun with METHOD zero-dce, not"),
        (("zero-dce", "-o", str(run), "--resume", "--seed", "1"), "with --seed 0, not 1"),
        (("zero-dce", "-o", str(run), "--resume", "--data", spec), "is done with its 2 epochs"),
        (("zero-dce", "-o", str(run), "--resume"), f"name them again: --data {spec}"),
    ):
        with pytest.raises(UsageError, match=sentence):
            type_in(*words)


def test_a_run_of_a_stranger_reads_no_folder_that_was_not_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "private" / "photos", range(4))
    sent = tmp_path / "sent"
    spec = f"folder:{tmp_path / 'private' / 'photos'}"
    assert type_in("zero-dce", "--data", spec, "-o", str(sent / "run"), *SMALL) == 0
    on = ("zero-dce", "-o", str(sent / "run"), "--resume", "--set", "epochs=3", "--workers", "0")
    monkeypatch.chdir(sent)
    with pytest.raises(UsageError, match="neither beside the run nor in this folder"):
        type_in(*on)
    monkeypatch.chdir(tmp_path / "private")
    assert type_in(*on) == 0  # whoever stands beside the photos means them
    moved = tmp_path / "moved"
    (tmp_path / "private" / "photos").rename(moved)
    monkeypatch.chdir(sent)
    again = ("--data", f"folder:{moved}", "--set", "epochs=4")
    assert type_in(*on[:4], *again, "--workers", "0") == 0
    assert json.loads((sent / "run" / "run.json").read_text())["data"] == [f"folder:{moved}"]
    write(tmp_path / "other", range(5))
    with pytest.raises(DataError, match="or is other data"):
        type_in(*on[:4], "--data", f"folder:{tmp_path / 'other'}", "--set", "epochs=5")


def test_recipes_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        type_in("zero-dce", "--recipe", "reimplementation", "--set", "ema=0.9", "--show-recipe")
        == 0
    )
    lines = [line.split("  #")[0] for line in capsys.readouterr().out.splitlines()]
    assert {"size=512", "ema=0.9", "exposure_target=0.62", "color_term=difference"} <= set(lines)


def test_the_recipe_of_a_run_is_a_recipe(
    data: Mapping[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    words = ("deep-upe", "--data", data["paired"], "-o", str(run), "--workers", "0")
    small = ("batch=4", "size=32", "epochs=1", "pictures_every=0", "learning_rate=0.02")
    assert type_in(*words, *(word for one in small for word in ("--set", one))) == 0
    alone = tmp_path / "elsewhere.json"
    alone.write_bytes((run / "run.json").read_bytes())
    capsys.readouterr()
    for source in (run, run / "run.json", alone):
        again = ("--recipe", str(source), "--set", "size=48", "--show-recipe")
        assert type_in("deep-upe", *again) == 0
        lines = {line.split("  #")[0] for line in capsys.readouterr().out.splitlines()}
        assert {"batch=4", "size=48", "learning_rate=0.02", "name=reimplementation"} <= lines
    with pytest.raises(UsageError, match="is of deep-upe, which zero-dce cannot follow"):
        type_in("zero-dce", "--recipe", str(alone), "--show-recipe")
    alone.write_text("[1]")
    with pytest.raises(DataError, match=r"expected the run\.json of a run"):
        type_in("deep-upe", "--recipe", str(alone), "--show-recipe")


def test_measures_stand_in_the_line_of_an_epoch() -> None:
    names = ("validation_psnr", "validation_ssim", "training_psnr", "training_ssim")
    measures = dict(zip(names, (21.372, 0.8123, 22.0, 0.9), strict=True))
    done = EpochDone(1, 2, 0.5, True, True, 1e-4, {}, 1.0, 1.0, False, measures=measures)
    assert progress.line(done).startswith(
        "epoch 1/2  validation loss 0.5 (best)  validation 21.37 dB, SSIM 0.812  "
        "training 22.00 dB, SSIM 0.900  "
    )


@pytest.mark.parametrize(
    ("text", "expected"), [("2", 2), ("0,1", (0, 1)), ("1,", (1,)), ("3, 0", (3, 0))]
)
def test_devices_are_a_number_or_numbers(text: str, expected: object) -> None:
    assert command.devices(text) == expected


@pytest.mark.parametrize("text", ["0", "-1", "a", ",", "0,b", "0,,1", ""])
def test_other_devices_are_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="such as 0,1, got"):
        command.devices(text)


def test_the_monitor_lives_until_it_is_interrupted(
    data: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Path, int | None]] = []
    stayed: list[str] = []

    def started(folder: Path, port: int | None) -> str:
        asked.append((folder, port))
        return "http://127.0.0.1:1/"

    monkeypatch.setattr(monitor, "monitor", started)
    monkeypatch.setattr(monitor, "stay", stayed.append)
    for name, words in (("a", ["--monitor"]), ("b", ["--monitor-port", "7000"]), ("c", [])):
        run = str(tmp_path / name)
        spec = data["zero-reference"]
        assert type_in("zero-dce", "--data", spec, "-o", run, *SMALL, *words) == 0
    boards = [tmp_path / name / "tensorboard" for name in "ab"]
    assert asked == [(boards[0], None), (boards[1], 7000)]
    assert stayed == 2 * ["http://127.0.0.1:1/"]


@pytest.mark.slow
def test_tensorboard_answers_on_its_port_after_the_run(
    data: Mapping[str, str], tmp_path: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    run = tmp_path / "run"
    words = ["zero-dce", "--data", data["zero-reference"], "-o", str(run), *SMALL]
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root / "src"), "PYTHONUNBUFFERED": "1"}
    launch = [sys.executable, "-m", "nightlift", "train", *words, "--monitor-port", str(port)]
    pipes = {"stderr": subprocess.PIPE, "stdout": subprocess.DEVNULL}
    with subprocess.Popen(launch, env=environment, text=True, **pipes) as process:  # type: ignore[call-overload]
        assert process.stderr is not None
        for line in process.stderr:
            if "Ctrl-C ends it" in line:
                break
        address = f"http://127.0.0.1:{port}/"
        assert address in line and (run / "report.html").is_file()
        with urllib.request.urlopen(address) as answer:
            assert b"TensorBoard" in answer.read()
        again = subprocess.run(
            [*launch[:-1], str(port), "-o", str(tmp_path / "other")],
            env=environment,
            capture_output=True,
            text=True,
        )
        assert again.returncode == 2 and "another program listens there" in again.stderr
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        type_in("--help")
    text = capsys.readouterr().out
    assert "nightlift train zero-dce --data folder:photos/ -o runs/first" in text


def test_without_the_training_ring_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "lightning_fabric" else find(name)
    )
    with pytest.raises(MissingExtraError, match=r"pip install 'nightlift\[train\]'"):
        type_in("zero-dce", "-o", str(tmp_path / "run"))


def test_the_bar_counts_steps_of_all_epochs(capsys: pytest.CaptureFixture[str]) -> None:
    bar = progress.TrainingBar()
    bar(StepDone(epoch=3, epochs=4, step=1, steps=5))
    assert (bar._bar.n, bar._bar.total) == (11, 20)
    bar(StepDone(epoch=4, epochs=4, step=5, steps=5))
    assert bar._bar.n == 20
    bar(
        EpochDone(
            4, 4, 0.5, True, False, 1e-4, {"color": 0.25}, 3725.0, 0.0, False, 123.4, 3 * 2**29
        )
    )
    out = capsys.readouterr().out
    assert out == (
        "epoch 4/4  validation loss 0.5  color 0.25  rate 0.0001  123 pictures/s  1.5 GiB  "
        "1:02:05, 0:00:00 left\n"
    )


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_killed_process_leaves_a_run_that_resumes_exactly(
    how: signal.Signals, data: Mapping[str, str], tmp_path: Path
) -> None:
    """A real process, killed at a moment of its own choosing; then resumed with workers."""
    from nightlift.train.checkpoint import Checkpoint
    from tests.train.run_state import assert_same_run

    words = ["zero-dce", "--data", data["zero-reference"]]
    words += [*SMALL, "--set", "epochs=60", "--set", "width=16"]
    program = (
        "import sys, torch; torch.set_num_threads(1);"
        "from tests.train.test_train_command import type_in; sys.exit(type_in(*sys.argv[1:]))"
    )
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}"}
    launch = [sys.executable, "-c", program]
    cut = [*launch, *words, "-o", str(tmp_path / "cut")]
    told = tmp_path / "told.txt"
    with told.open("w") as file:
        process = subprocess.Popen(cut, env=environment, stderr=file, cwd=tmp_path)
    last = tmp_path / "cut" / "checkpoints" / "last.ckpt"
    while not last.is_file() or Checkpoint.load(last).epoch < 3:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(how)
    process.wait(60)
    assert process.returncode != 0
    assert how == signal.SIGKILL or "leaked" not in told.read_text()
    assert 0 < Checkpoint.load(last).epoch < 60
    assert not list(tmp_path.rglob("*.part"))
    again = ("--resume", *words[1:3], "--workers", "1")
    assert type_in("zero-dce", "-o", str(tmp_path / "cut"), *again) == 0
    assert type_in(*words, "-o", str(tmp_path / "whole")) == 0
    assert_same_run(tmp_path / "whole", tmp_path / "cut")
