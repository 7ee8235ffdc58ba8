"""A recipe: how a method is trained, as one frozen, typed value."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import ClassVar, Literal, TypeAlias

from nightlift.errors import UsageError

Precision: TypeAlias = Literal["32", "bf16"]
Schedule: TypeAlias = Literal["constant", "plateau", "cosine", "steps", "linear-decay"]
Sampling: TypeAlias = Literal["even", "weighted"]
Keep: TypeAlias = Literal["best", "last"]
KeepBy: TypeAlias = Literal["loss", "psnr", "ssim"]
Optimizer: TypeAlias = Literal["adam", "adamw", "sgd", "rmsprop"]
DarknessModel: TypeAlias = Literal["physical", "camera"]


@dataclass(frozen=True)
class Recipe:
    """How a method is trained; each method adds its own fields."""

    TOGETHER: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Names that stand for several fields, which are set in this order."""

    name: str = "default"
    """What the recipe is called."""
    epochs: int = 100
    """How often the training photos are shown, each `repeats` times."""
    batch: int = 8
    """Pictures of a step, shared among all devices."""
    size: int = 256
    """Pixels of each side of the pictures that are trained on."""
    accumulation_steps: int = 1
    """Parts in which a batch is taken one after the other, where it is too large for the memory
    (gradient accumulation)."""
    repeats: int = 1
    """How often an epoch shows every photo."""
    flip: bool = True
    """Mirror half of the pictures."""
    darkened: float = 0.0
    """Share of the photos that are darkened. A paired method leaves its pairs as they are; good
    photos alone (the layout folder) become pairs in this way, and what is not darkened is to
    stay as it is."""
    darkness: DarknessModel = "physical"
    """`physical` darkens by an exposure and its noise; `camera` changes the light of places too
    and photographs by a whole camera, which draws its own tones (`data.scene`)."""
    stops: tuple[float, float] = (-4.0, -0.5)
    """Range of the exposures that are drawn, in EV."""
    highlights: float = 0.0
    """Share of the darkened photos whose brightest places, which a good photo clips, shine as
    they may have done."""
    tones: float = 0.0
    """Share of the darkened photos whose contrast is another."""
    grain: float = 1.0
    """What the noise's deviation is multiplied by: small pictures have less of it."""
    sampling: Sampling = "even"
    """`even` shows every photo as often as any other; `weighted` draws with replacement, with
    probabilities proportional to the photos' last losses."""
    validation: float = 0.1
    """Share of the photos set apart where the data has no split of its own."""
    optimizer: Optimizer = "adam"
    """`adam`, `adamw`, `sgd` (Nesterov's momentum) or `rmsprop`."""
    learning_rate: float = 1e-4
    """The optimizer's, before the schedule."""
    weight_decay: float = 0.0
    """The optimizer's."""
    betas: tuple[float, float] = (0.9, 0.999)
    """Those of Adam and AdamW; the first is the momentum of SGD, the second the smoothing of
    RMSprop."""
    schedule: Schedule = "constant"
    """What the learning rate is multiplied by from epoch `hold` on: `cosine` and `linear-decay`
    fall to zero at the last epoch, `steps` follows `learning_rates`, `plateau` waits for the
    validation loss."""
    learning_rates: tuple[tuple[int, float], ...] = ()
    """(epoch, factor) points of the schedule `steps`."""
    factor: float = 0.97
    """What `plateau` multiplies by."""
    patience: int = 10
    """Epochs without improvement of the validation loss after which `plateau` does so."""
    hold: int = 0
    """Epochs before the schedule begins."""
    stop_after: int | None = None
    """Epochs without improvement after which training stops (early stopping); none: never."""
    clip_norm: float | None = None
    """Bound of the gradient's norm; none: no bound."""
    ema: float | None = None
    """Decay of the averaged weights (exponential moving average), which are then validated and
    released; none: no average."""
    keep: Keep = "best"
    """Which epoch is released, the `best` or the `last`: a critic makes losses of different
    epochs incomparable."""
    keep_by: KeepBy = "loss"
    """What the best is told by: the least validation loss, or the highest `psnr` or `ssim`
    among the epochs that are measured."""
    measure_every: int = 5
    """Epochs between measures of a paired training; 0: never."""
    snapshot_every: int = 0
    """Epochs between checkpoints that are kept beside the best and the last, with their scores
    in their names; 0: never."""
    snapshots: int | None = None
    """How many of these are kept, the last ones; none: all."""
    precision: Precision = "32"
    """`32` or `bf16`."""
    log_every: int = 10
    """Steps between rows of metrics.csv."""
    pictures_every: int = 1
    """Epochs between pictures; 0: never."""
    pictures_every_steps: int = 0
    """Steps between pictures; 0: never."""
    shown: int = 4
    """How many photos are drawn."""
    further_losses: tuple[tuple[str, float], ...] = ()
    """Losses by name, each with its weight, that installed packages bring (`learned.plugins`):
    they judge the result."""

    def __post_init__(self) -> None:
        for field in (
            "epochs",
            "batch",
            "size",
            "accumulation_steps",
            "repeats",
            "log_every",
            "shown",
        ):
            _check(field, getattr(self, field) >= 1, "at least 1", getattr(self, field))
        fine = self.batch % self.accumulation_steps == 0
        _check(
            "accumulation_steps",
            fine,
            f"a divisor of the batch of {self.batch}",
            self.accumulation_steps,
        )
        for field in ("learning_rate", "factor"):
            _check(field, getattr(self, field) > 0, "above 0", getattr(self, field))
        counts = ("pictures_every", "pictures_every_steps", "measure_every", "snapshot_every")
        for field in ("weight_decay", "patience", "hold", *counts):
            _check(field, getattr(self, field) >= 0, "at least 0", getattr(self, field))
        for field in ("validation", "ema"):
            value = getattr(self, field)
            _check(field, value is None or 0 <= value < 1, "at least 0 and below 1", value)
        for field in ("darkened", "highlights", "tones", "grain"):
            share = getattr(self, field)
            _check(field, 0 <= share <= 1, "from 0 to 1", share)
        low, high = self.stops
        fine = -16 <= low <= high <= 0
        _check("stops", fine, "two numbers from -16 to 0, the lower first", self.stops)
        for beta in self.betas:
            _check("betas", 0 <= beta < 1, "two numbers of at least 0 and below 1", self.betas)
        for field in ("stop_after", "clip_norm", "snapshots"):
            value = getattr(self, field)
            _check(field, value is None or value > 0, "none or above 0", value)
        if self.keep_by != "loss" and not self.measure_every:
            raise UsageError(
                f"keep_by={self.keep_by} chooses among epochs that are measured, and "
                "measure_every=0 measures none: set measure_every=1"
            )
        if self.schedule == "steps" and not self.learning_rates:
            raise UsageError(
                "the schedule 'steps' needs learning_rates, such as (10, 0.5), (20, 0.1)"
            )


def field_docs(kind: type[Recipe]) -> dict[str, str]:
    """What each field of a recipe means.

    Args:
        kind: The class of the recipe.

    Returns:
        By field, the text that stands below it in its class or in one that it extends.
    """
    found: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        if issubclass(one, Recipe):
            found |= _own_docs(one)
    return {field.name: found[field.name] for field in fields(kind) if field.name in found}


def _own_docs(kind: type[Recipe]) -> dict[str, str]:
    """Texts that follow the fields of one class; a text that sees another one's changes nothing."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(tree, ast.ClassDef)
    docs = {}
    for field, below in pairwise(tree.body):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
            continue
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            text = " ".join(str(below.value.value).split())
            if not text.startswith("See `Recipe."):
                docs[field.target.id] = text
    return docs


def _check(field: str, fine: bool, expected: str, value: object) -> None:
    if not fine:
        raise UsageError(f"expected {field} to be {expected}, got {value}")
