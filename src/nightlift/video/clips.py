"""The videos in a folder, and where their results go."""

from __future__ import annotations

from pathlib import Path

from nightlift.batch import find


def in_folder(
    folder: Path, output: Path, *, recursive: bool = False
) -> tuple[list[tuple[Path, Path]], int]:
    """Each video of a folder with its result's name, and how many photos there are.

    What lies in `output` is a result of an earlier run.

    Args:
        folder: Where to look.
        output: The folder of results.
        recursive: Whether folders below are looked into.

    Returns:
        Pairs of source and result, and the number of photos, which are left alone.
    """
    found = find([str(folder)], recursive=recursive, output=output).found
    place = output.resolve()
    inside = place != folder.resolve()
    clips = [
        (one.path, output / one.below)
        for one in found
        if one.kind == "video" and one.below is not None
        if not (inside and place in one.path.resolve().parents)
    ]
    return clips, sum(one.kind == "photo" and one.problem is None for one in found)
