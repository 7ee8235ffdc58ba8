"""nightlift: brighten dark photos."""
