from pathlib import Path

import pytest

from nightlift.batch.planning import Job, Plan
from nightlift.batch.planning import plan as planned
from nightlift.errors import UsageError

JPEG = b"\xff\xd8\xff\xe0" + bytes(60)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(60)
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "in" / "a.jpg").write_bytes(JPEG)
    (tmp_path / "in" / "b.PNG").write_bytes(PNG)
    (tmp_path / "in" / "sub" / "c.jpeg").write_bytes(JPEG)
    (tmp_path / "in" / "notes.txt").write_text("not a photo")
    (tmp_path / "in" / ".hidden.jpg").write_bytes(JPEG)
    return tmp_path / "in"


def plan(*arguments: object, **options: object) -> tuple[Job, ...]:
    made: Plan = planned(*arguments, **options)  # type: ignore[arg-type]
    return made.jobs


def targets(jobs: tuple[Job, ...]) -> list[str]:
    return [str(job.target) for job in jobs]


def test_a_result_stands_beside_its_photo(folder: Path) -> None:
    assert targets(plan([str(folder / "a.jpg")])) == [str(folder / "a-lifted.jpg")]
    assert targets(plan([str(folder / "a.jpg")], suffix="_x")) == [str(folder / "a_x.jpg")]


def test_a_folder_keeps_names_and_sub_folders(folder: Path) -> None:
    out = folder.parent / "out"
    flat = plan([str(folder)], str(out))
    assert targets(flat) == [str(out / "a.jpg"), str(out / "b.PNG")]
    deep = plan([str(folder)], str(out), recursive=True)
    assert targets(deep)[2:] == [str(out / "sub" / "c.jpeg")]


def test_results_of_an_earlier_run_are_left_out(folder: Path) -> None:
    (folder / "a-lifted.jpg").write_bytes(JPEG)
    assert [job.source.name for job in plan([str(folder)])] == ["a.jpg", "b.PNG"]
    named = plan([str(folder / "a-lifted.jpg")])
    assert targets(named) == [str(folder / "a-lifted-lifted.jpg")]


def test_a_file_named_as_output_is_that_file(folder: Path) -> None:
    out = folder.parent / "day.png"
    assert targets(plan([str(folder / "a.jpg")], str(out))) == [str(out)]


def test_the_format_changes_the_extension_and_nothing_else_does(folder: Path) -> None:
    out = str(folder.parent / "out")
    assert targets(plan([str(folder)], out, format="png")) == [f"{out}/a.png", f"{out}/b.PNG"]
    (folder / "phone.heic").write_bytes(HEIC)
    assert targets(plan([str(folder / "phone.heic")], out + "/")) == [f"{out}/phone.jpg"]


def test_two_photos_never_share_a_target(folder: Path) -> None:
    (folder / "a.heic").write_bytes(HEIC)
    out = folder.parent / "out"
    heic, jpeg, other = plan([str(folder)], str(out))
    for job, twin in ((heic, "a.jpg"), (jpeg, "a.heic")):
        assert job.target is None
        assert job.problem == (
            f"{folder / twin} would be written to {out / 'a.jpg'}, too; "
            "keep_ending=True names them a.heic.jpg and a.jpg"
        )
    assert other.target == out / "b.PNG"
    kept = plan([str(folder)], str(out), keep_ending=True)
    assert targets(kept) == [str(out / name) for name in ("a.heic.jpg", "a.jpg", "b.PNG")]
    beside = plan([str(folder)], keep_ending=True)
    assert targets(beside)[:2] == [str(folder / "a.heic-lifted.jpg"), str(folder / "a-lifted.jpg")]


def test_photos_of_two_folders_and_one_name_are_told_apart_by_folders(folder: Path) -> None:
    (folder / "sub" / "a.jpg").write_bytes(JPEG)
    first, second = plan(
        [str(folder / "a.jpg"), str(folder / "sub" / "a.jpg")], str(folder.parent / "out")
    )
    assert first.target is second.target is None
    assert "each with an output of its own" in (first.problem or "")


def test_a_photo_is_never_written_over_itself(folder: Path) -> None:
    with pytest.raises(UsageError, match="originals are never touched"):
        plan([str(folder)], str(folder))
    with pytest.raises(UsageError, match="originals are never touched"):
        plan([str(folder / "a.jpg")], suffix="")


def test_an_input_given_twice_is_done_once(folder: Path) -> None:
    assert len(plan([str(folder / "a.jpg"), str(folder)])) == 2


def test_globs_limits_and_what_is_not_there(folder: Path) -> None:
    assert len(plan([str(folder / "*")], str(folder.parent / "out"))) == 3
    assert len(plan([str(folder)], limit=1)) == 1
    (nothing,) = plan([str(folder / "*.webp")])
    assert nothing.target is None
    assert nothing.problem == "no file matches this pattern"
    (missing,) = plan([str(folder / "gone.jpg")])
    assert missing.source.name == "gone.jpg"


def test_a_folder_without_photos_says_so(tmp_path: Path) -> None:
    (job,) = plan([str(tmp_path)])
    assert job.problem is not None
    assert "there is no photo in this folder" in job.problem


def test_several_results_need_a_folder(folder: Path) -> None:
    with pytest.raises(UsageError, match="expected a folder"):
        plan([str(folder)], str(folder / "a.jpg"))
