"""Methods without weights: gamma, adaptive gamma, equalization, CLAHE and LIME."""

from nightlift.classical.table import CLASSICAL, Classical

__all__ = ["CLASSICAL", "Classical"]
