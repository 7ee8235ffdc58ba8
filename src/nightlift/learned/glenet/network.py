"""GLeNet's networks: GEN says three tone tables of a small copy, LEN paints what they leave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nightlift.adjust import KNOTS, differentiable
from nightlift.learned.glenet.blocks import (
    KERNEL,
    InvertedResidual,
    Stem,
    convolution,
    instead,
)

Variant: TypeAlias = Literal["paper", "reimplementation"]
TableKind: TypeAlias = Literal["value", "residual", "monotone", "common"]

SIDE = 256
"""Pixels of the square copy that GEN sees."""

MULTIPLE = 8
"""LEN halves three times and doubles three times."""

SPREAD = 17
"""Neighboring intensities of a monotone table that move together; odd. Its slope is below 16."""

REACH = 64
"""With all that is pooled given, a pixel of LEN's depends on none further than this (measured)."""

BYTES_A_PIXEL = 128
"""What a run takes for each pixel and each feature of LEN's first width: 75 at a megapixel."""

FIRST_CHANGE = 0.02

WIDTH, EXPANSION, MOMENTUM = 16, 6, 0.05

_LAST_BLOCK: dict[Variant, tuple[int, int]] = {"paper": (112, 2), "reimplementation": (40, 1)}


class GEN(nn.Module):
    """The global network: a picture of any size → one tone table for each color.

    Sect. 3.1 of Kim et al., ECCV 2020. `variant` is the last block's; the widths are those of
    `width` 16, in proportion. `table` is what the 768 numbers mean: `value`, the paper's, the
    output's values; `residual`, the reimplementation's, what is added to the photo; `monotone`,
    ours, the shares of the way from black to white, so that no table ever falls; `common`, ours,
    the same and alike for all three colors: a photo of one color is not pulled toward gray.
    """

    def __init__(
        self,
        variant: Variant = "paper",
        table: TableKind = "value",
        width: int = WIDTH,
        expansion: int = EXPANSION,
        momentum: float = MOMENTUM,
        side: int = SIDE,
    ) -> None:
        super().__init__()
        self.table, self.side = table, side
        last, stride = _LAST_BLOCK[variant]
        widths = [_scaled(channels, width) for channels in (16, 24, 40, 80, last)]
        wide = _scaled(768, width)
        self.stem = Stem(3, widths[0], momentum, KERNEL)
        self.blocks = nn.Sequential(
            *(
                InvertedResidual(into, out, halves, expansion, momentum)
                for into, out, halves in zip(widths, widths[1:], (2, 2, 2, stride), strict=False)
            )
        )
        self.head = Stem(widths[-1], wide, momentum)
        self.dense = nn.Linear(wide, 3 * KNOTS, bias=False)
        nn.init.kaiming_normal_(self.dense.weight)

    def forward(self, photo: Tensor) -> Tensor:
        """(N, 3, side, side) RGB in [0, 1] → tone tables (N, 256, 3) in [0, 1]."""
        features = self.head(self.blocks(self.stem(photo)))
        numbers = self.dense(features.mean((2, 3))).float().view(-1, KNOTS, 3)
        return as_table(numbers, self.table)

    def tables(self, photo: Tensor) -> Tensor:
        """The tables of photos of any size, resized bilinearly to `side`, half-pixel."""
        tables: Tensor = self(resized(photo, self.side))
        return tables


class LEN(nn.Module):
    """The local network: a picture → what is still to be added to it.

    Sect. 3.2 of Kim et al., ECCV 2020: three blocks down, three up, joined to what was seen on
    the way down.
    """

    def __init__(
        self, width: int = WIDTH, expansion: int = EXPANSION, momentum: float = MOMENTUM
    ) -> None:
        super().__init__()
        c16, c24, c40, c80 = (_scaled(channels, width) for channels in (16, 24, 40, 80))

        def block(into: int, out: int, stride: int = 1) -> InvertedResidual:
            return InvertedResidual(into, out, stride, expansion, momentum)

        self.stem = Stem(3, c16, momentum, KERNEL)
        self.down1 = block(c16, c24, 2)
        self.down2 = block(c24, c40, 2)
        self.down3 = nn.Sequential(block(c40, c80, 2), block(c80, c40))
        self.up3 = block(2 * c40, c24)
        self.up2 = block(2 * c24, c16)
        self.last = convolution(2 * c16, 3, KERNEL)
        with torch.no_grad():  # begins as next to no change: what comes before may be trained
            self.last.weight *= FIRST_CHANGE

    @property
    def blocks(self) -> tuple[InvertedResidual, ...]:
        """Its blocks, in the order in which a picture passes them."""
        blocks = (self.down1, self.down2, *self.down3, self.up3, self.up2)
        return tuple(block for block in blocks if isinstance(block, InvertedResidual))

    @property
    def pooled(self) -> int:
        """How many means its blocks take over the whole picture."""
        return sum(block.pooled for block in self.blocks)

    def forward(self, picture: Tensor) -> Tensor:
        """(N, 3, h, w) in [0, 1], sides divisible by 8 → the change (N, 3, h, w)."""
        return self.weighed(picture, None)[0]

    def weighed(self, picture: Tensor, given: Tensor | None) -> tuple[Tensor, Tensor]:
        """What `forward` gives, and the means (N, `pooled`) that the blocks took.

        Those of `given`, of that shape, take their place wherever they are not NaN.
        """
        lengths = [block.pooled for block in self.blocks]
        means = [None] * len(lengths) if given is None else torch.split(given, lengths, 1)
        blocks = iter(zip(self.blocks, means, strict=True))
        own: list[Tensor] = []

        def through_next(x: Tensor) -> Tensor:
            block, its_means = next(blocks)
            x, taken = block.weighed(x, its_means)
            own.append(taken)
            return x

        x1 = self.stem(picture)
        x2 = through_next(x1)
        x3 = through_next(x2)
        x4 = through_next(through_next(x3))
        up3 = through_next(torch.cat((x3, _doubled(x4)), 1))
        up2 = through_next(torch.cat((x2, _doubled(up3)), 1))
        change: Tensor = self.last(torch.cat((x1, _doubled(up2)), 1))
        return change.float(), torch.cat(own, 1)


class GLeNet(nn.Module):
    """GEN's tables on the photo, then LEN; without GEN, LEN on the photo itself.

    The weights of a GEN alone fill its part and leave LEN as it is.
    """

    def __init__(self, gen: GEN | None, local: LEN) -> None:
        super().__init__()
        self.gen, self.local = gen, local

    def forward(self, photo: Tensor) -> Tensor:
        """(N, 3, h, w) RGB in [0, 1], sides divisible by 8 → the picture, in [0, 1]."""
        toned = self.toned(photo)
        picture: Tensor = toned + self.local(toned)
        return picture.clamp(0, 1)

    @property
    def pooled(self) -> int:
        """How many numbers depend on the whole picture: LEN's means, and GEN's tables."""
        return self.local.pooled + (3 * KNOTS if self.gen is not None else 0)

    def ports(self, photo: Tensor, given: Tensor | None) -> dict[str, Tensor]:
        """The picture, GEN's tables, and the numbers (N, `pooled`); see `export.Ported`."""
        means = knots = None
        if given is not None:
            means, knots = given.tensor_split((self.local.pooled,), 1)
        said: dict[str, Tensor] = {}
        gathered: list[Tensor] = []
        if self.gen is not None:
            table = self.gen.tables(photo)
            gathered = [table.flatten(1)]
            said["table"] = table if knots is None else instead(table, knots.view(-1, KNOTS, 3))
            photo = differentiable.tone_table(photo, said["table"])
        change, own = self.local.weighed(photo, means)
        said["parameters"] = (photo + change).clamp(0, 1)
        said["pooled"] = torch.cat((own, *gathered), 1)
        return said

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> Any:
        """Fill the network with its own kind of weights, or its GEN with those of a GEN alone."""
        gen = self.gen
        if gen is not None and set(state_dict) == set(gen.state_dict()):
            named = {f"gen.{name}": value for name, value in state_dict.items()}
            state_dict = {**self.state_dict(), **named}
        return super().load_state_dict(state_dict, strict, assign)

    def toned(self, photo: Tensor) -> Tensor:
        """The photo after the tables."""
        if self.gen is None:
            return photo
        return differentiable.tone_table(photo, self.gen.tables(photo))


class UnpairedGLeNet(nn.Module):
    """The networks that learn without pairs: an enhancer, its LEN, and a degrader.

    What it says of a photo is the enhancer's tables in stage 1, and a picture in stage 2; the
    weights are of one form, so that stage 2 begins from those of stage 1. `learned` is 1 once
    stage 1 has begun.
    """

    learned: Tensor

    def __init__(self, enhancer: GEN, local: LEN, degrader: GEN, stage: int) -> None:
        super().__init__()
        self.glenet, self.degrader, self.stage = GLeNet(enhancer, local), degrader, stage
        # LEN begins as no change at all: stage 2 goes on where stage 1 ended.
        nn.init.zeros_(local.last.weight)
        self.register_buffer("learned", torch.zeros((), dtype=torch.int64))

    @property
    def enhancer(self) -> GEN:
        """The GEN that brightens."""
        gen = self.glenet.gen
        assert gen is not None
        return gen

    @property
    def released(self) -> nn.Module:
        """What goes into a released file."""
        return self.enhancer if self.stage == 1 else self.glenet

    def forward(self, photo: Tensor) -> Tensor:
        """(N, 3, h, w) RGB in [0, 1] → tables (N, 256, 3), or the picture in [0, 1]."""
        said: Tensor = self.released(photo)
        return said

    def ports(self, photo: Tensor, given: Tensor | None) -> dict[str, Tensor]:
        """All outputs of stage 2 by name; see `GLeNet.ports`."""
        return self.glenet.ports(photo, given)


def as_table(numbers: Tensor, kind: TableKind) -> Tensor:
    """Tone tables (N, 256, 3) in [0, 1] out of a network's plain numbers.

    A residual is folded in: clip(sigmoid + i/255). A monotone table adds up shares of 1, the
    first of them black's level, one more what white lacks: numbers of 0 are no change, nearly.
    Each share is spread over its neighbors, twice: whatever the photo, no step is above 1/SPREAD
    and no two steps that follow each other differ by more than 1/SPREAD². For a common table the
    numbers of the three colors are averaged.
    """
    if kind == "common":
        numbers = numbers.mean(2, keepdim=True).expand(-1, -1, 3)
    if kind in ("monotone", "common"):
        shares = F.pad(numbers, (0, 0, 0, 1)).softmax(1)
        return _spread(_spread(shares)).cumsum(1)[:, :KNOTS]
    table = numbers.sigmoid()
    if kind == "residual":
        ramp = torch.arange(KNOTS, device=table.device) / (KNOTS - 1)
        return (table + ramp[:, None]).clamp(0, 1)
    return table


def _spread(shares: Tensor) -> Tensor:
    """The mean of SPREAD neighbors along the second axis, reflected at the ends: none is lost."""
    half = SPREAD // 2
    ends = shares[:, :half].flip(1), shares, shares[:, -half:].flip(1)
    return F.avg_pool1d(torch.cat(ends, 1).transpose(1, 2), SPREAD, 1).transpose(1, 2)


def resized(photo: Tensor, side: int) -> Tensor:
    """A square copy (N, 3, side, side), bilinear at half-pixel centers."""
    if not torch.compiler.is_exporting() and photo.shape[2:] == (side, side):
        return photo
    return F.interpolate(photo, (side, side), mode="bilinear", align_corners=False)


def padded(photo: Tensor, multiple: int = MULTIPLE) -> Tensor:
    """The photo continued on all sides by its reflection, to sides that `multiple` divides.

    The smaller half is added at the top and left, as where a released file is run.
    """
    for axis in (2, 3):
        length = photo.shape[axis]
        missing = -length % multiple
        around = (missing // 2, missing - missing // 2)
        at = np.pad(np.arange(length), around, mode="reflect")
        photo = photo.index_select(axis, torch.from_numpy(at).to(photo.device))
    return photo


def cut_back(picture: Tensor, height: int, width: int) -> Tensor:
    """What `padded` was given, out of what became of it."""
    top, left = (
        (side - own) // 2 for side, own in zip(picture.shape[2:], (height, width), strict=True)
    )
    return picture[..., top : top + height, left : left + width]


def _doubled(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def _scaled(channels: int, width: int) -> int:
    return max(1, round(channels * width / WIDTH))
