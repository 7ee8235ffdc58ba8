"""Write docs/cli.md from the commands' own help; a test checks that it is up to date."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from nightlift.cli.main import parser

HEAD = """# Command line

Made from the commands' own `--help` by `python docs/make_cli.py`.
"""


def document() -> str:
    """The whole reference as Markdown."""
    os.environ["COLUMNS"] = "100"
    sections = [f"## {name}\n\n```\n{text}```\n" for name, text in helps(parser())]
    return "\n".join([HEAD, *sections])


def helps(command: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    """Each command's name and help, sub-commands included."""
    yield command.prog, command.format_help()
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            for child in action.choices.values():
                yield from helps(child)


if __name__ == "__main__":
    Path(__file__).with_name("cli.md").write_text(document(), encoding="utf-8")
