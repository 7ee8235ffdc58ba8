"""What SMNet is asked for: the good photo of a pair, in its structure and in its features."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from nightlift.errors import UsageError
from nightlift.learned.declaration import Batch, Objective, Panel
from nightlift.learned.features import FeatureExtractor
from nightlift.learned.smnet import terms
from nightlift.learned.smnet.network import MULTIPLE, PASSES, SMNet
from nightlift.learned.smnet.recipes import SMNetRecipe
from nightlift.learned.terms import distances, perceptual, ssim


class SMNetObjective(Objective):
    """The five terms of Lin et al., TMM 2022, on every picture that the network paints.

    `features` sees pictures at `terms.LAYERS`; None without a perceptual term. Raises UsageError
    where the recipe does not say the weight of each picture, or asks for other features.
    """

    network: SMNet

    def __init__(
        self, network: SMNet, recipe: SMNetRecipe, features: FeatureExtractor | None = None
    ) -> None:
        super().__init__(network)
        painted = 1 if network.variant == "lol" else PASSES
        if len(recipe.picture_weights) != painted:
            raise UsageError(
                f"expected picture_weights of {painted} numbers, one for each picture that is "
                f"painted, got {recipe.picture_weights}"
            )
        if (features is None) != (recipe.features == "none"):
            raise UsageError(f"expected features of {recipe.features!r}, got {features!r}")
        self.recipe, self.features = recipe, features

    def pictures(self, photo: Tensor) -> tuple[Tensor, ...]:
        """All that is painted of photos (N, 3, H, W) of any size, unclipped, the result last."""
        height, width = photo.shape[2:]
        top, left = (-side % MULTIPLE // 2 for side in (height, width))
        painted, _ = self.network.paint(padded(photo, MULTIPLE))
        return tuple(
            picture.float()[..., top : top + height, left : left + width] for picture in painted
        )

    def enhance(self, photo: Tensor) -> Tensor:
        """The last picture, clipped."""
        return self.pictures(photo)[-1].clamp(0, 1)

    def terms(self, batch: Batch, group: str) -> Mapping[str, Tensor]:
        """Structure, features, colors, inner product and smoothness, over all pictures."""
        target = _target(batch)
        wanted = self._wanted(target)
        each = [
            self._weighted(picture, batch.photo, target, wanted, share)
            for picture, share in zip(
                self.pictures(batch.photo), self.recipe.picture_weights, strict=True
            )
        ]
        return {name: torch.stack([found[name] for found in each]).sum() for name in each[0]}

    def validation_loss(self, batch: Batch) -> Tensor:
        """The squared error of the result: what its published quality, PSNR, is made of."""
        return F.mse_loss(self.enhance(batch.photo), _target(batch))

    def panels(self, photo: Tensor) -> tuple[Panel, ...]:
        """The pictures before the last one, where there are any."""
        return tuple(
            Panel(f"after block {number}", picture[0].clamp(0, 1))
            for number, picture in enumerate(self.pictures(photo)[:-1], 1)
        )

    @torch.no_grad()
    def _wanted(self, target: Tensor) -> Mapping[str, Tensor]:
        return {} if self.features is None else self.features(target)

    def _weighted(
        self,
        result: Tensor,
        photo: Tensor,
        target: Tensor,
        wanted: Mapping[str, Tensor],
        share: float,
    ) -> dict[str, Tensor]:
        """The terms of one picture, each times its weight and `share`."""
        recipe = self.recipe
        found = {
            "ssim": recipe.ssim_weight * (1 - ssim(result, target)),
            "smooth_l1": recipe.smooth_l1_weight * terms.smooth_l1(result, target),
            "inner_product": recipe.inner_product_weight * terms.inner_product(result, photo),
            "variation": recipe.variation_weight * terms.variation(result),
        }
        if recipe.logarithm_weight:
            far = distances(result, target, "logarithm").mean()
            found["logarithm"] = recipe.logarithm_weight * far
        if self.features is not None:
            seen = perceptual(self.features, result, wanted)
            found["features"] = recipe.features_weight * seen
        return {name: share * value for name, value in found.items()}


def padded(photo: Tensor, multiple: int) -> Tensor:
    """Photos (N, C, H, W) reflected at their borders to sides that `multiple` divides.

    The smaller half is added at the top and left, as where a released model runs.
    """
    for axis in (2, 3):
        side = photo.shape[axis]
        if missing := -side % multiple:
            around = (missing // 2, missing - missing // 2)
            places = np.pad(np.arange(side), around, mode="reflect")
            photo = photo.index_select(axis, torch.from_numpy(places).to(photo.device))
    return photo


def _target(batch: Batch) -> Tensor:
    assert batch.target is not None
    return batch.target
