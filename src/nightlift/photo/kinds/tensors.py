"""PyTorch tensors: (C, H, W) or (N, C, H, W), floats or uint8, on any device.

Only methods of the tensors that come in are used: PyTorch is not imported here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from nightlift.errors import UsageError
from nightlift.photo.kinds import arrays
from nightlift.photo.kinds.taken import Taken
from nightlift.photo.photo import Photo

Tensor: TypeAlias = Any

CHANNELS = (1, 3, 4)


def take(tensor: Tensor, bgr: bool, white: float | None) -> Taken:
    """The photos in a tensor, by way of the processor's memory; see `taken.take`."""
    check_shape(tensor)
    values = tensor.detach().movedim(-3, -1).cpu()
    if values.is_floating_point() and values.element_size() < 4:
        values = values.float()  # NumPy has no bfloat16
    taken = arrays.take(np.ascontiguousarray(values.numpy()), bgr, white)

    def back(photos: Sequence[Photo]) -> Tensor:
        return tensor.new_tensor(taken.back(photos)).movedim(-1, -3).contiguous()

    return Taken(taken.photos, back, taken.owned, taken.batch, tensor.detach().clone)


def check_shape(tensor: Tensor) -> None:
    """Check that a tensor is dense and (C, H, W) or (N, C, H, W) floats or uint8.

    Args:
        tensor: Any tensor; C may be 1, 3 or 4.

    Raises:
        UsageError: It is not; the sentence has the remedy.
    """
    shape = tuple(tensor.shape)
    if str(tensor.layout) != "torch.strided":
        raise UsageError("expected a dense tensor, got a sparse one: tensor.to_dense()")
    if tensor.is_meta:
        raise UsageError("expected a tensor with numbers, got one of the device meta, without any")
    if 0 in shape:
        raise UsageError(f"expected a photo, got an empty tensor of shape {shape}")
    if tensor.ndim not in (3, 4) or shape[-3] not in CHANNELS:
        hint = ""
        if tensor.ndim in (3, 4) and shape[-1] in CHANNELS:
            hint = "; its channels come last: tensor.movedim(-1, -3) puts them first"
        elif tensor.ndim == 2:
            hint = "; tensor[None] is one of gray"
        raise UsageError(
            "expected a tensor of shape (C, H, W) or (N, C, H, W) with 1 (gray), 3 (RGB) or 4 "
            f"(RGB and alpha) channels, got {shape}{hint}"
        )
    if not tensor.is_floating_point() and str(tensor.dtype) != "torch.uint8":
        raise UsageError(
            f"expected a tensor of floats or uint8, got {tensor.dtype}: "
            "tensor.to(torch.uint8) converts numbers from 0 to 255"
        )
