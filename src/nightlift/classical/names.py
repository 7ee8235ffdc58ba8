"""The names of the methods without weights; nothing is imported for them."""

NAMES = ("gamma", "adaptive-gamma", "equalize", "clahe", "lime")
"""In the order in which they are listed."""
