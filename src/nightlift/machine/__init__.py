"""This machine and this installation: how fast they are, and what is missing."""
