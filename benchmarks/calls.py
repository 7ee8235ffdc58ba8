"""How many Python calls of nightlift's own one `nightlift enhance` takes, and where they are.

    python benchmarks/calls.py [--method NAME] [PHOTO]

Counts calls of functions (lambdas, comprehensions of older Pythons and class bodies included) whose
code lies in nightlift's folder, while the command line runs once from its start.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[1]
OWN = f"{ROOT / 'src' / 'nightlift'}/"


def count(words: list[str]) -> Counter[tuple[str, str]]:
    """Calls of each function of nightlift, by file and name."""
    calls: Counter[tuple[str, str]] = Counter()

    def seen(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(OWN):
            calls[frame.f_code.co_filename.removeprefix(OWN), frame.f_code.co_qualname] += 1

    sys.setprofile(seen)
    try:
        from nightlift.cli.main import main

        status = main(words)
    finally:
        sys.setprofile(None)
    assert status == 0
    return calls


def main() -> None:
    """Print the total and the functions that are called most."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photo", nargs="?", default=ROOT / "examples" / "dark" / "lamp.jpg")
    parser.add_argument("--method", help="default: the recommended one, gated and denoised")
    parser.add_argument("--lines", type=int, default=12)
    given = parser.parse_args()
    method = ["-m", given.method] if given.method else []
    with tempfile.TemporaryDirectory() as folder:
        calls = count(["enhance", str(given.photo), "-o", f"{folder}/day.jpg", *method])
    print(f"{calls.total()} calls of nightlift's own functions")
    for (file, name), number in calls.most_common(given.lines):
        print(f"{number:7} {file} {name}")


if __name__ == "__main__":
    main()
