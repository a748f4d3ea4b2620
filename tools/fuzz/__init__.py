"""Parsers held against input that nobody meant: one table of them, for hypothesis and for atheris."""
