"""The REST interface, against the Python interface."""

import json
from pathlib import Path

import httpx
import numpy as np
import pytest

import nightlift
from nightlift.edit.catalog import methods
from nightlift.edit.enhancer import RECOMMENDED
from nightlift.photo.photo import Photo
from nightlift.photo.proxy import LongSide, small_copy
from nightlift.photo.writing import encode
from nightlift.web.limits import Limits
from nightlift.web.parameters import EditParameters

NIGHT = np.random.default_rng(0).integers(0, 60, (48, 64, 3), dtype=np.uint8)
JPEG = encode(Photo(NIGHT, format="jpeg"))


def photo_of(data: bytes, folder: Path) -> Photo:
    path = folder / "photo"
    path.write_bytes(data)
    return nightlift.read(path)


@pytest.mark.parametrize("method", ["zero-dce-open", "adaptive-gamma", "clahe"])
@pytest.mark.parametrize("name", ["chelsea.jpg", "coffee.png", "camera.jpg"])
def test_the_answer_is_what_the_python_interface_makes(
    client: httpx.Client, examples: Path, method: str, name: str
) -> None:
    data = (examples / name).read_bytes()
    answer = client.post("/v1/enhance", params={"method": method, "strength": 0.7}, content=data)
    assert answer.status_code == 200
    photo = nightlift.read(examples / name)
    enhancer = nightlift.Enhancer(method, threads=Limits().threads)
    assert answer.content == encode(enhancer(photo, 0.7))
    assert answer.headers["x-nightlift-method"] == method
    assert answer.headers["content-type"] == f"image/{photo.format}"


def test_metadata_travels(client: httpx.Client, examples: Path, tmp_path: Path) -> None:
    data = (examples / "chelsea.jpg").read_bytes()
    before, after = (
        photo_of(each, tmp_path)
        for each in (data, client.post("/v1/enhance", content=data).content)
    )
    assert before.orientation == 6
    assert (after.orientation, after.icc, after.resolution) == (6, before.icc, before.resolution)
    assert after.pixels.shape == before.pixels.shape


def test_without_a_method_the_recommended_one_leaves_lit_photos_alone(
    client: httpx.Client,
) -> None:
    lit = encode(Photo(np.full((40, 60, 3), 200, np.uint8), format="png"))
    answer = client.post("/v1/enhance", content=lit)
    assert answer.headers["x-nightlift-method"] == RECOMMENDED
    assert float(answer.headers["x-nightlift-auto"]) == 0
    assert answer.content == lit
    told = "left alone: it is bright enough (auto=false lifts it all the same)"
    assert json.loads(answer.headers["x-nightlift-notices"]) == [told]
    again = client.post("/v1/enhance?auto=false", content=lit)
    assert "x-nightlift-auto" not in again.headers and again.content != lit


def test_denoising_follows_whether_a_method_was_named_and_not_the_gate() -> None:
    for auto in (None, True, False):
        assert EditParameters(auto=auto).denoising.mode == "auto"
        assert EditParameters(auto=auto, method="gamma").denoising.mode == "off"


def test_a_form_is_as_good_as_a_plain_body(client: httpx.Client) -> None:
    plain = client.post("/v1/enhance?method=gamma&strength=0.5&format=png", content=JPEG)
    form = client.post(
        "/v1/enhance?format=png",
        files={"photo": ("../../etc/passwd", JPEG, "text/html")},
        data={"method": "gamma", "strength": "0.5"},
    )
    assert plain.status_code == form.status_code == 200
    assert plain.content == form.content
    assert form.headers["content-type"] == "image/png"


def test_a_form_is_read_without_temporary_files(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nowhere/at/all")
    large = np.random.default_rng(1).integers(0, 60, (800, 800, 3), dtype=np.uint8)
    data = encode(Photo(large, format="png"))
    assert len(data) > 1_200_000
    answer = client.post("/v1/enhance?method=gamma", files={"photo": ("x", data)})
    assert answer.status_code == 200


def test_strength_zero_gives_the_pixels_back(client: httpx.Client, tmp_path: Path) -> None:
    answer = client.post("/v1/enhance?strength=0&format=png", content=encode(Photo(NIGHT)))
    assert np.array_equal(photo_of(answer.content, tmp_path).pixels, NIGHT)


def test_a_preview_is_small_upright_and_bare(
    client: httpx.Client, examples: Path, tmp_path: Path
) -> None:
    data = (examples / "chelsea.jpg").read_bytes()
    answer = client.post("/v1/enhance?method=gamma&preview=200", content=data)
    small, whole = photo_of(answer.content, tmp_path), photo_of(data, tmp_path)
    assert max(small.pixels.shape) == 200
    assert (small.height < small.width) == (whole.height > whole.width)
    assert (small.orientation, small.exif, small.icc) == (1, None, None)


@pytest.mark.parametrize("method", ["zero-dce-open", "adaptive-gamma", "clahe"])
@pytest.mark.parametrize("sides", [(300, 420), (900, 1200)])
def test_a_preview_shows_what_the_download_will_be(
    client: httpx.Client, tmp_path: Path, method: str, sides: tuple[int, int]
) -> None:
    y, x = np.mgrid[0 : sides[0], 0 : sides[1]] / max(sides)
    dark = np.stack([50 * x, 40 * y, 30 + 25 * np.sin(9 * x)], axis=-1)
    data = encode(Photo(dark.astype(np.uint8), format="png"))
    size = 256
    query = {"method": method, "format": "png"}
    whole = client.post("/v1/enhance", params=query, content=data)
    shown = client.post("/v1/enhance", params={**query, "preview": size}, content=data)
    wanted = small_copy(photo_of(whole.content, tmp_path), LongSide(size)) * 255
    difference = np.abs(photo_of(shown.content, tmp_path).pixels - wanted)
    assert difference.mean() < 2.5


def test_the_methods_are_those_that_are_installed(client: httpx.Client) -> None:
    said = client.get("/v1/methods").json()
    names = [entry["name"] for entry in said["methods"]]
    assert sorted(names) == sorted(entry.name for entry in methods() if entry.installed)
    assert names[0] == RECOMMENDED
    assert set(names[-2:]) == {"clahe", "lime"}
    assert not any(entry["research"] for entry in said["methods"] if "open" in entry["name"])
    assert [entry["name"] for entry in said["methods"] if entry["recommended"]] == [RECOMMENDED]


def test_openapi_describes_the_interface(client: httpx.Client) -> None:
    said = client.get("/openapi.json").json()
    assert set(said["paths"]) == {
        "/v1/methods", "/healthz", "/metrics", "/v1/enhance", "/v1/photos",
        "/v1/photos/{name}", "/v1/photos/{name}/preview", "/v1/photos/{name}/file",
    }  # fmt: skip
    names = {each["name"] for each in said["paths"]["/v1/enhance"]["post"]["parameters"]}
    assert {"method", "strength", "exact", "format", "quality", "preview"} <= names


def test_health_and_metrics(client: httpx.Client) -> None:
    assert client.get("/healthz").json()["status"] == "ok"
    client.post("/v1/enhance?method=gamma", content=JPEG)
    for number in range(3):
        client.get(f"/no/such/path/{number}")
    text = client.get("/metrics").text
    assert 'nightlift_requests_total{route="/v1/enhance",status="200"}' in text
    assert "no/such" not in text
    assert "nightlift_admitted_requests 0.0" in text


def test_what_nobody_expected_is_a_500_and_a_line_in_the_log(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret path /home/someone")

    monkeypatch.setattr("nightlift.web.service.Service.photo", broken)
    for path in ("/v1/enhance", "/v1/photos"):
        answer = client.post(path, content=JPEG)
        assert answer.status_code == 500
        assert "log" in answer.json()["error"] and "secret" not in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert "secret path" in caplog.text


def test_a_photo_that_breaks_the_reader_is_refused_and_logged(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise OverflowError("at /home/someone")

    for reader in ("read", "dimensions"):
        with monkeypatch.context() as patched:
            patched.setattr(f"nightlift.web.service.{reader}", broken)
            for path in ("/v1/enhance", "/v1/photos"):
                answer = client.post(path, content=JPEG)
                assert answer.status_code == 400
                assert "a fault of nightlift (OverflowError)" in answer.json()["error"]
                assert "someone" not in answer.text
    assert "OverflowError: at /home/someone" in caplog.text
