"""Other processes, quick to start: forked from one that has imported what most of them need, and has no
threads and nothing of the test's."""

import multiprocessing

others = multiprocessing.get_context("forkserver")
others.set_forkserver_preload(["numpy", "pytest", "casreg.registry", "casreg.codecs.planes"])
