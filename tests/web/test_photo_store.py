"""Photos that the server holds for a page: what is seen of them, and when they are forgotten."""

from pathlib import Path

import httpx
import numpy as np
import pytest
from starlette.exceptions import HTTPException

import nightlift
from nightlift.edit.enhancer import Enhancer
from nightlift.photo.orientation import turn
from nightlift.photo.photo import Photo
from nightlift.web.limits import Limits
from nightlift.web.photo_store import HeldPhoto, PhotoStore
from tests.web.running import running

RNG = np.random.default_rng(0)
NIGHT = RNG.integers(0, 60, (48, 64, 3), dtype=np.uint8)
JPEG = nightlift.encode(Photo(NIGHT, format="jpeg"))
NOISY = np.clip(RNG.normal(22, 6, (1400, 900, 3)), 0, 255).astype(np.uint8)


def held(client: httpx.Client, data: bytes) -> str:
    answer = client.post("/v1/photos", content=data)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def pixels(data: bytes) -> np.ndarray:
    """The pixels of a file, upright."""
    photo = nightlift.read(data)
    return turn(photo.pixels, photo.orientation)


def test_a_held_photo_is_told(client: httpx.Client) -> None:
    raw = nightlift.encode(Photo(NIGHT, format="tiff", orientation=6))
    told = client.post("/v1/photos", content=raw).json()
    assert len(told.pop("id")) > 20
    assert told == {
        "width": 48, "height": 64, "format": "tiff", "written": "tiff", "bits": 8, "notices": []
    }  # fmt: skip


@pytest.mark.parametrize("name", ["chelsea.jpg", "coffee.png"])
def test_the_file_is_that_of_enhance(client: httpx.Client, examples: Path, name: str) -> None:
    data = (examples / name).read_bytes()
    for query in ({}, {"method": "gamma", "strength": 0.6}, {"exposure": 1, "warmth": 20}):
        wanted = client.post("/v1/enhance", params=query, content=data)
        got = client.get(f"/v1/photos/{held(client, data)}/file", params=query)
        assert got.content == wanted.content


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("method", ["natural", "clahe"])
def test_a_region_shows_the_pixels_of_the_file(
    client: httpx.Client, orientation: int, method: str
) -> None:
    data = nightlift.encode(Photo(NOISY, format="png", orientation=orientation))
    name = held(client, data)
    query = {"method": method, "strength": 0.9, "denoise": "fast", "shadows": 20}
    whole = pixels(client.get(f"/v1/photos/{name}/file", params=query).content)
    left, top, width, height = 300, 410, 128, 100
    place = {"region": f"{left},{top},{width},{height}", "size": 4096}
    seen = pixels(client.get(f"/v1/photos/{name}/preview", params={**query, **place}).content)
    assert np.array_equal(seen, whole[top : top + height, left : left + width])


def test_a_preview_of_nothing_done_is_the_photo(client: httpx.Client) -> None:
    name = held(client, nightlift.encode(Photo(NIGHT, format="png")))
    query = {"method": "natural", "strength": 0, "auto": False, "size": 64}
    answer = client.get(f"/v1/photos/{name}/preview", params=query)
    assert answer.headers["content-type"] == "image/png"
    assert np.array_equal(pixels(answer.content), NIGHT)
    assert float(answer.headers["x-nightlift-suggested"]) == 1


def test_a_photo_that_is_held_back_is_told_without_the_command_line(client: httpx.Client) -> None:
    lit = np.full((40, 60, 3), 200, np.uint8)
    name = held(client, nightlift.encode(Photo(lit, format="png")))
    answer = client.get(f"/v1/photos/{name}/preview", params={"auto": True})
    assert answer.headers["x-nightlift-notices"] == '["left alone: it is bright enough"]'
    assert np.array_equal(pixels(answer.content), lit)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("region=60,0,10,10", "within the photo of 64 x 48 pixels"),
        ("region=0,0,0,10", "within the photo"),
        ("region=1,2,3", "region"),
        ("size=9999999", "size"),
        ("preview=100", "no parameter"),
    ],
)
def test_a_wrong_view_is_named(client: httpx.Client, query: str, says: str) -> None:
    answer = client.get(f"/v1/photos/{held(client, JPEG)}/preview?{query}")
    assert answer.status_code == 400
    assert says in answer.json()["error"]


def test_a_photo_that_was_forgotten_is_gone(client: httpx.Client) -> None:
    name = held(client, JPEG)
    assert client.delete(f"/v1/photos/{name}").status_code == 204
    for path in (f"{name}/preview", f"{name}/file", "guess/file"):
        answer = client.get(f"/v1/photos/{path}")
        assert answer.status_code == 410
        assert "send it again" in answer.json()["error"]
    other = {"origin": "http://evil.example"}
    assert client.delete(f"/v1/photos/{held(client, JPEG)}", headers=other).status_code == 403


def test_photos_are_held_within_bounds() -> None:
    with running(Limits(held_bytes=3 * NIGHT.nbytes - 1)) as client:
        names = [held(client, JPEG) for _ in range(3)]
        paths = [f"/v1/photos/{name}/file?method=gamma" for name in names]
        assert [client.get(path).status_code for path in paths] == [410, 200, 200]


def test_what_is_remembered_of_a_photo_counts() -> None:
    photo = HeldPhoto(Photo(NIGHT, texts=(("Comment", "night"),)), 0)
    plain = NIGHT.nbytes + len("Commentnight")
    assert photo.bytes == plain
    maps = photo.edit("curves", Enhancer("zero-dce-open").estimate).adjustment.parameters()
    assert photo.bytes == plain + sum(array.nbytes for array in maps.values()) > 2 * plain


def test_photos_are_forgotten_in_time() -> None:
    now = 0.0
    shelf = PhotoStore(10**9, 60, lambda: now)
    first, second = shelf.add(Photo(NIGHT)), shelf.add(Photo(NIGHT))
    now = 50
    shelf.get(second)
    now = 100
    shelf.tidy()
    assert shelf.get(second).photo.height == 48
    with pytest.raises(HTTPException):
        shelf.get(first)


def test_the_only_photo_is_held_however_large() -> None:
    shelf = PhotoStore(1, 60, lambda: 0)
    name = shelf.add(Photo(NIGHT))
    assert shelf.get(name).bytes == NIGHT.nbytes
