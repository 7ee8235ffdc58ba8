"""What methods there are: the released models that are installed, and the classical ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from nightlift.classical import CLASSICAL, Classical
from nightlift.edit.enhancer import RECOMMENDED
from nightlift.models import RESEARCH_MODELS, Passport, available


@dataclass(frozen=True)
class CatalogEntry:
    """One line of `nightlift methods`.

    `kind` is the adjustment it says, or `picture`; `training` how it learned; `parameters` counts
    a network's weights and `bytes` its file; `license` is that of the weights, `data` what they
    were trained on and on which terms; `quality` holds measured figures by name. What is not
    installed comes with the package `nightlift-research-models`.
    """

    name: str
    title: str
    kind: str
    training: str
    parameters: int = 0
    bytes: int = 0
    license: str = ""
    data: str = ""
    quality: dict[str, float] = field(default_factory=dict)
    installed: bool = True

    @property
    def recommended(self) -> bool:
        """Whether it is used when no method is named."""
        return self.name == RECOMMENDED


def methods() -> list[CatalogEntry]:
    """Every method there is.

    Returns:
        Installed models, classical methods, and those that a package away brings.
    """
    models = [_model(*model) for model in available()]
    classical = [_classical(method) for method in CLASSICAL.values()]
    here = {entry.name for entry in models}
    away = [_away(name) for name in RESEARCH_MODELS if name not in here]
    return models + classical + away


def _model(path: Path, passport: Passport) -> CatalogEntry:
    return CatalogEntry(
        name=path.stem,
        title=passport.title,
        kind=passport.kind,
        training=passport.supervision,
        parameters=passport.parameters,
        bytes=path.stat().st_size,
        license=passport.license,
        data="; ".join((*passport.data, passport.data_terms)),
        quality=dict(passport.quality),
    )


def _classical(method: Classical) -> CatalogEntry:
    return CatalogEntry(
        name=method.name,
        title=method.title,
        kind=method.kind,
        training="classical",
        license="Apache-2.0",
    )


def _away(name: str) -> CatalogEntry:
    return CatalogEntry(
        name=name,
        title="weights for research only",
        kind="",
        training="",
        license="research",
        installed=False,
    )
