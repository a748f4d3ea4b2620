"""casreg keeps Python objects, files and model checkpoints as versions that share what they have in common.

    from casreg import Registry

    reg = Registry("models", version_objects=True)
    version = reg.save("det/yolo", {"w": array})
    weights = reg.load("det/yolo")

Importing this package is light: the parts load when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from casreg.archiver import Archiver as Archiver
    from casreg.errors import *  # noqa: F403  # re-exported below by name
    from casreg.materializers.compare import Difference as Difference
    from casreg.registry import BatchResult as BatchResult
    from casreg.registry import Found as Found
    from casreg.registry import OnConflict as OnConflict
    from casreg.registry import Registry as Registry
    from casreg.registry import Saved as Saved
    from casreg.registry import VerifyLevel as VerifyLevel
    from casreg.registry.backends import LocalRegistryBackend as LocalRegistryBackend
    from casreg.registry.backends import MinioRegistryBackend as MinioRegistryBackend
    from casreg.registry.backends import RegistryBackend as RegistryBackend
    from casreg.registry.backends import S3RegistryBackend as S3RegistryBackend
    from casreg.snapshot import Snapshot as Snapshot

_HOMES = {
    **dict.fromkeys(
        ("BatchResult", "Found", "OnConflict", "Registry", "Saved", "VerifyLevel"), "casreg.registry"
    ),
    "Archiver": "casreg.archiver",
    "Difference": "casreg.materializers.compare",
    "Snapshot": "casreg.snapshot",
    **dict.fromkeys(
        ("LocalRegistryBackend", "MinioRegistryBackend", "RegistryBackend", "S3RegistryBackend"),
        "casreg.registry.backends",
    ),
}
_ERRORS = (
    "AlreadyExists",
    "CasregError",
    "Conflict",
    "Corrupt",
    "Denied",
    "InvalidInput",
    "LockAcquisitionError",
    "LockTimeoutError",
    "NameNotFound",
    "NoSpace",
    "NotFound",
    "PathNotFound",
    "ReadOnly",
    "RegistryCleanupRequired",
    "RegistryObjectNotFound",
    "RegistryVersionConflict",
    "StoreAmbiguousObjectError",
    "StoreKeyFormatError",
    "StoreLocationNotFound",
    "StoreNotFound",
    "TargetExists",
    "Unavailable",
    "Uncertain",
    "Unsafe",
    "Unsupported",
    "VersionNotFound",
)
_HOMES.update(dict.fromkeys(_ERRORS, "casreg.errors"))

__all__ = ["__version__", *_HOMES]  # noqa: PLE0604  # built from the table of homes
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'casreg' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
