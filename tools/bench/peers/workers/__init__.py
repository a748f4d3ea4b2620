"""The other end of :class:`tools.bench.peers.worker.Worker`: each is run by the interpreter that has the
library, and imports nothing else but the standard library."""
