"""Honest evaluation: the same pictures for every row, and rows that need no method at all.

Every row is a `Candidate`: a picture in, a picture of the same size out, both 8-bit upright sRGB.
`evaluate` measures candidates on samples and gives a frozen `Evaluation`; nothing is resized, and
neither the exposure gate nor the denoiser ever acts:

>>> from nightlift.evaluate.baselines import baselines
>>> from nightlift.evaluate.candidate import method
>>> from nightlift.evaluate.run import evaluate
>>> rows = [*baselines(), method("lime")]
"""
