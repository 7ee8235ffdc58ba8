"""The folder that `nightlift web-build` writes."""

import gzip
import json
from pathlib import Path

import pytest

from nightlift.cli.main import main
from nightlift.errors import UsageError
from nightlift.models.released import find
from nightlift.web.edition import POLICY, build


def test_a_folder_for_any_host(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["web-build", str(tmp_path / "out")]) == 0
    assert "a first visit fetches 4." in capsys.readouterr().out
    page = (tmp_path / "out" / "index.html").read_text()
    assert POLICY in page and 'rel="manifest"' in page and "camera RAW" not in page
    assert "http" not in page.replace("http-equiv", "")
    engine = (tmp_path / "out" / "engine.js").read_text()
    assert "./browser/client.js" in engine and "fetch" not in engine
    assert "MIT License" in (tmp_path / "out/browser/vendor/LICENSE.txt").read_text()


def test_what_is_offered_is_there(tmp_path: Path) -> None:
    sizes = build(tmp_path, ["zero-dce-open"])
    models = json.loads((tmp_path / "browser/models/models.json").read_text())
    offer = json.loads((tmp_path / "browser/models/offer.json").read_text())
    names = [each["method"] for each in models]
    assert names == [each["name"] for each in offer["methods"]] == ["natural", "zero-dce-open"]
    assert [each["recommended"] for each in offer["methods"]] == [True, False]
    for each in models:
        half = gzip.decompress((tmp_path / "browser/models" / each["file"]).read_bytes())
        assert len(half) < 0.65 * len(find(each["method"]).data)
    later = [name for name in sizes if name.startswith("+")]
    assert later == ["+ browser/models/zero-dce-open.onnx.gz"]
    assert sum(size for name, size in sizes.items() if name not in later) < 5e6


def test_the_service_worker_keeps_what_a_first_visit_needs(tmp_path: Path) -> None:
    build(tmp_path / "one")
    script = (tmp_path / "one/service-worker.js").read_text()
    kept = json.loads(script.partition("const KEPT = ")[2].partition(";\n")[0])
    assert "browser/models/natural.onnx.gz" in kept and "browser/worker.js" in kept
    assert not any("zero-dce" in name for name in kept)
    assert all((tmp_path / "one" / name).exists() for name in kept)
    build(tmp_path / "two", ["zero-dce-open"])
    other = (tmp_path / "two/service-worker.js").read_text()
    build(tmp_path / "again")
    assert script == (tmp_path / "again/service-worker.js").read_text() != other


def test_a_folder_with_something_in_it_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "index.html").write_text("mine")
    assert main(["web-build", str(tmp_path)]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert (tmp_path / "index.html").read_text() == "mine"
    assert main(["web-build", str(tmp_path), "--overwrite"]) == 0


def test_methods_that_browsers_cannot_apply_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nightlift.web.edition.KINDS", ("light_grid",))
    with pytest.raises(UsageError, match=r"zero-dce-open is none .* browsers can apply"):
        build(tmp_path / "out", ["zero-dce-open"])
    assert not (tmp_path / "out").exists()
    build(tmp_path / "out")
    offer = json.loads((tmp_path / "out/browser/models/offer.json").read_text())
    assert [each["name"] for each in offer["methods"]] == ["natural"]
