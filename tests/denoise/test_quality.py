"""What denoising is worth on real dark photos and their answers (research data, not ours)."""

import json

import cv2
import numpy as np
import pytest

from nightlift.denoise import Denoiser, measure, slopes
from nightlift.denoise.fine import FineDenoiser
from nightlift.edit.enhancer import Enhancer
from nightlift.metrics.structural_similarity import ssim
from nightlift.photo.reading import read

LUMA = np.array([0.299, 0.587, 0.114])


def matched_ssim(result, wanted):
    matched = np.clip(result * ((wanted @ LUMA).mean() / (result @ LUMA).mean()), 0, 255)
    return ssim(matched / 255, wanted / 255, data_range=1.0)


@pytest.fixture(scope="module")
def pairs(shared):
    folder = shared / "data" / "lol"
    names = json.loads((folder / "split.json").read_text())["validation"][::7]
    enhancer = Enhancer("glenet-global-open")
    found = []
    for name in names:
        low, high = (next((folder / part).glob(f"{name}.*")) for part in ("low", "high"))
        photo = read(low)
        adjustment, strength = enhancer.estimate(photo).pipeline()
        wanted = cv2.imread(str(high))[..., ::-1].astype(float)
        found.append((photo, adjustment, strength, wanted))
    return found


@pytest.mark.shared
def fine(noise, steep):
    return FineDenoiser(Denoiser(noise, steep))


@pytest.mark.parametrize(("denoiser", "gain"), [(Denoiser, 0.18), (fine, 0.18)])
def test_structure_comes_back(pairs, denoiser, gain):
    before, after = [], []
    for photo, adjustment, strength, wanted in pairs:
        lifted = adjustment.apply(photo.pixels, strength)
        result = denoiser(measure(photo), slopes(adjustment, strength)).apply(lifted)
        before.append(matched_ssim(lifted.astype(float), wanted))
        after.append(matched_ssim(result.astype(float), wanted))
    assert np.mean(after) > np.mean(before) + gain
    assert np.mean(after) > 0.75
