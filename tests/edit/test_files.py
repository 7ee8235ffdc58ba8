"""Edits as files: saved, loaded, compared, refused."""

import io
import json
import re
from pathlib import Path

import numpy as np
import pytest

from nightlift.edit.controls import Controls
from nightlift.edit.denoising import Denoising
from nightlift.edit.edit import Edit
from nightlift.errors import AdjustmentError, WriteError
from nightlift.photo.photo import Photo
from tests.adjust.examples import EXAMPLES, F32, picture, tone


def edit(name: str = "grid") -> Edit:
    return Edit(
        EXAMPLES[name](),
        strength=0.7,
        gate=0.9,
        controls=Controls(exposure=0.5, warmth=-20),
        denoising=Denoising("fast", 0.5),
        method="mine",
        version="abc",
        notices=("held back",),
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_saved_and_loaded_is_the_same(name: str, tmp_path: Path) -> None:
    before = edit(name)
    after = Edit.load(before.save(tmp_path / "edit.npz"))
    assert after == before
    assert repr(after) == repr(before)
    photo = Photo(picture(11, 17, "uint16"))
    assert np.array_equal(before.apply(photo).pixels, after.apply(photo).pixels)


def test_what_differs_is_not_equal() -> None:
    one = edit()
    assert one == edit()
    assert one != one.scaled(0.5)
    assert one != edit("tone table")
    assert one != Edit(one.adjustment)
    assert one != "an edit"


def packed(header: object, **arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    np.savez(file, header=text, **arrays)
    return file.getvalue()


def header(kind: str = "tone_table", version: int = 1, **more: object) -> dict[str, object]:
    settings = more.pop("settings", {})
    return {
        "format": "nightlift edit",
        "version": version,
        "method": "x",
        "method_version": "",
        "strength": 1.0,
        "gate": None,
        "controls": {},
        "denoising": {},
        "notices": [],
        "adjustment": {"kind": kind, "settings": settings},
    }


def objects() -> bytes:
    file = io.BytesIO()
    np.savez(file, header=np.array([{"kind": "tone_table"}], dtype=object))
    return file.getvalue()


def painted(**told: object) -> bytes:
    """A file of a painted edit, which lacks or has what is told."""
    kept = {name: value for name, value in header().items() if name != "adjustment"}
    names = {"method": "clahe", "version": ""} if told else {}
    return packed(kept | {"painting": names | told})


TABLE = np.zeros((256, 3), F32)
MAPS = np.zeros((2, 3, 3, 3), F32)
DAMAGED = {
    "empty": b"",
    "text": b"not a zip file",
    "pickles": objects(),
    "no header": packed({}),
    "a list": packed([1]),
    "another format": packed({"format": "cube", "version": 1}),
    "a newer version": packed(header(version=2), values=TABLE),
    "unknown kind": packed(header("blur"), values=TABLE),
    "no array": packed(header()),
    "wrong shape": packed(header(), values=TABLE[:7]),
    "wrong type": packed(header(), values=TABLE.astype(np.float64)),
    "not finite": packed(header(), values=np.full((256, 3), np.nan, F32)),
    "no settings": packed(header("curve_map"), maps=MAPS),
    "wrong settings": packed(
        header("curve_map", settings={"steps": 5, "alignment": "x"}), maps=MAPS
    ),
    "settings no mapping": packed(header("curve_map", settings=[1]), maps=MAPS),
    "chain of nothing": packed(header("chain", settings={"links": []})),
    "links no list": packed(header("chain", settings={"links": 3})),
    "strength": packed(header() | {"strength": 7.0}, values=TABLE),
    "controls": packed(header() | {"controls": {"exposure": 99}}, values=TABLE),
    "gate": packed(header() | {"gate": 5.0}, values=TABLE),
    "gate no number": packed(header() | {"gate": float("nan")}, values=TABLE),
    "unknown control": packed(header() | {"controls": {"clarity": 1}}, values=TABLE),
    "neither made nor painted": packed({k: v for k, v in header().items() if k != "adjustment"}),
    "painting no mapping": painted(options=3),
    "painting with other options": painted(options={"threads": 2}),
    "painting without whole numbers": painted(options={"size": "large"}),
    "painting by nothing": painted(),
}


PYTHON = re.compile(r"Error|__|allow_pickle|NoneType|\bzip\b|\bdict\b|\bstr\b|argument")


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_files(name: str, tmp_path: Path) -> None:
    path = tmp_path / "edit.npz"
    path.write_bytes(DAMAGED[name])
    with pytest.raises(AdjustmentError, match=r"expected") as told:
        Edit.load(path)
    assert str(path) in str(told.value)
    assert not PYTHON.search(str(told.value)), "words of Python are no sentence"


def test_cut_and_flipped_files(tmp_path: Path) -> None:
    whole = edit().save(tmp_path / "edit.npz").read_bytes()
    broken = tmp_path / "broken.npz"
    for end in range(0, len(whole), len(whole) // 40):
        broken.write_bytes(whole[:end])
        with pytest.raises(AdjustmentError):
            Edit.load(broken)
    for at in range(60, len(whole) // 2, len(whole) // 40):
        broken.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        with pytest.raises(AdjustmentError):
            Edit.load(broken)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(AdjustmentError, match="no edit file"):
        Edit.load(tmp_path / "nowhere.npz")
    with pytest.raises(AdjustmentError):
        Edit.load(tmp_path)
    with pytest.raises(WriteError):
        edit().save(tmp_path / "nowhere" / "edit.npz")


def test_no_overwriting_unless_allowed(tmp_path: Path) -> None:
    path = Edit(tone(1)).save(tmp_path / "edit.npz")
    with pytest.raises(WriteError):
        Edit(tone(2)).save(path, overwrite=False)
    assert Edit.load(path) == Edit(tone(1))
    Edit(tone(2)).save(path)
    assert Edit.load(path) == Edit(tone(2))
    assert [p.name for p in tmp_path.iterdir()] == ["edit.npz"]
