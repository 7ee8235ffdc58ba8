"""One photo from standard input, to standard output or to a file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nightlift.cli import photo_options

if TYPE_CHECKING:
    from nightlift.batch import Enhancing, Writing


def enhance(given: argparse.Namespace) -> int:
    """Standard input to standard output, or to the file that is named."""
    from functools import partial

    from nightlift.batch import STREAM, Job, enhance_bytes, pool
    from nightlift.cli.outcomes import report
    from nightlift.photo import Originals, check_writable, keeping
    from nightlift.processor import cores

    _check_stream(given)
    threads = given.threads or cores()
    enhancing = photo_options.enhancing(given, threads)
    writing = photo_options.writing(given, threads)
    target = Path(given.output)
    check_writable(writing.format_of(target))
    job = Job(Path(STREAM), target)
    photo = sys.stdin.buffer.read()
    if given.output == STREAM:
        return _to_standard_output(photo, enhancing, writing)
    work = partial(enhance_bytes, photo, enhancing, writing)
    notes = list(photo_options.unused(given, photo_options.endings([Path(given.output)])))
    # What the shell has opened for us is an original, too.
    with keeping(Originals(filter(None, [Path("/dev/stdin"), given.model, given.edit]))):
        outcomes = pool.run([job], work, existing=photo_options.existing(given), workers=1)
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
