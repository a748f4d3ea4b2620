"""The measurements, by the name that ``--only`` takes, in the order in which they run.

Those that create many files come late: what they leave in the page cache slows down the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tools.bench.measurements.delta import delta_codec
from tools.bench.measurements.file_memory import file_memory
from tools.bench.measurements.import_time import import_time
from tools.bench.measurements.listings import listings
from tools.bench.measurements.load_bytes import load_bytes
from tools.bench.measurements.many_arrays import many_arrays
from tools.bench.measurements.many_files import many_files
from tools.bench.measurements.planes import planes_codec
from tools.bench.measurements.save_new_file import save_new_file
from tools.bench.measurements.save_unchanged import save_unchanged
from tools.bench.measurements.small_objects import small_objects
from tools.bench.rows import Row
from tools.bench.work import Work

ALL: dict[str, Callable[[Work], Iterable[Row]]] = {
    "import": import_time,
    "small": small_objects,
    "save-new": save_new_file,
    "save-unchanged": save_unchanged,
    "load": load_bytes,
    "arrays": many_arrays,
    "memory": file_memory,
    "listings": listings,
    "planes": planes_codec,
    "delta": delta_codec,
    "files": many_files,
}
