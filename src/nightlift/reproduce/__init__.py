"""The published tables and figures of the five systems, from files that a user has."""
