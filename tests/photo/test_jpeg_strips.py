"""Large JPEGs in strips: encoded, decoded and found in other people's files, bit for bit."""

import io
import signal
import threading
from contextlib import suppress

import numpy as np
import pytest
import simplejpeg
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nightlift.photo import jpeg, jpeg_rows, jpeg_strips
from nightlift.photo.photo import Photo
from nightlift.photo.reading import read
from nightlift.photo.writing import encode, write

needs_rows = pytest.mark.skipif(
    jpeg_rows.open_rows(simplejpeg.encode_jpeg(np.zeros((8, 8, 3), np.uint8))) is None,
    reason="the extension for JPEG rows is not built",
)


def picture(height: int, width: int, noise: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (height // 8 + 1, width // 8 + 1, 3), np.uint8)
    smooth = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    noisy = np.asarray(smooth) + noise * rng.standard_normal((height, width, 3))
    return noisy.clip(0, 255).astype(np.uint8)


def plain(pixels: np.ndarray, quality: int, subsampling: str) -> bytes:
    gray = subsampling == "gray"
    return simplejpeg.encode_jpeg(
        pixels[..., :1].copy() if gray else pixels,
        quality=quality,
        colorspace="GRAY" if gray else "RGB",
        colorsubsampling="Gray" if gray else subsampling,
    )


def photo_of(pixels: np.ndarray, subsampling: str) -> Photo:
    if subsampling == "gray":
        gray = np.repeat(pixels[..., :1], 3, axis=2)
        return Photo(gray, mode="gray", format="jpeg")
    return Photo(pixels, format="jpeg", subsampling=subsampling)


SIZES = st.integers(1, 150)
SUBSAMPLINGS = st.sampled_from(["444", "422", "420", "440", "411", "gray"])


@pytest.fixture
def in_strips(monkeypatch):
    monkeypatch.setattr(jpeg_strips, "LARGE", 1)

    def of(pixels: int) -> None:
        monkeypatch.setattr(jpeg_strips, "STRIP_PIXELS", pixels)
        monkeypatch.setattr(jpeg_rows, "STRIP_PIXELS", pixels)

    return of


@settings(max_examples=60, deadline=None)
@given(SIZES, SIZES, SUBSAMPLINGS, st.integers(1, 100), st.integers(1, 9000), st.integers(0, 99))
def test_joined_strips_decode_as_a_single_encoding(
    height, width, subsampling, quality, strip, seed
):
    pixels = picture(height, width, seed % 3 * 15, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jpeg_strips, "LARGE", 1)
        patch.setattr(jpeg_strips, "STRIP_PIXELS", strip)
        data = encode(photo_of(pixels, subsampling), quality=quality, threads=1 + seed % 2)
    single = plain(pixels, quality, subsampling)
    assert np.array_equal(simplejpeg.decode_jpeg(data), simplejpeg.decode_jpeg(single))
    assert np.array_equal(
        np.asarray(Image.open(io.BytesIO(data))), np.asarray(Image.open(io.BytesIO(single)))
    )


def saved(pixels: np.ndarray, subsampling: str, quality: int, seed: int) -> bytes:
    """By Pillow: with and without optimized tables and restart markers, in places of all kinds."""
    file = io.BytesIO()
    gray = subsampling == "gray"
    image = Image.fromarray(pixels).convert("L" if gray else "RGB")
    kinds = {"444": 0, "422": 1, "420": 2}
    restarts = {
        1: {"restart_marker_blocks": 1 + seed % 7},
        2: {"restart_marker_rows": 1 + seed % 3},
    }
    image.save(
        file,
        "JPEG",
        quality=quality,
        optimize=seed % 2 == 0,
        **({} if gray else {"subsampling": kinds.get(subsampling, 2)}),
        **restarts.get(seed // 2 % 3, {}),
    )
    return file.getvalue()


@needs_rows
@settings(max_examples=100, deadline=None)
@given(SIZES, SIZES, SUBSAMPLINGS, st.integers(1, 100), st.integers(1, 9000), st.integers(0, 99))
def test_strips_are_rows_of_a_single_decoding(height, width, subsampling, quality, strip, seed):
    pixels = picture(height, width, seed % 3 * 15, seed)
    rare = subsampling in ("440", "411")
    make = (
        plain(pixels, quality, subsampling) if rare else saved(pixels, subsampling, quality, seed)
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jpeg_rows, "STRIP_PIXELS", strip)
        found = jpeg_rows.decode(make, 2)
    assert found is not None
    assert np.array_equal(found, simplejpeg.decode_jpeg(make))


def test_one_photo_gives_one_file_however_many_threads(in_strips):
    in_strips(5000)
    photo = photo_of(picture(230, 170, 9, 1), "420")
    assert encode(photo, threads=1) == encode(photo, threads=3)


def test_what_travels_is_in_front_of_the_strips(in_strips, tmp_path):
    in_strips(4000)
    profile = Image.open(io.BytesIO(_with_profile())).info["icc_profile"]
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = Photo(
        picture(123, 201, 5, 2), orientation=6, icc=profile, exif=exif.tobytes()[6:], format="jpeg"
    )
    again = read(write(photo, tmp_path / "a.jpg", threads=2))
    assert (again.orientation, again.icc, again.subsampling) == (6, profile, "420")
    assert b"\xff\xdd" in (tmp_path / "a.jpg").read_bytes()
    assert not again.notices


def _with_profile() -> bytes:
    from PIL import ImageCms

    file = io.BytesIO()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (8, 8)).save(file, "JPEG", icc_profile=profile)
    return file.getvalue()


@needs_rows
def test_reading_a_large_photo_is_the_same_with_several_threads(in_strips):
    in_strips(6000)
    data = plain(picture(300, 211, 10, 3), 90, "420")
    one, two = (jpeg.decode(data, threads) for threads in (1, 2))
    assert np.array_equal(one.pixels, two.pixels)
    assert two.notices == ()


@needs_rows
@pytest.mark.parametrize("kind", ["progressive", "cmyk", "two scans"])
def test_other_jpegs_have_no_rows(kind):
    file = io.BytesIO()
    if kind == "cmyk":
        Image.new("CMYK", (40, 40)).save(file, "JPEG")
    else:
        Image.new("RGB", (40, 40)).save(file, "JPEG", progressive=kind == "progressive")
    data = file.getvalue()
    if kind == "two scans":
        start = data.index(b"\xff\xda")
        data = data[:start] + b"\xff\xda\0\x08\x01\x01\0\0\x3f\0" + data[start + 14 :]
    assert jpeg_rows.open_rows(data) is None


@needs_rows
@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 255), st.integers(0, 3))
def test_damage_is_never_taken_for_a_picture(place, byte, seed):
    """Where strips give a picture at all, it is the one that decoding the whole gives."""
    data = bytearray(saved(picture(90, 70, 9, seed), "420", 80, seed))
    start = data.index(b"\xff\xda") + 14
    data[start + place % (len(data) - start)] = byte
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jpeg_rows, "STRIP_PIXELS", 2000)
        found = jpeg_rows.decode(bytes(data), 2)
    if found is not None:
        assert np.array_equal(found, simplejpeg.decode_jpeg(bytes(data)))


@needs_rows
@given(st.integers(0, 3000))
@settings(max_examples=60, deadline=None)
def test_a_file_cut_off_has_no_picture(length):
    data = saved(picture(90, 70, 9, 0), "420", 80, 1)
    assert jpeg_rows.decode(data[: min(length, len(data) - 1)], 2) is None


def flat(width: int, height: int, levels: bytes) -> bytes:
    """A gray JPEG of two codes for DC differences, 0 for none and 10 for 11 bits, and no AC."""
    frame = b"\x08" + height.to_bytes(2, "big") + width.to_bytes(2, "big") + b"\1\1\x11\0"
    tables = b"\0" + bytes([1, 1, *bytes(14)]) + b"\0\x0b"
    tables += b"\x10" + bytes([1, *bytes(15)]) + b"\0"
    parts = [(0xDB, b"\0" + b"\1" * 64), (0xC0, frame), (0xC4, tables)]
    parts.append((0xDA, b"\1\1\0\0\x3f\0"))
    segments = [
        b"\xff" + bytes([marker]) + (2 + len(body)).to_bytes(2, "big") + body
        for marker, body in parts
    ]
    return b"\xff\xd8" + b"".join(segments) + levels + b"\xff\xd9"


@needs_rows
def test_levels_that_no_decoder_can_keep_are_no_rows():
    """Differences of 2047 add up beyond 16 bits at the seventeenth."""
    steps = 40
    bits = ("10" + "1" * 11 + "0") * steps
    bits += "1" * (-len(bits) % 8)
    data = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    rows = jpeg_rows.open_rows(flat(8 * steps, 8, data))
    assert rows is not None and not rows.follow_to(1)
    assert jpeg_rows.decode(flat(8 * steps, 8, data), 2) is None


@needs_rows
def test_a_signal_ends_the_following_of_codes():
    side = 32_000
    rows = jpeg_rows.open_rows(flat(side, side, bytes(side // 8 * (side // 8) // 4)))
    assert rows is not None

    def begun() -> bool:
        with suppress(IndexError):
            return rows.offset(1) > 0
        return False

    def interrupt() -> None:
        while not begun():
            pass
        signal.raise_signal(signal.SIGALRM)

    def stop(number, frame):
        raise InterruptedError

    before = signal.signal(signal.SIGALRM, stop)
    thread = threading.Thread(target=interrupt)
    try:
        thread.start()
        with pytest.raises(InterruptedError):
            rows._rows.advance(rows.rows)
            thread.join()
    finally:
        signal.signal(signal.SIGALRM, before)
    with pytest.raises(IndexError):
        rows.offset(rows.rows)
