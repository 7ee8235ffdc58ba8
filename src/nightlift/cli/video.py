"""nightlift video: a video in, a brighter one out."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nightlift.cli.controls import add_controls, add_denoising
from nightlift.cli.parser import Parser, Subparsers, add_device, named, number, path, whole

if TYPE_CHECKING:
    from nightlift.batch import Job, Outcome
    from nightlift.cli.outcomes import ProgressBar
    from nightlift.edit import Enhancer
    from nightlift.video import ClipWork

EPILOG = """examples:
  nightlift video night.mp4 day.mp4
  nightlift video night.mov day.mov --strength 0.7 --smooth 2
  nightlift video night.mp4 day.mp4 --model my.onnx --codec libx264 --preset veryfast --crf 23
  nightlift video night.mkv day.mkv -m lime --codec ffv1

  nightlift video clips/ bright/ --recursive --skip-existing
  nightlift video s3://bucket/in/ -o s3://bucket/out/ --cluster auto
  nightlift video phone-hdr.mov day.mp4 --tone-map
  ffmpeg -i night.mp4 -f yuv4mpegpipe - | nightlift video - - | ffplay -
  ffmpeg -i rtsp://camera -c copy -f mpegts - | nightlift video - - --preset ultrafast > day.ts

exit status: 0 written, 1 it could not be or the source breaks off (what there is of it is written),
2 wrong command line"""


def add(commands: Subparsers) -> None:
    """Add the command's arguments."""
    parser: Parser = commands.add_parser(
        "video",
        help="brighten a video without flicker; sound and time stamps are kept",
        description="Brighten a video: no flicker, sound and time stamps kept.",
        epilog=EPILOG,
    )
    parser.set_defaults(run=run)
    parser.add_argument("input", type=named, metavar="IN", help="a video, a folder, or - (stdin)")
    parser.add_argument(
        "output",
        type=named,
        nargs="?",
        metavar="OUT",
        help="its name says the container; a folder for a folder; - (stdout) for -",
    )
    parser.add_argument("-o", "--output", dest="named", type=named, metavar="OUT", help="the same")
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
    group.add_argument(
        "--to",
        choices=("y4m", "mpegts"),
        help="of stdout: raw frames or MPEG-TS (default: y4m where y4m comes, else MPEG-TS)",
    )
    group.add_argument(
        "--tone-map",
        action="store_true",
        help="make HDR (HLG or PQ) an SDR video, after ITU-R BT.2390, and brighten that",
    )
    existing = group.add_mutually_exclusive_group()
    existing.add_argument("--overwrite", action="store_true", help="replace an existing result")
    existing.add_argument("--skip-existing", action="store_true", help="leave an existing result")
    group.add_argument("--recursive", action="store_true", help="sub-folders of a folder too")
    group.add_argument(
        "--threads",
        type=whole(1),
        metavar="N",
        help="default: all cores; with --cluster one for each clip",
    )
    group.add_argument(
        "--cluster",
        metavar="WHERE",
        help="a folder's clips by the machines of a Ray cluster: local (this machine), auto or "
        "ray://HOST:PORT; IN and OUT may be URLs such as s3://bucket/in/",
    )
    group.add_argument("--jobs", type=whole(1), metavar="N", help="clips at a time on a cluster")
    add_device(group)
    group.add_argument("--json", action="store_true", help="one JSON object a video on stdout")


class _Shown:
    """Progress on a terminal, and a line for each thing that went wrong."""

    def __init__(self, source: Path) -> None:
        from nightlift.cli.outcomes import NoBar

        self.bar: ProgressBar = NoBar()
        self._source = source

    def begin(self, frames: int | None) -> None:
        from nightlift.cli.outcomes import bar

        if frames is not None:
            self.bar = bar(frames, "frame")

    def frame(self) -> None:
        self.bar.update()

    def tell(self, sentence: str) -> None:
        from nightlift.cli.rewording import in_options

        self.bar.write(f"{self._source}: {in_options(sentence)}", file=sys.stderr)


def run(given: argparse.Namespace) -> int:
    """Lift the videos; the exit status is 1 when one could not be written, or not all of it."""
    from nightlift.batch import Job
    from nightlift.errors import UsageError
    from nightlift.photo import Originals, keeping

    if (given.output is None) == (given.named is None):
        raise UsageError("expected one output: a name, or - for standard output")
    given.output = given.output or given.named
    if given.cluster is not None:
        return _on_cluster(given)
    if given.jobs is not None:
        raise UsageError("--jobs is for a cluster (--cluster local); one clip takes all --threads")
    if "-" in (given.input, given.output):
        return _stream(given)
    if given.to is not None:
        raise UsageError("--to is for standard output; the name of a file says its container")
    clips = _clips(given, Path(given.input), Path(given.output))
    originals = Originals(filter(None, [*(clip for clip, _ in clips), given.model, given.edit]))
    originals.check(target for _, target in clips)
    work = _work(given)
    with keeping(originals):
        fine = [_one(given, work, Job(*clip)) for clip in clips]
    if not clips:
        raise UsageError(f"there is no video in {given.input}; --recursive looks into its folders")
    return 0 if all(fine) else 1


def _on_cluster(given: argparse.Namespace) -> int:
    """The clips of a folder by a cluster; the exit status."""
    from nightlift.cli.on_cluster import brighten
    from nightlift.errors import UsageError

    if given.to is not None:
        raise UsageError("--to is for standard output, which no cluster reaches")
    return brighten(given, _enhancer(given))


def _stream(given: argparse.Namespace) -> int:
    """Standard input to standard output; the exit status."""
    from nightlift.errors import UsageError
    from nightlift.video import Encoding, enhance_stream

    if given.input != given.output:
        raise UsageError("- (standard input) goes to - (standard output), and nothing else does")
    if given.json or given.overwrite or given.skip_existing or given.recursive:
        raise UsageError("--json, --overwrite, --skip-existing and --recursive are for files")
    made = enhance_stream(
        _enhancer(given),
        given.strength,
        smooth=given.smooth,
        every=given.every,
        to=given.to,
        encoding=Encoding(given.codec, given.crf, given.preset),
        tone_map=given.tone_map,
        threads=given.threads,
        progress=_Shown(Path("-")),
    )
    return 0 if made.complete else 1


def _clips(given: argparse.Namespace, source: Path, output: Path) -> list[tuple[Path, Path]]:
    """Each video and where its result goes: those of a folder go into the folder `output`."""
    if not source.is_dir():
        return [(source, output)]
    from nightlift.cli.outcomes import note
    from nightlift.errors import UsageError
    from nightlift.video import in_folder

    if output.is_file() or (output.suffix and not output.is_dir()):
        raise UsageError(
            f"expected a folder for the results of a folder, got {output}; a folder that is "
            "called so has to be there"
        )
    clips, others = in_folder(source, output, recursive=given.recursive)
    if others:
        note(f"{others} photos were left out: `nightlift enhance {source}` brightens them")
    return clips


def _one(given: argparse.Namespace, work: ClipWork, job: Job) -> bool:
    """Whether a video is written, all of it, or was to be left."""
    from nightlift.cli.outcomes import in_words

    start = time.perf_counter()
    outcome = replace(_outcome(given, work, job), seconds=time.perf_counter() - start)
    if outcome.problem is not None:
        print(f"{job.source}: {outcome.problem}", file=sys.stderr)
    if given.json:
        print(json.dumps(in_words(outcome.record())), flush=True)
    elif outcome.status in ("done", "incomplete"):
        print(f"{job.source} -> {job.target}", flush=True)
    return outcome.status in ("done", "skipped")


def _outcome(given: argparse.Namespace, work: ClipWork, job: Job) -> Outcome:
    """What becomes of a video; of a single one, a wrong command line is an error."""
    from nightlift.cli.rewording import in_options
    from nightlift.errors import UsageError, sentence
    from nightlift.video import ClipOutcome

    known = ClipOutcome(job, "skipped", method=work.enhancer.name, strength=work.strength)
    if given.skip_existing and job.target is not None and job.target.exists():
        return known
    shown = _Shown(job.source)
    try:
        return work(job, shown)
    except Exception as error:
        if isinstance(error, UsageError) and not Path(given.input).is_dir():
            raise
        return replace(known, status="failed", problem=in_options(sentence(error)))
    finally:
        shown.bar.close()


def _work(given: argparse.Namespace) -> ClipWork:
    from nightlift.video import ClipWork, Encoding

    return ClipWork(
        _enhancer(given),
        given.strength,
        smooth=given.smooth,
        every=given.every,
        encoding=Encoding(given.codec, given.crf, given.preset),
        tone_map=given.tone_map,
        overwrite=given.overwrite,
        threads=given.threads,
    )


def _enhancer(given: argparse.Namespace) -> Enhancer:
    from nightlift.cli.controls import controls, edit
    from nightlift.edit import Enhancer

    return Enhancer(
        given.method,
        model=given.model,
        edit=edit(given),
        auto=given.auto,
        denoise=given.denoise or "off",
        denoise_amount=given.denoise_amount,
        controls=controls(given),
        device=given.device,
        threads=1,
    )
