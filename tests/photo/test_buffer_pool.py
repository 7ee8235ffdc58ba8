"""Memory that photos of a batch follow one another in."""

import threading

import numpy as np

from nightlift.photo import buffer_pool as rooms
from nightlift.photo.buffer_pool import BufferPool
from nightlift.photo.photo import Photo
from nightlift.photo.reading import read
from nightlift.photo.writing import encode


def jpeg(height: int, width: int, seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return encode(Photo(pixels, format="jpeg"))


def test_photos_of_any_size_follow_one_another_in_the_same_memory():
    buffers = BufferPool()
    sizes = ((40, 30), (17, 23), (1, 1), (40, 30))
    files = [jpeg(height, width, seed) for seed, (height, width) in enumerate(sizes)]
    before = None
    for data, size in zip(files, sizes, strict=True):
        photo = read(data, buffers=buffers)
        assert photo.pixels.shape == (*size, 3)
        assert photo.pixels.flags.c_contiguous and photo.pixels.flags.writeable
        assert np.array_equal(photo.pixels, read(data).pixels)
        assert before is None or np.shares_memory(photo.pixels, before)
        before = photo.pixels


def test_each_thread_has_its_own():
    buffers = BufferPool()
    found = [read(jpeg(20, 20, 0), buffers=buffers).pixels]
    other = threading.Thread(
        target=lambda: found.append(read(jpeg(20, 20, 1), buffers=buffers).pixels)
    )
    other.start()
    other.join()
    assert not np.shares_memory(*found)


def test_what_is_too_large_is_not_kept(monkeypatch):
    monkeypatch.setattr(rooms, "MOST_KEPT", 1000)
    buffers = BufferPool()
    assert buffers.of(900).size == 900
    assert not np.shares_memory(buffers.of(1001), buffers.of(1001))
    assert buffers.of(10).size == 900
