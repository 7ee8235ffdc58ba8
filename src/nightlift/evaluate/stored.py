"""An evaluation that was kept: its table back from results.json, its rows ready to render."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nightlift.data import Sample, open_collection, read_json
from nightlift.errors import DataError
from nightlift.evaluate.baseline_rows import baselines
from nightlift.evaluate.candidate import Candidate, method, released_file, results
from nightlift.evaluate.documents import JSON
from nightlift.evaluate.gamma_fit import GammaFit
from nightlift.evaluate.table import Evaluation, PairedComparison, Pictured, Row
from nightlift.evaluate.traceability import Provenance
from nightlift.metrics import Difference, Metric, Summary

FITTED = "best-constant-gamma"


def load(folder: Path) -> tuple[Evaluation, Provenance]:
    """What `documents.write` wrote into `folder`; its metrics no longer measure anything.

    Raises DataError where there is none, or it is damaged.
    """
    path = folder / JSON
    content = read_json(path)
    try:
        told = content["provenance"]
        fields = {key: told[key] for key in Provenance.__dataclass_fields__}
        source = Provenance(**{**fields, "notes": tuple(told["notes"])})
        evaluation = Evaluation(
            tuple(Metric(function=_measured_before, **one) for one in content["metrics"]),
            tuple(Pictured(**one) for one in content["pictures"]),
            tuple(_row(one) for one in content["rows"]),
            tuple(_comparison(one) for one in content["comparisons"]),
            tuple(content["left_out"]),
            source.seed,
        )
    except (TypeError, KeyError, ValueError) as error:
        raise DataError(
            f"{path}: expected the results of `nightlift evaluate`, got something else ({error})"
        ) from error
    return evaluation, source


def samples(evaluation: Evaluation, source: Provenance) -> tuple[Sample, ...]:
    """The measured pictures, in their order, from where they were; raises DataError."""
    collection = open_collection(source.data)
    known = {one.id: one for part in collection.parts.values() for one in part}
    lost = [one.id for one in evaluation.pictures if one.id not in known]
    if lost:
        raise DataError(f"{source.data} no longer holds {lost[0]}, which was measured")
    return tuple(known[one.id] for one in evaluation.pictures)


def candidates(
    evaluation: Evaluation, source: Provenance, pictures: Sequence[Sample]
) -> tuple[Candidate, ...]:
    """Each row as it can be rendered again.

    Raises DataError where a model is another one now, or results are gone, and ModelError.
    """
    trivial = {one.name: one for one in baselines(_fitted(evaluation))}
    return tuple(
        trivial[row.name] if row.role == "baseline" else _again(row, source, pictures)
        for row in evaluation.rows
    )


def _again(row: Row, source: Provenance, pictures: Sequence[Sample]) -> Candidate:
    about = row.about
    if "folder" in about:
        return results(row.name, Path(about["folder"]), pictures)
    if "file" in about:
        found = released_file(Path(about["file"]), exact=source.exact)
    else:
        found = method(row.name, exact=source.exact)
    if found.about.get("sha256") != about.get("sha256"):
        raise DataError(f"{row.name} is another model now than the one that was measured")
    return found


def _fitted(evaluation: Evaluation) -> GammaFit | None:
    for row in evaluation.rows:
        if row.name == FITTED:
            about = row.about
            return GammaFit(about["gamma"], about["training_pairs"], about["training_psnr"])
    return None


def _measured_before(*pictures: object, data_range: float) -> float:
    raise DataError("these scores were measured before; evaluate again to measure others")


def _row(stored: Mapping[str, Any]) -> Row:
    return Row(
        stored["name"],
        stored["title"],
        stored["role"],
        stored["about"],
        {name: tuple(map(_number, scores)) for name, scores in stored["scores"].items()},
        {name: Summary(**_numbers(one)) for name, one in stored["summaries"].items()},
        tuple(stored["problems"]),
    )


def _comparison(stored: Mapping[str, Any]) -> PairedComparison:
    difference = Difference(**_numbers(stored["difference"]))
    return PairedComparison(**{**stored, "difference": difference})


def _numbers(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if name == "count" else _number(value) for name, value in stored.items()}


def _number(stored: float | str | None) -> float:
    """A number of JSON: null is what could not be said, a string an infinity."""
    return float("nan" if stored is None else stored)
