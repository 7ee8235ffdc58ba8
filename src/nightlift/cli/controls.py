"""The options of an editor's controls and of saved edits, for every command that enhances."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from nightlift.cli.parser import Parser, number

if TYPE_CHECKING:
    from nightlift.edit import Controls, Edit

SCALES = {
    "highlights": "bright tones darker or brighter",
    "shadows": "dark tones darker or brighter",
    "black": "the black point lower or higher",
    "warmth": "bluer or yellower",
    "tint": "greener or more magenta",
    "saturation": "grayer or more colorful",
}


def add_controls(parser: Parser) -> None:
    """Add an option for each of an editor's controls."""
    group = parser.add_argument_group("controls, on top of what the method does")
    group.add_argument(
        "--exposure", type=number(-5, 5), default=0.0, metavar="EV", help="in stops, -5 to 5"
    )
    for name, what in SCALES.items():
        scale = number(-100, 100)
        told = f"{what}, -100 to 100"
        group.add_argument(f"--{name}", type=scale, default=0.0, metavar="N", help=told)


def add_denoising(
    group: argparse._ArgumentGroup, default: str = "auto where no method is named"
) -> None:
    """Add the options of denoising; `default` tells what happens without them."""
    group.add_argument(
        "--denoise",
        choices=("off", "auto", "fast", "fine"),
        help="auto: where noise would be seen, and what may be texture stays; fast: all of it; "
        "fine: more, by a small network, slowly "
        f"(default: {default})",
    )
    group.add_argument(
        "--denoise-amount", type=number(0, 1), default=1.0, metavar="A", help="0 to 1, default 1"
    )


def controls(given: argparse.Namespace) -> Controls | None:
    """The controls that were asked for; None where all are neutral."""
    from nightlift.edit import Controls

    asked = Controls(given.exposure, **{name: getattr(given, name) for name in SCALES})
    return None if asked.neutral else asked


def edit(given: argparse.Namespace) -> Edit | None:
    """The saved edit that was asked for."""
    if given.edit is None:
        return None
    from nightlift.edit import Edit

    return Edit.load(given.edit)
