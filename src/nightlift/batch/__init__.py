"""Many files: what is read, where results go, a bounded pool, strips, series."""
