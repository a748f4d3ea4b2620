"""The other end of :class:`tools.bench.checkpoints.adapters.chains.ChainWorker`: each is run by the
interpreter that has the library, and imports nothing else but the standard library."""
