"""The compiled parts: loaded where they are, and a warning, once, where they are not."""

from __future__ import annotations

import warnings
from importlib import import_module
from types import ModuleType

PARTS = {
    "nightlift.adjust._kernels": "adjusting pixels takes about ten times as long",
    "nightlift.denoise._denoise": "denoising takes minutes for a large photo",
    "nightlift.photo._jpeg_rows": "large JPEGs are read whole, not in strips, by one thread",
}
"""Each part, and what is the matter without it."""

MEND = (
    "install a C++ compiler (Debian and Ubuntu: apt install g++; macOS: xcode-select --install; "
    "Windows: the Visual Studio Build Tools), then: "
    "pip install --force-reinstall --no-deps --no-cache-dir nightlift"
)


class NotCompiledWarning(RuntimeWarning):
    """A compiled part is missing: everything works, but slowly."""


def problem(name: str) -> str | None:
    """Why the compiled part of this name cannot be loaded; None: it can."""
    try:
        import_module(name)
    except ImportError as error:
        return str(error)
    return None


def part(name: str) -> ModuleType | None:
    """The compiled part of this name; None, with a NotCompiledWarning, where there is none."""
    reason = problem(name)
    if reason is None:
        return import_module(name)
    sentence = f"the compiled part {name} cannot be loaded ({reason}): {PARTS[name]}; {MEND}"
    warnings.warn(sentence, NotCompiledWarning, stacklevel=3)
    return None
