"""How pixels change, at any size."""
