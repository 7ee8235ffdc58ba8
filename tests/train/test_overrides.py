"""Recipes from texts: typed, and with sentences for what does not fit."""

import json
from dataclasses import asdict, dataclass, fields

import pytest

from nightlift.errors import UsageError
from nightlift.learned.recipe import Recipe, field_docs
from nightlift.learned.table import METHODS
from nightlift.train.overrides import from_json, override


@dataclass(frozen=True)
class Everything(Recipe):
    title: str = ""
    anything: int | float | None = None


@pytest.mark.parametrize(
    ("setting", "field", "value"),
    [
        ("epochs=7", "epochs", 7),
        ("learning_rate=1e-3", "learning_rate", 1e-3),
        ("learning-rate=1", "learning_rate", 1.0),
        ("flip=false", "flip", False),
        ("flip=Yes", "flip", True),
        ("ema=none", "ema", None),
        ("ema=0.999", "ema", 0.999),
        ("stop_after=5", "stop_after", 5),
        ("precision=32", "precision", "32"),
        ("precision=bf16", "precision", "bf16"),
        ("schedule=linear-decay", "schedule", "linear-decay"),
        ("betas=(0.5, 0.9)", "betas", (0.5, 0.9)),
        ("betas=0,0.9", "betas", (0.0, 0.9)),
        ("learning_rates=(1, 0.5), (2, 0.1)", "learning_rates", ((1, 0.5), (2, 0.1))),
        ("learning_rates=(1, 0.5)", "learning_rates", ((1, 0.5),)),
        ("learning_rates=()", "learning_rates", ()),
        ("title=12", "title", "12"),
        ("title=a = b", "title", "a = b"),
        ("anything=2", "anything", 2),
        ("anything=2.5", "anything", 2.5),
    ],
)
def test_a_text_becomes_the_fields_type(setting: str, field: str, value: object) -> None:
    found = getattr(override(Everything(), [setting]), field)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("epoch=7", "no field 'epoch'; did you mean epochs?"),
        ("zzz=7", "no field 'zzz'; there are: accumulation_steps, anything, batch"),
        ("name=mine", "no field 'name'"),
        ("epochs", "expected key=value, got 'epochs'"),
        ("epochs=2.5", "expected epochs to be a whole number, got '2.5'"),
        ("epochs=true", "expected epochs to be a whole number, got 'true'"),
        ("flip=1", "expected flip to be true or false, got '1'"),
        ("ema=soon", "expected ema to be a number or none, got 'soon'"),
        ("betas=0.5", r"expected betas to be \(a number, a number\), got '0.5'"),
        ("precision=16", "expected precision to be one of 32, bf16, got '16'"),
        ("learning_rates=1", r"any number of values, each \(a whole number, a number\)"),
        ("epochs=__import__('os')", "expected epochs to be a whole number"),
        ("epochs=0", "expected epochs to be at least 1, got 0"),
        ("learning_rate=-1", "expected learning_rate to be above 0, got -1"),
        ("learning_rate=nan", "expected learning_rate to be a number, got 'nan'"),
        ("ema=1", "expected ema to be at least 0 and below 1, got 1"),
        ("schedule=steps", "needs learning_rates"),
    ],
)
def test_what_does_not_fit_is_said(setting: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        override(Everything(), [setting])


def test_later_settings_win() -> None:
    assert override(Recipe(), ["epochs=2", "epochs=3"]).epochs == 3


@pytest.mark.parametrize("name", METHODS)
def test_recipes_survive_json(name: str) -> None:
    for recipe in METHODS[name].recipes.values():
        assert from_json(type(recipe), json.loads(json.dumps(asdict(recipe)))) == recipe


def test_json_is_checked_as_texts_are() -> None:
    with pytest.raises(UsageError, match="did you mean epochs"):
        from_json(Recipe, {"epoch": 1})
    with pytest.raises(UsageError, match="expected epochs to be a whole number, got 'x'"):
        from_json(Recipe, {"epochs": "x"})


@pytest.mark.parametrize("name", METHODS)
def test_every_recipe_knows_its_name(name: str) -> None:
    assert all(key == recipe.name for key, recipe in METHODS[name].recipes.items())


@pytest.mark.parametrize("text", ["weights=8,2,1,10", "weights=(8, 2, 1, 10.0)"])
def test_one_key_sets_the_weights_of_zero_dce(text: str) -> None:
    """In the reimplementation's order: spatial, exposure, color, smoothness."""
    found = override(METHODS["zero-dce"].recipes["reimplementation"], [text, "color_weight=3"])
    weights = found.spatial_weight, found.exposure_weight, found.color_weight
    assert (*weights, found.smoothness_weight) == (8.0, 2.0, 3.0, 10.0)
    assert "weights" not in asdict(found)


@pytest.mark.parametrize("text", ["weights=8", "weights=1,2,3", "weights=1,2,3,a"])
def test_other_weights_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"expected weights to be \(a number, a number, a number"):
        override(METHODS["zero-dce"].recipes["reimplementation"], [text])
    with pytest.raises(UsageError, match="has no field 'weights'"):
        override(METHODS["smnet"].recipes["lol"], ["weights=1,2,3,4"])


@pytest.mark.parametrize("name", sorted(METHODS))
def test_every_field_of_a_recipe_is_explained(name: str) -> None:
    for recipe in METHODS[name].recipes.values():
        docs = field_docs(type(recipe))
        assert set(docs) == {field.name for field in fields(recipe)}
        assert all(text.endswith(".") for text in docs.values())
