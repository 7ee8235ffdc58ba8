"""metrics.csv across kills: what comes again is dropped, what was half-written too."""

from pathlib import Path

from nightlift.train.metrics_file import MetricsFile


def rows(path: Path) -> list[str]:
    return path.read_text().splitlines()


def fill(path: Path) -> None:
    file = MetricsFile(path)
    for step in (2, 4, 5):
        fixed = {"epoch": (step + 1) // 3, "step": step, "seconds": 0.5, "learning_rate": 0.1}
        file.append({**fixed, "color": step / 10, "critic/real": 1.0})
    file.append({"epoch": 2, "step": 5, "seconds": 1.0, "learning_rate": 0.1, "validation_loss": 7})


def test_terms_become_columns(tmp_path: Path) -> None:
    fill(tmp_path / "metrics.csv")
    assert rows(tmp_path / "metrics.csv") == [
        "epoch,step,seconds,learning_rate,color,critic/real,validation_loss",
        "1,2,0.5,0.1,0.2,1.0,",
        "1,4,0.5,0.1,0.4,1.0,",
        "2,5,0.5,0.1,0.5,1.0,",
        "2,5,1.0,0.1,,,7",
    ]


def test_forgets_what_comes_again_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    fill(path)
    with path.open("a") as file:
        file.write("2,6,0.")  # killed while writing
    file_again = MetricsFile(path)
    file_again.forget(4)
    assert rows(path)[1:] == ["1,2,0.5,0.1,0.2,1.0,", "1,4,0.5,0.1,0.4,1.0,"]
    file_again.append({"epoch": 2, "step": 5, "seconds": 9, "learning_rate": 1, "color": 3})
    assert rows(path)[-1] == "2,5,9,1,3,,"
    assert len(rows(path)) == 4


def test_begins_anew_when_nothing_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    path.write_text("epoch,st")  # killed while writing the first row
    file = MetricsFile(path)
    file.forget(0)
    assert not path.exists()
    file.append({"epoch": 1, "step": 1, "seconds": 0, "learning_rate": 1, "loss": 2})
    assert rows(path)[0] == "epoch,step,seconds,learning_rate,loss,validation_loss"
