"""nightlift enhance: photos, folders and streams."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from nightlift.cli.controls import add_controls, add_denoising
from nightlift.cli.parser import (
    Parser,
    Subparsers,
    add_device,
    number,
    path,
    size_in_bytes,
    whole,
)

if TYPE_CHECKING:
    from nightlift.batch import Enhancing, Existing, FileWork, Plan, Writing

Group: TypeAlias = "argparse._ArgumentGroup"

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


def add_method(parser: Parser) -> Group:
    """Add the options: what is done to photos."""
    group = parser.add_argument_group("what to do")
    source = group.add_mutually_exclusive_group()
    source.add_argument("-m", "--method", help="see `nightlift methods`; default: the recommended")
    source.add_argument("--model", type=path, metavar="FILE", help="any released model (.onnx)")
    source.add_argument("--edit", type=path, metavar="FILE", help="a saved edit (.npz)")
    group.add_argument("--strength", type=number(0, 1.5), default=1.0, metavar="S", help="0 to 1.5")
    group.add_argument(
        "--auto",
        action=argparse.BooleanOptionalAction,
        help="leave well-lit photos alone (default: unless a method or the like is given)",
    )
    add_denoising(group)
    add_controls(parser)
    group.add_argument("--steps", type=whole(1, 16), metavar="N", help="curve steps of Zero-DCE")
    group.add_argument("--size", type=whole(16), metavar="PX", help="long side the network sees")
    group.add_argument("--exact", action="store_true", help="the network at the photo's own size")
    return group


def add_output(parser: Parser) -> Group:
    """Add the options: how results are written."""
    group = parser.add_argument_group("results")
    formats = ("jpg", "png", "tiff", "webp", "avif", "jxl", "same")
    group.add_argument("--format", choices=formats, help="default: same, or what -o is named")
    group.add_argument("--quality", type=whole(1, 100), metavar="Q", help="default 92")
    group.add_argument(
        "--preserve", action="store_true", help="keep the file's date and permissions"
    )
    group.add_argument("--upright", action="store_true", help="rotate the pixels, not the tag")
    group.add_argument("--strip-metadata", choices=("gps", "all"), help="what not to keep")
    group.add_argument(
        "--gain-map",
        choices=("keep", "drop"),
        default="keep",
        help="of an Ultra HDR JPEG: fitted to the result (default), or left out",
    )
    group.add_argument(
        "--save-edit", action="store_true", help="write what was done as .npz beside it"
    )
    group.add_argument("--json", action="store_true", help="one JSON object a line on stdout")
    return group


def add_running(parser: Parser) -> Group:
    """Add the options: how the work is run."""
    group = parser.add_argument_group("running")
    group.add_argument("--recursive", action="store_true", help="sub-folders too")
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
    add_device(group)
    return group


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
    existing = output.add_mutually_exclusive_group()
    existing.add_argument("--overwrite", action="store_true", help="replace existing results")
    existing.add_argument("--skip-existing", action="store_true", help="leave existing results")
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
        return _stream(given)
    if given.cluster is not None:
        from nightlift.cli.on_cluster import enhance

        return enhance(given, _enhancing(given, given.threads or 1), _writing(given, 1))
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
        outcomes = pool.run(planned.jobs, work, existing=_existing(given), workers=workers)
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


def endings(targets: Iterable[Path]) -> Counter[str]:
    """How many results have which ending."""
    return Counter(path.suffix.lower() for path in targets)


def unused(given: argparse.Namespace, results: Counter[str]) -> Iterator[str]:
    """A sentence for each option that was given and could do nothing for `results`, by endings."""
    from nightlift.photo import EXTENSIONS

    total = results.total()
    plain = sum(results[end] for end in results if EXTENSIONS.get(end) in ("png", "tiff", "bmp"))
    if given.quality is not None and plain:
        count = f"{plain} of {total} results" if total > 1 else "the result"
        yield f"--quality does not apply to {count}: PNG, TIFF and BMP lose nothing"
    named = given.method is not None or given.model is not None
    if given.denoise_amount != 1 and named and given.denoise is None and not given.auto:
        yield "--denoise-amount does nothing here: with a named method, ask for --denoise auto, too"
    if given.exact and given.model is None:
        from nightlift.classical import CLASSICAL

        if given.edit is not None or given.method in CLASSICAL:
            name = given.method or "a saved edit"
            yield f"--exact does not apply to {name}, which is no network"


def _existing(given: argparse.Namespace) -> Existing:
    if given.overwrite:
        return "overwrite"
    return "skip" if given.skip_existing else "fail"


def file_work(given: argparse.Namespace, threads: int) -> FileWork:
    """What is done to each file, `threads` for each."""
    from nightlift.batch import Budget, FileWork, half_of_machine

    budget = Budget(given.memory or half_of_machine())
    return FileWork(
        _enhancing(given, threads),
        _writing(given, threads),
        budget,
        given.save_edit,
        given.stream,
        given.preserve,
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


def _enhancing(given: argparse.Namespace, threads: int) -> Enhancing:
    from nightlift.batch import Enhancing
    from nightlift.cli.controls import controls, edit
    from nightlift.edit import Enhancer

    enhancer = Enhancer(
        given.method,
        model=given.model,
        edit=edit(given),
        auto=given.auto,
        denoise=given.denoise,
        denoise_amount=given.denoise_amount,
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
    from nightlift.batch import Writing

    return Writing(
        format=given.format or "same",
        quality=92 if given.quality is None else given.quality,
        upright=given.upright,
        strip=given.strip_metadata or "none",
        overwrite=given.overwrite,
        threads=threads,
        gain_map=given.gain_map,
    )


def _stream(given: argparse.Namespace) -> int:
    """Standard input to standard output, or to the file that is named."""
    from functools import partial

    from nightlift.batch import STREAM, Job, enhance_bytes, pool
    from nightlift.cli.outcomes import report
    from nightlift.photo import Originals, keeping
    from nightlift.processor import cores

    _check_stream(given)
    threads = given.threads or cores()
    enhancing, writing = _enhancing(given, threads), _writing(given, threads)
    job = Job(Path(STREAM), Path(given.output))
    photo = sys.stdin.buffer.read()
    if given.output == STREAM:
        return _to_standard_output(photo, enhancing, writing)
    work = partial(enhance_bytes, photo, enhancing, writing)
    notes = list(unused(given, endings([Path(given.output)])))
    # What the shell has opened for us is an original, too.
    with keeping(Originals(filter(None, [Path("/dev/stdin"), given.model, given.edit]))):
        outcomes = pool.run([job], work, existing=_existing(given), workers=1)
        return report(outcomes, 1, given.json, notes)


def _check_stream(given: argparse.Namespace) -> None:
    """Raise UsageError for what one photo without a name excludes."""
    from nightlift.batch import STREAM, is_file_name
    from nightlift.errors import UsageError

    output = given.output
    if given.inputs != [STREAM]:
        raise UsageError("the input - (standard input) stands alone")
    if output is None:
        raise UsageError("the input - needs an output: -o FILE, or -o - for standard output")
    if output == STREAM and given.json:
        raise UsageError("-o - writes the photo to standard output, which excludes --json")
    for option in ("save_edit", "preserve", "series"):
        if getattr(given, option):
            name = option.replace("_", "-")
            raise UsageError(f"--{name} needs photos with names, not standard input")
    if output == STREAM or is_file_name(output, given.format):
        return
    if Path(output).is_dir() or output.endswith(("/", "\\")):
        raise UsageError(f"standard input has no name: name its result, {output} is a folder")


def _to_standard_output(data: bytes, enhancing: Enhancing, writing: Writing) -> int:
    from nightlift.batch import enhanced_bytes
    from nightlift.cli.outcomes import note
    from nightlift.cli.rewording import in_options
    from nightlift.errors import sentence

    try:
        result, notices = enhanced_bytes(data, enhancing, writing)
    except Exception as error:
        print(f"-: {in_options(sentence(error))}", file=sys.stderr)
        return 1
    for notice in notices:
        note(f"-: {notice}")
    sys.stdout.buffer.write(result)
    sys.stdout.buffer.flush()
    return 0
