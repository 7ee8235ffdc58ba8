"""nightlift enhance: photos, folders and streams."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from nightlift.cli.parser import Parser, Subparsers, whole
from nightlift.cli.photo_options import (
    Group,
    add_method,
    add_output,
    add_running,
    endings,
    enhancing,
    existing,
    file_work,
    unused,
    writing,
)

if TYPE_CHECKING:
    from nightlift.batch import FileWork, Plan

EPILOG = """examples:
  nightlift enhance night.jpg                      night-lifted.jpg, beside it
  nightlift enhance holiday/ -o bright/ --recursive --skip-existing
  nightlift enhance *.jpg -m clahe --strength 0.7
  nightlift enhance --model my.onnx portrait.tif -o portrait-bright.tif
  nightlift enhance s3://bucket/in/ -o s3://bucket/out/ --recursive --cluster auto
  cat night.jpg | nightlift enhance - -o - > day.jpg

exit status: 0 all done, 1 some inputs failed, 2 wrong command line"""


def add(commands: Subparsers) -> None:
    """Add the command's arguments."""
    parser: Parser = commands.add_parser(
        "enhance",
        help="brighten photos, folders of photos, or standard input",
        description="Brighten photos; the originals are never touched.",
        epilog=EPILOG,
    )
    parser.set_defaults(run=run)
    parser.add_argument("inputs", nargs="+", metavar="INPUT", help="file, folder, glob, or -")
    parser.add_argument(
        "-o", "--output", metavar="OUT", help="a photo's name, a folder, or - (stdout)"
    )
    _add_many(add_method(parser), add_output(parser), add_running(parser))


def _add_many(method: Group, output: Group, running: Group) -> None:
    """Add the options of runs that begin with all their photos and come to an end."""
    method.add_argument(
        "--series",
        action="store_true",
        help="photos of one event or timelapse: an even look, without flicker",
    )
    output.add_argument("--suffix", metavar="TEXT", help="of results without -o; default -lifted")
    output.add_argument(
        "--keep-ending",
        action="store_true",
        help="where the format changes, keep the photo's ending in the name: a.heic.jpg",
    )
    there = output.add_mutually_exclusive_group()
    there.add_argument("--overwrite", action="store_true", help="replace existing results")
    there.add_argument("--skip-existing", action="store_true", help="leave existing results")
    running.add_argument("--limit", type=whole(1), metavar="N", help="at most N photos")
    running.add_argument(
        "--cluster",
        metavar="WHERE",
        help="by the machines of a Ray cluster: local (this machine), auto or ray://HOST:PORT; "
        "one input folder, which may be a URL such as s3://bucket/in/, as may be -o",
    )


def run(given: argparse.Namespace) -> int:
    """Enhance what was given; the exit status is 1 when any photo failed."""
    # OpenCV is needed anyway, and takes 40 ms longer to load when it does not come first.
    import cv2  # noqa: F401

    from nightlift.batch import STREAM, edit_path, pool
    from nightlift.cli.outcomes import report
    from nightlift.errors import UsageError
    from nightlift.photo import keeping
    from nightlift.processor import cores

    if given.suffix is not None and given.output is not None:
        raise UsageError("--suffix is for results beside their photos; with -o they keep the name")
    if STREAM in given.inputs and given.cluster is None:
        from nightlift.cli import standard_input

        return standard_input.enhance(given)
    if given.cluster is not None:
        from nightlift.cli.on_cluster import enhance

        return enhance(given, enhancing(given, given.threads or 1), writing(given, 1))
    _check_disk(given)
    if given.output == STREAM:
        raise UsageError("-o - writes one photo to standard output and takes the input -")
    planned = _planned(given)
    workers = min(given.jobs or cores(), len(planned.jobs))
    originals = planned.inputs.originals(given.model, given.edit)
    if given.overwrite:
        saved = map(edit_path, planned.targets if given.save_edit else ())
        originals.check([*planned.targets, *saved])
    work = file_work(given, given.threads or max(1, cores() // workers))
    if given.series:
        work = _evened(work, planned, workers)
    with keeping(originals):
        outcomes = pool.run(planned.jobs, work, existing=existing(given), workers=workers)
        notes = [*planned.inputs.left_out, *unused(given, endings(planned.targets))]
        return report(outcomes, len(planned.jobs), given.json, notes)


def _check_disk(given: argparse.Namespace) -> None:
    """Raise UsageError for a URL, which only a cluster reads."""
    from nightlift.errors import UsageError

    for name in (*given.inputs, given.output or ""):
        if "://" in name and not Path(name).exists():
            raise UsageError(
                f"{name} is on a file system of its own: --cluster local reads and writes there "
                "with the cores of this machine"
            )


def _planned(given: argparse.Namespace) -> Plan:
    from nightlift.batch import SUFFIX, plan

    return plan(
        given.inputs,
        given.output,
        suffix=SUFFIX if given.suffix is None else given.suffix,
        recursive=given.recursive,
        format=given.format,
        limit=given.limit,
        keep_ending=given.keep_ending,
        overwrite=given.overwrite,
    )


def _evened(work: FileWork, planned: Plan, workers: int) -> FileWork:
    """The same work with the edits of a series, for which every photo is looked at first."""
    from dataclasses import replace

    from nightlift.batch import evened
    from nightlift.cli.outcomes import bar

    shown = bar(len(planned.jobs), "look")
    try:
        edits = evened(planned.jobs, work.enhancing, workers, shown.update)
    finally:
        shown.close()
    return replace(work, enhancing=work.enhancing._replace(edits=edits))
