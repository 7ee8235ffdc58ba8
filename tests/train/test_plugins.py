"""Methods and losses of other packages: from the template to a released file."""

from __future__ import annotations

import csv
import importlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from nightlift.cli.main import main
from nightlift.errors import DataError, UsageError, WriteError
from nightlift.learned import plugins
from nightlift.learned.declaration import Batch
from nightlift.learned.scaffold import write_package
from nightlift.learned.table import METHODS, importer, method
from nightlift.train.recipe_file import read_recipe
from nightlift.train.run_list import runs

NAME = "my-method"
Install = Callable[[str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Puts entry points beside the written package, as an installation does."""
    folder = tmp_path / "package"
    write_package(NAME, folder)
    source = folder / "src"
    monkeypatch.syspath_prepend(str(source))

    def installed(entry_points: str) -> None:
        told = source / "my_method-0.1.dist-info"
        told.mkdir(exist_ok=True)
        (told / "METADATA").write_text("Metadata-Version: 2.1\nName: my-method\nVersion: 0.1\n")
        (told / "entry_points.txt").write_text(entry_points)
        importlib.invalidate_caches()

    yield installed
    for module in [name for name in sys.modules if name.startswith("my_method")]:
        del sys.modules[module]


def its_own(folder: Path) -> str:
    """The entry points that the template's pyproject.toml names, as they are installed."""
    import tomllib

    told = tomllib.loads((folder / "package" / "pyproject.toml").read_text())
    groups = told["project"]["entry-points"]
    return "".join(
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items())
        for group, points in groups.items()
    )


def test_the_template_is_trained_resumed_released_and_used(
    install: Install,
    tmp_path: Path,
    data: Mapping[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    install(its_own(tmp_path))
    recipe = tmp_path / "package" / "recipe.yaml"
    run = tmp_path / "run"
    words = ["train", NAME, "--data", data["paired"], "-o", str(run), "--workers", "0"]
    small = ["--set", "epochs=1", "--set", "size=32", "--set", "batch=4"]
    assert main([*words, "--recipe", str(recipe), *small]) == 0
    stored = json.loads((run / "run.json").read_text())
    assert (stored["method"], stored["recipe"]["name"]) == (NAME, "recipe")
    assert stored["recipe"]["further_losses"] == [["my-method-gradients", 0.1]]
    assert "my-method-gradients" in (run / "metrics.csv").read_text().splitlines()[0]
    assert main([*words, "--resume", "--set", "epochs=2"]) == 0
    model = tmp_path / "mine.onnx"
    assert main(["export", str(run), "-o", str(model)]) == 0
    capsys.readouterr()
    assert main(["methods", "--trainable", "--json"]) == 0
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert NAME in [one["name"] for one in listed]
    (told,) = runs(tmp_path)
    assert (told.method, told.epochs, told.wanted) == (NAME, 2, 2)
    assert told.loss is not None and told.problem is None
    with (run / "metrics.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    for name in ("psnr", "ssim"):
        seen = [float(text) for line in lines if (text := line[f"validation_{name}"])]
        assert told.measures[name] == max(seen)
    assert main(["runs", str(tmp_path)]) == 0
    assert f"{run}  {NAME}" in capsys.readouterr().out
    beside = ["-m", "gamma", "--data", data["paired"], "--metrics", "psnr", "--no-costs"]
    out, kept = str(tmp_path / "field"), str(tmp_path / "kept.jsonl")
    assert main(["benchmark", "--model", str(model), *beside, "-o", out, "--cache", kept]) == 0
    (measured,) = json.loads((tmp_path / "field" / "benchmark.json").read_text())["data_sets"]
    scores = {row["name"]: row["scores"]["psnr"] for row in measured["rows"]}
    assert len(scores["mine"]) == len(scores["gamma"]) and min(scores["mine"]) > 0


def test_a_further_loss_is_in_the_terms_and_in_what_is_watched(
    install: Install, tmp_path: Path
) -> None:
    install(its_own(tmp_path))
    found = method("zero-dce")
    plain = next(iter(found.recipes.values()))
    recipe = replace(plain, further_losses=(("my-method-gradients", 0.5),))
    torch.manual_seed(0)
    objective = found.objective(found.network(recipe), recipe)
    batch = Batch(torch.rand(2, 3, 32, 32))
    terms = objective.terms(batch, "network")
    assert objective.all_terms(batch, "network") == terms
    objective.further = plugins.further_losses(recipe)
    loss = plugins._loss("my-method-gradients")
    expected = 0.5 * loss(objective.enhance(batch.photo), batch)
    assert torch.equal(objective.all_terms(batch, "network")["my-method-gradients"], expected)
    gap = objective.watched_loss(batch) - objective.validation_loss(batch)
    assert gap.item() == pytest.approx(expected.item(), rel=1e-4)
    taken = dict.fromkeys(terms, "x")
    name = next(iter(taken))
    objective.further = (plugins.WeightedLoss(name, 1.0, loss),)
    with pytest.raises(UsageError, match="has the name of one of the method's own terms"):
        objective.all_terms(batch, "network")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("my-method = my_method.gone:METHOD", r"cannot be loaded: No module named"),
        ("my-method = my_method.losses:gradients", "should be a nightlift Method"),
        ("other = my_method.method:METHOD", "of this name, and is Method my-method"),
    ],
)
def test_what_is_wrong_with_a_package_is_a_sentence(
    install: Install, entry: str, words: str
) -> None:
    install(f"[nightlift.methods]\n{entry}\n")
    with pytest.raises(UsageError, match=words):
        method(entry.partition(" ")[0])
    assert main(["methods", "--trainable", "--json"]) == 0


def test_a_plugin_never_takes_the_place_of_a_method(install: Install) -> None:
    install("[nightlift.methods]\nzero-dce = my_method.method:METHOD\n")
    assert method("zero-dce") is METHODS["zero-dce"]


def test_names_that_nobody_brings(install: Install, tmp_path: Path) -> None:
    install(its_own(tmp_path))
    with pytest.raises(UsageError, match="did you mean my-method"):
        method("my-methd")
    with pytest.raises(UsageError, match="no published checkpoint of my-method"):
        importer(NAME)
    with pytest.raises(UsageError, match="did you mean my-method-gradients"):
        plugins._loss("my-method-gradient")


def test_a_recipe_in_yaml(tmp_path: Path) -> None:
    smnet = METHODS["smnet"]
    path = tmp_path / "mine.yaml"
    path.write_text(
        "from: small\nepochs: 7\nlearning_rate: 1e-4\nbetas: [0.5, 0.9]\nclip-norm: null\n"
        "learning_rates: [[0, 1.0], [3, 0.5]]\nflip: false\n"
    )
    found = read_recipe(path, smnet)
    base = smnet.recipes["small"]
    assert found.name == "mine" and found.epochs == 7 and found.learning_rate == 1e-4
    assert found.betas == (0.5, 0.9) and found.clip_norm is None and found.flip is False
    assert found.learning_rates == ((0, 1.0), (3, 0.5))
    assert found.width == base.width and found.batch == base.batch


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- 1\n", "lines such as"),
        ("a: [\n", "cannot be read"),
        ("method: iat\n", "a recipe of iat, not of smnet"),
        ("from: large\n", "has no recipe 'large'"),
        ("epoch: 3\n", "did you mean epochs"),
        ("epochs: many\n", "expected epochs to be a whole number"),
        ("epochs: 2.5\n", "expected epochs to be a whole number"),
        ("batch: 0\n", "expected batch to be at least 1"),
    ],
)
def test_a_wrong_recipe_is_a_sentence(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(text)
    with pytest.raises((UsageError, DataError), match=words):
        read_recipe(path, METHODS["smnet"])


def test_a_package_is_written_once_and_under_a_sound_name(tmp_path: Path) -> None:
    write_package(NAME, tmp_path / "a")
    with pytest.raises(WriteError, match="holds something already"):
        write_package(NAME, tmp_path / "a")
    for name in ("My", "a b", "-a", "a_b", ""):
        with pytest.raises(UsageError, match="lower-case letters"):
            write_package(name, tmp_path / "b")
    for path in (tmp_path / "a").rglob("*.py"):
        compile(path.read_text(), str(path), "exec")
        assert "$" not in path.read_text()


def test_runs_that_cannot_be_read_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["runs", str(tmp_path)]) == 0
    assert "no run in" in capsys.readouterr().out
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.json").write_text("{")
    assert main(["runs", str(tmp_path)]) == 1
    assert "expected a JSON file" in capsys.readouterr().out
    assert main(["runs", str(tmp_path / "gone")]) == 2
