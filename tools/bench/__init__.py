"""Benchmarks: ``python -m tools.bench`` prints one table, every figure beside a peer's of the same run."""
