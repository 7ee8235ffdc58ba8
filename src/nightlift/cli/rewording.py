"""Sentences of the library, which name Python's arguments, in the words of the command line."""

from __future__ import annotations

import re

OPTIONS = {
    "auto=False": "--no-auto",
    "existing='overwrite'": "--overwrite",
    "existing='skip'": "--skip-existing",
    "fewer workers": "fewer --jobs",
    "keep_ending=True": "--keep-ending",
    "less memory": "a smaller --memory",
    "model=": "--model ",
    "overwrite=True": "--overwrite",
    "(photo=)": "(--photo)",
    "recursive=True": "--recursive",
    "to='mpegts'": "--to mpegts",
}
"""What arguments are called on the command line."""

_ARGUMENTS = "|".join(map(re.escape, OPTIONS))


def in_options(sentence: str) -> str:
    """The sentence with options in place of Python's arguments."""
    return re.sub(_ARGUMENTS, lambda found: OPTIONS[found[0]], sentence)
