"""The training ring."""
