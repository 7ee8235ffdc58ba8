"""A recipe may ask for a part of a collection."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nightlift.errors import DataError
from nightlift.learned.table import METHODS
from nightlift.train.run import train
from tests.train.conftest import tiny


def test_one_class_of_objects_is_trained_alone(tmp_path: Path, data: Mapping[str, str]) -> None:
    method = METHODS["enlightengan"]
    recipe = tiny(method, epochs=1, validation=0.0, object="car")
    seen: list[set[str]] = []

    def noted(own: Any, collection: Any) -> Any:
        chosen = method.select(own, collection)
        seen.append({sample.group for sample in chosen.samples + chosen.good})
        return chosen

    watched = replace(method, select=noted)
    train(watched, recipe, data["unpaired"], tmp_path / "run", workers=0)
    assert seen == [{"car"}]
    with pytest.raises(DataError, match="car"):
        train(method, replace(recipe, object="cart"), data["unpaired"], tmp_path / "no", workers=0)
