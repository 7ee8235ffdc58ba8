"""nightlift enhance: photos, folders and streams."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nightlift.cli.controls import add_controls
from nightlift.cli.parser import Parser, Subparsers, number, size_in_bytes, whole

if TYPE_CHECKING:
    from nightlift.batch import Existing
    from nightlift.work import Enhancing, FileWork, Writing

EPILOG = """examples:
  nightlift enhance night.jpg                      night-lifted.jpg, beside it
  nightlift enhance holiday/ -o bright/ --recursive --skip-existing
  nightlift enhance *.jpg -m clahe --strength 0.7
  nightlift enhance --model my.onnx portrait.tif -o portrait-bright.tif
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
    parser.add_argument("-o", "--output", metavar="OUT", help="file, folder, or - (stdout)")
    _add_method(parser)
    _add_output(parser)
    _add_running(parser)


def _add_method(parser: Parser) -> None:
    group = parser.add_argument_group("what to do")
    source = group.add_mutually_exclusive_group()
    source.add_argument("-m", "--method", help="see `nightlift methods`; default: the recommended")
    source.add_argument("--model", type=Path, metavar="FILE", help="any released model (.onnx)")
    source.add_argument("--edit", type=Path, metavar="FILE", help="a saved edit (.npz)")
    group.add_argument("--strength", type=number(0, 1.5), default=1.0, metavar="S", help="0 to 1.5")
    group.add_argument(
        "--auto",
        action=argparse.BooleanOptionalAction,
        help="leave well-lit photos alone (default: unless a method or the like is given)",
    )
    group.add_argument("--denoise", type=number(0, 1), metavar="D", help="chroma denoise, 0 to 1")
    add_controls(parser)
    group.add_argument("--steps", type=whole(1, 16), metavar="N", help="curve steps of Zero-DCE")
    group.add_argument("--size", type=whole(16), metavar="PX", help="long side the network sees")
    group.add_argument("--exact", action="store_true", help="the network at the photo's own size")


def _add_output(parser: Parser) -> None:
    group = parser.add_argument_group("results")
    formats = ("jpg", "png", "tiff", "webp", "avif", "same")
    group.add_argument("--format", choices=formats, help="default: same, or what -o is named")
    group.add_argument("--quality", type=whole(1, 100), default=92, metavar="Q", help="default 92")
    group.add_argument("--suffix", default="-lifted", metavar="TEXT", help="default -lifted")
    existing = group.add_mutually_exclusive_group()
    existing.add_argument("--overwrite", action="store_true", help="replace existing results")
    existing.add_argument("--skip-existing", action="store_true", help="leave existing results")
    group.add_argument("--upright", action="store_true", help="rotate the pixels, not the tag")
    group.add_argument("--strip-metadata", choices=("gps", "all"), help="what not to keep")
    group.add_argument(
        "--save-edit", action="store_true", help="write what was done as .npz beside it"
    )
    group.add_argument("--json", action="store_true", help="one JSON object a line on stdout")


def _add_running(parser: Parser) -> None:
    group = parser.add_argument_group("running")
    group.add_argument("--recursive", action="store_true", help="sub-folders too")
    group.add_argument("--limit", type=whole(1), metavar="N", help="at most N photos")
    group.add_argument("--jobs", type=whole(1), metavar="N", help="photos at a time")
    group.add_argument(
        "--stream",
        action="store_true",
        help="large JPEGs in strips, in little memory (default: those that --memory cannot hold)",
    )
    group.add_argument("--threads", type=whole(1), metavar="N", help="processor threads a photo")
    group.add_argument(
        "--memory",
        type=size_in_bytes,
        metavar="BYTES",
        help="such as 8G: of all photos in hand (default: half the machine's), and of a network at "
        "a photo's own size (default: 3G)",
    )
    group.add_argument(
        "--engine",
        choices=("auto", "onnxruntime", "openvino", "openvino-bf16"),
        default="auto",
        help="auto: openvino-bf16 for large networks where it is installed and the processor has "
        "bfloat16, else onnxruntime",
    )
    group.add_argument("--device", choices=("cpu", "cuda"), default="cpu")


def run(given: argparse.Namespace) -> int:
    """Enhance what was given; the exit status is 1 when any photo failed."""
    # OpenCV is needed anyway, and takes 40 ms longer to load when it does not come first.
    import cv2  # noqa: F401

    from nightlift import batch, plan
    from nightlift.cli.report import report
    from nightlift.errors import UsageError
    from nightlift.processor import cores

    if plan.STREAM in given.inputs:
        return _stream(given)
    if given.output == plan.STREAM:
        raise UsageError("-o - writes one photo to standard output and takes the input -")
    jobs = plan.plan(
        given.inputs,
        given.output,
        suffix=given.suffix,
        recursive=given.recursive,
        format=given.format,
        limit=given.limit,
    )
    workers = min(given.jobs or cores(), len(jobs))
    work = _work(given, given.threads or max(1, cores() // workers))
    outcomes = batch.run(jobs, work, existing=_existing(given), workers=workers)
    return report(outcomes, len(jobs), given.json)


def _existing(given: argparse.Namespace) -> Existing:
    if given.overwrite:
        return "overwrite"
    return "skip" if given.skip_existing else "fail"


def _work(given: argparse.Namespace, threads: int) -> FileWork:
    from nightlift.memory import Budget, half_of_machine
    from nightlift.work import FileWork

    budget = Budget(given.memory or half_of_machine())
    return FileWork(
        _enhancing(given, threads),
        _writing(given, threads),
        budget,
        given.save_edit,
        given.stream,
    )


def _enhancing(given: argparse.Namespace, threads: int) -> Enhancing:
    from nightlift.adjust.kernels import compiled
    from nightlift.cli.controls import controls, edit
    from nightlift.cli.report import note
    from nightlift.edit.enhancer import Enhancer
    from nightlift.work import Enhancing

    if not compiled():
        note("the compiled kernels are missing, so this is slow; reinstall with a C++ compiler")
    enhancer = Enhancer(
        given.method,
        model=given.model,
        edit=edit(given),
        auto=given.auto,
        denoise=given.denoise,
        controls=controls(given),
        steps=given.steps,
        size=given.size,
        engine=given.engine,
        device=given.device,
        threads=threads,
        memory=given.memory,
    )
    return Enhancing(enhancer, given.strength, given.exact)


def _writing(given: argparse.Namespace, threads: int) -> Writing:
    from nightlift.work import Writing

    return Writing(
        format=given.format or "same",
        quality=given.quality,
        upright=given.upright,
        strip=given.strip_metadata or "none",
        overwrite=given.overwrite,
        threads=threads,
    )


def _stream(given: argparse.Namespace) -> int:
    """Standard input to standard output, or to the file that is named."""
    from functools import partial

    from nightlift import batch
    from nightlift.cli.report import report
    from nightlift.errors import UsageError
    from nightlift.plan import STREAM, Job
    from nightlift.processor import cores
    from nightlift.work import enhance_bytes

    if given.inputs != [STREAM]:
        raise UsageError("the input - (standard input) stands alone")
    if given.output is None:
        raise UsageError("the input - needs an output: -o FILE, or -o - for standard output")
    if given.output == STREAM and given.json:
        raise UsageError("-o - writes the photo to standard output, which excludes --json")
    if given.save_edit:
        raise UsageError("--save-edit needs a photo with a name, not standard input")
    threads = given.threads or cores()
    enhancing, writing = _enhancing(given, threads), _writing(given, threads)
    job = Job(Path(STREAM), Path(given.output))
    photo = sys.stdin.buffer.read()
    if given.output == STREAM:
        return _to_standard_output(photo, enhancing, writing)
    work = partial(enhance_bytes, photo, enhancing, writing)
    outcomes = batch.run([job], work, existing=_existing(given), workers=1)
    return report(outcomes, 1, given.json)


def _to_standard_output(data: bytes, enhancing: Enhancing, writing: Writing) -> int:
    from nightlift.errors import NightliftError
    from nightlift.work import enhanced_bytes

    try:
        result = enhanced_bytes(data, enhancing, writing)
    except NightliftError as error:
        print(f"-: {error}", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(result)
    sys.stdout.buffer.flush()
    return 0
