"""Many files: what is read, where results go, a bounded pool, strips, series."""

from typing import TYPE_CHECKING

from nightlift.imports import exported

if TYPE_CHECKING:
    from nightlift.batch.files import enhance_files as enhance_files
    from nightlift.batch.inputs import SUFFIX as SUFFIX
    from nightlift.batch.inputs import FoundFile as FoundFile
    from nightlift.batch.inputs import find as find
    from nightlift.batch.memory import Budget as Budget
    from nightlift.batch.memory import half_of_machine as half_of_machine
    from nightlift.batch.planning import STREAM as STREAM
    from nightlift.batch.planning import Job as Job
    from nightlift.batch.planning import Plan as Plan
    from nightlift.batch.planning import is_file_name as is_file_name
    from nightlift.batch.planning import plan as plan
    from nightlift.batch.pool import Existing as Existing
    from nightlift.batch.pool import Outcome as Outcome
    from nightlift.batch.series import evened as evened
    from nightlift.batch.work import Enhancing as Enhancing
    from nightlift.batch.work import FileWork as FileWork
    from nightlift.batch.work import Writing as Writing
    from nightlift.batch.work import edit_path as edit_path
    from nightlift.batch.work import enhance_bytes as enhance_bytes
    from nightlift.batch.work import enhanced_bytes as enhanced_bytes
else:
    __getattr__, __dir__ = exported(
        __name__,
        {
            "files": ("enhance_files",),
            "inputs": ("FoundFile", "SUFFIX", "find"),
            "memory": ("Budget", "half_of_machine"),
            "planning": ("Job", "Plan", "STREAM", "is_file_name", "plan"),
            "pool": ("Existing", "Outcome"),
            "series": ("evened",),
            "work": (
                "Enhancing",
                "FileWork",
                "Writing",
                "edit_path",
                "enhance_bytes",
                "enhanced_bytes",
            ),
        },
        modules=("pool",),
    )
