"""argparse, with errors that name the nearest valid choice, and the types of our options."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeAlias, get_args

from nightlift.errors import did_you_mean

Subparsers: TypeAlias = "argparse._SubParsersAction[Parser]"


class Formatter(argparse.RawDescriptionHelpFormatter):
    """Descriptions as they are, as wide as the terminal.

    argparse makes a formatter for each argument that is added, and its own way to ask for the
    width imports `shutil` with all its compressors.
    """

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


def _columns() -> int:
    """The terminal's width, or what `COLUMNS` says, as `shutil.get_terminal_size` finds it."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(1).columns or 80
    except OSError:
        return 80


class Parser(argparse.ArgumentParser):
    """An ArgumentParser with plain help texts and helpful errors."""

    def __init__(self, *, prog: str | None = None, description: str = "", epilog: str = "") -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog,
            allow_abbrev=False,
            formatter_class=Formatter,
        )

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and what is nearest to it; exit status 2."""
        told = f"{self.prog}: {message}{self._hint(message)}"
        self.exit(2, f"{told}\n`{self.prog} --help` lists what there is\n")

    def _hint(self, message: str) -> str:
        choice = re.search(r"invalid choice: '?([^' ]+)'? \(choose from (.*)\)", message)
        if choice and "COMMAND" in message and Path(choice[1]).exists():
            return f" (did you mean {self.prog} enhance {choice[1]}?)"
        if choice:
            return did_you_mean(choice[1], re.findall(r"[\w-]+", choice[2]))
        unknown = re.search(r"unrecognized arguments: (--[\w-]+)", message)
        if not unknown:
            return ""
        return _elsewhere(unknown[1]) or did_you_mean(unknown[1], self._all_options())

    def commands(self) -> dict[str, Parser]:
        """The parsers of its commands by their names."""
        found: dict[str, Parser] = {}
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                found |= action.choices
        return found

    def _all_options(self) -> set[str]:
        options = set(self._option_string_actions)
        for parser in self.commands().values():
            options |= set(parser._option_string_actions)
        return options


def _elsewhere(option: str) -> str:
    """Whose option it is that a command does not know."""
    from nightlift.cli.main import parser

    owners = [
        name for name, one in parser().commands().items() if option in one._option_string_actions
    ]
    return f" ({option} belongs to: {', '.join(owners)})" if owners else ""


def add_device(group: argparse._ArgumentGroup) -> None:
    """Add the option that says where networks run."""
    from nightlift.edit import Device

    group.add_argument(
        "--device",
        choices=get_args(Device),
        default="cpu",
        help="where networks run (default: cpu, with the same result on every machine); auto: an "
        "accelerator that is there, else cpu; `nightlift doctor` lists what is there",
    )


def path(text: str) -> Path:
    """The path of a file or a folder; an empty one is a variable that was not set."""
    return Path(named(text))


def named(text: str) -> str:
    """A path, or the URL of a folder, as it is written."""
    if not text:
        raise argparse.ArgumentTypeError('expected a path, got an empty name ("")')
    return text


def number(low: float, high: float) -> Callable[[str], float]:
    """A number from `low` to `high`."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"expected a number from {low} to {high}, got {text}")
        return value

    return parse


def whole(low: int, high: int | None = None) -> Callable[[str], int]:
    """A whole number from `low` to `high`."""
    bound = f"from {low} to {high}" if high is not None else f"of at least {low}"

    def parse(text: str) -> int:
        value = int(text) if re.fullmatch(r"-?\d+", text) else low - 1
        if value < low or (high is not None and value > high):
            raise argparse.ArgumentTypeError(f"expected a whole number {bound}, got {text}")
        return value

    return parse


def size_in_bytes(text: str) -> int:
    """A number of bytes such as 500M, 2G or 1500000000."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kKmMgG]?)(?:i?[bB])?", text)
    if not match or float(match[1]) == 0:
        raise argparse.ArgumentTypeError(f"expected a size such as 500M or 2G, got {text}")
    return int(float(match[1]) * 1024 ** " kmg".index(match[2].lower() or " "))


def names(text: str) -> list[str]:
    """Names with commas between, each once."""
    found = [name.strip() for name in text.split(",")]
    if not all(found):
        raise argparse.ArgumentTypeError(f"expected names with commas between, got {text!r}")
    return list(dict.fromkeys(found))


def named_folder(text: str) -> tuple[str, Path]:
    """NAME=FOLDER."""
    name, equals, folder = text.partition("=")
    if not (name and equals and folder):
        raise argparse.ArgumentTypeError(f"expected NAME=FOLDER, got {text!r}")
    return name, Path(folder)
