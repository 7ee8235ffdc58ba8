"""nightlift judge: blind pages and sheets, and what people preferred."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nightlift.cli.parser import Parser, Subparsers, path, whole

if TYPE_CHECKING:
    from nightlift.data import Bytes

EPILOG = """examples:
  nightlift judge page night/ -m natural,lime --model mine.onnx -o blind/
  nightlift judge sheets night/ -m natural,lime,clahe -o blind/
  nightlift judge tally blind/key.json answers-ann.json answers-ben.json

page writes judge.html, one file that asks left or right, and key.json, which tells whose results
they were: look at it afterwards. Each judge saves a file of answers. sheets writes a picture for
each photo, results under letters; rankings are rows such as 007,B>A=D>C. auto stands for what
nightlift does unless told otherwise."""

Way = Callable[[Any], Any]


def add(commands: Subparsers) -> None:
    """Add the command's arguments."""
    parser: Parser = commands.add_parser(
        "judge",
        help="blind comparison of results by people: left or right, several judges",
        description="Which results people prefer, without knowing whose they are.",
        epilog=EPILOG,
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, about in (("page", "a page that asks left or right"), ("sheets", "pictures to rank")):
        made = actions.add_parser(name, description=about, epilog=EPILOG)
        made.set_defaults(run=run_page if name == "page" else run_sheets)
        _add_making(made)
    actions.choices["sheets"].add_argument("--columns", type=whole(1), default=3, metavar="N")
    tally = actions.add_parser("tally", description="merge answers", epilog=EPILOG)
    tally.set_defaults(run=run_tally)
    tally.add_argument("key", type=path, metavar="KEY", help="key.json of the page or the sheets")
    tally.add_argument("answers", type=path, nargs="+", metavar="FILE", help="one a judge")
    tally.add_argument("--seed", type=whole(0), default=0, metavar="N", help="of resampling")
    tally.add_argument("--json", action="store_true", help="one JSON object a method on stdout")


def _add_making(parser: Parser) -> None:
    from nightlift.cli.parser import names

    parser.add_argument("photos", nargs="+", metavar="INPUT", help="file, folder or glob")
    parser.add_argument("-m", "--method", type=names, action="extend", default=[], metavar="A,B")
    parser.add_argument(
        "--model", type=path, nargs="+", action="extend", default=[], metavar="FILE"
    )
    parser.add_argument("-o", "--output", type=path, required=True, metavar="DIR")
    parser.add_argument("--overwrite", action="store_true", help="replace existing results")
    parser.add_argument("--size", type=whole(64), default=1024, metavar="PX", help="long side")
    parser.add_argument("--seed", type=whole(0), default=0, metavar="N", help="of order and sides")


def run_page(given: argparse.Namespace) -> int:
    """Write the page and its key."""
    from nightlift.judging import key_json, questions
    from nightlift.photo import write_bytes
    from nightlift.report import judging_page

    ways, photos = _ways(given), _photos(given)
    key = questions(list(photos), list(ways), given.seed)
    given.output.mkdir(parents=True, exist_ok=True)
    pieces = judging_page(key, _results(photos, ways, given.size))
    write_bytes(given.output / "judge.html", pieces, overwrite=given.overwrite)
    write_bytes(given.output / "key.json", key_json(key).encode(), overwrite=given.overwrite)
    print(f"{given.output / 'judge.html'}: {len(key.questions)} questions")
    print(f"then: nightlift judge tally {given.output / 'key.json'} ANSWERS.json ...")
    return 0


def run_sheets(given: argparse.Namespace) -> int:
    """Write a sheet a photo, and the key."""
    import numpy as np

    from nightlift.judging import lettered, sheet
    from nightlift.photo import write, write_bytes

    ways, photos = _ways(given), _photos(given)
    rng, key = np.random.default_rng(given.seed), {}
    given.output.mkdir(parents=True, exist_ok=True)
    for number, (name, made) in enumerate(_results(photos, ways, given.size, with_photo=True), 1):
        letters = lettered(list(ways), rng)
        panels = {"photo": made["photo"]} | {one: made[way] for one, way in letters.items()}
        page = sheet(panels, given.columns)
        write(page, given.output / f"{number:03}.png", overwrite=given.overwrite)
        key[f"{number:03}"] = {**letters, "photo": name}
    text = json.dumps(key, indent=1) + "\n"
    write_bytes(given.output / "key.json", text.encode(), overwrite=given.overwrite)
    print(f"{given.output}: {len(key)} sheets and their key")
    return 0


def run_tally(given: argparse.Namespace) -> int:
    """Print how strongly each method is preferred."""
    from dataclasses import asdict

    from nightlift.evaluate import grid
    from nightlift.judging import agreement, load_key, merged, strengths

    key = load_key(given.key)
    found = merged(key, given.answers)
    rows = strengths(found, seed=given.seed)
    if given.json:
        for row in rows:
            print(json.dumps(asdict(row)))
        return 0
    judges, photos = {one.judge for one in found}, {one.photo for one in found}
    print(f"{len(found)} answers of {len(judges)} judges about {len(photos)} photos")
    cells = [["method", "preferred to the middle one", "won", "of"]]
    for row in rows:
        bounds = f"{row.preferred:.0%} [{row.low:.0%}, {row.high:.0%}]"
        cells.append([row.method, bounds, f"{row.won:g}", str(row.asked)])
    print("\n".join(grid(iter(cells))))
    alike = agreement(found)
    if not math.isnan(alike):
        print(f"judges agree on {alike:.0%} of the questions that several answered")
    return 0


def _ways(given: argparse.Namespace) -> dict[str, Way]:
    """What makes each result, by name; raises UsageError for fewer than two."""
    from nightlift.edit import Enhancer
    from nightlift.errors import UsageError

    ways: dict[str, Way] = {}
    for name in given.method:
        ways[name] = Enhancer() if name == "auto" else Enhancer(name)
    for model in given.model:
        ways[model.stem] = Enhancer(model=model)
    if not 2 <= len(ways) <= 26:
        raise UsageError(f"expected 2 to 26 methods of different names, got {len(ways)}")
    return ways


def _photos(given: argparse.Namespace) -> dict[str, Path]:
    """The photos by the names that the key tells; raises UsageError for two of one name."""
    from nightlift.batch import find
    from nightlift.errors import UsageError

    found = [one.path for one in find(given.photos).photos]
    names = {one.name: one for one in found}
    if not found or len(names) < len(found):
        raise UsageError("expected photos of different names, got none, or two of one name")
    return names


def _results(
    photos: Mapping[str, Path], ways: Mapping[str, Way], size: int, with_photo: bool = False
) -> Iterator[tuple[str, dict[str, Bytes]]]:
    import numpy as np

    from nightlift.data import picture, shrunk

    for name, file in photos.items():
        photo = shrunk(picture(file), size)
        made = {way: np.asarray(enhance(photo), np.uint8) for way, enhance in ways.items()}
        yield name, made | ({"photo": photo} if with_photo else {})
