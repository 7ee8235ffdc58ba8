"""Publications measured again: what is needed is told, both numbers stand side by side."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from pypdf import PdfReader

from nightlift.adjust.differentiable import bilateral_affine
from nightlift.cli.main import main
from nightlift.errors import UsageError
from nightlift.evaluate.baseline_rows import baselines
from nightlift.evaluate.candidate import Candidate
from nightlift.evaluate.score_cache import ScoreCache
from nightlift.evaluate.selection import select
from nightlift.reproduce.checkpoint_rows import illumination
from nightlift.reproduce.claims import Needed
from nightlift.reproduce.documents import as_data, as_markdown
from nightlift.reproduce.figure import every_epochs, matched
from nightlift.reproduce.run import check, instructions, measure
from nightlift.reproduce.table import GLENET, REPRODUCTIONS, SMNET, reproduction
from tests.evaluate.conftest import darkened, save, scene


def answer(number: int) -> np.ndarray:
    """As large as IW-SSIM asks for."""
    return scene(number, 168, 184)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pairs in the place of LOL's evaluation pairs, and something in the place of weights."""
    for number in range(2):
        save(tmp_path / "eval15" / "high" / f"{number}.png", answer(number))
        save(tmp_path / "eval15" / "low" / f"{number}.png", darkened(answer(number), 2.0))
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "lol.pth").write_bytes(b"no checkpoint")
    return tmp_path


@pytest.mark.parametrize("name", REPRODUCTIONS)
def test_what_belongs_where_is_told(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce", name]) == 0
    told = capsys.readouterr().out
    for one in reproduction(name).needed:
        assert f"  {one.path}: {one.what}" in told
        assert one.sha256 is None or one.sha256 in told
    assert "Nothing is fetched" in told


@pytest.mark.parametrize("name", REPRODUCTIONS)
def test_what_is_missing_is_one_sentence(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reproduce", name, str(tmp_path), "-o", str(tmp_path / "out")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"to reproduce {name} there is missing: " in line
    required = [one for one in reproduction(name).needed if not one.optional]
    assert all(str(tmp_path / one.path) in line for one in required)


def test_an_unknown_name_is_told() -> None:
    with pytest.raises(UsageError, match="did you mean glenet"):
        reproduction("glnet")


@pytest.mark.parametrize("name", REPRODUCTIONS)
def test_tables_hold_together(name: str) -> None:
    asked = reproduction(name)
    pictures = {one.name for one in asked.pictures}
    rows = {one.row for one in asked.weights}
    for claim in asked.claims:
        assert claim.pictures in pictures and claim.row in rows and claim.metric in asked.metrics
        assert claim.source
    assert asked.differences
    assert asked.title in instructions(asked)


def test_both_numbers_stand_side_by_side(folder: Path) -> None:
    check(SMNET, folder)
    perfect = Candidate("LOL", "LOL", "method", lambda sample, _: answer(int(sample.id)))
    found = measure(SMNET, folder, [perfect], ScoreCache(folder / "kept.jsonl"))
    assert [one.pictures.name for one in found] == ["LOL eval15"]
    told = as_markdown(as_data(SMNET, folder, found))
    lines = {
        line.split("|")[3].strip(): line for line in told.splitlines() if "| LOL eval15" in line
    }
    ssim = [cell.strip() for cell in lines["ssim"].strip("|").split("|")]
    assert ssim[:4] == ["LOL eval15", "LOL", "ssim", "0.864"]
    assert "| 0.962 " in lines["iw-ssim"]
    assert ssim[4].startswith("1.000") and ssim[5] == "no"
    assert "LOL eval15: 2 pictures are measured, 15 published" in told
    assert "weights/fivek.pth is missing" in told
    for difference in SMNET.differences:
        assert f"- {difference}" in told
    assert all(f"| {row.name} " in told for row in baselines())


def test_pictures_without_a_split_are_measured_once(tmp_path: Path) -> None:
    for number in range(2):
        save(tmp_path / "fivek" / "input" / f"{number}.png", darkened(scene(number), 2.0))
        save(tmp_path / "fivek" / "expertC_gt" / f"{number}.png", scene(number))
    found = measure(GLENET, tmp_path, [], ScoreCache(tmp_path / "kept.jsonl"))
    assert [one.pictures.name for one in found] == ["FiveK validation"]
    told = as_data(GLENET, tmp_path, found)
    assert any("there is no split" in note for note in told["differences"])
    assert all(claim["measured"] is None for claim in told["claims"])
    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_rows_that_need_no_checkpoint_are_measured_without_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(tmp_path / "LIME" / "1.png", np.kron(scene(1), np.ones((4, 4, 1), np.uint8)))
    rng = np.random.default_rng(0)
    spread = rng.normal(size=(72, 36))
    statistics = {"mu_pris_param": spread.mean(0)[None], "cov_pris_param": np.cov(spread.T)}
    np.savez(tmp_path / "niqe.npz", **statistics)
    words = ["reproduce", "enlightengan", str(tmp_path), "-o", str(tmp_path / "out")]
    assert main([*words, "--cache", str(tmp_path / "kept.jsonl")]) == 0
    assert "| clahe " in capsys.readouterr().out
    told = json.loads((tmp_path / "out" / "reproduction.json").read_text())
    assert told["tables"][0]["rows"]["clahe"]["niqe"]["mean"] > 0
    assert as_markdown(told) == (tmp_path / "out" / "reproduction.md").read_text()


def test_another_file_than_the_published_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.pth").write_bytes(b"a")
    known = hashlib.sha256(b"a").hexdigest()
    assert Needed("a.pth", "", known).difference(tmp_path) is None
    said = Needed("a.pth", "", known[::-1]).difference(tmp_path)
    assert said is not None and known[:12] in said
    assert Needed("b.pth", "", known).difference(tmp_path) is None


def test_a_damaged_checkpoint_is_a_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reproduce", "smnet", str(folder), "-o", str(folder / "out")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("nightlift reproduce: ") and "lol.pth" in line


def test_slices_with_aligned_corners_are_our_adjustments() -> None:
    torch.manual_seed(0)
    photo, cells = torch.rand(1, 3, 20, 30), torch.randn(1, 12, 8, 4, 5)
    guide = torch.tanh(torch.randn(1, 1, 20, 30))
    aligned = illumination(photo, cells, guide, True)
    assert torch.allclose(aligned, bilateral_affine(photo, cells, guide), atol=1e-4)
    apart = (illumination(photo, cells, guide, False) - aligned).abs()
    assert apart.mean() > 0.1


def test_the_matched_gamma_matches_means() -> None:
    flat = np.full((4, 4, 3), 64, np.uint8)
    lifted = np.full((4, 4, 3), 128, np.uint8)
    assert (64 / 255) ** matched(flat, lifted) == pytest.approx(128 / 255)


@pytest.mark.slow
def test_a_sheet_of_every_kept_epoch(tmp_path: Path) -> None:
    for number in range(6):
        save(tmp_path / "demo" / f"{number}.png", darkened(scene(number), 2.0))
    run, data = tmp_path / "run", f"folder:{tmp_path / 'demo'}"
    words = ["train", "zero-dce", "--data", data, "-o", str(run), "--workers", "0"]
    for change in ("epochs=2", "size=32", "batch=3", "pictures_every=0"):
        words += ["--set", change]
    assert main(words) == 0
    samples = select(data, "all").samples
    assert not every_epochs(run, samples, tmp_path / "none.pdf", False)
    assert not (tmp_path / "none.pdf").exists()
    kept = [*words, "--set", "snapshot_every=1"]
    kept[kept.index(str(run))] = str(tmp_path / "kept")
    assert main(kept) == 0
    assert every_epochs(tmp_path / "kept", samples, tmp_path / "epochs.pdf", False)
    pages = PdfReader(tmp_path / "epochs.pdf").pages
    # Six photos, four on a page; the photo itself and two epochs side by side.
    assert len(pages) == 2
    wide, high = (float(side) for side in (pages[0].mediabox.width, pages[0].mediabox.height))
    assert 3 * 64 < wide * 200 / 72 < 4 * 64 + 200 and high > 0


@pytest.mark.slow
@pytest.mark.shared
def test_zero_dce_again(shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From the published checkpoint and two photos: a table, a sheet, and no difference told."""
    published = shared / "published"
    files = tmp_path / "files"
    (files / "weights").mkdir(parents=True)
    weights = files / "weights" / "Epoch99.pth"
    weights.write_bytes((published / "zero_dce_paper" / "Epoch99.pth").read_bytes())
    (files / "demo").symlink_to(published / "input")
    out = tmp_path / "out"
    words = ["reproduce", "zero-dce", str(files), "-o", str(out)]
    assert main([*words, "--cache", str(tmp_path / "kept.jsonl")]) == 0
    told = capsys.readouterr().out
    assert "another file" not in told
    assert (out / "comparison.pdf").read_bytes().startswith(b"%PDF")
    assert json.dumps(told) and "paper" in told
