"""The pages of an evaluation and of a training, and the charts in them."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nightlift.cli.main import main
from nightlift.errors import DataError
from nightlift.evaluate import stored
from nightlift.evaluate.documents import as_json
from nightlift.report.charts import Distribution, Scale, lines, round_values, spreads
from nightlift.report.page import page
from nightlift.report.training import training_page
from tests.axe import violations

from .conftest import save


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an evaluation of two methods on twelve pairs, beside its data in LOL."""
    tmp_path = tmp_path_factory.mktemp("evaluated")
    for number in range(12):
        save(tmp_path / "LOL" / "high" / f"{number}.png", number, 0.9)
        save(tmp_path / "LOL" / "low" / f"{number}.png", number, 0.1 + 0.02 * number)
    command = ["evaluate", "-m", "gamma,equalize", "--data", f"lol:{tmp_path / 'LOL'}"]
    assert main([*command, "--metrics", "psnr,ssim", "-o", str(tmp_path / "out")]) == 0
    return tmp_path / "out"


def data(page: str) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert found
    return json.loads(found[1])


def test_the_worst_and_best_pictures_are_shown(evaluated: Path) -> None:
    text = (evaluated / "report.html").read_text()
    viewer = data(text)["viewer"]
    names = [column["name"] for column in viewer["columns"]]
    assert names == ["input", "gamma-0.4", "gamma", "equalize", "reference"]
    results = json.loads((evaluated / "results.json").read_text())
    scores = {row["name"]: row["scores"]["psnr"] for row in results["rows"]}
    shown = {photo["label"] for photo in viewer["photos"]}
    ids = [picture["id"] for picture in results["pictures"]]
    for method in ("gamma", "equalize"):
        order = [ids[place] for place in np.argsort(scores[method])]
        assert {*order[:4], *order[-4:]} <= shown
    photo = viewer["photos"][0]
    assert photo["scores"]["psnr"][2] == scores["gamma"][ids.index(photo["label"])]
    assert viewer["order"] == "worst psnr"


def test_every_row_is_in_the_tables_and_charts(evaluated: Path) -> None:
    text = (evaluated / "report.html").read_text()
    for title in ("identity (the photo itself)", "gamma 0.4", "gamma to a mean of 0.4", "equalize"):
        assert f'<th scope="row">{title}</th>' in text
    assert text.count('<circle class="mean"') == 2 * 6
    assert "equalize − best baseline" in text
    assert "gamma − equalize" in text


def test_what_was_stored_comes_back_as_it_was(evaluated: Path) -> None:
    evaluation, source = stored.load(evaluated)
    assert as_json(evaluation, source) == (evaluated / "results.json").read_text()
    with pytest.raises(DataError, match="measured before"):
        evaluation.metrics[0].measure(*[np.zeros((4, 4, 3), np.uint8)] * 2)


def test_the_page_can_be_made_again(evaluated: Path, tmp_path: Path) -> None:
    target = tmp_path / "again.html"
    assert main(["report", str(evaluated), "-o", str(target)]) == 0
    assert target.read_bytes() == (evaluated / "report.html").read_bytes()
    assert main(["report", str(evaluated)]) == 1


def test_without_its_pictures_the_page_says_why(
    evaluated: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures, target = evaluated.parent / "LOL", tmp_path / "again.html"
    pictures.rename(evaluated.parent / "elsewhere")
    try:
        assert main(["report", str(evaluated), "-o", str(target)]) == 0
    finally:
        (evaluated.parent / "elsewhere").rename(pictures)
    assert capsys.readouterr().err.startswith("note: The pictures are left out: ")
    text = target.read_text()
    assert "The pictures are left out" in text
    assert 'id="viewer"' not in text
    assert "equalize − best baseline" in text


def test_another_model_of_the_same_name_is_not_shown(evaluated: Path) -> None:
    evaluation, source = stored.load(evaluated)
    for row in evaluation.rows:
        if row.name == "gamma":
            row.about["sha256"] = "0"  # type: ignore[index]
    with pytest.raises(DataError, match="gamma is another model now"):
        stored.candidates(evaluation, source, stored.samples(evaluation, source))


@pytest.mark.parametrize("text", ["[]", "{}", '{"provenance": 3}', "no json"])
def test_a_damaged_evaluation_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "results.json").write_text(text)
    with pytest.raises(DataError, match=r"results\.json: expected"):
        stored.load(tmp_path)


RUN = {
    "method": "zero-dce",
    "recipe": {"name": "<paper>", "epochs": 3},
    "data": ["folder:/photos"],
    "seed": 7,
    "command": "nightlift train",
}


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    run = tmp_path / "run"
    (run / "pictures").mkdir(parents=True)
    (run / "run.json").write_text(json.dumps(RUN))
    (run / "metrics.csv").write_text(
        "epoch,step,seconds,learning_rate,exposure,validation_loss\n"
        "1,1,0.1,0.01,5.0,\n1,2,0.2,0.01,0.1,\n1,2,0.2,0.01,,3.0\n"
        "2,4,0.4,0.01,,1.0\n3,6,0.6,0.01,,2.0\n3,7,0"
    )
    for epoch in range(1, 4):
        name = run / "pictures" / f"epoch-{epoch:04d}"
        Image.new("RGB", (60, 20), (epoch, 0, 0)).save(f"{name}.png")
        Image.new("RGB", (60, 20)).save(f"{name}-histograms.png")
    return run


def test_a_training_shows_losses_samples_and_recipe(trained: Path) -> None:
    text = b"".join(training_page(trained)).decode()
    assert text.index("validation loss") < text.index("<figcaption>exposure")
    assert "least 1 at step 4" in text
    assert "over steps, logarithmic" in text
    assert "&lt;paper&gt;" in text and "<td>folder:/photos</td>" in text
    assert [time["title"] for time in data(text)["times"]] == ["epoch 1", "epoch 2", "epoch 3"]
    assert text.count('<script type="text/plain"') == 3


def test_a_training_that_has_only_begun_is_shown(trained: Path) -> None:
    (trained / "metrics.csv").unlink()
    for path in (trained / "pictures").iterdir():
        path.unlink()
    text = b"".join(training_page(trained)).decode()
    assert "Nothing is logged yet." in text
    assert 'id="times"' not in text


def test_folders_that_hold_neither_are_refused(trained: Path, tmp_path: Path) -> None:
    assert main(["report", str(tmp_path)]) == 2
    assert main(["report", str(trained), "-o", str(tmp_path / "x.pdf")]) == 2
    assert main(["report", str(trained)]) == 0
    (trained / "run.json").write_text("{}")
    assert main(["report", str(trained), "--overwrite"]) == 1
    (trained / "run.json").write_text(json.dumps(RUN))
    (trained / "metrics.csv").write_text("a,b\n")
    assert main(["report", str(trained), "--overwrite"]) == 1


def test_scales_and_round_values() -> None:
    assert round_values(0, 1) == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert round_values(-3, 17, 4) == [0, 5, 10, 15]
    assert round_values(2, 2) == [2]
    scale = Scale(1, 100, 0, 10, logarithmic=True)
    assert scale.at(10) == pytest.approx(5)
    assert scale.at(1000) == 10
    assert scale.ticks() == [1, 10, 100]


def test_charts_leave_out_what_is_not_finite() -> None:
    assert lines("x", "", [1, 2], [math.nan, math.inf]) == ""
    drawn = lines("x", "", [1, 2, 3], [1, math.nan, 3])
    path = re.search(r'<path class="line" d="M([^"]*)"', drawn)
    assert path
    assert len(path[1].split("L")) == 2
    row = Distribution("a<b", [1.0, math.inf, 3.0], math.inf, math.nan, math.nan, True)
    text = spreads("x", "", [row])
    assert text.count('class="dot"') == 2
    assert "a&lt;b" in text
    assert 'class="mean"' not in text


def test_nothing_in_the_data_ends_the_script() -> None:
    text = b"".join(page("t</title>", "report", "", {"x": "</script><script>\udc80"})).decode()
    assert text.count("</script>") == 2
    assert "t&lt;/title&gt;</title>" in text


def test_the_page_of_a_training_needs_no_pytorch() -> None:
    code = "import sys, nightlift.report.training; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("width", [390, 1440])
def test_reports_are_no_wider_than_the_screen(
    browser: Any, evaluated: Path, trained: Path, width: int
) -> None:
    """However long a path in their titles is; wide tables scroll within themselves."""
    training = trained / "report.html"
    training.write_bytes(b"".join(training_page(trained)))
    evaluation = evaluated / "report.html"
    for report, name in ((evaluation, str(evaluated.parent)), (training, "folder:/photos")):
        with browser.new_context(viewport={"width": width, "height": 844}) as context:
            tab = context.new_page()
            tab.goto(report.as_uri())
            tab.wait_for_selector("[data-ready]", state="attached")
            assert tab.evaluate("document.documentElement.scrollWidth") == width
            assert name in tab.locator("main").inner_text()


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_nothing_on_reports(
    browser: Any, evaluated: Path, trained: Path, scheme: str
) -> None:
    training = trained / "report.html"
    training.write_bytes(b"".join(training_page(trained)))
    for report in (evaluated / "report.html", training):
        with browser.new_context(
            color_scheme=scheme, offline=True, reduced_motion="reduce"
        ) as context:
            tab = context.new_page()
            tab.goto(report.as_uri())
            tab.wait_for_selector("[data-ready]", state="attached")
            assert violations(tab) == []
