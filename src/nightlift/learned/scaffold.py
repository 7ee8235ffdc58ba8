"""A package for a new method, written from a template that works as it is."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from string import Template

from nightlift.errors import UsageError, WriteError
from nightlift.photo import write_bytes

FILES = {
    "pyproject.txt": "pyproject.toml",
    "README.txt": "README.md",
    "recipe.txt": "recipe.yaml",
    "method.txt": "src/$package/method.py",
    "losses.txt": "src/$package/losses.py",
}
"""Files of the template, and where they go."""


def write_package(name: str, folder: Path) -> tuple[Path, ...]:
    """Write a package with a new method, ready to be installed.

    Args:
        name: The method's: lower-case letters, digits and hyphens.
        folder: A new folder, or one that holds nothing yet.

    Returns:
        The files that were written, of which the user edits some.

    Raises:
        UsageError: The name cannot be one.
        WriteError: The folder holds something or cannot be written.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise UsageError(
            "expected a name of lower-case letters, digits and hyphens, such as my-method, "
            f"got {name!r}"
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WriteError(f"{folder} holds something already; name a new folder")
    words = {"name": name, "package": name.replace("-", "_")}
    written = []
    for source, place in FILES.items():
        path = folder / Template(place).substitute(words)
        text = _template(source).substitute(words)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WriteError(f"{path.parent} cannot be made: {error.strerror}") from error
        write_bytes(path, text.encode())
        written.append(path)
    title = f'"""The method {name} for nightlift."""\n'
    write_bytes(folder / "src" / words["package"] / "__init__.py", title.encode())
    return tuple(written)


def _template(name: str) -> Template:
    file = resources.files("nightlift.learned").joinpath("template", name)
    return Template(file.read_text(encoding="utf-8"))
