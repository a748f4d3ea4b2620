"""Bytes that somebody else puts beside the store, and that then become a version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from casreg.errors import BlobNotFound, CasregError, InvalidInput
from casreg.materializers.blob import FileAsBytes
from casreg.progress import silent
from casreg.registry import resolving, saving
from casreg.registry.writing import Writing
from casreg.stores import uploads

_KIND = "local_file"


class Uploading(Writing):
    """The part of a :class:`casreg.Registry` for services whose clients bring and take bytes by themselves:
    a target is made, the client uploads to it, and what it uploaded is committed."""

    def create_direct_upload_target(
        self,
        upload_id: str,
        *,
        content_type: str = "application/octet-stream",
        expiration_minutes: int = 60,
    ) -> dict[str, Any]:
        """Where a client may put the bytes of one object: a file, ``upload_path``, by any means it has.

        ``staged_target`` is what the three calls below take. ``content_type`` and ``expiration_minutes`` are
        told back, and mean nothing for a file. The same id is the same place. What nobody commits is taken
        away after eight days.

        Raises Unsupported for a store that is no directory, ReadOnly, InvalidInput for an id of more than
        200 bytes as the name of a file.
        """
        path = str(uploads.place(self.backend, upload_id))
        return {
            "upload_method": "local_path",
            "upload_url": None,
            "upload_path": path,
            "upload_headers": {},
            "staged_target": {"kind": _KIND, "path": path},
            "content_type": content_type,
            "expiration_minutes": expiration_minutes,
        }

    def inspect_direct_upload_target(self, staged_target: Mapping[str, Any]) -> dict[str, Any]:
        """Whether something was put there, and its size in bytes. Raises InvalidInput for no target of this
        store's."""
        path = self._staged(staged_target)
        size = uploads.size(path)
        return {"exists": size is not None, "size_bytes": size, "path": str(path)}

    def cleanup_direct_upload_target(self, staged_target: Mapping[str, Any]) -> bool:
        """Take away what was put there, committed or not; True, also if there is nothing. Raises
        InvalidInput for no target of this store's."""
        uploads.remove(self._staged(staged_target))
        return True

    def commit_direct_upload(
        self,
        name: str,
        *,
        staged_target: Mapping[str, Any],
        version: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        on_conflict: str | None = None,
    ) -> str:
        """Save what was put there as ``bytes``, and take it away; the version. As :meth:`save` otherwise:
        atomic, and what fails leaves the upload where it is.

        Raises BlobNotFound if nothing was put there, Conflict if it is still written to, and what ``save``
        raises.
        """
        path = self._staged(staged_target)
        order = self._order(
            name,
            version,
            metadata,
            None,
            (),
            base=None,
            overwrite=self._overwrites(on_conflict),
            trust=self._trust,
            materializer=None,
            progress=silent,
        )
        if uploads.size(path) is None:
            raise BlobNotFound(f"nothing was uploaded to {path}", path=str(path))
        saved = saving.save_by(self._opened, FileAsBytes(), path, order)
        with suppress(CasregError):  # it is saved, and what is left goes by itself in time
            uploads.remove(path)
        return saved

    def create_direct_download_url(
        self,
        name: str,
        version: str | None = None,
        *,
        expiration_minutes: int = 15,
        response_content_type: str | None = None,
        response_content_disposition: str | None = None,
        filename: str | None = None,
    ) -> str | None:
        """None: versions are stored in chunks, and no URL leads to what they make together. ``load`` the
        bytes, or ``open`` the version and ``read`` ranges of them, and serve those.

        Raises VersionNotFound.
        """
        resolving.required(self.backend, self._numbering.read(name, version))
        return None

    def create_direct_download_urls(
        self,
        names: Sequence[str],
        versions: Sequence[str | None],
        *,
        expiration_minutes: int = 15,
        response_content_types: Sequence[str | None] | None = None,
        response_content_disposition: str | None = None,
        filenames: Sequence[str | None] | None = None,
    ) -> list[str | None]:
        """None for each, likewise, whether it is there or not. Raises InvalidInput for lists of different
        lengths."""
        if len(names) != len(versions):
            raise InvalidInput(f"{len(names)} names and {len(versions)} versions: give one for each")
        return [None] * len(names)

    def _staged(self, target: object) -> Any:
        if not isinstance(target, Mapping) or target.get("kind") != _KIND:
            raise InvalidInput(f"{target!r:.200} is no staged_target of create_direct_upload_target")
        return uploads.known(self.backend, target.get("path"))
