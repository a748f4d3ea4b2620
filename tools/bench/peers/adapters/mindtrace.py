"""mindtrace-registry 0.9.0, which wants Python 3.12."""

from __future__ import annotations

from tools.bench.peers.install import environment, make_environment, python
from tools.bench.peers.protocol import Place, Running
from tools.bench.peers.worker import Worker

_REQUIREMENTS = tuple(f"mindtrace-{part}==0.9.0" for part in ("registry", "core", "storage"))


class Mindtrace:
    name = "mindtrace"
    label = "mindtrace-registry"
    how = "Registry.save of the file, load; local backend; flushes nothing"

    def install(self, place: Place) -> None:
        make_environment(place, self.name, python("3.12"), _REQUIREMENTS)

    def start(self, place: Place) -> Running:
        scratch = str(place.scratch_for(self.name))
        python = environment(place, self.name, _REQUIREMENTS)
        return Worker(python, "tools.bench.peers.workers.mindtrace", {}, {"HOME": scratch, "TMPDIR": scratch})
