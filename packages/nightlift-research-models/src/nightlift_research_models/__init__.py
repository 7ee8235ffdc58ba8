"""Weights for nightlift, trained on data for research use only: see the folder `released`."""
