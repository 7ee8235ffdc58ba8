"""Measures of quality, with and without a reference."""
