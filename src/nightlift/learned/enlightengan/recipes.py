"""How EnlightenGAN is trained: as in the paper, as in the seed document's sample, and faster."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from nightlift.errors import UsageError
from nightlift.learned.features import Extractor, Feed
from nightlift.learned.recipe import Keep, Recipe

Perceptual: TypeAlias = Literal["relu5_1", "relu5_3", "stylefeat", "style"]


@dataclass(frozen=True)
class EnlightenGANRecipe(Recipe):
    """How EnlightenGAN is trained.

    `width` and `critic_width` are channels at the first level, `global_strides` and
    `local_strides` the critics' depth. Pictures are resized to `resized` (height, width) times a
    factor within `enlarged` before they are cropped to `size`. The local critic and the
    perceptual term see `patches` of `patch` pixels. A share `vary` of the photos is divided by a
    number within `vary_range` before the generator sees it. `perceptual` names the layer that
    result and photo should share, or `stylefeat` (also `style`) for the seed's content and
    style, which weigh `content_weight` and `style_weight`. `features` extracts them with the
    weights of `features_file` (none: PyTorch's cache); `features_feed` says how VGG16 is fed.
    `perceptual_weight` 0 needs no features. `restored_weight`, which the paper does not have, is
    that of restoring good pictures which are darkened by `restored_stops` in EV: what a critic
    wants of a dark place is then not invented. `color_weight`, ours too, is that of keeping the
    colors of the photo, and of these good pictures. `object` trains one class of object alone.
    """

    keep: Keep = "last"
    width: int = 32
    critic_width: int = 64
    global_strides: int = 5
    local_strides: int = 4
    resized: tuple[int, int] = (400, 600)
    enlarged: tuple[float, float] = (1.0, 1.4)
    patch: int = 32
    patches: int = 6
    vary: float = 0.5
    vary_range: tuple[float, float] = (2.0, 4.0)
    global_weight: float = 1.0
    local_weight: float = 1.0
    perceptual: Perceptual = "relu5_1"
    perceptual_weight: float = 1.0
    content_weight: float = 1.0
    style_weight: float = 1e-5
    restored_weight: float = 0.0
    restored_stops: tuple[float, float] = (-7.0, -1.0)
    color_weight: float = 0.0
    features: Extractor = "vgg16"
    features_file: str | None = None
    features_feed: Feed = "bgr"
    object: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for field in ("width", "critic_width", "global_strides", "local_strides", "patches"):
            if getattr(self, field) < 1:
                raise UsageError(f"expected {field} of at least 1, got {getattr(self, field)}")
        if not 32 <= self.patch <= self.size:
            raise UsageError(
                f"expected patch from 32 pixels to the size of {self.size}, got {self.patch}"
            )
        if not 0 <= self.vary <= 1:
            raise UsageError(f"expected vary from 0 to 1, got {self.vary}")
        for field in ("vary_range", "enlarged"):
            low, high = getattr(self, field)
            if not 1 <= low <= high:
                raise UsageError(
                    f"expected {field} of at least 1, the lower first, got {(low, high)}"
                )
        if min(self.resized) < 1:
            raise UsageError(f"expected resized to be two sides in pixels, got {self.resized}")


PAPER = EnlightenGANRecipe(
    name="paper",
    epochs=200,
    batch=32,
    size=256,
    learning_rate=1e-4,
    betas=(0.5, 0.999),
    schedule="linear-decay",
    hold=100,
    pictures_every=5,
)

SEED = replace(PAPER, name="seed", batch=2, perceptual="stylefeat", object="car")
"""The seed document's: cars, its own content and style, and the batch of its sample command."""

ACCELERATOR = replace(
    PAPER, name="accelerator", epochs=100, hold=50, precision="bf16", features="squeezenet"
)
"""Ours: half as many epochs of more pictures, in bfloat16, SqueezeNet's features for VGG16's."""

RECIPES = {recipe.name: recipe for recipe in (PAPER, SEED, ACCELERATOR)}
