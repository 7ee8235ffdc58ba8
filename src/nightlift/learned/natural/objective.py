"""What `natural` is asked for: the good picture, by light that is smooth from place to place."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from nightlift.adjust import differentiable
from nightlift.learned.declaration import Batch, Objective, Panel
from nightlift.learned.natural.network import Natural
from nightlift.learned.natural.recipes import NaturalRecipe
from nightlift.learned.small import small
from nightlift.learned.terms import distances, ssim
from nightlift.photo import LUMA

LEAST_ERROR = 3e-4
"""Added to squared errors before their logarithm: a picture at 35 dB is good enough."""


class NaturalObjective(Objective):
    """A picture near its target, in values and structure, and gains smooth over the grid."""

    network: Natural

    def __init__(self, network: Natural, recipe: NaturalRecipe) -> None:
        super().__init__(network)
        self.recipe = recipe

    def parameters_of(self, photo: Tensor) -> tuple[Tensor, Tensor]:
        """Gains (N, bins, cells, cells) in stops, and how much color grows, (N,)."""
        said: Tensor = self.network(small(photo, self.network.side)).float()
        return differentiable.light_parameters(said)

    def enhance(self, photo: Tensor) -> Tensor:
        """The photo in its new light."""
        return differentiable.light_grid(photo, *self.parameters_of(photo))

    def terms(self, batch: Batch, group: str) -> Mapping[str, Tensor]:
        """Differences to the target, of values and of structure, and of gains between places."""
        assert batch.target is not None
        gains, color = self.parameters_of(batch.photo)
        result = differentiable.light_grid(batch.photo, gains, color)
        return weighted_terms(self.recipe, result, batch.target, gains)

    def validation_loss(self, batch: Batch) -> Tensor:
        """The logarithm of the squared error, which a mean of PSNR is made of."""
        assert batch.target is not None
        return distances(self.enhance(batch.photo), batch.target, "logarithm", LEAST_ERROR).mean()

    def panels(self, photo: Tensor) -> tuple[Panel, ...]:
        """Gains of dark, middle and bright tones, as small pictures."""
        gains = self.parameters_of(photo)[0][0]
        tones = {"dark": 1, "middle": len(gains) // 2, "bright": len(gains) - 2}
        return tuple(
            Panel(f"gain of {tone} tones (stops)", gains[bin], (-2.0, 6.0))
            for tone, bin in tones.items()
        )


def weighted_terms(
    recipe: NaturalRecipe, result: Tensor, target: Tensor, gains: Tensor
) -> dict[str, Tensor]:
    """The recipe's terms by name, each times its weight."""
    logarithms = distances(result, target, "logarithm", LEAST_ERROR)
    return {
        "absolute": recipe.absolute_weight * distances(result, target, "absolute").mean(),
        "logarithm": recipe.logarithm_weight * logarithms.mean(),
        "structure": recipe.structure_weight * (1 - ssim(_halved(result), _halved(target))),
        "smoothness": recipe.smoothness_weight * smoothness(gains),
    }


def _halved(picture: Tensor) -> Tensor:
    """Luma at half of the size, (N, 1, H/2, W/2): structure without noise, at a twelfth's cost."""
    luma = (picture * picture.new_tensor(LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)
    return F.avg_pool2d(luma, 2)


def smoothness(gains: Tensor) -> Tensor:
    """Mean squared difference of gains (N, bins, h, w) between neighboring places, in stops²."""
    down, across = gains.diff(dim=2), gains.diff(dim=3)
    return torch.stack((down.square().mean(), across.square().mean())).sum()
