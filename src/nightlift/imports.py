"""What is imported late: names of packages when asked for, compiled parts where they are."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any


def exported(
    package: str, homes: Mapping[str, tuple[str, ...]], modules: tuple[str, ...] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The `__getattr__` and `__dir__` of a package: what is asked for is imported only then, once.

    Args:
        package: Its full name.
        homes: By module of the package, the names that others may import from it.
        modules: Those that others may import as modules.
    """
    places = {name: f"{package}.{module}" for module, names in homes.items() for name in names}

    def attribute(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(places[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return [*places, *modules]

    return attribute, names


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
