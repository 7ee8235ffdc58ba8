"""The table of trainable methods: a new one is a folder and a line here."""

from __future__ import annotations

import difflib
from typing import Any

from nightlift.errors import UsageError
from nightlift.learned.deep_upe import DEEP_UPE
from nightlift.learned.enlightengan import ENLIGHTENGAN, ENLIGHTENGAN_PAIRED
from nightlift.learned.glenet import GLENET, GLENET_GLOBAL, GLENET_UNPAIRED
from nightlift.learned.method import Method
from nightlift.learned.natural import NATURAL
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


def method(name: str) -> Method[Any]:
    """The method of this name; UsageError names the nearest one."""
    if name in METHODS:
        return METHODS[name]
    near = difflib.get_close_matches(name, METHODS, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise UsageError(
        f"no trainable method is called {name}{hint} (there are: {', '.join(METHODS)})"
    )
