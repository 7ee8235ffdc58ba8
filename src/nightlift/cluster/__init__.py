"""Folders of photos or clips on any file system, enhanced by the machines of a Ray cluster."""

from typing import TYPE_CHECKING

from nightlift.imports import exported

if TYPE_CHECKING:
    from nightlift.cluster.clips import ClipTask as ClipTask
    from nightlift.cluster.listing import Listing as Listing
    from nightlift.cluster.manifest import Manifest as Manifest
    from nightlift.cluster.photos import PhotoTask as PhotoTask
    from nightlift.cluster.run import ClusterRun as ClusterRun
    from nightlift.cluster.run import Counted as Counted
    from nightlift.cluster.storage import Folder as Folder
    from nightlift.cluster.task import Task as Task
else:
    __getattr__, __dir__ = exported(
        __name__,
        {
            "clips": ("ClipTask",),
            "listing": ("Listing",),
            "manifest": ("Manifest",),
            "photos": ("PhotoTask",),
            "run": ("ClusterRun", "Counted"),
            "storage": ("Folder",),
            "task": ("Task",),
        },
    )
