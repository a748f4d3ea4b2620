"""casreg's Registry beside mindtrace-registry's: ``python -m tools.bench.registry`` measures."""
