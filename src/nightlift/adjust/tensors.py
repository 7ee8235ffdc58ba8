"""Adjustments as PyTorch modules: what is applied to tensors on any device, with gradients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from nightlift.adjust import differentiable as twins
from nightlift.adjust.adjustment import Adjustment
from nightlift.adjust.chain import Chain
from nightlift.adjust.hue import HueKept
from nightlift.adjust.scaled import Scaled
from nightlift.errors import UsageError
from nightlift.photo import LUMA, check_range, check_shape

Parameters: TypeAlias = Mapping[str, Tensor]
Settings: TypeAlias = Mapping[str, Any]


def _tone_table(x: Tensor, of: Parameters, settings: Settings) -> Tensor:
    return twins.tone_table(x, of["values"][None])


def _curve_map(x: Tensor, of: Parameters, settings: Settings) -> Tensor:
    maps = of["maps"].permute(0, 3, 1, 2).flatten(0, 1)[None]
    return twins.curve_map(x, maps, settings["steps"], settings["alignment"])


def _bilateral_grid(x: Tensor, of: Parameters, settings: Settings) -> Tensor:
    cells = of["cells"].permute(3, 4, 2, 0, 1).flatten(0, 1)[None]
    if settings["b2"] is None:
        guide = twins.luma_guide(x)
    else:
        b2 = x.new_tensor(settings["b2"])
        guide = twins.pointwise_guide(x, of["w1"], of["b1"], of["w2"], b2)
    return twins.bilateral_slice(x, cells, guide, settings["mode"])


def _develop(x: Tensor, of: Parameters, settings: Settings) -> Tensor:
    return twins.develop(x, of["curve"], of["balance"], settings["saturation"])


def _light_grid(x: Tensor, of: Parameters, settings: Settings) -> Tensor:
    gains = of["gains"].permute(2, 0, 1)[None]
    return twins.light_grid(x, gains, of["color"].view(1), of["black"].view(1))


def _lut3d(x: Tensor, of: Parameters, settings: Settings) -> Tensor:
    curves = of["curves"][None] if "curves" in of else None
    return twins.lut3d(x, of["cube"].permute(3, 0, 1, 2)[None], curves)


TWINS: dict[str, Callable[[Tensor, Parameters, Settings], Tensor]] = {
    "tone_table": _tone_table,
    "curve_map": _curve_map,
    "bilateral_grid": _bilateral_grid,
    "develop": _develop,
    "light_grid": _light_grid,
    "lut3d": _lut3d,
}
"""What each kind of adjustment does, from its own parameters and settings."""


class AdjustmentModule(nn.Module):
    """One adjustment at a strength: (N, 3, H, W) floats in [0, 1] to the same.

    Its parameters are buffers: they follow `to(device)` and are not trained.
    """

    def __init__(self, adjustment: Adjustment, strength: float = 1.0) -> None:
        super().__init__()
        if adjustment.kind not in TWINS:
            raise UsageError(f"an adjustment of kind {adjustment.kind} cannot act on tensors")
        self.kind = adjustment.kind
        self.settings = dict(adjustment.settings())
        self.strength = strength
        for name, values in adjustment.parameters().items():
            self.register_buffer(name, torch.from_numpy(values.copy()))

    def forward(self, x: Tensor) -> Tensor:
        """The adjusted photos, within [0, 1]."""
        parameters = {name: values.to(x.dtype) for name, values in self.named_buffers()}
        y = TWINS[self.kind](x, parameters, self.settings)
        return y if self.strength == 1 else (x + self.strength * (y - x)).clamp(0, 1)


def modules(adjustment: Adjustment, strength: float = 1.0) -> list[nn.Module]:
    """The modules that do what an adjustment does, one after the other."""
    if isinstance(adjustment, Scaled) and strength == 1:
        return modules(adjustment.adjustment, adjustment.strength)
    if isinstance(adjustment, Chain) and strength == 1:
        return [module for link in adjustment.adjustments for module in modules(link)]
    if isinstance(adjustment, HueKept) and strength == 1:
        return [HueKeptModule(nn.Sequential(*modules(adjustment.adjustment)))]
    if isinstance(adjustment, (Chain, HueKept, Scaled)):
        return [Blended(nn.Sequential(*modules(adjustment)), strength)]
    return [AdjustmentModule(adjustment, strength)]


class Blended(nn.Module):
    """`clip(x + strength · (f(x) - x))` of modules f."""

    def __init__(self, inner: nn.Module, strength: float) -> None:
        super().__init__()
        self.inner, self.strength = inner, strength

    def forward(self, x: Tensor) -> Tensor:
        """The blend, within [0, 1]."""
        y: Tensor = self.inner(x)
        return (x + self.strength * (y - x)).clamp(0, 1)


class HueKeptModule(nn.Module):
    """Modules after which each pixel has the hue that it had before."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        """The photos, within [0, 1]."""
        return twins.keep_hue(x, self.inner(x))


class EditModule(nn.Module):
    """What an edit does to each pixel, for photos of any kind that tensors hold.

    Args:
        adjustment: What is done; None: nothing.
        strength: 0 to 1.5.
        bgr: Whether colors come in the order of OpenCV.
        white: The value that stands for white; None: 1 for floats, 255 for uint8.
    """

    def __init__(
        self,
        adjustment: Adjustment | None,
        strength: float = 1.0,
        *,
        bgr: bool = False,
        white: float | None = None,
    ) -> None:
        super().__init__()
        acts = [] if adjustment is None else modules(adjustment, strength)
        self.acts = nn.Sequential(*acts)
        self.bgr, self.white = bgr, white

    def forward(self, photo: Tensor) -> Tensor:
        """The edited photos.

        Args:
            photo: (C, H, W) or (N, C, H, W) floats from 0 to white, or uint8; gray (C = 1), RGB
                (3), or RGB and alpha (4), which stays as it is.

        Returns:
            The same, on the same device; gradients pass, except through uint8.

        Raises:
            UsageError: Another shape, type or range.
        """
        check_shape(photo)
        colors = photo[..., :3, :, :]
        top = self.white or (1.0 if photo.is_floating_point() else 255.0)
        check_range(float(colors.detach().min()), float(colors.detach().max()), top, "tensor")
        edited = self._edited(colors, top)
        if not photo.is_floating_point():
            edited = (edited + 0.5).floor()
        return torch.cat([edited.to(photo.dtype), photo[..., 3:, :, :]], dim=-3)

    def _edited(self, colors: Tensor, top: float) -> Tensor:
        """Gray or RGB in at least single precision, from 0 to `top`."""
        wide = torch.promote_types(colors.dtype, torch.float32)
        x = (colors.to(wide) / top).clamp(0, 1)
        batch = x if x.ndim == 4 else x[None]
        gray = batch.shape[1] == 1
        batch = batch.flip(1) if self.bgr else batch
        out: Tensor = self.acts(batch.expand(-1, 3, -1, -1))
        if gray and len(self.acts):
            weights = out.new_tensor(LUMA).view(1, 3, 1, 1)
            out = (out * weights).sum(1, keepdim=True)
        out = out[:, :1] if gray else out
        out = out.flip(1) if self.bgr else out
        return out.reshape(x.shape) * top


def wants_gradient(tensor: Tensor) -> bool:
    """Whether what is done to a tensor will be differentiated.

    Args:
        tensor: Any tensor.

    Returns:
        True where it asks for a gradient and gradients are recorded.
    """
    return tensor.requires_grad and torch.is_grad_enabled()


def each_by_its_own(acts: list[EditModule], tensor: Tensor) -> Tensor:
    """A photo by its module, or a batch of them by one module each.

    Args:
        acts: One module for each photo.
        tensor: (C, H, W), or (N, C, H, W) for N modules.

    Returns:
        A tensor of the same shape, on the same device.
    """
    if tensor.ndim == 3:
        return acts[0].to(tensor.device)(tensor)  # type: ignore[no-any-return]
    done = [act.to(tensor.device)(one) for act, one in zip(acts, tensor, strict=True)]
    return torch.stack(done)
