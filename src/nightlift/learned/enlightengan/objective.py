"""What EnlightenGAN is asked for: the look of good pictures, with the photo's own content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nightlift.learned.declaration import Batch, OptimizerGroup
from nightlift.learned.enlightengan import terms
from nightlift.learned.enlightengan.darkening import darkened
from nightlift.learned.enlightengan.network import PatchCritic
from nightlift.learned.enlightengan.painting import PaintingObjective
from nightlift.learned.enlightengan.recipes import EnlightenGANRecipe
from nightlift.learned.features import FeatureExtractor, load_features
from nightlift.learned.terms import distances, ssim

GENERATOR, GLOBAL, LOCAL = "generator", "global_critic", "local_critic"

STYLE = ("relu5_3", "relu3_3", "relu4_3")
CONTENT = "relu3_3"
"""The layers of the reimplementation's `stylefeat`."""

POOLS = 3
"""The published VGG16 does not pool before its last block."""

Place = tuple[int, int]
"""Top and left of a patch."""


@dataclass(frozen=True)
class Attempt:
    """What the generator made of a batch: unclipped results, and where patches are looked at.

    `restored` is what it made of the good pictures, `dark`, where that is asked for.
    """

    batch: Batch
    result: Tensor
    places: tuple[Place, ...]
    restored: Tensor | None = None
    dark: Tensor | None = None


class EnlightenGANObjective(PaintingObjective):
    """A generator against a relativistic global critic and a plain local one.

    Sect. III of Jiang et al., TIP 2021. `features` is None where the recipe gives the
    perceptual term no weight. The critics judge what the generator made in its own step of the
    same batch, as in the published code: it runs once a step.
    """

    def __init__(
        self, network: nn.Module, recipe: EnlightenGANRecipe, features: FeatureExtractor | None
    ) -> None:
        super().__init__(network)
        self.recipe = recipe
        self.features = features
        self.global_critic = PatchCritic(recipe.global_strides, recipe.critic_width)
        self.local_critic = PatchCritic(recipe.local_strides, recipe.critic_width)
        self._attempt: Attempt | None = None

    @property
    def optimizer_groups(self) -> tuple[OptimizerGroup, ...]:
        """The generator, then its critics."""
        return (
            OptimizerGroup(GENERATOR, self.network.parameters),
            OptimizerGroup(GLOBAL, self.global_critic.parameters),
            OptimizerGroup(LOCAL, self.local_critic.parameters),
        )

    def terms(self, batch: Batch, group: str) -> Mapping[str, Tensor]:
        """The adversarial terms of each optimizer group, and the generator's perceptual ones."""
        if group == GENERATOR:
            return self._generator_terms(self._attempted(batch))
        attempt = self._attempt
        if attempt is None or attempt.batch is not batch:
            with torch.no_grad():
                attempt = self._attempted(batch)
        return self._critic_terms(attempt, group)

    def _attempted(self, batch: Batch) -> Attempt:
        """Results of photos that are partly darkened further; without chance in validation."""
        given = self._varied(batch.photo) if self.training else batch.photo
        restored = dark = None
        if self.recipe.restored_weight:
            # In one batch, so that the norms have the statistics of both.
            dark = darkened(_good(batch), self.recipe.restored_stops, self._chance())
            result, restored = self.painted(torch.cat((given, dark))).chunk(2)
        else:
            result = self.painted(given)
        attempt = Attempt(batch, result, self._places(batch.photo), restored, dark)
        self._attempt = Attempt(batch, result.detach(), attempt.places) if self.training else None
        return attempt

    def _varied(self, photo: Tensor) -> Tensor:
        """A share of the photos divided by a number of the recipe's range."""
        low, high = self.recipe.vary_range
        chosen, number = torch.rand(2, len(photo))
        by = torch.where(chosen < self.recipe.vary, low + (high - low) * number, torch.ones(()))
        return photo / by.to(photo).view(-1, 1, 1, 1)

    def _places(self, photo: Tensor) -> tuple[Place, ...]:
        """Random places of the recipe's patches; the same ones every time in validation."""
        draws = torch.rand(self.recipe.patches, 2, generator=self._chance()).tolist()
        side = self.recipe.patch
        rooms = [max(0, whole - side) + 1 for whole in photo.shape[2:]]
        return tuple((int(down * rooms[0]), int(across * rooms[1])) for down, across in draws)

    def _chance(self) -> torch.Generator | None:
        """None, which is PyTorch's own generator; in validation one that always says the same."""
        return None if self.training else torch.Generator().manual_seed(0)

    def _patches(self, picture: Tensor, places: tuple[Place, ...]) -> Tensor:
        """(N, 3, H, W) → the patches of all pictures, (N · patches, 3, side, side)."""
        side = self.recipe.patch
        return torch.cat([picture[:, :, y : y + side, x : x + side] for y, x in places])

    def _generator_terms(self, attempt: Attempt) -> dict[str, Tensor]:
        recipe, batch, places = self.recipe, attempt.batch, attempt.places
        real, fake = _signed(_good(batch)), _signed(attempt.result)
        judged = self.global_critic(fake).float()
        expected = self.global_critic(real).float()
        patches = self.local_critic(self._patches(fake, places)).float()
        found = {
            "global": recipe.global_weight * terms.relativistic_generator(expected, judged),
            "local": recipe.local_weight * terms.plain_generator(patches),
        }
        if attempt.restored is not None:
            found["restored"] = recipe.restored_weight * restoration(attempt.restored, _good(batch))
        if recipe.color_weight:
            found["color"] = recipe.color_weight * self._color(attempt)
        if self.features is None:
            return found
        whole = perceptual(self.features, recipe, attempt.result, batch.photo)
        small = (self._patches(picture, places) for picture in (attempt.result, batch.photo))
        return found | {
            "perceptual": recipe.perceptual_weight * whole,
            "perceptual_patches": recipe.perceptual_weight
            * perceptual(self.features, recipe, *small),
        }

    def _color(self, attempt: Attempt) -> Tensor:
        """The colors of photos, and of good pictures that were darkened."""
        photo = attempt.batch.photo
        found = terms.color(attempt.result, photo, photo)
        if attempt.restored is None or attempt.dark is None:
            return found
        return found + terms.color(attempt.restored, _good(attempt.batch), attempt.dark)

    def _critic_terms(self, attempt: Attempt, group: str) -> dict[str, Tensor]:
        real, fake = _signed(_good(attempt.batch)), _signed(attempt.result)
        if group == GLOBAL:
            judged = [self.global_critic(picture).float() for picture in (real, fake)]
            return {"relativistic": terms.relativistic_critic(*judged)}
        patches = [self._patches(picture, attempt.places) for picture in (real, fake)]
        return {"plain": terms.plain_critic(*(self.local_critic(one).float() for one in patches))}


def restoration(result: Tensor, good: Tensor) -> Tensor:
    """How far results are from the pictures they were darkened from, in colors and structure."""
    return distances(result, good, "absolute").mean() + (1 - ssim(result, good)) / 2


def perceptual(
    features: FeatureExtractor, recipe: EnlightenGANRecipe, result: Tensor, photo: Tensor
) -> Tensor:
    """The recipe's perceptual distance of results to their own photos, (N, 3, H, W) in [0, 1]."""
    with torch.no_grad():
        before = features(photo)
    after = features(result)
    if recipe.perceptual not in ("stylefeat", "style"):
        return terms.content(after[recipe.perceptual], before[recipe.perceptual])
    content = recipe.content_weight * terms.content(after[CONTENT], before[CONTENT])
    return content + recipe.style_weight * terms.style(after, before, STYLE)


def needed_features(recipe: EnlightenGANRecipe) -> FeatureExtractor | None:
    """The recipe's extractor, or None where it needs none; ModelError without its weights."""
    if recipe.perceptual_weight == 0:
        return None
    styled = recipe.perceptual in ("stylefeat", "style")
    return load_features(
        recipe.features_file,
        STYLE if styled else (recipe.perceptual,),
        extractor=recipe.features,
        feed=recipe.features_feed,
        pools=POOLS,
    )


def _good(batch: Batch) -> Tensor:
    assert batch.target is not None, "an unpaired batch holds good pictures"
    return batch.target


def _signed(picture: Tensor) -> Tensor:
    """From [0, 1] to the critics' [-1, 1]."""
    return 2 * picture - 1
