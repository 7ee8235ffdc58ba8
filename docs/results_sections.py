"""Which tables `docs/results.md` has, how each was measured, and which rows are left out."""

from __future__ import annotations

from dataclasses import dataclass

METRICS = ("psnr", "ssim", "delta-e-2000", "psnr-mean-matched")
"""What every table of pairs has; further metrics stand behind them."""
SIX = (*METRICS, "hue-drift", "loe")
BLIND = ("niqe", "loe", "hue-drift", "highlights-kept", "lifted-shadows", "speckle")

ON_FIVEK = ("deep-upe", "glenet", "glenet-global", "natural-pairs", "smnet-fivek-small")
"""Trained on pairs of FiveK: measured there by folds only (`benchmarks/folds.py`)."""
ON_REFERENCES = (*ON_FIVEK, "enlightengan")
"""The critics of `enlightengan` saw what FiveK's expert made of these photos."""
ON_EXPOSURES = ("deep-upe", "glenet", "glenet-global", "natural-pairs", "zero-dce", "zero-dce-plus")


@dataclass(frozen=True)
class Section:
    """One table: a title, what the command is given beside the rows, and what is left out.

    Rows are neither ranked nor tested where pictures are not `independent`.
    """

    title: str
    arguments: str
    left_out: tuple[str, ...] = ()
    metrics: tuple[str, ...] = SIX
    before: str = ""
    after: str = ""
    independent: bool = True

    @property
    def command(self) -> str:
        """How it was measured."""
        rows = "-m METHODS --model *-published.onnx"
        named = ",".join(name for name in self.metrics if name != "niqe")
        words = f"nightlift benchmark {rows} {self.arguments} --metrics {named}"
        return f"{self.before}{words}{self.after}"


SECTIONS = {
    "lol": Section("LOL, default mode", "--data lol:LOL"),
    "lol-exact": Section("LOL, exact mode", "--data lol:LOL --exact"),
    "fivek": Section(
        "FiveK, default mode", "--data fivek:FIVEK --split all", ON_REFERENCES, METRICS
    ),
    "exposures": Section(
        "Exposures, default mode",
        "--data pairs:EXPOSURES --split split.json",
        ON_EXPOSURES,
        before="python benchmarks/one_a_scene.py pairs:EXPOSURES split.json --scenes 110\n",
    ),
    "exposures-all": Section(
        "Exposures, default mode, all 662 pairs",
        "--data pairs:EXPOSURES --split all -o field",
        ON_EXPOSURES,
        METRICS,
        after="\npython benchmarks/by_scene.py field/benchmark.json pairs:EXPOSURES -o scenes.json",
        independent=False,
    ),
    "lime": Section(
        "LIME, default mode, without references",
        "--data folder:LIME --niqe-parameters niqe_pris_params.npz",
        metrics=BLIND,
    ),
}
