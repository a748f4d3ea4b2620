"""Every parser of what a store, a registry or a user may hand over: a name, a call, and good input.

A call takes any bytes. It returns, having held what was accepted against the parser's promise, or
raises one of the target's errors; anything else that comes out of it is a bug. A parser that is added
here is tried by the tests and by the long runs alike.
"""

from __future__ import annotations

from tools.fuzz.targets import chunks, documents, files, naming, tables, versions

TARGETS = (
    *documents.TARGETS,
    *tables.TARGETS,
    *chunks.TARGETS,
    *files.TARGETS,
    *naming.TARGETS,
    *versions.TARGETS,
)
BY_NAME = {target.name: target for target in TARGETS}
