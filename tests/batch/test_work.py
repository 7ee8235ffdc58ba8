"""What a worker does to one file."""

from pathlib import Path

import numpy as np
import pytest

from nightlift.batch import work
from nightlift.batch.memory import Budget
from nightlift.batch.planning import Job
from nightlift.edit.enhancer import Enhancer
from nightlift.photo.buffer_pool import MOST_KEPT
from nightlift.photo.photo import Photo
from nightlift.photo.reading import read
from nightlift.photo.writing import write


@pytest.mark.parametrize(
    ("memory", "kept"), [(None, True), (work.LITTLE * MOST_KEPT, True), (10**8, False)]
)
def test_a_small_budget_keeps_no_memory_for_the_next_photo(
    memory: int | None, kept: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = []

    def spy(source: Path, **options: object) -> Photo:
        rooms.append(options["buffers"])
        return read(source, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(work, "read", spy)
    write(Photo(np.full((20, 30, 3), 40, np.uint8), format="jpeg"), tmp_path / "dark.jpg")
    lifting = work.Enhancing(Enhancer("gamma", threads=1))
    file_work = work.FileWork(lifting, work.Writing(threads=1), Budget(memory))
    file_work(Job(tmp_path / "dark.jpg", tmp_path / "bright.jpg"))
    assert rooms == [file_work.buffers if kept else None]
    assert read(tmp_path / "bright.jpg").pixels.mean() > 80
