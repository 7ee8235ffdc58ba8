"""Write docs/reproduce.md: docs/results/reproduce.md, and what `nightlift reproduce` measured.

    python docs/make_reproduce.py
    python docs/make_reproduce.py --take glenet-again/

`--take` takes in `reproduction.json` from what `nightlift reproduce` wrote, in the place of an
older one of the same publication.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from nightlift.reproduce.documents import as_markdown
from nightlift.reproduce.table import REPRODUCTIONS

DOCS = Path(__file__).parent
FOLDER = DOCS / "results"

REMARKS = {
    "glenet": "GEN falls short of what was published by 2.5 dB, on pairs that it may have been "
    "trained on: these 233 may be rendered otherwise than those it learned from.",
    "deep-upe": "The same pairs, nearly the same distance: 2.1 dB. With corners not aligned, as "
    "newer versions of PyTorch slice unless told otherwise, the same weights lose another 3.5 dB.",
    "enlightengan": "No checkpoint of it is at hand: CLAHE's row alone can be measured.",
    "zero-dce": "Two photos of FiveK stand in for the demo folder.",
}

MISSING = {
    "smnet": "Neither its checkpoints nor LOL's 15 evaluation pairs nor the paper's subset of "
    "FiveK are at hand: nothing could be measured.",
}


def page() -> str:
    """The whole page."""
    parts = [(FOLDER / "reproduce.md").read_text(encoding="utf-8")]
    for name, asked in REPRODUCTIONS.items():
        if name in MISSING:
            parts.append(f"## {asked.title}\n\n{MISSING[name]}\n")
        else:
            parts += [as_markdown(_read(name), "##"), f"{REMARKS[name]}\n"]
    return "\n".join(parts)


def take(folder: Path) -> None:
    """Take in what `nightlift reproduce` wrote into a folder."""
    text = (folder / "reproduction.json").read_text(encoding="utf-8")
    _path(json.loads(text)["name"]).write_text(text, encoding="utf-8")


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_path(name).read_text(encoding="utf-8"))
    return found


def _path(name: str) -> Path:
    return FOLDER / f"reproduce-{name}.json"


def main() -> None:
    """Take in what was measured, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--take", type=Path, nargs="*", default=[], metavar="FOLDER")
    for folder in parser.parse_args().take:
        take(folder)
    (DOCS / "reproduce.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
