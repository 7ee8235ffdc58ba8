"""SqueezeNet's distance against a plain rewriting, with weights made here."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from nightlift.errors import UsageError
from nightlift.learned.distances import squeezenet_distance
from nightlift.learned.features import FIRES, FeatureExtractor

LAYERS = ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3")
AFTER = {"conv1": "relu1_2", 2: "relu2_2", 4: "relu3_3", 5: "relu4_3", 8: "relu5_3"}


def weights() -> dict[str, torch.Tensor]:
    """SqueezeNet 1.0 up to fire8, in torchvision's names."""
    torch.manual_seed(0)
    into, found = 96, {"features.0": (96, 3, 7, 7)}
    places = dict(zip(range(2, 9), (3, 4, 5, 7, 8, 9, 10), strict=True))
    for number, (squeezed, wide) in FIRES.items():
        at = f"features.{places[number]}"
        found[f"{at}.squeeze"] = (squeezed, into, 1, 1)
        found[f"{at}.expand1x1"] = (wide, squeezed, 1, 1)
        found[f"{at}.expand3x3"] = (wide, squeezed, 3, 3)
        into = 2 * wide
    made = {}
    for name, shape in found.items():
        made[f"{name}.weight"] = torch.randn(shape) * (2 / np.prod(shape[1:])) ** 0.5
        made[f"{name}.bias"] = 0.1 * torch.randn(shape[0])
    return made


def test_equal_pictures_are_not_apart_and_others_are() -> None:
    distance = squeezenet_distance(FeatureExtractor(weights(), LAYERS, extractor="squeezenet"))
    picture = np.random.default_rng(0).integers(0, 256, (70, 90, 3), np.uint8)
    assert distance(picture, picture, data_range=255) == pytest.approx(0, abs=1e-6)
    near, far = picture // 8 * 8, 255 - picture
    assert 0 < distance(near, picture, data_range=255) < distance(far, picture, data_range=255)
    floats = distance(far / 255, picture / 255, data_range=1)
    assert floats == pytest.approx(distance(far, picture, data_range=255), rel=1e-4)
    with pytest.raises(UsageError, match="one shape"):
        distance(picture, picture[:50], data_range=255)


def test_it_is_the_mean_of_squared_differences_of_unit_features() -> None:
    features = FeatureExtractor(weights(), LAYERS, extractor="squeezenet")
    distance = squeezenet_distance(features)
    pictures = np.random.default_rng(1).random((2, 64, 80, 3))
    seen, wanted = (
        features(torch.from_numpy(one.transpose(2, 0, 1)[None]).float()) for one in pictures
    )
    total = []
    for layer in LAYERS:
        a, b = (F.normalize(one[layer][0], dim=0).numpy() for one in (seen, wanted))
        total.append(
            np.mean([np.sum((x - y) ** 2) for x, y in zip(places(a), places(b), strict=True)])
        )
    assert distance(*pictures, data_range=1) == pytest.approx(np.mean(total), rel=1e-4)


def places(features: np.ndarray) -> np.ndarray:
    return features.reshape(len(features), -1).T
