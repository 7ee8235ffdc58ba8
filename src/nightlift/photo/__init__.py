"""A photograph and all that travels with it."""
