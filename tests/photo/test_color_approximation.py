"""Methods that paint act on Display-P3 code values: nearly what converting to sRGB and back gives.

Adjustments, which act in sRGB, stand for them: they are given the code values as an array.
"""

from pathlib import Path

import cv2
import numpy as np
import pytest

import nightlift
from nightlift.edit.enhancer import Enhancer
from nightlift.metrics.delta_e import delta_e_2000
from nightlift.photo import color
from nightlift.photo.photo import Photo


@pytest.mark.shared
@pytest.mark.parametrize("method", ["gamma", "adaptive-gamma", "lime"])
def test_on_phone_photos_painting_differs_little(shared: Path, method: str) -> None:
    photos = sorted((shared / "samples" / "photos").glob("dark-phone-*.jpg"))
    assert photos
    for path in photos:
        photo = nightlift.read(path)
        assert color.acts_in_place(photo.icc)
        own = cv2.resize(photo.pixels, (192, 341), interpolation=cv2.INTER_AREA)
        own = own.astype(np.float32) / 255
        srgb = color.small_to_srgb(own, photo.icc)
        edit = Enhancer(method).estimate(Photo(srgb)).adjustment
        in_place = color.small_to_srgb(edit.apply(own), photo.icc)
        converted = edit.apply(srgb)
        assert delta_e_2000(in_place, converted, data_range=1.0) <= 1.0
