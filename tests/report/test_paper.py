"""Comparisons on paper: formats, text, sharpness, and what stands on which page."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from nightlift.cli.main import main
from nightlift.errors import MissingExtraError, UsageError
from nightlift.photo.photo import Photo
from nightlift.report.contact_sheet import SheetRow
from nightlift.report.paper import DOTS, PAPERS, Paper, document

pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")
pytest.importorskip("reportlab", reason="the extra pdf is not installed")


def photo(width: int, height: int, seed: int = 0) -> Photo:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return Photo(pixels)


def rows(count: int, columns: int, width: int = 90, height: int = 60) -> list[SheetRow]:
    photos = [photo(width, height, seed) for seed in range(columns)]
    return [SheetRow(f"night-{number}.jpg", photos) for number in range(count)]


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_pages_have_the_format_and_their_numbers(paper: Paper) -> None:
    made = pypdf.PdfReader(io.BytesIO(document("Nights", rows(9, 2), ["a", "b"], paper=paper)))
    assert len(made.pages) > 1
    for number, page in enumerate(made.pages, 1):
        assert tuple(map(float, page.mediabox[2:])) == pytest.approx(PAPERS[paper], abs=0.01)
        text = page.extract_text()
        assert "Nights" in text
        assert f"{number} of {len(made.pages)}" in text


def test_text_can_be_selected_and_no_photo_is_missing() -> None:
    names = ["input", "natürlich", "lime", "gamma"]
    made = pypdf.PdfReader(io.BytesIO(document("N", rows(7, 4), names)))
    text = "\n".join(page.extract_text() for page in made.pages)
    assert [text.count(f"night-{number}.jpg") for number in range(7)] == [1] * 7
    assert [text.count(name) for name in names] == [7] * 4
    # Equal photos are stored once: what is counted is how often they are drawn.
    drawn = sum(page.get_contents().get_data().count(b" Do") for page in made.pages)
    assert drawn == 28
    assert [one.title for one in made.outline] == [f"night-{number}.jpg" for number in range(7)]
    width, height = made.pages[0].mediabox[2:]
    assert width > height


def test_photos_keep_their_pixels_up_to_what_a_printer_prints() -> None:
    large, small = photo(3000, 2000), photo(200, 100)
    made = pypdf.PdfReader(io.BytesIO(document("N", [SheetRow("a", [large, small])], ["x", "y"])))
    sizes = sorted(image.image.size for image in made.pages[0].images)
    assert sizes[0] == (200, 100)
    inches = (PAPERS["a4"][0] - 80) / 72
    assert sizes[1][0] / inches == pytest.approx(DOTS, rel=0.01)
    assert sizes[1][0] / sizes[1][1] == pytest.approx(1.5, rel=0.01)


def test_the_only_photo_fills_its_page() -> None:
    def width(count: int) -> float:
        data = document("N", rows(count, 5), list("abcde"))
        page = pypdf.PdfReader(io.BytesIO(data)).pages[0]
        text = page.get_contents().get_data().split()
        return max(float(text[at - 6]) for at, word in enumerate(text) if word == b"cm")

    assert width(1) > 1.4 * width(2)


def test_photos_are_a_little_smaller_where_one_more_fits() -> None:
    """Two squares and a third of 3 by 2 at 87 %; a third square has a page of its own."""

    def heights(*sides: tuple[int, int]) -> list[list[float]]:
        made = [SheetRow(str(n), [photo(*each)] * 2) for n, each in enumerate(sides)]
        pages = pypdf.PdfReader(io.BytesIO(document("N", made, ["a", "b"]))).pages
        words = [page.get_contents().get_data().split() for page in pages]
        return [
            [float(text[at - 3]) for at, word in enumerate(text) if word == b"cm"][1::2]
            for text in words
        ]

    square, wide = (60, 60), (90, 60)
    (page,) = heights(square, square, wide)
    assert page == pytest.approx([220, 220, 147], abs=4)
    assert [len(page) for page in heights(square, square, square)] == [2, 1]
    assert heights(square, square)[0] == pytest.approx([252.6, 252.6], abs=0.1)


def test_a_document_is_the_same_again() -> None:
    assert document("N", rows(2, 2), ["a", "b"]) == document("N", rows(2, 2), ["a", "b"])


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="at least one column"):
        document("N", rows(1, 1), [])
    with pytest.raises(UsageError, match="at least one photo"):
        document("N", [], ["a"])
    with pytest.raises(UsageError, match="2 photos in the row"):
        document("N", rows(1, 1), ["a", "b"])
    monkeypatch.setattr("nightlift.report.paper.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"nightlift\[pdf\]"):
        document("N", rows(1, 1), ["a"])


def test_the_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tests.report.conftest import save

    night = save(tmp_path / "night.png", 1)
    target = tmp_path / "n.pdf"
    arguments = ["compare", str(night), "-o", str(target), "-m", "gamma", "--paper", "letter"]
    assert main(arguments) == 0
    assert capsys.readouterr().out == f"1 photo -> {target}\n"
    assert len(pypdf.PdfReader(target).pages) == 1
