"""Folders of photos on any file system, enhanced by the machines of a Ray cluster."""

from typing import TYPE_CHECKING

from nightlift.imports import exported

if TYPE_CHECKING:
    from nightlift.cluster.listing import Listing as Listing
    from nightlift.cluster.manifest import Manifest as Manifest
    from nightlift.cluster.run import ClusterRun as ClusterRun
    from nightlift.cluster.run import Counted as Counted
    from nightlift.cluster.storage import Folder as Folder
    from nightlift.cluster.worker import Task as Task
else:
    __getattr__, __dir__ = exported(
        __name__,
        {
            "listing": ("Listing",),
            "manifest": ("Manifest",),
            "run": ("ClusterRun", "Counted"),
            "storage": ("Folder",),
            "worker": ("Task",),
        },
    )
