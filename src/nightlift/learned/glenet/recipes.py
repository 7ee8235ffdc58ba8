"""How GLeNet is trained: as we think best, as in the paper, and as in the reimplementation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from nightlift.errors import UsageError
from nightlift.learned.glenet.network import EXPANSION, MULTIPLE, SIDE, WIDTH, TableKind, Variant
from nightlift.learned.recipe import Keep, Recipe
from nightlift.learned.terms import LEAST_ERROR, Distance

Extractor: TypeAlias = Literal["none", "vgg16", "squeezenet"]
Parts: TypeAlias = Literal["gen+len", "len"]
Stage: TypeAlias = Literal[1, 2]

LAYERS = ("relu1_2", "relu2_2", "relu3_2")
"""VGG16's layers of the perceptual term: block1_conv2, block2_conv2 and block3_conv2."""


@dataclass(frozen=True)
class GENRecipe(Recipe):
    """How a GEN is trained; see `GEN` for `variant`, `table`, `width` and `expansion`."""

    batch: int = 4
    """See `Recipe.batch`."""
    learning_rate: float = 1e-3
    """See `Recipe.learning_rate`."""
    pictures_every: int = 10
    """See `Recipe.pictures_every`."""
    variant: Variant = "paper"
    """The network of the `paper` or of the reimplementation (`reimplementation`)."""
    table: TableKind = "value"
    """What the output is: the table's values, what is added to the photo, or steps that only
    rise."""
    low_size: int = SIDE
    """Pixels of each side of the copy that the network sees, at most; never more than `size`."""
    width: int = WIDTH
    """Of the last layer before the tables."""
    expansion: int = EXPANSION
    """Of the inverted residual blocks."""
    norm_momentum: float = 0.05
    """How much of each batch the norms' running statistics take in."""
    augment: bool = True
    """Crop, mirror and rotate as the reimplementation does, in place of `flip`."""
    gray: float = 0.0
    """Share of the items that lose their colors."""
    reconstruction: Distance = "absolute"
    """The mean `absolute` or `squared` difference to the target, or a `logarithm`."""
    least_error: float = LEAST_ERROR
    """Squared difference below which the logarithm hardly counts."""
    features: Extractor = "none"
    """The network of the perceptual term."""
    features_file: str | None = None
    """Its weights; none: PyTorch's cache."""
    features_weight: float = 0.04
    """Of the perceptual term."""
    kernel_decay: float = 5e-5
    """Of the squares of all kernels, added to the loss."""
    smoothness_weight: float = 0.0
    """Of the tables' smoothness."""
    monotone_weight: float = 0.0
    """Of where tables fall."""
    keep_weight: float = 0.0
    """Of what is changed of the targets themselves, which are fine as they are."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for field in ("width", "expansion"):
            if getattr(self, field) < 1:
                raise UsageError(f"expected {field} to be at least 1, got {getattr(self, field)}")
        if not 0 <= self.gray <= 1:
            raise UsageError(f"expected gray to be from 0 to 1, got {self.gray}")
        if not 0 < self.norm_momentum <= 1:
            raise UsageError(
                f"expected norm_momentum above 0 and at most 1, got {self.norm_momentum}"
            )
        if self.size < 16:
            raise UsageError(f"expected size to be at least 16 pixels, got {self.size}")

    @property
    def side(self) -> int:
        """Pixels of the square copy that GEN sees."""
        return min(self.low_size, self.size)


@dataclass(frozen=True)
class GLeNetRecipe(GENRecipe):
    """How GEN and LEN are trained together, or a LEN on the photo itself."""

    parts: Parts = "gen+len"
    """`gen+len`, or `len` alone."""
    frozen_gen: bool = False
    """Train LEN alone behind a GEN that stays as it is: begin from a trained one with --init."""
    local_weight: float = 0.0
    """Of steps in LEN's change where the picture has none."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.size % MULTIPLE:
            raise UsageError(f"expected a size divisible by {MULTIPLE}, got {self.size}")
        if self.frozen_gen and self.parts == "len":
            raise UsageError("expected frozen_gen with the parts gen+len, got it with len alone")


@dataclass(frozen=True)
class UnpairedRecipe(GLeNetRecipe):
    """How the unpaired networks are trained; `width` is the critics', too."""

    keep: Keep = "last"
    """See `Recipe.keep`."""
    stage: Stage = 1
    """1: tables, by critics; 2: tables and LEN, by pseudo pairs, where `features` may help."""
    adversarial_weight: float = 1.0
    """Of the critics."""
    cycle_weight: float = 10.0
    """Of coming back to the photo, in stage 1."""
    identity_weight: float = 5.0
    """Of leaving good pictures as they are."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.parts != "gen+len" or self.frozen_gen:
            raise UsageError("expected parts gen+len and frozen_gen false without pairs")
        if self.keep_weight or (self.stage == 1 and self.features != "none"):
            raise UsageError(
                "expected keep_weight 0 without pairs (identity_weight does its work), and "
                "features none in stage 1, which has no pairs to compare"
            )


_TABLES = GENRecipe(schedule="cosine", table="monotone", smoothness_weight=0.01, keep_weight=0.5)
_PAPER = GENRecipe(name="paper", norm_momentum=0.01, features="vgg16")
_REIMPLEMENTATION = GENRecipe(
    name="reimplementation",
    variant="reimplementation",
    table="residual",
    norm_momentum=0.01,
    reconstruction="squared",
)

_MINUTES = GENRecipe(
    name="minutes",
    epochs=25,
    batch=8,
    size=128,
    width=8,
    table="monotone",
    reconstruction="logarithm",
    schedule="cosine",
    clip_norm=1.0,
    ema=0.99,
    keep="last",
    kernel_decay=0.0,
    smoothness_weight=0.1,
)
"""Half as wide, on an eighth of the pixels: a CPU is done with a few hundred pairs in minutes."""

_OPEN = replace(
    _MINUTES,
    name="open",
    epochs=100,
    repeats=6,
    size=64,
    table="common",
    darkened=0.88,
    stops=(-4.8, -0.3),
    highlights=0.6,
    tones=0.4,
    grain=0.25,
    gray=0.1,
    learning_rate=2e-3,
    ema=0.995,
    least_error=1e-3,
    validation=0.1,
)
"""From good photos alone: how dark a photo is shows on 64 pixels, and hues stay as they are."""

GEN_RECIPES = {
    recipe.name: recipe for recipe in (_TABLES, _MINUTES, _OPEN, _PAPER, _REIMPLEMENTATION)
}

GLENET_RECIPES = {
    recipe.name: recipe
    for recipe in (
        GLeNetRecipe(
            schedule="cosine",
            table="monotone",
            smoothness_weight=0.01,
            keep_weight=0.5,
            local_weight=0.1,
        ),
        GLeNetRecipe(
            name="minutes",
            epochs=4,
            size=192,
            low_size=128,
            width=8,
            table="monotone",
            frozen_gen=True,
            reconstruction="logarithm",
            learning_rate=5e-4,
            schedule="cosine",
            clip_norm=1.0,
            ema=0.99,
            keep="last",
            kernel_decay=0.0,
            local_weight=0.1,
        ),
        GLeNetRecipe(name="paper", norm_momentum=0.01, features="vgg16"),
        GLeNetRecipe(
            name="reimplementation",
            variant="reimplementation",
            norm_momentum=0.01,
            reconstruction="squared",
        ),
    )
}

STAGE_1 = UnpairedRecipe(
    name="stage-1",
    learning_rate=2e-4,
    betas=(0.5, 0.999),
    schedule="linear-decay",
    hold=50,
    table="monotone",
    smoothness_weight=0.01,
)
STAGE_2 = replace(
    STAGE_1,
    name="stage-2",
    stage=2,
    adversarial_weight=0.05,
    identity_weight=0.5,
    local_weight=0.1,
)
_UNPAIRED_MINUTES = replace(
    STAGE_1,
    name="minutes",
    epochs=10,
    hold=4,
    repeats=6,
    batch=8,
    size=64,
    low_size=64,
    width=8,
    table="common",
    learning_rate=5e-4,
    cycle_weight=5.0,
    identity_weight=1.0,
)
"""Stage 1 on small copies, with one table for all colors: three, unpaired, gain casts."""

UNPAIRED_RECIPES = {recipe.name: recipe for recipe in (STAGE_1, STAGE_2, _UNPAIRED_MINUTES)}
