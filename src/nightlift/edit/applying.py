"""Edits applied to whatever holds photos, giving the same kind of thing back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nightlift.errors import UsageError
from nightlift.photo import Taken

if TYPE_CHECKING:
    from nightlift.edit.edit import Edit


def apply_each(
    edits: Sequence[Edit], taken: Taken, *, threads: int | None, in_place: bool = False
) -> Any:
    """Photos that were taken, each by its edit, as the kind of thing that they came in.

    Edits that change nothing give what came bit for bit, whatever its type.

    Args:
        edits: One for each photo.
        taken: The photos, as `nightlift.photo.take` took them.
        threads: Processor threads for one photo; None: all.
        in_place: Whether pixels may be overwritten.

    Returns:
        What came, with other pixels: a batch for a batch.
    """
    if taken.copied is not None and all(edit.neutral for edit in edits):
        return taken.copied()
    overwrite = in_place or taken.owned
    pairs = zip(edits, taken.photos, strict=True)
    return taken.back([edit.on(photo, threads).whole(overwrite) for edit, photo in pairs])


def stays_in_pytorch(edits: Sequence[Edit], tensor: Any) -> bool:
    """Whether PyTorch applies the edits to a tensor: for gradients, and on other devices.

    Raises:
        UsageError: Gradients are wanted of what has none.
    """
    from nightlift.adjust import wants_gradient

    pointwise = all(edit.painting is None and not edit.denoising.on for edit in edits)
    if wants_gradient(tensor) and not pointwise:
        raise UsageError(
            "this tensor wants gradients, which painted pictures and denoising do not have: use "
            "denoise='off' and a method that does not paint, or tensor.detach()"
        )
    return wants_gradient(tensor) or (pointwise and tensor.device.type != "cpu")


def apply_in_pytorch(
    edits: Sequence[Edit], tensor: Any, *, bgr: bool = False, white: float | None = None
) -> Any:
    """A tensor's photos, each by its edit, where the tensor is."""
    from nightlift.adjust import each_by_its_own

    return each_by_its_own([module(edit, bgr, white) for edit in edits], tensor)


def module(edit: Edit, bgr: bool, white: float | None) -> Any:
    """The edit as a PyTorch module; see `Edit.module`."""
    from nightlift.adjust import EditModule

    if edit.painting is not None:
        raise UsageError(
            f"this edit is painted by {edit.method}: it is no module; estimate it with paint=False"
        )
    if edit.denoising.on and not edit.neutral:
        raise UsageError("denoising is no part of a PyTorch module: estimate with denoise='off'")
    return EditModule(*edit.pipeline(), bgr=bgr, white=white)
