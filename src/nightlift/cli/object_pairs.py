"""nightlift data object-pairs: dark and good pictures of the same objects."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from nightlift.cli.parser import Parser, Subparsers, path, whole

if TYPE_CHECKING:
    from nightlift.data import object_pairs


def add(actions: Subparsers) -> None:
    """Add the action to those of `nightlift data`."""
    parser: Parser = actions.add_parser(
        "object-pairs",
        help="crops of objects from ExDark and COCO, for enlightengan",
        description="Write train_A/<object> (dark) and train_B/<object> (good), layout unpaired; "
        "run again to go on.",
        epilog="example: nightlift data object-pairs --exdark ExDark/ "
        "--coco instances_val2017.json --images val2017/ -o objects/",
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "--exdark", type=path, required=True, metavar="DIR", help="ExDark's photos and annotations"
    )
    parser.add_argument(
        "--coco", type=path, required=True, metavar="FILE", help="COCO's instances, a JSON file"
    )
    parser.add_argument(
        "--images", type=path, required=True, metavar="DIR", help="COCO's photos of that file"
    )
    parser.add_argument("-o", "--output", type=path, required=True, metavar="DIR")
    parser.add_argument(
        "--smallest", type=whole(1), default=64, metavar="PX", help="short side (default 64)"
    )
    parser.add_argument(
        "--limit", type=whole(1), metavar="N", help="crops of a class on each side at most"
    )
    parser.add_argument(
        "--classes", default="", metavar="A,B", help="such as car,people (default: all in both)"
    )
    parser.add_argument("--seed", type=whole(0), default=0, metavar="N", help="default 0")
    parser.add_argument("--jobs", type=whole(1), metavar="N", help="photos at a time")
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")


def run(given: argparse.Namespace) -> int:
    """Write the crops; one line on standard error for each photo that failed."""
    from nightlift.data import object_pairs
    from nightlift.photo import Originals, keeping

    planned = object_pairs.plan(
        given.exdark,
        given.coco,
        given.images,
        given.output,
        smallest=given.smallest,
        limit=given.limit,
        seed=given.seed,
        classes=[name.strip().lower() for name in given.classes.split(",") if name.strip()],
    )
    with keeping(Originals([given.coco, *(source.photo for source in planned.sources)])):
        return _written(given, planned)


def _written(given: argparse.Namespace, planned: object_pairs.CropPlan) -> int:
    from nightlift.cli.outcomes import bar
    from nightlift.data import object_pairs

    object_pairs.begin(planned)
    failed = 0
    shown = bar(len(planned.sources), "photo")
    try:
        for outcome in object_pairs.write_crops(planned, given.jobs):
            if outcome.problem is not None:
                failed += 1
                shown.write(f"{outcome.source.photo}: {outcome.problem}", file=sys.stderr)
            if given.json:
                shown.write(json.dumps(_row(outcome)), file=sys.stdout)
            shown.update()
    finally:
        shown.close()
    if not given.json:
        _summarize(planned, failed)
    return 1 if failed else 0


def _row(outcome: object_pairs.CropOutcome) -> dict[str, Any]:
    return {
        "input": str(outcome.source.photo),
        "status": outcome.status,
        "error": outcome.problem,
        "crops": [f"{crop.name}.png" for crop in outcome.source.crops],
    }


def _summarize(planned: object_pairs.CropPlan, failed: int) -> None:
    for kind, (dark, good) in planned.counts.items():
        print(f"{kind}: {dark} dark, {good} good")
    if planned.left_out:
        print(f"left out, for want of a partner: {', '.join(planned.left_out)}")
    photos = len(planned.sources)
    told = f", {failed} of them failed" if failed else ""
    print(f"unpaired:{planned.output}: crops of {photos} photos{told}")
