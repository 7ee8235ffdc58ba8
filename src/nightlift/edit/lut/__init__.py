"""Edits as look-up tables, which other programs apply."""
