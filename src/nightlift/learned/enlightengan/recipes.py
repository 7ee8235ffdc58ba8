"""How EnlightenGAN is trained: as in the paper, as in the reimplementation's sample, and faster."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from nightlift.errors import UsageError
from nightlift.learned.features import Extractor, Feed
from nightlift.learned.recipe import Keep, Recipe

Perceptual: TypeAlias = Literal["relu5_1", "relu5_3", "stylefeat", "style"]


@dataclass(frozen=True)
class EnlightenGANRecipe(Recipe):
    """How EnlightenGAN is trained."""

    keep: Keep = "last"
    """See `Recipe.keep`."""
    width: int = 32
    """Channels of the generator's first level."""
    critic_width: int = 64
    """Channels of the critics' first level."""
    global_strides: int = 5
    """Depth of the global critic."""
    local_strides: int = 4
    """Depth of the local critic."""
    resized: tuple[int, int] = (400, 600)
    """Height and width that pictures are resized to before they are cropped."""
    enlarged: tuple[float, float] = (1.0, 1.4)
    """Range of the factor by which that is multiplied."""
    patch: int = 32
    """Pixels of each side of what the local critic and the perceptual term see."""
    patches: int = 6
    """How many of these there are."""
    vary: float = 0.5
    """Share of the photos that are divided by a number before the generator sees them."""
    vary_range: tuple[float, float] = (2.0, 4.0)
    """Range of that number."""
    global_weight: float = 1.0
    """Of the global critic."""
    local_weight: float = 1.0
    """Of the local critic."""
    perceptual: Perceptual = "relu5_1"
    """The layer that result and photo should share, or `stylefeat` (also `style`) for the
    reimplementation's content and style."""
    perceptual_weight: float = 1.0
    """Of the perceptual term; 0 needs no features."""
    content_weight: float = 1.0
    """Of the content within `stylefeat`."""
    style_weight: float = 1e-5
    """Of the style within `stylefeat`."""
    restored_weight: float = 0.0
    """Of restoring good pictures that are darkened, which the paper does not have: what a
    critic wants of a dark place is then not invented."""
    restored_stops: tuple[float, float] = (-7.0, -1.0)
    """Range of that darkening, in EV."""
    color_weight: float = 0.0
    """Of keeping the colors of the photo, and of these good pictures; ours, too."""
    features: Extractor = "vgg16"
    """The network that extracts features."""
    features_file: str | None = None
    """Its weights; none: PyTorch's cache."""
    features_feed: Feed = "bgr"
    """How VGG16 is fed."""
    object: str | None = None
    """The one class of object that is trained; none: all."""

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

REIMPLEMENTATION = replace(
    PAPER, name="reimplementation", batch=2, perceptual="stylefeat", object="car"
)
"""The reimplementation's: cars, its own content and style, and the batch of its sample command."""

ACCELERATOR = replace(
    PAPER, name="accelerator", epochs=100, hold=50, precision="bf16", features="squeezenet"
)
"""Ours: half as many epochs of more pictures, in bfloat16, SqueezeNet's features for VGG16's."""

RECIPES = {recipe.name: recipe for recipe in (PAPER, REIMPLEMENTATION, ACCELERATOR)}
