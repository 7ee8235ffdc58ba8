"""kill -9 at random moments of batches, videos, trainings and packings: nothing is half written.

python benchmarks/crash.py batch video pack train --moments 100 --seed 0

The work is done once undisturbed. Then it is begun in another process, which is killed
after a random share of the time that it took, and begun again with whatever goes on with it
(`--skip-existing`, `--resume`, a fresh output). After every kill each file that is visible in the
folder of results has to be whole: byte for byte that of the undisturbed work, or, of a video, with
all frames, or, of a training, readable. Every round ends with the work done. The exit status is 1
where anything was not so.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FRAMES = 400
"""Of the clip."""

EPOCHS = 3
"""Of the training."""


@dataclass
class Task:
    """A work: its command lines, at first and to go on, and how its results are judged.

    It can go on once `begun` is there; before, the folder of results is made anew.
    """

    first: Sequence[str]
    again: Sequence[str]
    out: Path
    whole: Callable[[Path, dict[str, str]], str | None]
    begun: str = "*"
    folder: bool = False

    def clear(self) -> None:
        """Take the results away."""
        shutil.rmtree(self.out, ignore_errors=True)
        if self.folder:
            self.out.mkdir(parents=True)

    def words(self) -> Sequence[str]:
        """The command line that begins or goes on."""
        if any(self.out.glob(self.begun)):
            return self.again
        self.clear()
        return self.first


def run(words: Sequence[str]) -> int:
    """The process number of a child that does the command and says nothing.

    Trainings are forked, so that PyTorch is imported once; what decodes here may not be.
    """
    if words[0] != "train":
        nowhere = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
        line = [sys.executable, "-m", "nightlift", *words]
        return os.posix_spawn(sys.executable, line, os.environ, file_actions=nowhere)
    child = os.fork()
    if child:
        return child
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    from nightlift.cli.main import main

    try:
        os._exit(main(list(words)))
    except SystemExit as stop:
        os._exit(int(stop.code or 0))
    except BaseException:
        os._exit(70)


def done(words: Sequence[str]) -> tuple[int, float]:
    """Exit status and seconds of a command that is left in peace."""
    start = time.perf_counter()
    _, status = os.waitpid(run(words), 0)
    return os.waitstatus_to_exitcode(status), time.perf_counter() - start


def killed(words: Sequence[str], after: float) -> bool:
    """Whether the command was killed; False where it was done before."""
    child = run(words)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def hashes(folder: Path) -> dict[str, str]:
    """The hash of each file in a folder, by its place in it."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name[0] != ".")
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def same(out: Path, expected: dict[str, str]) -> str | None:
    """What is visible is what it should be, hidden files aside."""
    for name, found in hashes(out).items() if out.exists() else ():
        if expected.get(name) != found:
            return f"{name} is not that of the undisturbed work"
    return None


def plays(out: Path, _: dict[str, str]) -> str | None:
    """A video has all of its frames; containers hold random numbers, so that no byte is asked."""
    import av

    for path in out.glob("*") if out.exists() else ():
        if path.name[0] != ".":
            with av.open(str(path)) as file:
                count = sum(1 for _ in file.decode(video=0))
            if count != FRAMES:
                return f"{path.name} has {count} of {FRAMES} frames"
    return None


def loads(out: Path, _: dict[str, str]) -> str | None:
    """A run's files can be read: description, split, metrics and checkpoints."""
    from nightlift.train import Checkpoint

    for path in out.rglob("*") if out.exists() else ():
        try:
            if path.suffix == ".json":
                json.loads(path.read_text())
            elif path.suffix == ".ckpt":
                Checkpoint.load(path)
        except Exception as error:
            return f"{path.name}: {error!r}"
    return None


def photos(folder: Path, count: int, side: int) -> None:
    """Dark photos of all formats, with noise."""
    from nightlift.photo import Photo, write

    folder.mkdir(parents=True)
    for number in range(count):
        rng = np.random.default_rng(number)
        smooth = np.linspace(5, 60, side)[:, None, None] + np.linspace(0, 40, side)[None, :, None]
        pixels = np.clip(smooth + rng.normal(0, 6, (side, side, 3)), 0, 255).astype(np.uint8)
        write(Photo(pixels), folder / f"{number:03}.{('jpg', 'png', 'tif', 'webp')[number % 4]}")


def batch(root: Path) -> Task:
    """A folder of photos."""
    photos(root / "in", 12, 600)
    words = ["enhance", str(root / "in"), "-o", str(root / "out"), "-m", "gamma"]
    return Task(words, [*words, "--skip-existing"], root / "out", same)


def video(root: Path) -> Task:
    """A clip."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from tests.video.clips import Clip, scene

    (root / "out").mkdir(parents=True)
    clip = Clip(range(0, 20 * FRAMES, 20), lambda number: scene(number // 40), sound=True)
    clip.write(root / "in.mp4")
    words = ["video", str(root / "in.mp4"), str(root / "out" / "day.mkv"), "-m", "gamma"]
    words += ["--codec", "ffv1", "--threads", "1"]
    return Task(words, [*words, "--overwrite"], root / "out", plays, folder=True)


def pack(root: Path) -> Task:
    """A collection to train elsewhere: each time into a folder that is made anew."""
    photos(root / "in", 20, 500)
    words = ["data", "pack", f"folder:{root / 'in'}", "-o", str(root / "out"), "--side", "300"]
    return Task(words, words, root / "out", same, begun="nothing goes on")


def train(root: Path) -> Task:
    """A training that goes on where it stopped; children need not import PyTorch again."""
    import nightlift.train.run  # noqa: F401

    photos(root / "in", 12, 96)
    words = ["train", "zero-dce", "--data", f"folder:{root / 'in'}", "-o", str(root / "out")]
    small = [f"epochs={EPOCHS}", "batch=4", "size=32", "pictures_every=0"]
    for one in small:
        words += ["--set", one]
    again = ["train", "zero-dce", "-o", str(root / "out"), "--resume"]
    return Task(words, again, root / "out", loads, begun="run.json")


TASKS = {"batch": batch, "video": video, "pack": pack, "train": train}


def tried(name: str, moments: int, rng: random.Random) -> list[str]:
    """What was wrong, over so many kills."""
    with tempfile.TemporaryDirectory(prefix="crash-") as place:
        task = TASKS[name](Path(place) / name)
        status, seconds = done(task.first)
        expected = hashes(task.out)
        if status or not expected:
            return [f"undisturbed, the work ends with {status}"]
        print(f"{name}: {len(expected)} files in {seconds:.2f} s undisturbed", flush=True)
        faults, kills, rounds = list[str](), 0, 0
        while kills < moments:
            rounds += 1
            task.clear()
            kills += disturbed(task, rng, seconds, expected, faults)
            faults += finished(task, expected)
            print(f"{name}: {kills} kills so far, {len(faults)} faults", flush=True)
        print(f"{name}: {kills} kills in {rounds} rounds, {len(faults)} faults", flush=True)
        return faults


def disturbed(
    task: Task, rng: random.Random, seconds: float, expected: dict[str, str], faults: list[str]
) -> int:
    """How often the work was killed, up to eight times, before it came to its end or was left."""
    for kills in range(rng.randrange(1, 9)):
        if not killed(task.words(), rng.uniform(0, seconds)):
            return kills
        fault = task.whole(task.out, expected)
        faults += [fault] if fault else []
    return kills + 1


def trained(out: Path) -> bool:
    """Whether all epochs of a training are done: it was killed behind the last, and says so."""
    from nightlift.train import Checkpoint

    last = out / "checkpoints" / "last.ckpt"
    return last.is_file() and Checkpoint.load(last).epoch == EPOCHS


def finished(task: Task, expected: dict[str, str]) -> list[str]:
    """What is wrong once the work was left in peace."""
    status, _ = done(task.words())
    wrong = [f"going on ends with {status}"] if status and not trained(task.out) else []
    fault = task.whole(task.out, expected)
    if task.whole is same and fault is None and hashes(task.out) != expected:
        fault = "files are missing in the end"
    return wrong + ([fault] if fault else [])


def main() -> int:
    """Try each task; 1 where something was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tasks", nargs="+", choices=TASKS)
    parser.add_argument("--moments", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rng, wrong = random.Random(given.seed), []
    for name in given.tasks:
        faults = tried(name, given.moments, rng)
        for fault in faults[:10]:
            print(f"{name}: {fault}", file=sys.stderr)
        wrong += faults
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
