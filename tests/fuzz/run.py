"""python -m tests.fuzz.run TARGET … --seconds 60 [--seed N]: fuzz targets; exit 1 where one fails.

With `atheris` installed (a wheel for Linux and Python 3.11 or 3.12) its libFuzzer guides the
mutations; else, and with --own, the loop of `tests.fuzz.mutation` does, for so many seconds of the
processor. A run that takes more than ten of these (of the wall's clock sixty), or memory over 3 GB,
fails too. What failed is written to `fuzz-TARGET-HASH.bin`.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
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


def guided(name: str, seconds: float, seed: int) -> int:
    """The exit status of atheris, in a process of its own."""
    from tests.fuzz.targets import TARGETS

    with tempfile.TemporaryDirectory() as corpus:
        for number, data in enumerate(TARGETS[name].seeds()):
            (Path(corpus) / str(number)).write_bytes(data)
        words = [sys.executable, "-m", "tests.fuzz.run", name, "--child", corpus]
        words += ["--seconds", str(int(seconds)), "--seed", str(seed)]
        return subprocess.run(words, check=False).returncode


def child(name: str, corpus: str, seconds: float, seed: int) -> None:
    """What atheris runs, with its eye on our lines alone; it ends the process."""
    import atheris

    with atheris.instrument_imports(include=["nightlift"]):
        from tests.fuzz.targets import TARGETS
    _bounded()
    flags = [f"-max_total_time={int(seconds)}", f"-timeout={6 * MOST_SECONDS}", f"-seed={seed + 1}"]
    flags += [f"-rss_limit_mb={MOST_MEMORY >> 20}", f"-artifact_prefix=fuzz-{name}-"]
    atheris.Setup([sys.argv[0], *flags, "-print_final_stats=1", corpus], TARGETS[name])
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
            status |= guided(name, given.seconds, given.seed)
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
