"""Blind judging: which of two results people prefer, without knowing whose they are."""
