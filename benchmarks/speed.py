"""Everything about speed in one run, written into docs/performance.md as tables and a plot.

python benchmarks/speed.py [deep-upe=FILE.onnx zero-dce=FILE.onnx …] [--photo PHOTO.jpg]
    [--only files,memory,growth,batch,start,plain] [--quick] [--print]

Each section runs its contenders side by side, in turn, every other round backwards, and says how
busy the machine was. NAME=FILE measures a released model; a bare NAME an installed method.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from pathlib import Path

from speed_document import section, write_sections
from speed_runs import SECTIONS, Setting

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
DEFAULT = ["zero-dce-open", "adaptive-gamma"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", default=DEFAULT, metavar="NAME[=FILE]")
    parser.add_argument("--photo", type=Path, help="enlarged to the sizes needed, with noise")
    parser.add_argument("--only", default=",".join(SECTIONS), help="sections, commas between")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="small photos, to see that it works")
    parser.add_argument("--print", action="store_true", help="leave docs/performance.md alone")
    given = parser.parse_args()
    models = dict(_named(text) for text in given.models)
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        setting = Setting(models, Path(folder), given.photo, given.rounds, given.quick)
        for name in given.only.split(","):
            table = SECTIONS[name](setting)
            found[name] = section(table, _machine(), PAGE.parent)
            print(found[name], flush=True)
    if not given.print:
        write_sections(PAGE, found)


def _named(text: str) -> tuple[str, str]:
    name, _, file = text.partition("=")
    return name, file or name


def _machine() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{cores} cores, {platform.system()} {platform.machine()}{load}"


if __name__ == "__main__":
    main()
