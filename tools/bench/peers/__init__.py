"""casreg beside other tools: ``python -m tools.bench.peers`` sets them up and measures all in one run."""
