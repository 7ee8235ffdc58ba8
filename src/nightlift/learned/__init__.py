"""The trainable methods, one folder each."""
