"""What Zero-DCE is asked for: good exposure, without ever seeing one."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nightlift.adjust import Alignment, Power, differentiable
from nightlift.learned.declaration import Batch, Objective, Panel
from nightlift.learned.zero_dce import terms
from nightlift.learned.zero_dce.recipes import ZeroDCERecipe

COLORS = ("red", "green", "blue")


class ZeroDCEObjective(Objective):
    """Curves that serve the zero-reference terms of Guo et al., CVPR 2020, Sect. 3.3.

    The network looks at the photo divided by `shrink` along each side, and its maps are
    enlarged by `alignment`, as its passport says.
    """

    def __init__(
        self, network: nn.Module, recipe: ZeroDCERecipe, shrink: int, alignment: Alignment
    ) -> None:
        super().__init__(network)
        self.recipe = recipe
        self.shrink = shrink
        self.alignment: Alignment = alignment

    def curves(self, photo: Tensor) -> Tensor:
        """The curve maps (N, 3n, H, W) of photos (N, 3, H, W), at their size."""
        height, width = photo.shape[2:]
        if self.shrink > 1:
            small = (max(1, height // self.shrink), max(1, width // self.shrink))
            photo = F.interpolate(photo, small, mode="bilinear", align_corners=False)
        maps: Tensor = self.network(photo).float().contiguous()
        if maps.shape[2:] == (height, width):
            return maps
        corners = self.alignment == "corners"
        return F.interpolate(maps, (height, width), mode="bilinear", align_corners=corners)

    def applied(self, photo: Tensor, maps: Tensor) -> Tensor:
        """The photo after the recipe's steps of `maps`."""
        return differentiable.curve_map(photo, maps, self.recipe.steps, self.alignment)

    def first(self, photo: Tensor) -> tuple[Tensor, list[Power]]:
        """The photos after the powers that come before their curves, and these powers."""
        if not self.recipe.power_first:
            return photo, []
        pictures = photo.detach().float().permute(0, 2, 3, 1).cpu().numpy()
        powers = [Power.to(picture, self.recipe.exposure_target) for picture in pictures]
        table = torch.stack([torch.tensor(power.table.values) for power in powers])
        return differentiable.tone_table(photo, table.to(photo)), powers

    def measured(self, photo: Tensor, powers: list[Power]) -> Tensor:
        """The curve maps of photos after their powers, times the powers' shares."""
        maps = self.curves(photo)
        return _of_each(maps, [power.share for power in powers]) * maps if powers else maps

    def enhance(self, photo: Tensor) -> Tensor:
        """The photo after all steps of its curves."""
        photo, powers = self.first(photo)
        return self.applied(photo, self.measured(photo, powers))

    def terms(self, batch: Batch, group: str) -> Mapping[str, Tensor]:
        """Spatial consistency, exposure, color constancy and smoothness of the curves."""
        photo, powers = self.first(batch.photo)
        maps = self.measured(photo, powers)
        more = [power.exponent**-self.recipe.contrast for power in powers]
        factor = _of_each(photo, more) if self.recipe.contrast else None
        return weighted_terms(self.recipe, photo, self.applied(photo, maps), maps, factor)

    def panels(self, photo: Tensor) -> tuple[Panel, ...]:
        """The curve parameters of each color, averaged over the steps."""
        means = _by_step(self.measured(*self.first(photo)))[0].mean(0)
        return tuple(
            Panel(f"mean curve, {color}", mean, (-1.0, 1.0))
            for color, mean in zip(COLORS, means, strict=True)
        )

    def histograms(self, photo: Tensor) -> Mapping[tuple[str, str], Tensor]:
        """The curve parameters of each step and color."""
        by_step = _by_step(self.measured(*self.first(photo)))
        return {
            (f"step {step + 1}", color): by_step[:, step, channel].flatten()
            for step in range(by_step.shape[1])
            for channel, color in enumerate(COLORS)
        }


def _of_each(like: Tensor, numbers: list[float]) -> Tensor:
    """A number for each photo, (N, 1, 1, 1)."""
    return like.new_tensor(numbers).view(-1, 1, 1, 1)


def _by_step(maps: Tensor) -> Tensor:
    """(N, 3n, H, W) → (N, n, 3, H, W)."""
    return maps.view(len(maps), -1, 3, *maps.shape[2:])


def weighted_terms(
    recipe: ZeroDCERecipe,
    photo: Tensor,
    enhanced: Tensor,
    maps: Tensor,
    factor: Tensor | None = None,
) -> dict[str, Tensor]:
    """The recipe's terms by name, each times its weight; `factor` asks for more contrast."""
    paper = recipe.losses == "paper"
    spatial = terms.spatial_paper if paper else terms.spatial_reimplemented
    exposure = terms.exposure_paper if paper else terms.exposure_reimplemented
    smoothness = terms.smoothness_paper if paper else terms.smoothness_reimplemented
    color = terms.color_paper if paper else terms.color_reimplemented
    ratio = recipe.color_term == "ratio"
    return {
        "spatial": recipe.spatial_weight
        * (
            terms.contrast(enhanced, photo, factor, recipe.spatial_region)
            if factor is not None
            else spatial(enhanced, photo, recipe.spatial_region)
        ),
        "exposure": recipe.exposure_weight
        * exposure(enhanced, recipe.exposure_target, recipe.exposure_patch),
        "color": recipe.color_weight
        * (terms.color_ratio(enhanced, photo) if ratio else color(enhanced)),
        "smoothness": recipe.smoothness_weight * smoothness(maps),
    }
