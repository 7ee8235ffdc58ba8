"""Options of the commands that enhance photos, and what they come to."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from nightlift.cli.controls import add_controls, add_denoising
from nightlift.cli.parser import Parser, add_device, number, path, size_in_bytes, whole

if TYPE_CHECKING:
    from nightlift.batch import Enhancing, Existing, FileWork, Writing

Group: TypeAlias = "argparse._ArgumentGroup"


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
        help="of HDR photos: fitted to a result in JPEG (default), or left out",
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


def file_work(given: argparse.Namespace, threads: int) -> FileWork:
    """What is done to each file, `threads` for each."""
    from nightlift.batch import Budget, FileWork, half_of_machine

    budget = Budget(given.memory or half_of_machine())
    return FileWork(
        enhancing(given, threads),
        writing(given, threads),
        budget,
        given.save_edit,
        given.stream,
        given.preserve,
    )


def enhancing(given: argparse.Namespace, threads: int) -> Enhancing:
    """How each photo is enhanced."""
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


def writing(given: argparse.Namespace, threads: int) -> Writing:
    """How each result is written."""
    from nightlift.batch import Writing
    from nightlift.photo import check_writable

    check_writable(given.format or "same")
    return Writing(
        format=given.format or "same",
        quality=92 if given.quality is None else given.quality,
        upright=given.upright,
        strip=given.strip_metadata or "none",
        overwrite=given.overwrite,
        threads=threads,
        gain_map=given.gain_map,
    )


def existing(given: argparse.Namespace) -> Existing:
    """What becomes of results that are there."""
    if given.overwrite:
        return "overwrite"
    return "skip" if given.skip_existing else "fail"


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
    if given.denoise_amount != 1 and named and given.denoise is None:
        yield "--denoise-amount does nothing here: with a named method, ask for --denoise auto, too"
    if given.exact and given.model is None:
        from nightlift.classical import CLASSICAL

        if given.edit is not None or given.method in CLASSICAL:
            name = given.method or "a saved edit"
            yield f"--exact does not apply to {name}, which is no network"
