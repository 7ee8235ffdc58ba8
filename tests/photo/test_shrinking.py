"""Files that become shorter while they are read: a sentence, never a killed process."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from nightlift.batch import streaming
from nightlift.errors import ReadError
from nightlift.photo import file_bytes, jpeg_rows, jpeg_strips
from nightlift.photo.file_bytes import FileBytes, snapshot
from nightlift.photo.header import dimensions
from nightlift.photo.photo import Photo
from nightlift.photo.reading import read
from nightlift.photo.writing import encode, write
from tests.photo import files


def test_a_file_s_bytes_are_those_of_its_slices(tmp_path: Path) -> None:
    data = files.noise((1000,)).tobytes()
    (tmp_path / "a").write_bytes(data)
    with (tmp_path / "a").open("rb") as file:
        found = FileBytes(file)
        assert len(found) == 1000
        for where in (slice(0, 10), slice(990, 2000), slice(5, 5), slice(None), slice(-3, None)):
            assert found[where] == data[where]
        os.truncate(tmp_path / "a", 500)
        with pytest.raises(ReadError, match="became shorter while it was read"):
            found[400:600]


@pytest.mark.parametrize("format", ["jpeg", "png", "tiff", "webp", "avif", "bmp"])
def test_a_header_is_measured_while_its_file_is_cut(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"a.{format}"
    whole = encode(Photo(files.gradient(400, 600)), format=format)
    for size in (0, 1, 10, 60, len(whole) // 2, len(whole)):
        path.write_bytes(whole[:size])
        try:
            assert dimensions(path)[:2] == (400, 600)
        except ReadError:
            assert size < len(whole)


@pytest.mark.skipif(jpeg_rows._module() is None, reason="the extension for JPEG rows is not built")
@pytest.mark.parametrize("kept", [1 << 26, 0])
def test_a_photo_that_is_cut_while_it_is_streamed_is_the_whole_one(
    tmp_path: Path, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nightlift.edit.enhancer import Enhancer

    monkeypatch.setattr(jpeg_strips, "LARGE", 1)
    monkeypatch.setattr(file_bytes, "IN_MEMORY", kept)
    write(Photo(np.tile(files.gradient(300, 400), (2, 2, 1))), tmp_path / "a.jpg")
    before = read(tmp_path / "a.jpg")
    source = streaming.open_source(tmp_path / "a.jpg")
    assert not isinstance(source, str)
    os.truncate(tmp_path / "a.jpg", 100)
    streaming.stream(source, tmp_path / "b.jpg", Enhancer("gamma"), strength=0)
    after = read(tmp_path / "b.jpg")
    assert np.abs(after.pixels.astype(int) - before.pixels).mean() < 2


def test_a_copy_of_a_file_that_is_cut_meanwhile_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_bytes, "IN_MEMORY", 0)
    (tmp_path / "a").write_bytes(bytes(5000))
    copy = shutil.copyfileobj

    def cut(source: object, target: object, length: int) -> None:
        os.truncate(tmp_path / "a", 10)
        copy(source, target, length)

    monkeypatch.setattr(shutil, "copyfileobj", cut)
    with pytest.raises(ReadError, match="became shorter"):
        snapshot(tmp_path / "a")
