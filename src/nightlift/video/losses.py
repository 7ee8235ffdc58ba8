"""What a source held and its result does not: both are opened, and what is missing is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError

from nightlift.video.reading import Reader, beside, is_cover

OWN = ("major_brand", "minor_version", "compatible_brands", "encoder", "software", "duration")
"""Tags that tell of the file, not of the video."""

NAMES = {
    "SPHERICAL": "the 360° projection",
    "STEREO3D": "the arrangement of 3D",
    "A53_CC": "closed captions",
    "DOVI_METADATA": "Dolby Vision's data",
    "DOVI_RPU_BUFFER": "Dolby Vision's data",
    "ICC_PROFILE": "the color profile",
    "DYNAMIC_HDR_PLUS": "HDR10+ data",
    "PANSCAN": "the part to show (pan and scan)",
    "AFD": "the active format",
}
"""What frames carry beside their pixels that somebody would miss."""

_MOST_NAMES = 8


def left_out(source: Reader, result: Path) -> list[str]:
    """A sentence about all that the source tells and the result does not; none where it is all."""
    try:
        with av.open(f"file:{result}", metadata_errors="replace") as made:
            missing = [*_tags(source.container, made), *_chapters(source.container, made)]
            missing += [*_covers(source, made), *_beside(source, made)]
    except FFmpegError:  # not a file that can be looked at again, such as a device
        return []
    if not missing:
        return []
    told = ", ".join(missing[:_MOST_NAMES])
    more = len(missing) - _MOST_NAMES
    return [f"left out: {told}{f' and {more} more' if more > 0 else ''}"]


def _tags(source: InputContainer, made: InputContainer) -> Iterator[str]:
    """Tags of the file, by name alone: containers write dates and places each in their own way."""
    kept = {key.lower() for key in made.metadata}
    for stream in made.streams:
        kept |= {key.lower() for key in stream.metadata}
    for key in source.metadata:
        if key.lower() not in kept and not key.lower().startswith(OWN):
            yield f"the tag {_printable(key)}"


def _chapters(source: InputContainer, made: InputContainer) -> Iterator[str]:
    before, after = len(source.chapters()), len(made.chapters())
    if after < before:
        yield f"{before - after} chapters"


def _covers(source: Reader, made: InputContainer) -> Iterator[str]:
    """Covers that are not there: not every file of a container has a place for them."""
    kept = sum(is_cover(stream) for stream in made.streams)
    yield from ["the cover"] * (kept < len(source.covers))


def _beside(source: Reader, made: InputContainer) -> Iterator[str]:
    """What frames carry beside their pixels."""
    wanted = source.beside & set(NAMES)
    if wanted:
        first = next(made.decode(video=0), None)
        kept = set() if first is None else beside(first)
        yield from sorted({NAMES[name] for name in wanted - kept})


def _printable(text: str) -> str:
    return "".join(filter(str.isprintable, text))[:60]
