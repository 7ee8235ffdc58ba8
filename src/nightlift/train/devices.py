"""On how many devices a training runs, or on which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import torch

from nightlift.errors import UsageError

Devices: TypeAlias = int | Sequence[int]
"""How many, or the numbers of accelerators, from 0 on."""


def count(devices: Devices) -> int:
    """How many devices these are."""
    return devices if isinstance(devices, int) else len(devices)


def check_devices(devices: Devices) -> None:
    """Raises UsageError for the number of an accelerator that this machine does not have."""
    if isinstance(devices, int):
        return
    have = torch.cuda.device_count()
    missing = [number for number in devices if not 0 <= number < have]
    if missing or not devices:
        there = f"numbers from 0 to {have - 1}" if have else "no accelerator"
        raise UsageError(
            f"expected the numbers of accelerators, got {', '.join(map(str, devices)) or 'none'}; "
            f"PyTorch finds {there}: --devices 1 takes one device, whichever there is"
        )
