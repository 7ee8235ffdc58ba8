"""What every training of EnlightenGAN's generator shares: photos of any size, and what is shown."""

from __future__ import annotations

from torch import Tensor

from nightlift.learned.declaration import Objective, Panel
from nightlift.learned.enlightengan.network import Generator, attention, pad


class PaintingObjective(Objective):
    """An objective around a generator."""

    def enhance(self, photo: Tensor) -> Tensor:
        """The generator's result, clipped; photos of any size."""
        return self.painted(photo).clamp(0, 1)

    def painted(self, photo: Tensor) -> Tensor:
        """The generator's unclipped result (N, 3, H, W) for photos of any size."""
        assert isinstance(self.network, Generator)
        padded, top, left = pad(photo)
        height, width = photo.shape[2:]
        painted = self.network.paint(padded).float()
        return painted[:, :, top : top + height, left : left + width]

    def panels(self, photo: Tensor) -> tuple[Panel, ...]:
        """Where the generator is to act, and how much it adds."""
        added = (self.painted(photo) - photo)[0].mean(0)
        return (
            Panel("attention", attention(photo)[0, 0]),
            Panel("added light", added, (-1.0, 1.0)),
        )
