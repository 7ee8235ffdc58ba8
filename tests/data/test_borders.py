"""What one picture does, or is called, stops no work on a collection."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nightlift.cli.main import main
from nightlift.data.collection import open_collection
from nightlift.data.listing import pictures_in
from nightlift.data.pictures import Bytes, picture

NAME = os.fsdecode(b"caf\xe9")

FAULT = "this is a fault of nightlift (IndexError: by us)"


def command(*words: object, status: int = 0) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(
        [sys.executable, "-m", "nightlift", *map(str, words)], capture_output=True, check=False
    )
    assert (done.returncode, b"Traceback" in done.stderr) == (status, False), done.stderr
    return done


@pytest.fixture
def odd(lol: Path) -> Path:
    """Six pairs; the last one's name is no UTF-8."""
    for path in [*lol.glob("*/5.*")]:
        path.rename(path.with_stem(NAME))
    return lol


@pytest.fixture
def broken(lol: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Six pairs; the dark picture of the third breaks whoever reads it."""

    def read(path: Path) -> Bytes:
        if path == lol / "low" / "2.png":
            raise IndexError("by us")
        return picture(path)

    for module in ("data.packed", "data.synthetic_pairs", "evaluate.run", "evaluate.gamma_fit"):
        monkeypatch.setattr(f"nightlift.{module}.picture", read)
    return lol


def test_a_data_set_with_names_that_are_no_text_is_described_checked_and_packed(
    odd: Path, tmp_path: Path
) -> None:
    told = json.loads(command("data", "describe", f"lol:{odd}", "--json").stdout)
    assert (told["pairs"], told["unreadable"]) == (6, 0)
    command("data", "describe", f"lol:{odd}")
    (odd / "high" / f"{NAME}.bmp").unlink()
    problems = command("data", "check", f"lol:{odd}", status=1).stdout
    assert b"/low/caf\xe9.png: has no partner" in problems
    (odd / "low" / f"{NAME}.png").rename(odd / "low" / f"{NAME}-2.png")
    (odd / "high" / f"{NAME}-2.bmp").write_bytes((odd / "high" / "0.bmp").read_bytes())
    command("data", "pack", f"lol:{odd}", "-o", tmp_path / "pack")
    packed = open_collection(f"pairs:{tmp_path / 'pack'}")
    assert packed.samples[-1].id == f"photo/{NAME}-2"
    assert (
        f"photo/{NAME}-2.jpg" in json.loads((tmp_path / "pack/pack.json").read_text())["pictures"]
    )


def test_pairs_are_synthesized_from_names_that_are_no_text(odd: Path, tmp_path: Path) -> None:
    for word in (b"6 done", b"6 skipped"):
        words = ("data", "synthesize", odd / "high", "-o", tmp_path / "made")
        assert word in command(*words).stdout
    assert (tmp_path / "made" / "low" / f"{NAME}.png").exists()


def test_names_that_are_no_text_are_evaluated(odd: Path, tmp_path: Path) -> None:
    (odd / "low" / "0.png").write_bytes(b"no picture")
    (odd / "low" / "0.png").rename(odd / "low" / f"0{NAME}.png")
    (odd / "high" / "0.bmp").rename(odd / "high" / f"0{NAME}.bmp")
    words = ("evaluate", "-m", "gamma", "--data", f"lol:{odd}", "-o", tmp_path / "out")
    done = command(*words, "--metrics", "psnr", status=1)
    assert b"low/0caf\\udce9.png: " in done.stderr
    content = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))
    assert [one["id"] for one in content["pictures"]] == ["1", "2", "3", "4", NAME]
    assert f"/low/0{NAME}.png: " in content["left_out"][0]
    assert "caf\\udce9" in (tmp_path / "out" / "pictures.csv").read_text("utf-8")
    rows = command(*words[:-2], "--metrics", "psnr", "--json", status=1).stdout.splitlines()
    assert all(json.loads(row)["pictures"] == 5 for row in rows)


def test_a_pack_goes_on_without_the_pair_of_a_picture_that_cannot_be_read(
    broken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (broken / "split.json").write_text('{"validation": ["2", "4"]}')
    (broken / "groups.json").write_text('{"one": ["1", "2"], "two": ["3"]}')
    assert main(["data", "pack", f"lol:{broken}", "-o", str(tmp_path / "pack")]) == 1
    out, err = capsys.readouterr()
    assert err.startswith(f"{broken / 'low' / '2.png'}: {FAULT}")
    assert len(err.splitlines()) == 1
    assert "10 pictures" in out
    packed = open_collection(f"auto:{tmp_path / 'pack'}")
    assert [one.id for one in packed.samples] == [f"photo/{number}" for number in "0135"]
    assert [one.id for one in packed.validation] == ["photo/4"]
    assert [one.group for one in packed.samples] == ["", "one", "two", ""]
    assert not list((tmp_path / "pack" / "target").glob("2*"))


def test_a_pack_of_nothing_that_can_be_read_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "a.jpg").write_bytes(b"no photo")
    assert main(["data", "pack", f"folder:{tmp_path / 'p'}", "-o", str(tmp_path / "pack")]) == 1
    assert "no picture could be packed" in capsys.readouterr().err
    assert not (tmp_path / "pack").exists()


def test_synthesis_and_evaluation_go_on(
    broken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", "synthesize", str(broken / "low"), "-o", str(tmp_path / "made")]) == 1
    out, err = capsys.readouterr()
    assert err.startswith(f"{broken / 'low' / '2.png'}: {FAULT}")
    assert "5 done, 1 failed of 6 pairs" in out
    words = ["evaluate", "-m", "gamma", "--data", f"lol:{broken}", "--metrics", "psnr", "--json"]
    main(words)
    out, err = capsys.readouterr()
    assert f"{broken / 'low' / '2.png'}: {FAULT}" in err
    assert all(json.loads(row)["pictures"] == 5 for row in out.splitlines())


def test_pipes_in_a_collection_are_passed_over(lol: Path) -> None:
    os.mkfifo(lol / "low" / "pipe.png")
    assert len(pictures_in(lol)) == 12


@pytest.mark.parametrize("name", ["/etc/hostname", "../lol/low/0.png", "a/../../lol/low/0.png"])
def test_a_table_of_pairs_names_nothing_outside_its_folder(
    name: str, lol: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    table = tmp_path / "p" / "pairs.csv"
    table.parent.mkdir()
    (lol / "low" / "1.png").rename(table.parent / "1.png")
    table.write_text(f"photo,target\n1.png,{name}\n")
    for action in (["describe"], ["pack", "-o", str(tmp_path / "pack")]):
        words = ["data", action[0], f"pairs:{table.parent}", *action[1:]]
        status = main(words)
        out, err = capsys.readouterr()
        assert status == (1 if action[0] == "pack" else 0)
        if status:
            assert err.startswith(
                f"nightlift data: {table}: row 2 names {name}, which is not below its folder"
            )
        else:
            assert "1 pairs not in order" in out
    assert not (tmp_path / "pack").exists()
