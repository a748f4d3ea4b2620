"""What can go wrong, named after the reader's next move.

CasregError
├── NotFound (KeyError)           look elsewhere
│   ├── VersionNotFound           = RegistryObjectNotFound
│   │   └── NameNotFound
│   ├── StoreNotFound
│   ├── StoreLocationNotFound     no mount of that name
│   ├── PathNotFound (FileNotFoundError)  what was to be saved is not there
│   └── BlobNotFound
├── AlreadyExists                 someone was first
│   └── RegistryVersionConflict
│       └── TargetExists (ValueError)
├── Conflict                      read again, then retry: the source changed while it was read
├── Uncertain                     it may have landed; ask before retrying
├── Corrupt                       never retry; look at the store
├── Unavailable (ConnectionError) retry later
│   └── LockAcquisitionError
│       └── LockTimeoutError (TimeoutError)
├── NoSpace (OSError)             free space
├── Denied (PermissionError)      ask for rights
│   └── ReadOnly
├── Unsupported                   install an extra, or use another store
├── Unsafe                        needs the caller's explicit consent
├── InvalidInput (ValueError)
│   ├── StoreKeyFormatError
│   └── StoreAmbiguousObjectError name the mount
└── RegistryCleanupRequired       run the janitor

Every error carries ``kind``, a stable word for programs, ``exit_code``, which the command line ends
with, and the fields it was made with as attributes (``error.name``, ``error.offset``, ...).
"""

from __future__ import annotations

from typing import Any, ClassVar, Self


class CasregError(Exception):
    """The root of all errors that casreg raises on purpose."""

    kind: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1
    fields: dict[str, Any]

    def __init__(self, message: str = "", **fields: Any) -> None:
        Exception.__init__(self, message)
        self.message = message
        self.fields = fields

    def __getattr__(self, name: str) -> Any:
        # Fields read as attributes; found here only when nothing else has the name.
        fields = self.__dict__.get("fields", {})
        if name in fields:
            return fields[name]
        raise AttributeError(name)

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self.fields)

    def located(self, **fields: Any) -> Self:
        """The same error, told more of where it happened; fields already known are kept."""
        for key, value in fields.items():
            if value is not None:
                self.fields.setdefault(key, value)
        return self


def _rebuild(cls: type[CasregError], message: str, fields: dict[str, Any]) -> CasregError:
    return cls(message, **fields)


class NotFound(CasregError, KeyError):
    kind = "not-found"
    exit_code = 3


class VersionNotFound(NotFound):
    kind = "version-not-found"


class NameNotFound(VersionNotFound):
    """No version at all; a VersionNotFound, so that one clause catches "not there"."""

    kind = "name-not-found"


class StoreNotFound(NotFound):
    kind = "store-not-found"


class StoreLocationNotFound(NotFound):
    kind = "location-not-found"


class PathNotFound(NotFound, FileNotFoundError):
    """No file or directory at a path that was to be saved or compared."""


class BlobNotFound(NotFound):
    kind = "blob-not-found"


class AlreadyExists(CasregError):
    kind = "already-exists"
    exit_code = 4


class RegistryVersionConflict(AlreadyExists):
    kind = "version-exists"


class TargetExists(RegistryVersionConflict, ValueError):
    """A copy would come to lie where a version is."""


class Conflict(CasregError):
    kind = "conflict"
    exit_code = 5


class Uncertain(CasregError):
    kind = "uncertain"
    exit_code = 6


class Corrupt(CasregError):
    """Bytes are not what their digest says.

    Fields, where known: expected, found (digests), store, name, version, part, pack, offset (bytes
    from the start of ``pack``, or of ``part`` where no pack is named).
    """

    kind = "corrupt"
    exit_code = 7

    def __str__(self) -> str:
        f = self.fields
        where = []
        if "name" in f:
            where.append(f"{f['name']}@{f['version']}" if "version" in f else str(f["name"]))
        if "part" in f:
            where.append(f"part {f['part']!r}")
        if "pack" in f:
            where.append(f"pack {f['pack']}")
        if "offset" in f:
            where.append(f"offset {f['offset']}")
        return f"{self.message} ({', '.join(where)})" if where else self.message


class Unavailable(CasregError, ConnectionError):
    kind = "unavailable"
    exit_code = 8


class LockAcquisitionError(Unavailable):
    """For programs that catch it: no lock is taken here."""

    kind = "locked"


class LockTimeoutError(LockAcquisitionError, TimeoutError):
    """For programs that catch it, likewise."""

    kind = "lock-timeout"


class NoSpace(CasregError, OSError):
    kind = "no-space"
    exit_code = 9


class Denied(CasregError, PermissionError):
    kind = "denied"
    exit_code = 10


class ReadOnly(Denied):
    kind = "read-only"


class Unsupported(CasregError):
    kind = "unsupported"
    exit_code = 11


class Unsafe(CasregError):
    kind = "unsafe"
    exit_code = 12


class InvalidInput(CasregError, ValueError):
    kind = "invalid-input"
    exit_code = 2


class StoreKeyFormatError(InvalidInput):
    kind = "invalid-key"


class StoreAmbiguousObjectError(InvalidInput):
    kind = "ambiguous"


class RegistryCleanupRequired(CasregError):
    """For programs that catch it: what a failed save leaves behind is the janitor's, and no error."""

    kind = "cleanup-required"


RegistryObjectNotFound = VersionNotFound
"""The name that programs written for mindtrace-registry catch."""
