"""An estimate from strips: the small copies that it needs, gathered as rows come in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from nightlift.edit.denoising import MeasuredNoise
from nightlift.photo import Floats, Photo, Pixels, SmallCopy, StripSample

if TYPE_CHECKING:
    from nightlift.denoise import PatchSampler
    from nightlift.edit.edit import Edit


class Gathering:
    """What an edit is estimated from, of a photo that is never in memory as a whole.

    Args:
        photo: Of which only the pixels' shape and type count, and what it tells besides.
        copies: The small copies that are needed.
        decide: Gives the edit for those copies, (h, w, 3) float32 each, and for the noise.
        noise: Whether noise is to be measured.
    """

    def __init__(
        self,
        photo: Photo,
        copies: Sequence[SmallCopy],
        decide: Callable[[list[Floats], MeasuredNoise | None], Edit],
        noise: bool = False,
    ) -> None:
        self._photo = photo
        self._samples = [StripSample(photo, copy.size) for copy in copies]
        self._decide = decide
        self._patches: PatchSampler | None = None
        if noise:
            from nightlift.denoise import PatchSampler

            self._patches = PatchSampler(photo.height, photo.width, photo.pixels.dtype)

    def add(self, rows: Pixels, top: int) -> None:
        """Take a strip; strips may come in any order and from several threads.

        Args:
            rows: (h, W, 3) in stored order.
            top: Which row of the photo is the first of them.
        """
        for sample in self._samples:
            sample.add(rows, top)
        if self._patches is not None:
            self._patches.add(rows, top)

    def edit(self) -> Edit:
        """The edit, once all rows were added.

        Returns:
            The one that the whole photo gives.
        """
        return self._decide([sample.small() for sample in self._samples], self._noise())

    def _noise(self) -> MeasuredNoise | None:
        if self._patches is None:
            return None
        from nightlift.denoise import noise_of

        return MeasuredNoise(noise_of(self._patches.patches, self._photo))
