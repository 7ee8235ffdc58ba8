"""SMNet: three scales at once, and a look at the whole picture (Lin et al., TMM 2022)."""

from __future__ import annotations

from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn

from nightlift.learned.smnet.blocks import (
    Down,
    Encoder,
    Mix,
    Recalibration,
    Rise,
    conv3,
    conv_prelu,
)

Variant: TypeAlias = Literal["lol", "fivek"]

PASSES = 3
"""How often the one local-and-global block is applied."""

MULTIPLE = 4
"""Two halvings: what both sides must be divisible by."""

BYTES_OF_ANY_WIDTH = 450
"""What a run takes for each pixel however narrow the network is."""

BYTES_A_PIXEL = 44
"""What a run takes for each pixel and each feature of `width`: measured at a megapixel.

ONNX Runtime's arena grows by doubling, so that a quarter of a megapixel takes a fifth more.
"""

REACH = 80
"""With its pooled vectors given, how far a pixel of the result depends on others (measured)."""


class SMNet(nn.Module):
    """A picture out of a photo: the reimplementation's network for LOL, or its network for FiveK.

    Fig. 2 of Lin et al., TMM 2022. One block of three scales (widths `width`, twice and four times
    as much) is applied three times with the same weights; in each, the features are recalibrated
    by vectors pooled over the whole picture. `fivek` paints a picture after each block, `lol`
    after the last one. `width` is a multiple of 4.
    """

    def __init__(self, width: int = 64, variant: Variant = "lol") -> None:
        super().__init__()
        self.width = width
        self.variant: Variant = variant
        self.first = conv_prelu(4, width, 3)
        self.first_encoder = Encoder(width, variant)
        self.block = LocalGlobalBlock(width, variant)
        self.to_four = conv3(width, 4)
        self.activation = nn.PReLU() if variant == "fivek" else nn.Identity()
        self.to_color = nn.Conv2d(4, 3, 1)

    def forward(self, photo: Tensor) -> Tensor:
        """(N, 3, h, w) RGB in [0, 1], sides divisible by 4 → the picture, in [0, 1]."""
        return self.paint(photo)[0][-1].clamp(0, 1)

    @property
    def pooled(self) -> int:
        """How many numbers the blocks gather from the whole picture."""
        return PASSES * 2 * 3 * self.width

    def ports(self, photo: Tensor, given: Tensor | None) -> dict[str, Tensor]:
        """The picture, and the vectors (N, `pooled`) gathered from it; see `export.Ported`."""
        shape = (-1, PASSES, 2, 3 * self.width)
        pictures, own = self.paint(photo, None if given is None else given.view(shape))
        return {"parameters": pictures[-1].clamp(0, 1), "pooled": own.flatten(1)}

    def paint(
        self, photo: Tensor, given: Tensor | None = None
    ) -> tuple[tuple[Tensor, ...], Tensor]:
        """The pictures, unclipped, the last the result; and the pooled vectors.

        Vectors are (N, 3 blocks, mean and maximum, 3 · width). Those of `given`, of that shape,
        take the place of the photo's own wherever they are not NaN; the photo's own are returned.
        """
        brightest = photo.amax(1, keepdim=True)
        x = self.first_encoder(self.first(torch.cat((photo, brightest), 1)))
        pictures: list[Tensor] = []
        pooled: list[Tensor] = []
        for index in range(PASSES):
            x, own = self.block(x, None if given is None else given[:, index])
            pooled.append(own)
            if self.variant == "fivek" or index == PASSES - 1:
                pictures.append(self._picture(x, brightest))
        return tuple(pictures), torch.stack(pooled, 1)

    def _picture(self, x: Tensor, brightest: Tensor) -> Tensor:
        """Four maps on the photo's brightest channel; the variants place one PReLU differently."""
        if self.variant == "lol":
            x = self.block.slope(x)
        painted: Tensor = self.to_color(self.activation(self.to_four(x)) + brightest)
        return painted


class LocalGlobalBlock(nn.Module):
    """The local-and-global block: down to half and quarter, up again, recalibrated, added."""

    def __init__(self, width: int, variant: Variant) -> None:
        super().__init__()
        self.variant: Variant = variant
        self.slope = nn.PReLU()
        self.to_half = Down(width)
        self.to_quarter = Down(2 * width)
        self.full_encoder = Encoder(width, variant)
        self.half_encoder = Encoder(2 * width, variant)
        self.quarter_encoder = Encoder(4 * width, variant)
        self.from_quarter = Rise(4 * width)
        self.from_half = Rise(2 * width)
        self.recalibration = Recalibration(3 * width, fused=variant == "lol")
        self.mix = Mix(3 * width)

    def forward(self, full: Tensor, given: Tensor | None) -> tuple[Tensor, Tensor]:
        """Features (N, width, h, w) → the same, and the vectors that were pooled of them."""
        half = self.to_half(full)
        quarter_up = self.from_quarter(self.quarter_encoder(self.to_quarter(half)))
        half = self.half_encoder(self.slope(half) + quarter_up)
        half_up = self.from_half(half)
        quarter_up = self.from_half(quarter_up)
        fine = self.full_encoder(self.slope(full) + half_up)
        lol = self.variant == "lol"
        scales = (fine, half_up, quarter_up) if lol else (fine, quarter_up, half_up)
        x, own = self.recalibration(torch.cat(scales, 1), given)
        return self.mix(x, full), own
