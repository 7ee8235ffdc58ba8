"""A recipe: how a method is trained, as one frozen, typed value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
    """How a method is trained; each method adds its own fields.

    `batch` pictures of `size` by `size` pixels make a step, shared among all devices and taken in
    `portions` one after the other, where the batch is too large for the memory; `flip` mirrors half
    of them. An epoch shows every photo `repeats` times. A share `darkened` of the photos is
    darkened by an exposure drawn from `stops`, in EV, with its noise, whose deviation is multiplied
    by `grain` (small pictures have less of it); in a share `highlights` of them the brightest
    places, which a good photo clips, shine as they may have done, and in a share `tones` the
    contrast is another. `darkness` camera, in place of physical, changes the light of places too
    and photographs by a whole camera, which draws its own tones (`data.scene`). A paired method
    leaves its pairs as they are; good photos alone (the layout
    folder) become pairs in this way, and what is not darkened is to stay as it is. `sampling` even
    shows every photo as often as any other; weighted draws photos with replacement, with
    probabilities proportional to their last losses. `validation` is the share of the photos set
    apart when the data has no split of its own. `learning_rate` holds for `optimizer`, whose
    `betas` are those of Adam and AdamW; the first of them is the momentum of SGD (Nesterov's) and
    the second the smoothing of RMSprop. From epoch `hold` on, `schedule` says by what it is
    multiplied: `cosine` and `linear-decay` fall to zero at the last epoch, `steps` follows the
    (epoch, factor) points of `learning_rates`, `plateau` multiplies by `factor` after `patience`
    epochs without improvement of the validation loss. Training stops after `stop_after` such
    epochs. `clip_norm` bounds the gradient's norm; `ema` is the decay of the averaged weights,
    which are then validated and released. `keep` says which epoch is released, the best or the
    last: a critic makes losses of different epochs incomparable. The best is the one of least
    validation loss or, `keep_by` psnr or ssim, of the highest of these, among the epochs that are
    measured. A paired training measures them every `measure_every` epochs (0: never) and after the
    last. Every `snapshot_every` epochs (0: never) a checkpoint is kept beside the best and the
    last, with its score in its name; of these the last `snapshots` (none: all). Terms are logged
    every `log_every` steps, and `shown` pictures drawn every `pictures_every` epochs and every
    `pictures_every_steps` steps (0: never). `further_losses` are losses by name, each with its
    weight, that installed packages bring (`learned.plugins`): they judge the result.
    """

    TOGETHER: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Names that stand for several fields, which are set in this order."""

    name: str = "default"
    epochs: int = 100
    batch: int = 8
    size: int = 256
    portions: int = 1
    repeats: int = 1
    flip: bool = True
    darkened: float = 0.0
    darkness: DarknessModel = "physical"
    stops: tuple[float, float] = (-4.0, -0.5)
    highlights: float = 0.0
    tones: float = 0.0
    grain: float = 1.0
    sampling: Sampling = "even"
    validation: float = 0.1
    optimizer: Optimizer = "adam"
    learning_rate: float = 1e-4
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)
    schedule: Schedule = "constant"
    learning_rates: tuple[tuple[int, float], ...] = ()
    factor: float = 0.97
    patience: int = 10
    hold: int = 0
    stop_after: int | None = None
    clip_norm: float | None = None
    ema: float | None = None
    keep: Keep = "best"
    keep_by: KeepBy = "loss"
    measure_every: int = 5
    snapshot_every: int = 0
    snapshots: int | None = None
    precision: Precision = "32"
    log_every: int = 10
    pictures_every: int = 1
    pictures_every_steps: int = 0
    shown: int = 4
    further_losses: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        for field in ("epochs", "batch", "size", "portions", "repeats", "log_every", "shown"):
            _check(field, getattr(self, field) >= 1, "at least 1", getattr(self, field))
        fine = self.batch % self.portions == 0
        _check("portions", fine, f"a divisor of the batch of {self.batch}", self.portions)
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


def _check(field: str, fine: bool, expected: str, value: object) -> None:
    if not fine:
        raise UsageError(f"expected {field} to be {expected}, got {value}")
