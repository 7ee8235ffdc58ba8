"""How far two pictures are apart in the features of SqueezeNet."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from nightlift.errors import UsageError
from nightlift.learned.features import FeatureExtractor, load_features
from nightlift.photo import Floats, Pixels

LAYERS = ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3")
"""By VGG16's names; SqueezeNet's conv1, fire2, fire4, fire5 and fire8 stand for them."""

TINY = 1e-10


def squeezenet_distance(features: FeatureExtractor) -> Callable[..., float]:
    """The metric: features of unit length, squared differences, means over places and layers.

    As the uncalibrated distance of Zhang et al., CVPR 2018, but over SqueezeNet's layers above and
    with the weights that the user has: 0 where equal, lower is better, and none of LPIPS.
    """
    frozen = features.eval()

    @torch.no_grad()
    def distance(output: Pixels, reference: Pixels, *, data_range: float) -> float:
        if output.shape != reference.shape:
            raise UsageError(
                f"expected two pictures of one shape, got {output.shape} and {reference.shape}"
            )
        seen, wanted = (frozen(_tensor(one, data_range)) for one in (output, reference))
        return float(torch.stack([_apart(seen[name], wanted[name]) for name in LAYERS]).mean())

    return distance


def load_squeezenet_distance(file: str | Path) -> tuple[Callable[..., float], str]:
    """The metric of SqueezeNet's features.

    Args:
        file: The weights of SqueezeNet 1.0.

    Returns:
        A function that is called as any metric, and the SHA-256 of the file.

    Raises:
        ModelError: The file holds no such weights.
    """
    features = load_features(file, LAYERS, extractor="squeezenet")
    return squeezenet_distance(features), hashlib.sha256(Path(file).read_bytes()).hexdigest()


def _tensor(picture: Pixels, data_range: float) -> Tensor:
    values: Floats = np.asarray(picture, np.float32) / np.float32(data_range)
    return torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1)))[None]


def _apart(seen: Tensor, wanted: Tensor) -> Tensor:
    units = [one / (one.square().sum(1, keepdim=True).sqrt() + TINY) for one in (seen, wanted)]
    return (units[0] - units[1]).square().sum(1).mean()
