"""The training ring."""

from typing import TYPE_CHECKING

from nightlift.imports import exported

if TYPE_CHECKING:
    from nightlift.train.averaging import averaged as averaged
    from nightlift.train.checkpoint import Checkpoint as Checkpoint
    from nightlift.train.checkpoint import fill as fill
    from nightlift.train.export import release as release
    from nightlift.train.folder import RunFolder as RunFolder
    from nightlift.train.folder import stored_recipe as stored_recipe
    from nightlift.train.inspection import inspected as inspected
    from nightlift.train.inspection import objective_of_file as objective_of_file
    from nightlift.train.inspection import objective_of_run as objective_of_run
    from nightlift.train.inspection import without_features as without_features
    from nightlift.train.machines import is_scheduled as is_scheduled
    from nightlift.train.machines import keeps_run as keeps_run
    from nightlift.train.metrics_file import RATE as RATE
    from nightlift.train.metrics_file import VALIDATION as VALIDATION
    from nightlift.train.metrics_file import read as read
    from nightlift.train.module import Training as Training
    from nightlift.train.overrides import override as override
    from nightlift.train.recipe_file import read_recipe as read_recipe
    from nightlift.train.releasing import export_run as export_run
    from nightlift.train.report import EpochDone as EpochDone
    from nightlift.train.report import Event as Event
    from nightlift.train.report import Notice as Notice
    from nightlift.train.report import StepDone as StepDone
    from nightlift.train.run import resume as resume
    from nightlift.train.run import train as train
    from nightlift.train.run_list import RunSummary as RunSummary
    from nightlift.train.run_list import runs as runs
else:
    __getattr__, __dir__ = exported(
        __name__,
        {
            "averaging": ("averaged",),
            "checkpoint": ("Checkpoint", "fill"),
            "export": ("release",),
            "folder": ("RunFolder", "stored_recipe"),
            "inspection": (
                "inspected",
                "objective_of_file",
                "objective_of_run",
                "without_features",
            ),
            "machines": ("is_scheduled", "keeps_run"),
            "metrics_file": ("RATE", "VALIDATION", "read"),
            "module": ("Training",),
            "overrides": ("override",),
            "recipe_file": ("read_recipe",),
            "releasing": ("export_run",),
            "report": ("EpochDone", "Event", "Notice", "StepDone"),
            "run": ("resume", "train"),
            "run_list": ("RunSummary", "runs"),
        },
    )
