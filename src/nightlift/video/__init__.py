"""Video: frames with their own time stamps, sound untouched, no flicker (extra `video`).

>>> from nightlift import Enhancer
>>> from nightlift.video.lift import lift_video
>>> lift_video("night.mp4", "day.mp4", Enhancer())           # doctest: +SKIP

An adjustment is estimated every few frames, adjustments are averaged over time within a shot, and
each frame gets its own: see `lift.lift_video`.
"""
