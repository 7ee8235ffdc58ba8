"""The tables of methods, trainable and imported only: a new one is a folder and a line here."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from nightlift.errors import ModelError, UsageError, did_you_mean
from nightlift.learned import plugins
from nightlift.learned.cpga import CPGA_NET
from nightlift.learned.declaration import Method, Published
from nightlift.learned.deep_upe import DEEP_UPE
from nightlift.learned.enlightengan import ENLIGHTENGAN, ENLIGHTENGAN_PAIRED
from nightlift.learned.glenet import GLENET, GLENET_GLOBAL, GLENET_UNPAIRED
from nightlift.learned.iat import IAT, IAT_CENTERED
from nightlift.learned.importing import listed, read_checkpoint
from nightlift.learned.lut3d import ADAPTIVE_LUT3D
from nightlift.learned.natural import NATURAL
from nightlift.learned.sci import SCI
from nightlift.learned.seplut import SEPLUT
from nightlift.learned.smnet import SMNET, SMNET_FIVEK
from nightlift.learned.zero_dce import ZERO_DCE, ZERO_DCE_PLUS

METHODS: dict[str, Method[Any]] = {
    method.name: method
    for method in (
        ZERO_DCE,
        ZERO_DCE_PLUS,
        DEEP_UPE,
        GLENET_GLOBAL,
        GLENET,
        GLENET_UNPAIRED,
        ENLIGHTENGAN,
        ENLIGHTENGAN_PAIRED,
        SMNET,
        SMNET_FIVEK,
        NATURAL,
    )
}

FOREIGN: dict[str, Method[Any]] = {
    foreign.name: foreign for foreign in (SCI, IAT, IAT_CENTERED, CPGA_NET, ADAPTIVE_LUT3D, SEPLUT)
}
"""Networks of others: imported and released like the rest, but not trained."""


def method(name: str) -> Method[Any]:
    """A trainable method, of ours or of an installed package.

    Args:
        name: As in `nightlift methods`.

    Returns:
        Its declaration.

    Raises:
        UsageError: There is none; the sentence names the nearest.
    """
    if name in METHODS:
        return METHODS[name]
    if name in FOREIGN:
        raise UsageError(f"{name} is imported only: nightlift import {name} FILE -o {name}.onnx")
    if name in plugins.names():
        return plugins.method(name)
    known = [*METHODS, *plugins.names()]
    raise UsageError(f"no trainable method is called {name}{_near(name, known)}")


def importer(name: str) -> Callable[[Path], Published]:
    """What reads published checkpoints of a method.

    Args:
        name: The method's, or that of a network which is imported only.

    Returns:
        Gives a network and its passport for a file; raises ModelError for another's.

    Raises:
        UsageError: There is no such method, or none of its checkpoints can be read.
    """
    known = importers()
    if name in known:
        return known[name]
    if name in METHODS or name in plugins.names():
        read = method(name).read_published
        if read is None:
            raise UsageError(f"no published checkpoint of {name} can be imported")
        return read
    raise UsageError(f"no method is called {name}{_near(name, known)}")


def importers() -> dict[str, Callable[[Path], Published]]:
    """All of these by name, in the order in which a checkpoint is tried."""
    known = METHODS | FOREIGN
    return {name: one.read_published for name, one in known.items() if one.read_published}


def recognized(path: Path) -> tuple[str, Published]:
    """The method whose published checkpoint this is, known by the names and shapes of its weights.

    Args:
        path: The checkpoint's file.

    Returns:
        The method's name, and the network with its passport.

    Raises:
        ModelError: The file cannot be read safely, or is of no method.
    """
    known = importers()
    for name, read in known.items():
        with contextlib.suppress(ModelError):
            return name, read(path)
    if path.suffix == ".index" or ".data-" in path.name:
        # One of TensorFlow's two files: GLeNet's reader tells what is the matter with them.
        return "glenet", known["glenet"](path)
    if path.is_file() and path.suffix != ".npz":
        held = f"it holds {listed(read_checkpoint(path))}"
    else:
        held = "there is no such file" if not path.exists() else "it holds other weights"
    raise ModelError(
        f"{path} is no published checkpoint of {', '.join(known)}: {held}; what does not fit is "
        "told by `nightlift import METHOD FILE`"
    )


def _near(name: str, known: Iterable[str]) -> str:
    return f"{did_you_mean(name, known)} (there are: {', '.join(known)})"
