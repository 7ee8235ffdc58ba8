"""Video: frames with their own time stamps, sound untouched, no flicker (extra `video`).

>>> from nightlift import Enhancer
>>> from nightlift.video import enhance_video
>>> enhance_video("night.mp4", "day.mp4", Enhancer())           # doctest: +SKIP

An adjustment is estimated every few frames, adjustments are averaged over time within a shot, and
each frame gets its own: see `enhance_video`.
"""

from typing import TYPE_CHECKING

from nightlift.imports import exported

if TYPE_CHECKING:
    from nightlift.video.clips import ClipOutcome as ClipOutcome
    from nightlift.video.clips import ClipWork as ClipWork
    from nightlift.video.clips import in_folder as in_folder
    from nightlift.video.encoding import Encoding as Encoding
    from nightlift.video.enhancing import enhance_video as enhance_video
    from nightlift.video.live import Live as Live
    from nightlift.video.pipeline import ahead as ahead
    from nightlift.video.stream import enhance_stream as enhance_stream
else:
    __getattr__, __dir__ = exported(
        __name__,
        {
            "stream": ("enhance_stream",),
            "clips": ("ClipOutcome", "ClipWork", "in_folder"),
            "encoding": ("Encoding",),
            "enhancing": ("enhance_video",),
            "live": ("Live",),
            "pipeline": ("ahead",),
        },
    )
