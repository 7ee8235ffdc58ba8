"""What a lift does, measured again with scikit-image and SciPy."""

import numpy as np
import pytest
from scipy import ndimage
from skimage.color import lab2lch, rgb2lab

from nightlift.metrics.metric import find_metric
from tests.metrics.conftest import Pictures


def gray(picture: np.ndarray) -> np.ndarray:
    return picture @ np.array([0.299, 0.587, 0.114]) / 255


def hue_drift(output: np.ndarray, source: np.ndarray) -> float:
    after, before = (lab2lch(rgb2lab(one)) for one in (output, source))
    turn = np.degrees(np.abs(after[..., 2] - before[..., 2]))
    turn = np.minimum(turn, 360 - turn)
    return float(turn[(after[..., 1] > 10) & (before[..., 1] > 10)].mean())


def lights(output: np.ndarray, source: np.ndarray) -> float:
    bright = gray(source) >= np.percentile(gray(source), 90)
    rounding = 1 / (255 * np.sqrt(12))
    spreads = [gray(one)[bright].std() + rounding for one in (output, source)]
    return float(spreads[0] / spreads[1])


def shadows(output: np.ndarray, source: np.ndarray) -> float:
    dark = gray(source) <= np.percentile(gray(source), 100 / 3)
    return float(rgb2lab(output)[dark][:, 0].mean())


def speckle(output: np.ndarray, source: np.ndarray) -> float:
    dark = gray(source) <= np.percentile(gray(source), 20)
    rounding = 1 / (255 * np.sqrt(12))
    means, spreads = [], []
    for one in (gray(output), gray(source)):
        detail = one - ndimage.uniform_filter(one, 3, mode="mirror")
        means.append(one[dark].mean() + rounding)
        spreads.append(detail[dark].std())
    return float(spreads[0] / (means[0] / means[1] * max(spreads[1], rounding)))


ORACLES = {
    "hue-drift": hue_drift,
    "highlights-kept": lights,
    "lifted-shadows": shadows,
    "speckle": speckle,
}


@pytest.mark.parametrize("name", ORACLES)
def test_the_oracle_says_the_same(name: str, kind: str, small_pictures: Pictures) -> None:
    output, source = small_pictures[kind]
    expected = ORACLES[name](output, source)
    assert find_metric(name).measure(output, source) == pytest.approx(expected, rel=1e-4)
