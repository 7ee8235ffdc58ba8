"""nightlift video: a video in, a brighter one out."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nightlift.cli.controls import add_controls, add_denoising
from nightlift.cli.parser import Parser, Subparsers, number, path, whole

if TYPE_CHECKING:
    from nightlift.cli.report import Bar
    from nightlift.edit.enhancer import Enhancer
    from nightlift.video.lift import LiftedVideo

EPILOG = """examples:
  nightlift video night.mp4 day.mp4
  nightlift video night.mov day.mov --strength 0.7 --smooth 2
  nightlift video night.mp4 day.mp4 --model my.onnx --codec libx264 --preset veryfast --crf 23
  nightlift video night.mkv day.mkv -m lime --codec ffv1

exit status: 0 the video is written, 1 it could not be, 2 wrong command line"""


def add(commands: Subparsers) -> None:
    """Add the command's arguments."""
    parser: Parser = commands.add_parser(
        "video",
        help="brighten a video without flicker; sound and time stamps are kept",
        description="Brighten a video: no flicker, sound and time stamps kept.",
        epilog=EPILOG,
    )
    parser.set_defaults(run=run)
    parser.add_argument("input", type=path, metavar="IN", help="a video")
    parser.add_argument("output", type=path, metavar="OUT", help="its name says the container")
    _add_method(parser)
    _add_output(parser)


def _add_method(parser: Parser) -> None:
    group = parser.add_argument_group("what to do")
    source = group.add_mutually_exclusive_group()
    source.add_argument("-m", "--method", help="see `nightlift methods`; default: the recommended")
    source.add_argument("--model", type=path, metavar="FILE", help="any released model (.onnx)")
    source.add_argument("--edit", type=path, metavar="FILE", help="a saved edit (.npz)")
    group.add_argument("--strength", type=number(0, 1.5), default=1.0, metavar="S", help="0 to 1.5")
    group.add_argument(
        "--auto",
        action=argparse.BooleanOptionalAction,
        help="leave well-lit shots alone (default: unless a method or the like is given)",
    )
    add_denoising(group, "off: it takes most of the time")
    add_controls(parser)
    group.add_argument(
        "--smooth",
        type=number(0, 60),
        default=1.0,
        metavar="SECONDS",
        help="average adjustments over so long, before and after (default 1)",
    )
    group.add_argument(
        "--every", type=whole(1), metavar="K", help="estimate every K frames (default: 6 a second)"
    )


def _add_output(parser: Parser) -> None:
    group = parser.add_argument_group("results")
    group.add_argument(
        "--codec", metavar="NAME", help="default: libx264; above 8 bits libx265; .webm libvpx-vp9"
    )
    group.add_argument("--crf", type=number(0, 63), metavar="N", help="constant quality")
    group.add_argument("--preset", metavar="NAME", help="the encoder's speed, such as veryfast")
    group.add_argument("--overwrite", action="store_true", help="replace an existing result")
    group.add_argument("--threads", type=whole(1), metavar="N", help="default: all cores")
    group.add_argument("--json", action="store_true", help="one JSON object on stdout")


class _Shown:
    """Progress on a terminal, and a line for each thing that went wrong."""

    def __init__(self, source: Path) -> None:
        from nightlift.cli.report import NoBar

        self.bar: Bar = NoBar()
        self._source = source

    def begin(self, frames: int | None) -> None:
        from nightlift.cli.report import bar

        if frames is not None:
            self.bar = bar(frames, "frame")

    def frame(self) -> None:
        self.bar.update()

    def tell(self, sentence: str) -> None:
        self.bar.write(f"{self._source}: {sentence}", file=sys.stderr)


def run(given: argparse.Namespace) -> int:
    """Lift the video; the exit status is 1 when it could not be written."""
    from nightlift.cli.words import in_options
    from nightlift.errors import UsageError, sentence
    from nightlift.photo.originals import Originals, keeping

    originals = Originals(filter(None, [given.input, given.model, given.edit]))
    originals.check([given.output])
    enhancer = _enhancer(given)
    start = time.perf_counter()
    try:
        with keeping(originals):
            made, problem = _lifted(given, enhancer), None
    except UsageError:
        raise
    except Exception as error:
        made, problem = None, in_options(sentence(error))
        print(f"{given.input}: {problem}", file=sys.stderr)
    if given.json:
        seconds = round(time.perf_counter() - start, 4)
        print(json.dumps(_record(given, enhancer.name, made, problem, seconds)))
    elif made is not None:
        print(f"{given.input} -> {given.output}")
    return 0 if problem is None else 1


def _enhancer(given: argparse.Namespace) -> Enhancer:
    from nightlift.cli.controls import controls, edit
    from nightlift.edit.enhancer import Enhancer

    return Enhancer(
        given.method,
        model=given.model,
        edit=edit(given),
        auto=given.auto,
        denoise=given.denoise or "off",
        denoise_amount=given.denoise_amount,
        controls=controls(given),
        threads=1,
    )


def _lifted(given: argparse.Namespace, enhancer: Enhancer) -> LiftedVideo:
    from nightlift.video.encoding import Encoding
    from nightlift.video.lift import lift_video

    shown = _Shown(given.input)
    try:
        return lift_video(
            given.input,
            given.output,
            enhancer,
            given.strength,
            smooth=given.smooth,
            every=given.every,
            encoding=Encoding(given.codec, given.crf, given.preset),
            overwrite=given.overwrite,
            threads=given.threads,
            watcher=shown,
        )
    finally:
        shown.bar.close()


def _record(
    given: argparse.Namespace,
    method: str,
    made: LiftedVideo | None,
    problem: str | None,
    seconds: float,
) -> dict[str, Any]:
    return {
        "input": str(given.input),
        "output": None if made is None else str(given.output),
        "status": "failed" if made is None else "done",
        "error": problem,
        "notices": [] if made is None else made.problems,
        "method": method,
        "strength": given.strength,
        "width": None if made is None else made.width,
        "height": None if made is None else made.height,
        "encoder": None if made is None else made.encoder,
        "frames": None if made is None else made.frames,
        "broken": None if made is None else made.broken,
        "cuts": None if made is None else made.cuts,
        "estimates": None if made is None else made.estimates,
        "seconds": seconds,
    }
