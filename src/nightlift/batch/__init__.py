"""Many files: what is read, where results go, a bounded pool, strips, series."""

from typing import TYPE_CHECKING

from nightlift.imports import exported

if TYPE_CHECKING:
    from nightlift.batch.files import enhance_files as enhance_files
    from nightlift.batch.inputs import ADVICE as ADVICE
    from nightlift.batch.inputs import LEFT_OUT as LEFT_OUT
    from nightlift.batch.inputs import OTHER_PICTURES as OTHER_PICTURES
    from nightlift.batch.inputs import SUFFIX as SUFFIX
    from nightlift.batch.inputs import VIDEO_NAMES as VIDEO_NAMES
    from nightlift.batch.inputs import FileKind as FileKind
    from nightlift.batch.inputs import FoundFile as FoundFile
    from nightlift.batch.inputs import find as find
    from nightlift.batch.inputs import sniffed as sniffed
    from nightlift.batch.memory import Budget as Budget
    from nightlift.batch.memory import half_of_machine as half_of_machine
    from nightlift.batch.planning import STREAM as STREAM
    from nightlift.batch.planning import Job as Job
    from nightlift.batch.planning import Naming as Naming
    from nightlift.batch.planning import Plan as Plan
    from nightlift.batch.planning import is_file_name as is_file_name
    from nightlift.batch.planning import plan as plan
    from nightlift.batch.pool import Existing as Existing
    from nightlift.batch.pool import Outcome as Outcome
    from nightlift.batch.pool import Work as Work
    from nightlift.batch.pool import guarded as guarded
    from nightlift.batch.series import evened as evened
    from nightlift.batch.watching import Watched as Watched
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
            "watching": ("Watched",),
            "files": ("enhance_files",),
            "inputs": (
                "FoundFile",
                "SUFFIX",
                "find",
                "ADVICE",
                "LEFT_OUT",
                "OTHER_PICTURES",
                "VIDEO_NAMES",
                "FileKind",
                "sniffed",
            ),
            "memory": ("Budget", "half_of_machine"),
            "planning": ("Job", "Plan", "STREAM", "is_file_name", "plan", "Naming"),
            "pool": ("Existing", "Outcome", "Work", "guarded"),
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
