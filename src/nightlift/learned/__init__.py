"""The trainable methods, one folder each."""

from typing import TYPE_CHECKING

from nightlift.imports import exported

if TYPE_CHECKING:
    from nightlift.learned.declaration import Batch as Batch
    from nightlift.learned.declaration import Method as Method
    from nightlift.learned.declaration import Objective as Objective
    from nightlift.learned.declaration import OptimizerGroup as OptimizerGroup
    from nightlift.learned.declaration import Panel as Panel
    from nightlift.learned.declaration import Published as Published
    from nightlift.learned.declaration import Start as Start
    from nightlift.learned.declaration import total as total
    from nightlift.learned.deep_upe.network import DeepUPE as DeepUPE
    from nightlift.learned.distances import load_squeezenet_distance as load_squeezenet_distance
    from nightlift.learned.importing import read_checkpoint as read_checkpoint
    from nightlift.learned.plugins import further_losses as further_losses
    from nightlift.learned.recipe import Recipe as Recipe
    from nightlift.learned.recipe import field_docs as field_docs
    from nightlift.learned.scaffold import write_package as write_package
    from nightlift.learned.table import FOREIGN as FOREIGN
    from nightlift.learned.table import METHODS as METHODS
    from nightlift.learned.table import importer as importer
    from nightlift.learned.table import method as method
    from nightlift.learned.table import recognized as recognized
    from nightlift.learned.views import dimmed as dimmed
else:
    __getattr__, __dir__ = exported(
        __name__,
        {
            "declaration": (
                "Batch",
                "Method",
                "Objective",
                "Panel",
                "OptimizerGroup",
                "Published",
                "Start",
                "total",
            ),
            "deep_upe.network": ("DeepUPE",),
            "distances": ("load_squeezenet_distance",),
            "importing": ("read_checkpoint",),
            "plugins": ("further_losses",),
            "recipe": ("Recipe", "field_docs"),
            "scaffold": ("write_package",),
            "table": ("FOREIGN", "METHODS", "importer", "method", "recognized"),
            "views": ("dimmed",),
        },
        modules=("plugins",),
    )
