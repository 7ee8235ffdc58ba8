"""Cross-validated weights against others on the same pairs: means and a paired bootstrap.

    python benchmarks/folds.py RUN=EXPORT.onnx … --against published.onnx [--against …] [--exact]

Each RUN is a training with `--fold K/N`, EXPORT its released file: it is measured on the pairs that
RUN held back, by plain PSNR at the pairs' own size. All folds together measure every pair once.
"""

from __future__ import annotations

import argparse

from tqdm import tqdm

from nightlift.data import open_collection, picture
from nightlift.edit import Enhancer
from nightlift.metrics import paired_bootstrap, psnr, summarize


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folds", nargs="+", metavar="RUN=EXPORT")
    parser.add_argument("--against", action="append", default=[], metavar="FILE")
    parser.add_argument("--exact", action="store_true")
    given = parser.parse_args()
    ours: dict[str, float] = {}
    theirs: dict[str, dict[str, float]] = {file: {} for file in given.against}
    for fold in tqdm(given.folds, leave=False):
        run, _, export = fold.partition("=")
        files = {"ours": export, **{file: file for file in given.against}}
        for name, file in files.items():
            scores = ours if name == "ours" else theirs[name]
            scores |= _scores(run, Enhancer(model=file), given.exact)
    print("| weights | pairs | PSNR | ours minus these, 95 % |")
    print("|---|---|---|---|")
    print(f"| ours, {len(given.folds)} folds | {len(ours)} | {_mean(ours):.2f} dB | |")
    for name, scores in theirs.items():
        gain = paired_bootstrap([ours[pair] for pair in scores], list(scores.values()))
        bounds = f"{gain.mean:+.2f} dB ({gain.low:+.2f} to {gain.high:+.2f})"
        print(f"| {name} | {len(scores)} | {_mean(scores):.2f} dB | {bounds} |")


def _scores(run: str, enhancer: Enhancer, exact: bool) -> dict[str, float]:
    """PSNR by pair of what `run` held back."""
    scores = {}
    for sample in open_collection(f"run:{run}").validation:
        assert sample.target is not None
        result = enhancer(picture(sample.photo), exact=exact)
        scores[sample.id] = psnr(result, picture(sample.target), data_range=255)
    return scores


def _mean(scores: dict[str, float]) -> float:
    return summarize(list(scores.values())).mean


if __name__ == "__main__":
    main()
