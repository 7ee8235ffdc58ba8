"""Methods without weights: gamma, adaptive gamma, equalization, CLAHE and LIME."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nightlift.classical.table import CLASSICAL, Classical

__all__ = ["CLASSICAL", "NAMES", "Classical"]

NAMES = ("gamma", "adaptive-gamma", "equalize", "clahe", "lime")
"""Their names, in the order in which they are listed; nothing is imported for them."""


def __getattr__(name: str) -> Any:
    """Import the methods only when one is used: a network needs none of them."""
    if name not in ("CLASSICAL", "Classical"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from nightlift.classical import table

    return getattr(table, name)
