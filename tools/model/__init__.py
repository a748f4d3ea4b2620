"""The formal model of the protocol, checked: ``python -m tools.model``."""
