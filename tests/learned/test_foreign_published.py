"""Published networks of others give what their authors' code gives.

The authors' outputs are 8-bit pictures: what is compared is rounded alike. Rounding alone leaves
59 dB between a float result and such a picture, so 60 dB says that nearly all values are equal.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from nightlift.adjust.lut3d import Lut3D
from nightlift.edit.enhancer import Enhancer
from nightlift.learned.declaration import Published
from nightlift.learned.foreign import UNKNOWN
from nightlift.learned.seplut import published as seplut
from nightlift.learned.table import importer, recognized
from nightlift.photo.photo import Floats, Photo, Pixels
from nightlift.photo.proxy import FixedSize, small_copy
from nightlift.train.export import release

pytestmark = pytest.mark.usefixtures("one_thread")

PHOTOS = ("a1427-IMG_4252.png", "a2607-060521_140210__MG_7945.png")
LEAST_PSNR = 60.0


@dataclass(frozen=True)
class Stored:
    """A published checkpoint, and the method that it is of."""

    folder: str
    file: str
    method: str


STORED = [
    Stored("sci_easy", "easy.pt", "sci"),
    Stored("sci_medium", "medium.pt", "sci"),
    Stored("sci_difficult", "difficult.pt", "sci"),
    Stored("iat_lol_v1", "best_Epoch_lol_v1.pth", "iat"),
    Stored("iat_lol_v2", "best_Epoch_lol.pth", "iat"),
    Stored("iat_exposure", "best_Epoch_exposure.pth", "iat"),
    Stored("cpga_plus_lolv1", "enhance_lolv1.pkl", "cpga-net"),
    Stored("cpga_plusplus_lolv1", "CPGANet++_lolv1.pkl", "cpga-net"),
    Stored("lut3d_fivek_srgb", "classifier.pth", "adaptive-lut3d"),
    Stored("lut3d_fivek_srgb_unpaired", "LUTs_unpaired.pth", "adaptive-lut3d"),
    Stored("seplut_fivek_srgb_m6", "SepLUT-FiveK-sRGB-M6#3D9#1D9.pth", "seplut"),
    Stored("seplut_fivek_srgb_m8", "SepLUT-FiveK-sRGB-M8#3D17#1D17.pth", "seplut"),
]


each_stored = pytest.mark.parametrize("stored", STORED, ids=lambda one: one.folder)


def open_rgb(path: Path) -> Pixels:
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    assert pixels is not None
    return pixels


def rounded(result: Floats) -> Pixels:
    return np.floor(np.clip(result, 0, 1).astype(np.float64) * 255 + 0.5).astype(np.uint8)


def assert_theirs(found: Pixels, theirs: Pixels) -> None:
    """Within one level everywhere, and at least `LEAST_PSNR`."""
    difference = found.astype(int) - theirs
    assert np.abs(difference).max() <= 1
    error = float(np.mean(difference**2))
    assert error == 0 or 10 * np.log10(255**2 / error) >= LEAST_PSNR


def rendered(published: Published, pixels: Pixels) -> Floats:
    """What the network in PyTorch makes of a photo, by the definitions that apply it."""
    network, passport = published
    photo = torch.from_numpy(pixels.transpose(2, 0, 1)[None].astype(np.float32) / 255)
    with torch.no_grad():
        if passport.kind == "picture":
            return network(photo)[0].numpy().transpose(1, 2, 0)
        size = passport.exact_size
        assert isinstance(size, FixedSize)
        small = small_copy(Photo(pixels), size, passport.exact_resize)
        seen = torch.from_numpy(small.transpose(2, 0, 1)[None].copy())
        if isinstance(network, seplut.SepLUT):
            said = network.ports(seen, None)
        else:
            said = {"parameters": network(seen)}
        arrays = {name: value[0].numpy() for name, value in said.items()}
        cube = np.ascontiguousarray(np.moveaxis(arrays["parameters"], 0, -1))
        curves = np.ascontiguousarray(arrays["table"]) if "table" in arrays else None
        return Lut3D(cube, curves).evaluate(pixels.astype(np.float32) / 255, 0, len(pixels))


@pytest.mark.shared
@each_stored
def test_results_are_the_authors(shared: Path, stored: Stored) -> None:
    folder = shared / "published" / "foreign" / stored.folder
    name, published = recognized(folder / stored.file)
    assert name == stored.method
    assert published[1].data != (UNKNOWN,)
    for photo in PHOTOS:
        theirs = open_rgb(folder / photo)
        pixels = open_rgb(shared / "published" / "input" / photo)[: len(theirs)]
        assert_theirs(rounded(rendered(published, pixels)), theirs)


@pytest.mark.shared
@pytest.mark.slow
@each_stored
def test_released_files_give_the_authors_results(
    shared: Path, tmp_path: Path, stored: Stored
) -> None:
    folder = shared / "published" / "foreign" / stored.folder
    published = importer(stored.method)(folder / stored.file)
    model = release(*published, tmp_path / "model.onnx")
    enhancer = Enhancer(model=model.path, threads=1)
    for photo in PHOTOS:
        theirs = open_rgb(folder / photo)
        pixels = open_rgb(shared / "published" / "input" / photo)[: len(theirs)]
        found = enhancer(np.ascontiguousarray(pixels), exact=True)
        assert_theirs(np.asarray(found, np.uint8), theirs)
