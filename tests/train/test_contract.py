"""What every method of the table owes: a card, a falling loss, a released file that enhances."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import nightlift
from nightlift.adjust.adjustment import Adjustment
from nightlift.cli.main import main
from nightlift.edit.enhancer import Enhancer
from nightlift.learned.declaration import Batch, Method, total
from nightlift.learned.table import METHODS
from nightlift.photo.orientation import turn_back
from nightlift.photo.photo import Photo, Pixels
from nightlift.train.export import parity
from nightlift.train.overrides import override
from nightlift.train.releasing import export_run
from nightlift.train.run import load_run, train
from tests.reference import synth
from tests.train.conftest import tiny

Specs = Mapping[str, str]
every_method = pytest.mark.parametrize("method", METHODS.values(), ids=lambda one: one.name)

HEADINGS = (
    "How it works",
    "Training",
    "Data",
    "Published weights",
    "Terms",
    "Limits",
    "Sources",
)
STEPS = 12


def folder(method: Method[Any]) -> Path:
    """Where the method lives, found by what builds its network."""
    return Path(inspect.getfile(method.network)).parent


def dark_photo() -> Pixels:
    return np.rint(255 * 0.4 * synth.image(43, 61, 5)).astype(np.uint8)


@every_method
def test_it_has_a_card(method: Method[Any]) -> None:
    """What it is for, and by the headings: sources, recipes, data, licenses, limits."""
    card = (folder(method) / "card.md").read_text(encoding="utf-8")
    sections = [line.removeprefix("## ") for line in card.splitlines() if line.startswith("## ")]
    assert [name for name in sections if name in HEADINGS] == list(HEADINGS)
    assert "\n**For** " in card
    training = card.partition("## Training\n")[2].partition("\n## Data\n")[0]
    assert all(f"`{name}`" in training for name in method.recipes)
    assert method.name in card
    terms = card.partition("## Terms\n")[2].partition("\n## ")[0]
    assert "data they were trained on" in " ".join(terms.split())
    imported = re.search(rf"nightlift import {method.name}[ `]", card)
    assert (imported is not None) == (method.read_published is not None)
    assert (method.published_license is None) == (method.read_published is None)


@every_method
def test_it_describes_itself(method: Method[Any]) -> None:
    recipe = next(iter(method.recipes.values()))
    assert method.title and method.sources
    passport = method.passport(recipe, method.network(tiny(method)))
    assert (passport.method, passport.supervision) == (method.name, method.supervision)
    assert set(passport.sources) <= set(method.sources)


@every_method
def test_every_field_of_its_recipes_is_a_setting(method: Method[Any]) -> None:
    for recipe in method.recipes.values():
        names = [field.name for field in fields(recipe) if field.name != "name"]
        assert override(recipe, [f"{name}={getattr(recipe, name)}" for name in names]) == recipe


@every_method
def test_a_fixed_batch_is_learned(method: Method[Any]) -> None:
    torch.manual_seed(0)
    recipe = tiny(method)
    objective = method.objective(method.network(recipe), recipe).train()
    light = np.stack([synth.image(32, 32, seed) for seed in range(4)]).transpose(0, 3, 1, 2)
    target = torch.from_numpy(np.ascontiguousarray(light))
    batch = Batch(0.4 * target, None if method.supervision == "zero-reference" else target)
    group = objective.optimizer_groups[0]
    optimizer = torch.optim.Adam(group.parameters(), lr=2e-3)
    losses = []
    for _ in range(STEPS):
        loss = total(objective.terms(batch, group.name))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.item())
    assert np.isfinite(losses).all()
    assert np.mean(losses[-3:]) < np.mean(losses[:3])


@pytest.mark.slow
@every_method
def test_a_run_becomes_a_model_that_enhances(
    method: Method[Any], data: Specs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_enhances(method, data, tmp_path)
    assert_commands_take(tmp_path / "model.onnx", data)
    assert "**model**" in capsys.readouterr().out


def assert_enhances(method: Method[Any], data: Specs, root: Path) -> None:
    """Trained, exported and used, by default and exact, upright and turned."""
    recipe = tiny(method, epochs=1)
    train(method, recipe, data[method.supervision], root / "run", workers=0)
    model = export_run(root / "run", root / "model.onnx", data=("tiny",), license="CC0-1.0")
    assert parity(load_run(root / "run")[2], model) <= 1e-4
    said = model.passport
    assert (said.method, said.data, said.license) == (method.name, ("tiny",), "CC0-1.0")
    assert said.recipe.startswith(f"{method.name} --recipe ") and said.recipe.endswith("seed 0")
    lift, photo = Enhancer(model=model.path, threads=1), dark_photo()
    result = lift(photo)
    assert result.shape == photo.shape and result.dtype == np.uint8
    np.testing.assert_array_equal(lift(photo), result)
    np.testing.assert_array_equal(lift(photo, strength=0.0), photo)
    assert lift(photo, exact=True).shape == photo.shape
    edit = lift.estimate(photo, paint=False).adjustment
    assert isinstance(edit, Adjustment)
    stored = Photo(np.ascontiguousarray(turn_back(photo, 6)), orientation=6)
    turned = lift(stored).pixels.astype(int)
    assert np.abs(turned - turn_back(result, 6)).max() <= 1


def assert_commands_take(model: Path, data: Specs) -> None:
    """`enhance`, `compare` and `evaluate` with a released file."""
    root, path = model.parent, str(model)
    photo = root / "dark.png"
    nightlift.write(Photo(dark_photo()), photo)
    for words in (
        ("enhance", str(photo), "--model", path, "-o", str(root / "light.png")),
        ("compare", str(photo), "-m", path, "-o", str(root / "sheet.png")),
        ("evaluate", "--model", path, "--data", data["paired"], "--split", "all", "--limit", "2"),
    ):
        assert main(words) == 0, words
    assert nightlift.read(root / "light.png").pixels.shape == (43, 61, 3)


@every_method
def test_what_cannot_be_imported_is_a_sentence(
    method: Method[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "holiday.txt"
    wrong.write_text("no weights")
    words = ("import", method.name, str(wrong), "-o", str(tmp_path / "m.onnx"))
    assert main(words) == (2 if method.read_published is None else 1)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("nightlift import: ")
    expected = f"no published checkpoint of {method.name}" if main(words) == 2 else str(wrong)
    assert expected in line
    assert not (tmp_path / "m.onnx").exists()


def test_the_commands_list_it(capsys: pytest.CaptureFixture[str]) -> None:
    """`methods --trainable` and the sentence of `train` say every name of the table."""
    assert main(("methods", "--trainable")) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]]
    assert listed == list(METHODS)
    assert main(("train", "nothing-like-it", "--data", "folder:.", "-o", "run")) == 2
    assert ", ".join(METHODS) in capsys.readouterr().err


def test_a_release_tells_files_without_their_folders(data: Specs, tmp_path: Path) -> None:
    method, run = METHODS["glenet-global"], tmp_path / "run"
    recipe = tiny(method, epochs=1, features_file=str(tmp_path / "features.pth"))
    train(method, recipe, data["paired"], run, workers=0)
    said = export_run(run, tmp_path / "model.onnx").passport.recipe
    assert "features_file=features.pth" in said and str(tmp_path) not in said
