import struct
import threading
import time
from pathlib import Path

import pytest

from nightlift.batch.memory import Budget
from nightlift.batch.planning import Job
from nightlift.batch.pool import Outcome, run
from nightlift.errors import ReadError
from nightlift.photo.atomic import write_bytes


def jobs(folder: Path, number: int) -> list[Job]:
    return [Job(folder / f"{i}.jpg", folder / f"{i}-out.jpg") for i in range(number)]


def test_outcomes_come_in_order_and_one_failure_stops_nothing(tmp_path: Path) -> None:
    second_is_done = threading.Event()

    def work(job: Job) -> Outcome:
        number = int(job.source.stem)
        assert number != 0 or second_is_done.wait(60)
        if number == 1:
            second_is_done.set()
        if number % 3 == 0:
            raise ReadError("broken\nin two lines")
        if number % 5 == 0:
            raise MemoryError
        return Outcome(job, "done")

    outcomes = list(run(jobs(tmp_path, 20), work, workers=3))
    assert [int(each.job.source.stem) for each in outcomes] == list(range(20))
    for number, outcome in enumerate(outcomes):
        assert (outcome.status == "failed") == (number % 3 == 0 or number % 5 == 0)
    assert outcomes[0].problem == "broken in two lines"
    assert "memory" in (outcomes[5].problem or "")


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (KeyError("a bug"), "this is a fault of nightlift (KeyError: 'a bug'): please report it"),
        (RecursionError("too deep"), "this is a fault of nightlift (RecursionError: too deep)"),
        (struct.error("bad"), "this is a fault of nightlift (struct.error: bad)"),
        (OverflowError(), "this is a fault of nightlift (OverflowError)"),
        (PermissionError(13, "Permission denied"), "Permission denied"),
        (MemoryError(), "there is not enough memory; try fewer workers or less memory"),
    ],
)
def test_what_nobody_foresaw_is_one_photo_s_line_and_a_fault_of_ours(
    fault: Exception, told: str, tmp_path: Path
) -> None:
    def work(job: Job) -> Outcome:
        if job.source.stem == "1":
            raise fault
        return Outcome(job, "done")

    outcomes = list(run(jobs(tmp_path, 3), work))
    assert [one.status for one in outcomes] == ["done", "failed", "done"]
    assert (outcomes[1].problem or "").startswith(told)


def test_of_two_batches_that_leave_results_the_later_one_skips(tmp_path: Path) -> None:
    def work(job: Job) -> Outcome:
        assert job.target is not None
        job.target.write_bytes(b"the other batch's")
        write_bytes(job.target, b"this one's")
        return Outcome(job, "done")

    (skipped,) = run(jobs(tmp_path, 1), work, existing="skip")
    assert (skipped.status, skipped.problem) == ("skipped", None)
    (tmp_path / "0-out.jpg").unlink()
    (failed,) = run(jobs(tmp_path, 1), work)
    assert failed.status == "failed"
    assert "exists already" in (failed.problem or "")
    assert (tmp_path / "0-out.jpg").read_bytes() == b"the other batch's"


def test_no_more_photos_in_hand_than_workers(tmp_path: Path) -> None:
    lock, now, most = threading.Lock(), 0, 0
    meeting = threading.Barrier(2)

    def work(job: Job) -> Outcome:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        meeting.wait(60)
        with lock:
            now -= 1
        return Outcome(job, "done")

    assert len(list(run(jobs(tmp_path, 20), work, workers=2))) == 20
    assert most == 2


def test_existing_results(tmp_path: Path) -> None:
    (tmp_path / "1-out.jpg").write_bytes(b"kept")
    done = []

    def work(job: Job) -> Outcome:
        done.append(job.source.stem)
        return Outcome(job, "done")

    statuses = [each.status for each in run(jobs(tmp_path, 3), work)]
    assert statuses == ["done", "failed", "done"]
    statuses = [each.status for each in run(jobs(tmp_path, 3), work, existing="skip")]
    assert statuses == ["done", "skipped", "done"]
    assert "1" not in done
    statuses = [each.status for each in run(jobs(tmp_path, 3), work, existing="overwrite")]
    assert statuses == ["done"] * 3


def test_closing_drops_what_was_not_begun(tmp_path: Path) -> None:
    begun = []

    def work(job: Job) -> Outcome:
        begun.append(job)
        return Outcome(job, "done")

    outcomes = run(jobs(tmp_path, 100), work, workers=2)
    next(outcomes)
    outcomes.close()  # type: ignore[attr-defined]
    assert len(begun) < 10


def test_a_budget_is_never_overdrawn_and_lets_a_giant_run_alone() -> None:
    budget, lock, taken, most = Budget(100), threading.Lock(), 0, 0

    def hold(needed: int) -> None:
        nonlocal taken, most
        with budget.reserved(needed):
            with lock:
                taken += min(needed, 100)
                most = max(most, taken)
            time.sleep(0.003)
            with lock:
                taken -= min(needed, 100)

    threads = [threading.Thread(target=hold, args=(size,)) for size in (40, 60, 500, 90, 10, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert not any(thread.is_alive() for thread in threads)
    assert 0 < most <= 100
