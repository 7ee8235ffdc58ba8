"""What DeepUPE is asked for: an illumination by which the photo becomes the retouched one."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from nightlift.adjust import differentiable
from nightlift.learned.declaration import Batch, Objective, Panel
from nightlift.learned.deep_upe import terms
from nightlift.learned.deep_upe.network import DeepUPE
from nightlift.learned.deep_upe.recipes import DeepUPERecipe
from nightlift.learned.small import small
from nightlift.learned.terms import distances


class DeepUPEObjective(Objective):
    """Reconstruction, color and smooth illumination (Wang et al., CVPR 2019).

    The network sees a small copy of the photo; the guide, the slicing and the division see the
    photo at its own size.
    """

    network: DeepUPE

    def __init__(self, network: DeepUPE, recipe: DeepUPERecipe) -> None:
        super().__init__(network)
        self.recipe = recipe

    def illumination(self, photo: Tensor) -> Tensor:
        """The illumination S (N, 3, H, W) of photos (N, 3, H, W)."""
        cells: Tensor = self.network(small(photo, self.network.low_size)).float()
        # In half precision the guide would have steps, which the smoothness term would punish.
        with torch.autocast(photo.device.type, enabled=False):
            guide: Tensor = self.network.guide(photo)
        return differentiable.bilateral_affine(photo, cells, guide)

    def enhance(self, photo: Tensor) -> Tensor:
        """The photo divided by its illumination."""
        return self._divided(photo, self.illumination(photo))

    def _divided(self, photo: Tensor, illumination: Tensor) -> Tensor:
        return differentiable.divided(photo, illumination, self.recipe.least_light)

    def terms(self, batch: Batch, group: str) -> Mapping[str, Tensor]:
        """Distance to the target, distance of colors, and smoothness of the illumination."""
        assert batch.target is not None
        illumination = self.illumination(batch.photo)
        result = self._divided(batch.photo, illumination)
        return weighted_terms(self.recipe, batch.photo, result, batch.target, illumination)

    def validation_loss(self, batch: Batch) -> Tensor:
        """The reconstruction alone: the published weights were chosen by PSNR."""
        assert batch.target is not None
        return distances(self.enhance(batch.photo), batch.target, self.recipe.reconstruction).mean()

    def panels(self, photo: Tensor) -> tuple[Panel, ...]:
        """The illumination, as a picture."""
        return (Panel("illumination", self.illumination(photo)[0].clamp(0, 1)),)


def weighted_terms(
    recipe: DeepUPERecipe, photo: Tensor, result: Tensor, target: Tensor, illumination: Tensor
) -> dict[str, Tensor]:
    """The recipe's terms by name, each times its weight."""
    return {
        "reconstruction": recipe.reconstruction_weight
        * distances(result, target, recipe.reconstruction).mean(),
        "color": recipe.color_weight * terms.color(result, target),
        "smoothness": recipe.smoothness_weight * terms.smoothness(illumination, photo),
    }
