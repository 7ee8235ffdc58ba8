"""Intervals over scenes: pictures that repeat each other add nothing."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import by_scene
from nightlift.metrics.statistics import summarize
from tests.evaluate.conftest import save, scene


def test_repeated_pictures_are_one_scene() -> None:
    scores = np.random.default_rng(0).normal(20, 3, 60)
    scenes = [str(number) for number in range(60)]
    one = by_scene.interval(scores, scenes, 0)
    assert by_scene.interval(np.repeat(scores, 4), [s for s in scenes for _ in range(4)], 0) == (
        pytest.approx(one)
    )
    plain = summarize(scores)
    assert one == pytest.approx((plain.low, plain.high), abs=0.1)
    mistaken = summarize(np.repeat(scores, 4))
    assert mistaken.high - mistaken.low < 0.6 * (one[1] - one[0])


def test_means_stay_and_intervals_are_drawn_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        save(tmp_path / "data" / f"{number}.png", scene(number))
    (tmp_path / "data" / "groups.json").write_text('[{"ids": [0, 1, 2]}, {"ids": [3, 4, 5]}]')
    scores = [1.0, 1.0, 1.0, 4.0, 4.0, 4.0]
    row = {"summaries": {"loe": {"mean": 2.5, "low": 0, "high": 0}}, "scores": {"loe": scores}}
    pictures = [{"id": str(number)} for number in range(6)]
    told = {"data_sets": [{"pictures": pictures, "rows": [row]}]}
    (tmp_path / "benchmark.json").write_text(json.dumps(told))
    words = [
        tmp_path / "benchmark.json",
        f"folder:{tmp_path / 'data'}",
        "-o",
        tmp_path / "out.json",
    ]
    monkeypatch.setattr(sys, "argv", ["by_scene.py", *map(str, words)])
    by_scene.main()
    (part,) = json.loads((tmp_path / "out.json").read_text())["data_sets"]
    assert part["rows"][0]["summaries"]["loe"] == {"mean": 2.5, "low": 1.0, "high": 4.0}
