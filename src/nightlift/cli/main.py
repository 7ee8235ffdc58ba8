"""The command line's entry: one sub-command a module."""

from __future__ import annotations

import codecs
import contextlib
import gc
import importlib
import io
import os
import sys
import warnings
from collections.abc import Sequence
from typing import Any, NoReturn

from nightlift.cli.parser import Parser
from nightlift.cli.rewording import in_options

STOPPED = 130
"""The exit status after Ctrl-C, as shells have it."""

SELDOM = 100_000
"""Objects that come to be before Python looks for garbage: importing libraries makes fewer, and
all of them stay. Pictures are freed at once in any case."""

COMMANDS = {
    "enhance": "enhance",
    "watch": "watch",
    "methods": "methods",
    "compare": "compare",
    "lut": "lut",
    "video": "video",
    "evaluate": "evaluate",
    "benchmark": "benchmark",
    "reproduce": "reproduce",
    "judge": "judge",
    "report": "report",
    "train": "train",
    "runs": "runs",
    "new-method": "new_method",
    "import": "released",
    "export": "released",
    "average": "average",
    "inspect": "inspect",
    "data": "data",
    "serve": "serve",
    "web-build": "web_build",
    "bench": "bench",
    "doctor": "doctor",
}
"""Each command and the module that it lives in."""


def parser(command: str | None = None) -> Parser:
    """The command line: all of it, or only what `command` needs, which starts sooner."""
    top = Parser(
        prog="nightlift",
        description="Brighten dark and underexposed photos.",
        epilog="example: nightlift enhance night.jpg",
    )
    top.add_argument("--version", action="version", version=f"nightlift {_version()}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    modules = [COMMANDS[command]] if command in COMMANDS else dict.fromkeys(COMMANDS.values())
    for name in modules:
        importlib.import_module(f"nightlift.cli.{name}").add(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0 (done), 1 (some inputs failed) or 2 (wrong use)."""
    _prepare_output()
    try:
        return _run(sys.argv[1:] if arguments is None else list(arguments))
    except KeyboardInterrupt:
        print("nightlift: stopped; nothing is half-written", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:
        _leave_output()
        return 1


def _run(words: list[str]) -> int:
    from nightlift.errors import NightliftError, UsageError, sentence

    given = parser(words[0] if words else None).parse_args(words)
    try:
        return int(given.run(given))
    except NightliftError as error:
        print(f"nightlift {given.command}: {in_options(str(error))}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    except BrokenPipeError:
        raise
    except Exception as error:
        print(f"nightlift {given.command}: {_place(error)}{sentence(error)}", file=sys.stderr)
        return 1


def _leave_output() -> None:
    """Nothing that is still to be printed waits for who does not read."""
    if sys.stdout:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _place(error: Exception) -> str:
    """What an error of the system is about: a file, or else what was being printed."""
    if not isinstance(error, OSError):
        return ""
    if error.filename is None:
        from nightlift.errors import NO_ROOM

        return "standard output: " if error.errno in NO_ROOM else ""
    return f"{error.filename}: "


def _prepare_output() -> None:
    """Names of files are printed as the bytes they are; NIGHTLIFT_DEBUG shows where faults lie."""
    codecs.register_error("nightlift", _bytes_of_names)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="nightlift")
    if os.environ.get("NIGHTLIFT_DEBUG"):
        import logging

        logging.basicConfig(format="%(message)s")
        logging.getLogger("nightlift").setLevel(logging.DEBUG)


def _guard_terminal() -> None:
    """Names and words of strangers are no commands to a terminal."""
    from nightlift.cli.terminal import guarded

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout = guarded(sys.stdout)
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr = guarded(sys.stderr)


def _tell_plainly() -> None:
    """What is missing is told to users without the place in the code that found it."""
    usual = warnings.showwarning

    def shown(message: Warning | str, category: type[Warning], *where: Any) -> None:
        if category.__module__.startswith("nightlift."):
            print(f"note: {message}", file=sys.stderr)
        else:
            usual(message, category, *where)

    warnings.showwarning = shown  # type: ignore[assignment]


def _bytes_of_names(error: UnicodeError) -> tuple[str | bytes, int]:
    """Bytes of a name that are no text as they are; what the terminal cannot show in escapes."""
    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeError:
        return codecs.lookup_error("backslashreplace")(error)


def entry() -> NoReturn:
    """The console script: run one command and leave.

    Taking OpenCV and ONNX Runtime down in order takes 30 ms and gives nobody anything, so the
    process ends once everything is written; trainings end in order.
    """
    gc.set_threshold(SELDOM)
    _guard_terminal()
    _tell_plainly()
    status = main()
    if status == STOPPED:
        _leave_output()
    if "torch" in sys.modules:
        sys.exit(status)
    try:
        sys.stdout.flush()
    except OSError as error:
        status = status or 1
        if not isinstance(error, BrokenPipeError):
            print(f"nightlift: standard output: {error.strerror}", file=sys.stderr)
    with contextlib.suppress(OSError):
        sys.stderr.flush()
    os._exit(status)


def _version() -> str:
    from nightlift import __version__

    return __version__
