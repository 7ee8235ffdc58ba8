"""The quantization tables of a JPEG: how coarsely each frequency of its blocks was rounded."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

ZIGZAG = tuple(
    [
        place
        for _, _, place in sorted(
            [(x + y, y if (x + y) % 2 else x, 8 * y + x) for y in range(8) for x in range(8)]
        )
    ]
)
"""Where each entry of a stored table belongs, rows first (ITU-T T.81, figure 5)."""

Table = tuple[int, ...]
"""64 steps in levels of 8 bits, rows of vertical frequencies first."""


@dataclass(eq=False, repr=False)
class Quantization:
    """Tables by number, and the numbers that the components name."""

    tables: dict[int, Table] = field(default_factory=dict)
    components: tuple[int, ...] = ()

    def define(self, body: bytes) -> None:
        """Take the tables of a DQT segment (B.2.4.1); one that is cut off is left out."""
        at = 0
        while at < len(body):
            wide, number = body[at] >> 4, body[at] & 15
            layout = ">64H" if wide else ">64B"
            if at + 1 + struct.calcsize(layout) > len(body):
                return
            stored = struct.unpack_from(layout, body, at + 1)
            steps = [0] * 64
            for place, step in zip(ZIGZAG, stored, strict=True):
                steps[place] = step
            self.tables[number] = tuple(steps)
            at += 1 + struct.calcsize(layout)

    def name(self, body: bytes) -> None:
        """Take from a frame header which table each component uses (B.2.2)."""
        count = body[5] if len(body) > 5 else 0
        self.components = tuple(body[8 + 3 * i] for i in range(count) if 8 + 3 * i < len(body))

    def found(self) -> tuple[Table, ...]:
        """The table of each component; none at all where one is missing."""
        if not all(number in self.tables for number in self.components):
            return ()
        return tuple(self.tables[number] for number in self.components)
