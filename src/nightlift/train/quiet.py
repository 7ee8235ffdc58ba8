"""Lightning without its banners, tips and advice: nightlift says what there is to say."""

from __future__ import annotations

import logging
import warnings


def silence() -> None:
    """Keep Lightning's log below errors, and its advice about loaders and devices out."""
    for name in ("lightning.pytorch", "lightning.fabric", "lightning"):
        logging.getLogger(name).setLevel(logging.ERROR)
    from lightning.fabric.utilities.warnings import PossibleUserWarning

    warnings.filterwarnings("ignore", category=PossibleUserWarning)
    warnings.filterwarnings("ignore", module=r"lightning\..*")
