"""Gain maps of JPEGs: kept to the byte where nothing changes, fitted where the base is lifted."""

import re
import shutil
import subprocess

import numpy as np
import pytest

from nightlift.batch import Writing
from nightlift.cli.main import main
from nightlift.errors import UsageError
from nightlift.photo import gain_terms
from nightlift.photo.metadata import GAIN_MAP, losses
from nightlift.photo.photo import Photo
from nightlift.photo.reading import read
from nightlift.photo.writing import encode
from tests.photo import files, ultra_hdr
from tests.photo.ultra_hdr import coded, decoded, jpeg, linear, map_file, terms_iso, terms_xmp

HEIGHT, WIDTH = 64, 96


def flat(*values):
    """Bands of gray from left to right, (64, 96, 3)."""
    band = np.repeat(np.array(values, np.uint8), WIDTH // len(values))
    return np.broadcast_to(band[None, :, None], (HEIGHT, WIDTH, 3)).copy()


BASE = flat(20, 60, 120, 250)
CODES = flat(0, 60, 120, 240)[::4, ::4, 0].copy()
SECOND = map_file(CODES)
FILE = ultra_hdr.file_of(jpeg(BASE), SECOND)


def lifted(photo, factor, columns=slice(None)):
    """With so many times the light in these columns."""
    pixels = photo.pixels.copy()
    pixels[:, columns] = coded(linear(pixels[:, columns]) * factor)
    return photo.with_pixels(pixels)


def second_of(file):
    return read(file).gain_map.picture


# ---------------------------------------------------------------- what is kept


def test_a_map_is_read_without_a_word_and_leaves_the_packet():
    photo = read(FILE)
    assert photo.notices == () == losses(photo)
    assert photo.gain_map.picture == SECOND and "gain map" in repr(photo)
    assert not any(word in photo.xmp for word in (b"hdrgm", b"Directory"))
    assert photo.gain_map.terms.high == [3.0]


@pytest.mark.parametrize(
    "second", [SECOND, map_file(CODES, terms_iso()), map_file(np.stack([CODES] * 3, 2))]
)
@pytest.mark.parametrize("announced", [True, False])
def test_an_unchanged_photo_keeps_the_very_bytes(second, announced):
    told = () if announced else (files.segment(0xE2, ultra_hdr.ISO + bytes(4)),)
    photo = read(ultra_hdr.file_of(jpeg(BASE), second, *told, announced=announced))
    written = encode(photo)
    assert written.endswith(second) and second_of(written) == second
    length = re.search(rb'Item:Length="(\d+)"', written)
    assert (length is not None) == announced == (b"hdrgm:Version" in written[: -len(second)])
    assert (ultra_hdr.ISO in written[: -len(second)]) != announced
    if length is not None:
        assert int(length[1]) == len(second)


def test_the_rest_of_the_packet_stays():
    packet = "<dc:title xmlns:dc='http://purl.org/dc/elements/1.1/'>night</dc:title>"
    photo = read(ultra_hdr.file_of(jpeg(BASE), SECOND, packet=packet))
    written = encode(photo)
    assert b">night<" in written and b"Container:Directory" in written
    assert encode(read(written)) == written
    bare = photo.__class__(**{**vars(photo), "xmp": None})
    assert b"Container:Directory" in encode(bare) and second_of(encode(bare)) == SECOND


# ---------------------------------------------------------------- a lifted base


def test_what_the_base_gains_the_map_loses():
    photo = lifted(read(FILE), 2.0, slice(0, 72))
    before = ultra_hdr.decoded(SECOND) / 255 * 3
    after = decoded(second_of(encode(photo))) / 255 * 3
    wanted = np.maximum(before - [[0.0] * 6 + [0.95] * 6 + [0.98] * 6 + [0.0] * 6], 0)
    inside = np.arange(24) % 6 // 2 == 1  # away from the bands' borders, which JPEG smooths
    assert np.abs(after - wanted)[:, inside].max() < 0.06


def test_the_hdr_picture_is_the_brighter_one_of_the_old_and_the_lifted():
    written = encode(lifted(read(FILE), 3.0, slice(0, 72)))
    _, old = ultra_hdr.rendition(FILE)
    base, new = ultra_hdr.rendition(written)
    inside = np.arange(WIDTH) % 24 // 8 == 1
    wanted = np.maximum(old, base)[:, inside]
    assert np.abs(np.log2((new[:, inside] + 1 / 64) / (wanted + 1 / 64))).max() < 0.08


def test_a_darkened_base_darkens_the_hdr_picture_too():
    photo = lifted(read(FILE), 0.5)
    assert second_of(encode(photo)) == SECOND


def test_each_channel_of_a_colored_map_has_its_own_light():
    low, high = (0.0, 0.0, 0.0), (3.0, 3.0, 2.0)
    codes = np.full((16, 24, 3), 128, np.uint8)
    second = map_file(codes, terms_xmp(low=low, high=high))
    photo = read(ultra_hdr.file_of(jpeg(flat(60, 60)), second))
    pixels = photo.pixels.copy()
    pixels[..., 0] = coded(linear(pixels[..., 0]) * 2)
    left = decoded(second_of(encode(photo.with_pixels(pixels)))).astype(int)
    assert 40 < left[8, 12, 0] < 60 and abs(left[8, 12, 1] - 128) < 4 > abs(left[8, 12, 2] - 128)


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_the_map_turns_with_the_photo(orientation):
    codes = np.arange(16 * 24, dtype=np.uint8).reshape(16, 24) // 2
    exif = files.segment(0xE1, b"Exif\0\0" + files.exif_block(orientation))
    photo = read(ultra_hdr.file_of(jpeg(BASE), map_file(codes), exif))
    assert photo.orientation == orientation
    upright = read(encode(photo, upright=True))
    turns = {3: 2, 6: 3, 8: 1}
    seen = decoded(upright.gain_map.picture)
    assert np.abs(seen.astype(int) - np.rot90(codes, turns[orientation])).mean() < 4
    assert second_of(encode(photo)) == map_file(codes)


# ---------------------------------------------------------------- what is left out is told


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({}, True),
        ({"strip": "gps"}, True),
        ({"gain_map": "drop"}, False),
        ({"strip": "all"}, False),
        ({"format": "png"}, False),
    ],
)
def test_where_a_map_cannot_go_along_that_is_told(options, kept):
    photo = read(FILE)
    written = encode(photo, **options)
    assert (read(written).gain_map is not None) == kept
    assert (GAIN_MAP in losses(photo, **options)) != kept
    assert kept or not any(word in written for word in (b"MPF\0", b"hdrgm", b"Directory"))


def test_a_photo_of_another_size_has_no_map():
    photo = read(FILE)
    part = Photo(photo.pixels[:32].copy(), format="jpeg", gain_map=photo.gain_map)
    assert losses(part) == (GAIN_MAP,) and read(encode(part)).gain_map is None


def test_without_places_the_map_tells_none():
    exif = files.segment(0xE1, b"Exif\0\0" + files.exif_block(1))
    photo = read(ultra_hdr.file_of(jpeg(BASE), map_file(CODES, exif, terms_xmp())))
    assert b"Exif" in second_of(encode(photo))
    bare = second_of(encode(photo, strip="gps"))
    assert b"Exif" not in bare and np.array_equal(decoded(bare), decoded(map_file(CODES)))


def test_there_is_no_third_way():
    with pytest.raises(UsageError, match="keep or drop"):
        encode(read(FILE), gain_map="both")


STRANGE = {
    "a base of HDR": map_file(CODES, terms_xmp(more='hdrgm:BaseRenditionIsHDR="True"')),
    "a base of HDR, by ISO": map_file(CODES, terms_iso(base=9)),
    "no terms": jpeg(CODES),
    "no range": map_file(CODES, terms_xmp(high=0.0)),
    "no number": map_file(CODES, terms_xmp(high="nan")),
    "half a list": map_file(CODES, terms_xmp(high=(1.0, 2.0))),
    "three terms for gray": map_file(CODES, terms_xmp(high=(1.0, 2.0, 3.0))),
    "ISO cut off": map_file(CODES, files.segment(0xE2, ultra_hdr.ISO + bytes(9))),
    "no picture": SECOND[: SECOND.index(b"\xff\xda")],
    "far too many stops": map_file(CODES, terms_xmp(high=1e9)),
}


@pytest.mark.parametrize("kind", STRANGE)
def test_a_map_that_cannot_be_fitted_is_left_out(kind):
    photo = read(ultra_hdr.file_of(jpeg(BASE), STRANGE[kind]))
    assert photo.gain_map is None and GAIN_MAP in photo.notices
    assert encode(photo).count(b"\xff\xd8\xff") == 1


def test_what_lies_behind_a_kept_map_is_told():
    assert read(FILE + b"tail" * 9).notices == ("36 bytes after the picture's end were left out",)
    third = read(FILE + jpeg(CODES))
    assert third.notices == ("the further pictures in the file were left out",)


# ---------------------------------------------------------------- terms, commands, programs


def test_both_ways_to_tell_terms_mean_the_same():
    found = [
        gain_terms.read(map_file(CODES, told(low=-0.5, high=2.5, gamma=1.25, offset=0.25)))
        for told in (terms_xmp, terms_iso)
    ]
    for name in ("low", "high", "gamma", "offset"):
        assert getattr(found[0], name) == getattr(found[1], name)
    values = np.linspace(0, 1, 9, dtype=np.float32)[:, None, None]
    assert np.allclose(found[0].values(found[0].gains(values)), values, atol=1e-6)


def test_the_command_keeps_or_drops_it(tmp_path):
    (tmp_path / "a.jpg").write_bytes(FILE)
    for choice in ("keep", "drop"):
        out = tmp_path / f"{choice}.jpg"
        command = ["enhance", str(tmp_path / "a.jpg"), "-o", str(out), "-m", "gamma"]
        assert main([*command, "--gain-map", choice]) == 0
        assert (read(out).gain_map is not None) == (choice == "keep")
    assert Writing(gain_map="drop").losses(read(FILE), "jpeg") == (GAIN_MAP,)


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
def test_exiftool_finds_the_map(tmp_path):
    (tmp_path / "a.jpg").write_bytes(encode(lifted(read(FILE), 2.0, slice(0, 48))))

    def told(*options):
        command = ["exiftool", *options, "a.jpg"]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True).stdout

    second = told("-b", "-MPImage2")
    assert second == second_of((tmp_path / "a.jpg").read_bytes()) != SECOND
    assert told("-s3", "-DirectoryItemLength").split() == [b"%d" % len(second)]
    warnings = told("-validate", "-warning", "-a", "-s3").splitlines()[1:]
    assert set(warnings) <= {b"[minor] XMP is missing xpacket wrapper"}


def test_libultrahdr_reads_it():
    codecs = pytest.importorskip("imagecodecs")
    written = encode(lifted(read(FILE), 2.0, slice(0, 48)))
    hdr = codecs.ultrahdr_decode(written, dtype=np.float16, transfer=codecs.ULTRAHDR.CT.LINEAR)
    _, wanted = ultra_hdr.rendition(written)
    seen = hdr[..., :3].astype(float) @ [0.2126, 0.7152, 0.0722]
    inside = np.arange(WIDTH) % 24 // 8 == 1
    assert np.abs(seen - wanted)[:, inside].max() < 0.05 * wanted.max()
