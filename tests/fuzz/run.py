"""python -m tests.fuzz.run TARGET … --seconds 60 [--seed N]: fuzz targets; exit 1 where one fails.

With `atheris` installed (a wheel for Linux and Python 3.11 or 3.12) its libFuzzer guides the
mutations; else, and with --own, the loop of `tests.fuzz.mutation` does. All times are of the
processor, so that a busy machine ends nothing. A run that takes more than ten seconds, or memory
over 3 GB, fails too. What failed is written to `fuzz-TARGET-HASH.bin`. --corpus keeps what was
found under FOLDER/TARGET, and goes on from there.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

MOST_SECONDS = 10
MOST_MEMORY = 3 << 30


class TooSlow(BaseException):
    """A run took too long."""


def _too_slow(*_: object) -> None:
    raise TooSlow


def own(name: str, seconds: float, seed: int) -> int:
    """How often the target was run; raises what escaped from it, and writes the bytes."""
    from tests.fuzz.mutation import lines_of, mutated
    from tests.fuzz.targets import TARGETS

    target, rng = TARGETS[name], random.Random(f"{name} {seed}")
    pool, reached, runs = list(target.seeds()), set(), 0
    signal.signal(signal.SIGPROF, _too_slow)
    end = time.process_time() + seconds
    while time.process_time() < end:
        data = mutated(rng.choice(pool), rng)
        signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
        try:
            lines = lines_of(lambda data=data: target(data))
        except BaseException as error:
            kept = Path(f"fuzz-{name}-{hashlib.sha256(data).hexdigest()[:12]}.bin")
            kept.write_bytes(data)
            raise AssertionError(f"{name}: {error!r} by {kept}") from error
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        runs += 1
        if not lines <= reached:
            reached |= lines
            pool.append(data)
    return runs


def guided(name: str, seconds: float, seed: int, kept: Path | None) -> int:
    """The exit status of atheris, in a process of its own."""
    from tests.fuzz.targets import TARGETS

    with tempfile.TemporaryDirectory() as place:
        corpus = kept / name if kept else Path(place)
        corpus.mkdir(parents=True, exist_ok=True)
        for data in TARGETS[name].seeds():
            (corpus / hashlib.sha1(data, usedforsecurity=False).hexdigest()).write_bytes(data)
        words = [sys.executable, "-m", "tests.fuzz.run", name, "--child", str(corpus)]
        words += ["--seconds", str(seconds), "--seed", str(seed)]
        return subprocess.run(words, check=False).returncode


def child(name: str, corpus: str, seconds: float, seed: int) -> None:
    """What atheris runs, with its eye on our lines alone; it ends the process."""
    import atheris

    with atheris.instrument_imports(include=["nightlift"]):
        from tests.fuzz.targets import TARGETS
    _bounded()
    signal.signal(signal.SIGPROF, _too_slow)
    target, runs, begun = TARGETS[name], 0, time.process_time()

    def one(data: bytes) -> None:
        nonlocal runs
        if (spent := time.process_time() - begun) > seconds:
            print(f"{name}: {runs} runs in {spent:.0f} s of the processor", flush=True)
            os._exit(0)
        runs += 1
        signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
        try:
            target(data)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)

    # libFuzzer looks at the wall's clock: at most for what Python's signals cannot interrupt.
    flags = [f"-timeout={60 * MOST_SECONDS}", f"-seed={seed + 1}", "-verbosity=0"]
    flags += [f"-rss_limit_mb={MOST_MEMORY >> 20}", f"-artifact_prefix=fuzz-{name}-"]
    atheris.Setup([sys.argv[0], *flags, corpus], one)
    atheris.Fuzz()


def _bounded() -> None:
    """Without photos whose pixels alone take long."""
    import nightlift.photo.formats

    nightlift.photo.formats.MAX_PIXELS = 1 << 22


def main() -> int:
    """Fuzz the targets that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", help="default: all")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--own", action="store_true", help="without atheris")
    parser.add_argument("--corpus", type=Path, metavar="FOLDER", help="keep what atheris found")
    parser.add_argument("--child", metavar="CORPUS", help=argparse.SUPPRESS)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    if given.child:
        child(given.targets[0], given.child, given.seconds, given.seed)
    from tests.fuzz.targets import TARGETS

    _bounded()
    status = 0
    for name in given.targets or TARGETS:
        if importlib.util.find_spec("atheris") is not None and not given.own:
            status |= guided(name, given.seconds, given.seed, given.corpus)
            continue
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY + (4 << 30), resource.RLIM_INFINITY))
        try:
            print(f"{name}: {own(name, given.seconds, given.seed)} runs", flush=True)
        except AssertionError as error:
            print(error, file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
