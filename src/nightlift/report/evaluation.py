"""The page of an evaluation: what was measured, how it is spread, and the pictures behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from nightlift.data import Bytes, Sample, picture
from nightlift.evaluate import (
    NONE,
    Candidate,
    Evaluation,
    PairedComparison,
    Provenance,
    Row,
    decimals,
    interval,
    shown,
)
from nightlift.metrics import Metric
from nightlift.report.charts import Distribution, spreads
from nightlift.report.gallery import Shown, gallery, viewer
from nightlift.report.page import facts, heading, page, static

EACH_END = 4
"""Pictures shown from either end of each method's order."""

MOST = 32

ARROWS = {"higher": "↑", "lower": "↓"}
IDENTITY, GAMMA = "identity", "gamma-0.4"


def evaluation_page(
    evaluation: Evaluation,
    source: Provenance,
    samples: Sequence[Sample],
    candidates: Sequence[Candidate],
) -> list[bytes]:
    """The page of an evaluation, with its worst and best pictures.

    The pictures are rendered again by the candidates, by their names; what they raise is raised.

    Args:
        evaluation: What was measured.
        source: Of what and how.
        samples: The pictures, or more of them.
        candidates: The rows.

    Returns:
        Pieces of one HTML file.
    """
    ids = _outstanding(evaluation)
    known = {sample.id: sample for sample in samples}
    columns = _columns(evaluation, candidates)
    paired = all(known[id].target is not None for id in ids)
    names = ["input" if one.name == IDENTITY else one.name for one in columns]
    names += ["reference"] if paired else []
    rows = (_shown(evaluation, known[id], columns, paired) for id in ids)
    made = gallery(rows, len(ids))
    methods = [place for place, one in enumerate(columns) if one.role == "method"]
    first = evaluation.metrics[0]
    data = viewer(
        names,
        made.photos,
        evaluation.metrics,
        shown=[0, *methods[:2], *([len(columns)] if paired else [])][:4],
        judged=methods[0] if methods else 0,
        order=f"worst {first.name}",
    )
    gallery_part = "<h2>Worst and best pictures</h2>" + _picture_note(evaluation, len(ids))
    body = _body(evaluation, source, gallery_part + static("viewer.html"))
    return page(_title(evaluation, source), "report", body, {"viewer": data}, made.blobs)


def table_page(evaluation: Evaluation, source: Provenance, why: str) -> list[bytes]:
    """The page without pictures.

    Args:
        evaluation: What was measured.
        source: Of what and how.
        why: The sentence that says why there are none.

    Returns:
        Pieces of one HTML file.
    """
    body = _body(evaluation, source, f'<p class="notice">{escape(why)}</p>')
    return page(_title(evaluation, source), "report", body)


def _title(evaluation: Evaluation, source: Provenance) -> str:
    count = len(evaluation.pictures)
    return f"{'1 picture' if count == 1 else f'{count} pictures'} of {source.data}"


def _body(evaluation: Evaluation, source: Provenance, pictures: str) -> str:
    lead = (
        f"Part: {escape(source.part)}. Measured after rounding to 8 bits, at native size, in sRGB, "
        f"methods in {'exact' if source.exact else 'default'} mode."
    )
    sections = [
        heading(_title(evaluation, source), lead),
        "<main>",
        _notes(evaluation, source),
        "<h2>Scores</h2>",
        _scores(evaluation),
        _legend(evaluation),
        pictures,
        "<h2>Distributions</h2>",
        '<p class="soft">A point for each picture, a box over the middle half, the mean with its '
        "95 % interval on top.</p>",
        '<div class="charts">',
        *(chart(evaluation, one) for one in evaluation.metrics),
        "</div>",
        _differences(evaluation),
        "<h2>Provenance</h2>",
        provenance_facts(source),
        "</main>",
    ]
    return "".join(sections)


# ---------------------------------------------------------------- pictures


def _outstanding(evaluation: Evaluation) -> list[str]:
    """Ids of the pictures that each method did worst and best on, by the first metric."""
    metric = evaluation.metrics[0]
    sound = [row for row in evaluation.rows if not row.problems]
    judged = [row for row in sound if row.role == "method"] or sound
    sign = 1 if metric.better == "higher" else -1
    found: dict[int, None] = {}
    for nth in range(EACH_END):
        for row in judged:
            scores = [sign * score for score in row.scores[metric.name]]
            known = [place for place, score in enumerate(scores) if not math.isnan(score)]
            order = sorted(known, key=scores.__getitem__)
            found.update(dict.fromkeys([*order[nth : nth + 1], *order[-1 - nth :][:1]]))
    return [evaluation.pictures[place].id for place in list(found)[:MOST]]


def _columns(evaluation: Evaluation, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The photo itself, gamma 0.4, and every method whose row is whole."""
    sound = {row.name for row in evaluation.rows if not row.problems}
    kept = [one for one in candidates if one.name in sound]
    return [one for one in kept if one.role == "method" or one.name in (IDENTITY, GAMMA)]


def _shown(
    evaluation: Evaluation, sample: Sample, columns: Sequence[Candidate], paired: bool
) -> Shown:
    source = picture(sample.photo)
    pictures: list[Bytes] = [one.render(sample, source) for one in columns]
    place = [one.id for one in evaluation.pictures].index(sample.id)
    scores: dict[str, list[float | None]] = {
        metric.name: [evaluation.row(one.name).scores[metric.name][place] for one in columns]
        for metric in evaluation.metrics
    }
    if paired and sample.target is not None:
        pictures.append(picture(sample.target))
        scores = {name: [*marks, None] for name, marks in scores.items()}
    return Shown(sample.id, pictures, scores)


def _picture_note(evaluation: Evaluation, count: int) -> str:
    title = escape(evaluation.metrics[0].title)
    return (
        f'<p class="soft">{count} of {len(evaluation.pictures)}: those that each method did worst '
        f"and best on by {title}. The order can be changed beside the pictures.</p>"
    )


# ---------------------------------------------------------------- tables


def _scores(evaluation: Evaluation) -> str:
    heads = "".join(
        f'<th scope="col">{escape(one.title)} {ARROWS[one.better]}</th>'
        for one in evaluation.metrics
    )
    digits = decimals(evaluation)
    best = {metric.name: _best(evaluation, metric) for metric in evaluation.metrics}
    rows = []
    for row in evaluation.rows:
        cells = "".join(_cell(row, name, digits[name], best[name]) for name in digits)
        name = row.title if row.role == "baseline" else row.name
        rows.append(f'<tr class="{row.role}"><th scope="row">{escape(name)}</th>{cells}</tr>')
    return _table(heads, rows)


def _cell(row: Row, metric: str, digits: int, best: str | None) -> str:
    if metric not in row.summaries:
        return f"<td>{NONE}</td>"
    one = row.summaries[metric]
    bounds = interval(one.low, one.high, digits)
    spread = f"± {shown(one.sd, digits)} {bounds}" if not math.isnan(one.sd) else bounds
    mark = ' class="best"' if row.name == best else ""
    return f"<td{mark}><b>{shown(one.mean, digits)}</b><small>{spread}</small></td>"


def _best(evaluation: Evaluation, metric: Metric) -> str | None:
    means = {
        row.name: row.summaries[metric.name].mean
        for row in evaluation.rows
        if row.summaries and row.name != IDENTITY
    }
    known = {name: mean for name, mean in means.items() if not math.isnan(mean)}
    choose = max if metric.better == "higher" else min
    return choose(known, key=lambda name: known[name]) if known else None


def _legend(evaluation: Evaluation) -> str:
    text = (
        "Mean, ± standard deviation over pictures, [95 % interval of the mean, bootstrap]; the "
        "best row but the photo itself in color."
    )
    if any(metric.name == "psnr-mean-matched" for metric in evaluation.metrics):
        text += (
            " The mean-matched column uses the reference's brightness: it is never to be compared "
            "with plain PSNR."
        )
    return f'<p class="soft">{text}</p>'


def _differences(evaluation: Evaluation) -> str:
    """A row for each method against the best baseline of each metric, then one for each pair."""
    if not evaluation.comparisons:
        return ""
    found: dict[str, dict[str, PairedComparison]] = {}
    for one in sorted(evaluation.comparisons, key=lambda one: not one.against_baseline):
        second = "best baseline" if one.against_baseline else one.second
        found.setdefault(f"{one.first} − {second}", {})[one.metric] = one
    digits = decimals(evaluation)
    rows = [
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(_difference(cells.get(metric), digits[metric]) for metric in digits)
        + "</tr>"
        for name, cells in found.items()
    ]
    heads = "".join(f'<th scope="col">{escape(one.title)}</th>' for one in evaluation.metrics)
    note = (
        '<p class="soft">First minus second on the same pictures, with the 95 % interval of a '
        "paired bootstrap; in bold where the interval does not hold 0. The best baseline is the "
        "best of the rows that need no method, by each metric.</p>"
    )
    return f"<h2>Differences</h2>{note}{_table(heads, rows)}"


def _difference(comparison: PairedComparison | None, digits: int) -> str:
    if comparison is None:
        return f"<td>{NONE}</td>"
    gap = comparison.difference
    value = shown(gap.mean, digits, "+")
    said = f"<b>{value}</b>" if gap.low > 0 or gap.high < 0 else value
    against = f" {escape(comparison.second)}" if comparison.against_baseline else ""
    return f"<td>{said}<small>{interval(gap.low, gap.high, digits, '+')}{against}</small></td>"


def _table(heads: str, rows: Sequence[str]) -> str:
    head = f'<thead><tr><th scope="col">row</th>{heads}</tr></thead>'
    return wide(f"{head}<tbody>{''.join(rows)}</tbody>")


def wide(table: str) -> str:
    """A table that scrolls by itself where the window is narrower."""
    group = '<div class="wide" role="group" aria-label="Table" tabindex="0">'
    return f"{group}<table>{table}</table></div>"


def chart(evaluation: Evaluation, metric: Metric) -> str:
    """How the scores of each row are spread over the pictures."""
    rows = [
        Distribution(
            row.name,
            row.scores[metric.name],
            row.summaries[metric.name].mean,
            row.summaries[metric.name].low,
            row.summaries[metric.name].high,
            row.role == "method",
        )
        for row in evaluation.rows
        if row.summaries
    ]
    infinite = sum(math.isinf(score) for row in rows for score in row.scores)
    note = f"{metric.better} is better" + (f"; {infinite} infinite left out" if infinite else "")
    return spreads(metric.title, note, rows)


def _notes(evaluation: Evaluation, source: Provenance) -> str:
    notes = [*source.notes, *(f"left out of every row: {one}" for one in evaluation.left_out)]
    notes += [
        f"{row.name} failed on {len(row.problems)} of {len(evaluation.pictures)}: {row.problems[0]}"
        for row in evaluation.rows
        if row.problems
    ]
    return "".join(f'<p class="notice">{escape(note)}</p>' for note in notes)


def provenance_facts(source: Provenance) -> str:
    """Where the numbers came from."""
    told = {
        "data": source.data,
        "part": source.part,
        "data hash": source.data_hash,
        "pictures hash": source.pictures_hash,
        "seed of the bootstrap": str(source.seed),
        "date": source.date,
        "versions": ", ".join(f"{name} {version}" for name, version in source.versions.items()),
    }
    return facts(told)
