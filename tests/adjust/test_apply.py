"""How adjustments meet arrays and photos: memory, color, alpha, errors."""

import numpy as np
import pytest

from nightlift.adjust import kernels
from nightlift.errors import UsageError
from nightlift.photo import color
from nightlift.photo.photo import Photo
from tests.adjust.examples import EXAMPLES, F32, TYPES, picture

each_set = pytest.mark.parametrize("isa", kernels.instruction_sets())
CHAIN = EXAMPLES["chain"]()


@each_set
def test_input_is_untouched_and_output_is_new(isa: str) -> None:
    for dtype in TYPES:
        x = picture(20, 30, dtype)
        kept = x.copy()
        x.flags.writeable = False
        with kernels.using(isa):
            for strength in (0.0, 0.5, 1.0):
                out = CHAIN.apply(x, strength)
                assert not np.may_share_memory(out, x)
                assert out.flags.writeable
                assert out.flags.c_contiguous
        assert np.array_equal(x, kept)


@each_set
def test_in_place_is_the_same(isa: str) -> None:
    for dtype in TYPES:
        x = picture(70, 130, dtype)
        with kernels.using(isa):
            wanted = CHAIN.apply(x, 0.7)
            CHAIN.apply_rows(x, x, 0, len(x), 0.7)
        assert np.array_equal(x, wanted)


VIEWS = {
    "every second row": lambda a: a[::2],
    "rows reversed": lambda a: a[::-1],
    "columns reversed": lambda a: a[:, ::-1],
    "transposed": lambda a: a.swapaxes(0, 1),
    "cropped": lambda a: a[3:-5, 7:-2],
    "channels reversed": lambda a: a[..., ::-1],
    "one column": lambda a: a[:, 4:5],
}


@each_set
@pytest.mark.parametrize("view", VIEWS)
def test_views_of_any_order(isa: str, view: str) -> None:
    for dtype in TYPES:
        x = picture(300, 20, dtype)
        seen = VIEWS[view](x)
        with kernels.using(isa):
            wanted = CHAIN.apply(np.ascontiguousarray(seen), 0.8)
            assert np.array_equal(CHAIN.apply(seen, 0.8), wanted)
            rest = x.copy()
            CHAIN.apply_rows(seen, seen, 0, len(seen), 0.8)
        assert np.array_equal(seen, wanted)
        VIEWS[view](rest)[...] = wanted
        assert np.array_equal(x, rest), "pixels outside the view were changed"


@each_set
def test_overlapping_rows(isa: str) -> None:
    x = picture(300, 50, "uint8")
    with kernels.using(isa):
        wanted = CHAIN.apply(x[1:])
        CHAIN.apply_rows(x[1:], x[:-1], 0, 299)
    assert np.array_equal(x[:-1], wanted)


def test_photo_keeps_all_but_its_pixels() -> None:
    pixels, alpha = picture(8, 9, "uint8"), picture(8, 9, "uint8")[..., 0]
    photo = Photo(pixels, alpha=alpha, exif=b"II", orientation=3)
    kept = alpha.copy()
    better = CHAIN.apply(photo)
    assert isinstance(better, Photo)
    assert better.alpha is not None
    assert np.array_equal(better.alpha, kept)
    assert (better.exif, better.orientation) == (b"II", 3)
    assert not np.array_equal(better.pixels, photo.pixels)
    assert CHAIN.apply(photo, 0.0).pixels is not photo.pixels


def test_other_tone_curves_go_by_way_of_srgb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(color, "acts_in_place", lambda icc: icc == b"like sRGB")
    monkeypatch.setattr(color, "to_srgb", lambda pixels, icc: 255 - pixels)
    monkeypatch.setattr(color, "from_srgb", lambda pixels, icc: 255 - pixels)
    x = picture(8, 9, "uint8")
    direct, around = CHAIN.apply(x), 255 - CHAIN.apply(255 - x)
    assert not np.array_equal(direct, around)
    for photo, wanted in (
        (Photo(x.copy()), direct),
        (Photo(x.copy(), icc=b"like sRGB"), direct),
        (Photo(x.copy(), icc=b"linear"), around),
        (Photo(x.copy(), icc=b"press", mode="cmyk"), direct),
    ):
        assert np.array_equal(CHAIN.apply(photo).pixels, wanted)
        assert np.array_equal(CHAIN.apply(photo, 0.0).pixels, x)


def test_real_profiles_reach_the_converter() -> None:
    from PIL import ImageCms

    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    x = picture(8, 9, "uint8")
    assert np.array_equal(CHAIN.apply(Photo(x, icc=icc)).pixels, CHAIN.apply(x))


@pytest.mark.parametrize("strength", [-0.1, 1.51, float("nan"), float("inf")])
def test_strength_out_of_range(strength: float) -> None:
    with pytest.raises(UsageError, match="expected a strength"):
        CHAIN.apply(picture(2, 2, "uint8"), strength)
    with pytest.raises(UsageError, match="expected a strength"):
        CHAIN.apply(Photo(picture(2, 2, "uint8")), strength)


def test_wrong_arrays() -> None:
    x = picture(4, 5, "uint8")
    for bad in (x[..., 0], x.astype(np.float64), x[:0], x.astype(">u2")):
        with pytest.raises(UsageError):
            CHAIN.apply(bad)
    with pytest.raises(UsageError, match="room for"):
        CHAIN.apply_rows(x, np.empty((4, 6, 3), np.uint8), 0, 4)
    with pytest.raises(UsageError, match="room for"):
        CHAIN.apply_rows(x, np.empty((4, 5, 3), F32), 0, 4)
    with pytest.raises(UsageError, match="within a photo"):
        CHAIN.apply_rows(x, x, 2, 5)
    with pytest.raises(UsageError, match="within a photo"):
        CHAIN.apply_rows(x, x, -1, 5)
    x.flags.writeable = False
    with pytest.raises(UsageError, match="read-only"):
        CHAIN.apply_rows(x, x, 0, len(x))


def test_wrong_threads_and_sets() -> None:
    for isa in kernels.instruction_sets():
        with (
            kernels.using(isa),
            pytest.raises(UsageError, match="threads as a whole number"),
        ):
            CHAIN.apply(picture(2, 2, "uint8"), threads=0)
    with pytest.raises(UsageError, match="expected one of numpy"), kernels.using("mmx"):
        pass


def test_using_ends_with_its_block() -> None:
    fastest = kernels.active()
    with pytest.raises(ZeroDivisionError), kernels.using("numpy"):
        assert kernels.active() == "numpy"
        _ = 1 / 0
    assert kernels.active() == fastest


def test_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    x = picture(9, 14, "uint8")
    with kernels.using("numpy"):
        wanted = CHAIN.apply(x)
    kernels.instruction_sets.cache_clear()
    monkeypatch.setattr(kernels, "_module", lambda: None)
    try:
        assert not kernels.compiled()
        assert kernels.instruction_sets() == ("numpy",)
        assert np.array_equal(CHAIN.apply(x), wanted)
        with pytest.raises(UsageError, match="not installed"):
            kernels.run([], x, x, 1.0, None)
    finally:
        kernels.instruction_sets.cache_clear()


def test_binding_refuses_what_does_not_fit() -> None:
    module = pytest.importorskip("nightlift.adjust._kernels")
    x = picture(4, 5, "uint8")
    stage = ("tone_table", np.zeros((256, 3), F32))
    module.apply("baseline", [stage], x, x, 0, 1.0, 1)
    one_place = (np.zeros(1, np.int32), np.zeros(1, F32))
    short = ("curve_map", np.zeros((1, 1, 1, 3), F32), 1, one_place, one_place)
    for isa, stages, rows in (
        ("mmx", [stage], x),
        ("baseline", [("blur", 1)], x),
        ("baseline", [short], x),
        ("baseline", [stage], x.astype(np.float64)),
        ("baseline", [stage], x[:, ::-1]),
        ("baseline", [stage], x[0]),
    ):
        with pytest.raises(ValueError, match=r"no such|expected|pixels|axis|both"):
            module.apply(isa, stages, rows, rows, 0, 1.0, 1)
