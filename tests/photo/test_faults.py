"""Files that once hung, filled the memory or ended in a traceback: a photo or a sentence each."""

import io
import json
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from nightlift.errors import ReadError, WriteError
from nightlift.photo import icc, pillow_images
from nightlift.photo.color import acts_in_place
from nightlift.photo.metadata import losses
from nightlift.photo.photo import Photo
from nightlift.photo.reading import read
from nightlift.photo.writing import encode
from tests.photo import files

FAULTS = Path(__file__).resolve().parents[1] / "faults"
FILES = sorted(path for path in FAULTS.glob("*/*") if path.is_file())

CHILD = """
import json, resource, signal, sys
from pathlib import Path
from nightlift.errors import NightliftError
from nightlift.photo.header import dimensions
from nightlift.photo.reading import read
from nightlift.photo.writing import encode
from tests.photo import files

resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))


def tried(act):
    try:
        return act(), None
    except NightliftError as error:
        return None, str(error)
    except Exception as error:
        return None, f"TRACEBACK {type(error).__name__}: {error}"


for name in sys.argv[1:]:
    signal.setitimer(signal.ITIMER_PROF, 5)  # of the processor; then the process is killed
    data = Path(name).read_bytes()
    photo, sentence = tried(lambda: read(data, threads=2))
    sentences = [sentence, tried(lambda: dimensions(data))[1]]
    small = photo is not None and photo.pixels.size < 1 << 20
    for format in ("same", "jpeg", "png", "tiff", "webp", "avif", "bmp") if small else ("same",):
        for strip in ("none", "gps", "all") if photo is not None else ():
            written, sentence = tried(lambda: encode(photo, format=format, strip=strip))
            sentences.append(sentence)
            if written is not None and small:
                again, sentence = tried(lambda: read(written))
                sentences.append(sentence)
    status = Path("/proc/self/status").read_text()  # getrusage's counts the parent's memory too
    memory = int(status.split("VmHWM:")[1].split()[0]) >> 10
    print(json.dumps([name, photo is not None, sentences, memory]), flush=True)
"""


@pytest.fixture(scope="module")
def outcomes():
    if not sys.platform.startswith("linux"):
        pytest.skip("limits as Linux knows them")
    command = [sys.executable, "-W", "ignore", "-c", CHILD, *map(str, FILES)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == len(FILES), f"{FILES[len(rows)].name}: {done.stderr or done.returncode}"
    return {Path(name).name: rest for name, *rest in rows}


def test_every_file_is_a_photo_or_a_sentence_in_bounded_time_and_memory(outcomes):
    for name, (whole, sentences, memory) in outcomes.items():
        told = [sentence for sentence in sentences if sentence is not None]
        assert whole or told, name
        for sentence in told:
            assert not sentence.startswith("TRACEBACK"), (name, sentence)
            assert "\n" not in sentence and "0x" not in sentence, (name, sentence)
        assert memory < 1024, f"{name} or one before it took {memory} MiB"


@pytest.mark.parametrize("name", ["pillow_written_exif_interop.tif", "tiff_interop_dangling.tif"])
def test_a_pointer_that_points_nowhere_costs_nothing_else(name):
    path = FAULTS / "attack" / name
    photo = read(path)
    assert np.array_equal(photo.pixels[..., 0], tifffile.imread(path))
    with Image.open(path) as image:
        before = dict(image.getexif().get_ifd(0x8769))
    for tag in (0xA005, 0xA002, 0xA003):  # the pointer; sizes, which are those of the pixels now
        before.pop(tag, None)
    for format in ("tiff", "jpeg", "png"):
        with Image.open(io.BytesIO(encode(photo, format=format))) as image:
            inner = dict(image.getexif().get_ifd(0x8769))
            assert inner | before == inner and 0xA005 not in inner


def refused(name):
    with pytest.raises(ReadError) as caught:
        read(FAULTS / name)
    return str(caught.value)


WORDS = ["requires the 'imagecodecs' package", "<x at 0x7f>", "OpenCV(5) a.cpp:1: no", "a\nb", ""]


@pytest.mark.parametrize("words", WORDS)
def test_decoders_words_for_programmers_are_kept_from_photographers(words):
    with pytest.raises(ReadError, match="TIFF is") as caught, pillow_images.decoding("TIFF"):
        raise RuntimeError(words)
    assert not words or words not in str(caught.value)


def test_every_file_that_is_read_is_measured(outcomes):
    for name, (whole, sentences, _) in outcomes.items():
        assert not whole or sentences[1] is None, name


def test_sentences():
    assert "4994 of the 4995 parts" in refused("attack/tiff_missing_strips.tif")
    assert "12000 entries" in refused("attack/tiff_value_bomb_12k.tif")
    assert "holds no picture" in refused("inputs/no-picture.heic")
    for name in ("inputs/bigtiff-offset.tif", "attack/fuzz_78a5d181.bin"):
        assert "beyond the end of the file" in refused(name)


def test_values_that_are_together_larger_than_the_file_are_refused():
    count = 200
    entries = b"".join(struct.pack("<HHII", 1000 + tag, 1, 2000, 8) for tag in range(count))
    data = struct.pack("<4sIH", b"II*\0", 8, count) + entries + bytes(4)
    with pytest.raises(ReadError, match="together larger"):
        read(data)


@pytest.mark.parametrize("following", [8, 60, 2**32 - 1])
def test_a_chain_of_pages_that_leads_nowhere_is_one_picture(following):
    data = bytearray(encode(Photo(np.full((4, 5, 3), 7, np.uint8), format="tiff")))
    (first,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, first)
    struct.pack_into("<I", data, first + 2 + 12 * count, following)
    photo = read(bytes(data))
    assert np.all(photo.pixels == 7) and photo.notices == ()


def test_a_profile_that_cannot_be_gone_through_is_a_damaged_one():
    photo = read(FAULTS / "attack" / "fuzz_67d7d3b4.bin")
    assert acts_in_place(photo.icc)
    assert photo.notices == ("the color profile cannot be read: its colors are taken as sRGB",)


@pytest.mark.parametrize("side", [65_501, 65_535, 65_536])
@pytest.mark.parametrize("upright", [False, True])
def test_a_side_too_long_for_jpeg(side, upright):
    pixels = np.zeros((side, 1, 3) if upright else (1, side, 3), np.uint8)
    with pytest.raises(WriteError, match="65500 pixels a side"):
        encode(Photo(pixels), format="jpeg")
    longest = Photo(pixels[:65_500, :65_500])
    assert read(encode(longest, format="jpeg")).pixels.shape == longest.pixels.shape


def test_a_profile_too_long_for_jpeg_is_told():
    profile = files.matrix_profile(files.P3, files.SRGB_TONE)
    longest = 255 * (65533 - 14)
    for length, kept in ((longest, True), (longest + 1, False)):
        photo = Photo(np.zeros((8, 8, 3), np.uint8), icc=profile.ljust(length, b"\0"))
        assert bool(read(encode(photo, format="jpeg")).icc) is kept
        assert (losses(photo, "jpeg") == ()) is kept


def test_a_size_beyond_a_short_is_written():
    photo = read(FAULTS / "attack" / "png_wide_exif_short.png")
    with Image.open(io.BytesIO(encode(photo))) as image:
        sizes = {**image.getexif(), **image.getexif().get_ifd(0x8769)}
        assert 70_000 in sizes.values() and image.width == 70_000


def test_an_odd_exif_block_goes_into_avif_as_it_is():
    photo = read(FAULTS / "attack" / "fuzz_66602586.bin")
    again = read(encode(photo, format="avif"))
    assert again.orientation == photo.orientation
    assert again.exif is not None and len(again.exif) == len(photo.exif)


def test_large_profiles_are_not_kept():
    kept = []
    function = icc.remembered(2)(lambda profile: kept.append(len(profile)) or len(kept))
    small, large = b"x" * icc.MOST_KEPT, b"x" * (icc.MOST_KEPT + 1)
    assert [function(small), function(small), function(large), function(large)] == [1, 1, 2, 3]


def test_a_palette_that_is_missing():
    from tests.photo.test_right_pixels import png

    with pytest.raises(ReadError, match="PNG is damaged"):
        read(png(np.zeros((3, 4, 1), np.uint8), 8, 3))
