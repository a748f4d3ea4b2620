"""Objects in a bucket of S3, or of a server that speaks its protocol, by boto3."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from typing import Any, Final

from casreg.errors import BlobNotFound, CasregError, InvalidInput, StoreNotFound, Unsupported
from casreg.stores import _s3_errors
from casreg.stores._s3_body import checksum, content, fill
from casreg.stores._s3_client import OneAttempt, check_endpoint, connect, foreign
from casreg.stores.keys import check_key, check_prefix, check_range
from casreg.stores.protocol import Buffer, Entry, Store, ended_early

LARGEST: Final = 5 << 30
"""Bytes that one PUT may bring."""

_BUCKET: Final = re.compile(r"[A-Za-z0-9._-]{3,255}")
_PAGES: Final = (100, 1000)
"""Entries asked for first, when one may be all that is wanted, and then."""
_CONFLICTS: Final = 8
"""How often a create is asked again that S3 put off because of another request for the same key."""


class S3Store(Store):
    """Objects below ``prefix`` in ``bucket``, which must exist: buckets are never made here.

    What is not given comes from boto3's own chain: environment, profile, role. A ``client`` is used as
    it was made and not closed; it should have as many connections as threads use the store. Objects
    are durable when S3 has acknowledged them. Stamps are whole seconds: HEAD tells no more.
    """

    local = False

    def __init__(
        self,
        bucket: str,
        prefix: str = "",
        *,
        client: Any = None,
        endpoint: str | None = None,
        region: str | None = None,
        access_key: str | None = None,
        secret_key: str | None = None,
        session_token: str | None = None,
        profile: str | None = None,
        _pages: tuple[int, int] = _PAGES,
    ) -> None:
        prefix = prefix.strip("/")
        if not _BUCKET.fullmatch(bucket):
            raise InvalidInput(f"not the name of a bucket: {bucket[:100]!r}")
        if bucket.endswith("--x-s3"):
            raise Unsupported(
                f"{bucket} is a directory bucket (S3 Express One Zone), whose listings are not sorted:"
                " casreg needs a general purpose bucket",
                bucket=bucket,
            )
        if prefix:
            check_key(prefix)
        self.bucket = bucket
        self.prefix = prefix and f"{prefix}/"
        self.url = f"s3://{bucket}/{prefix}".rstrip("/")
        self._first_page, self._page = _pages
        self._endpoint = ""
        self._foreign = foreign()
        self._owned = client is None
        self._given: dict[str, Any] = {
            "endpoint": endpoint,
            "region": region,
            "access_key": access_key,
            "secret_key": secret_key,
            "session_token": session_token,
            "profile": profile,
        }
        with self._translated("connecting"):
            self._shared = client or connect(**self._given)
        self._endpoint = check_endpoint(self._shared)
        self._one_attempt = OneAttempt(self._shared, self._foreign[0])
        self._pid = os.getpid()
        self._seen = False  # whether the bucket is known to be there

    def __repr__(self) -> str:
        return f"S3Store({self.url!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as its place, with the keys that it was given: where it is loaded it connects anew."""
        if not self._owned:
            raise Unsupported(
                f"{self.url} uses a client that it was given, which no other process can: "
                "give keys or a profile, or leave them to boto3's own chain",
                store=self.url,
            )
        return partial(S3Store, **self._given), (self.bucket, self.prefix)

    def read(self, key: str, start: int = 0, stop: int | None = None) -> bytes:
        check_key(key)
        check_range(key, start, stop)
        if stop is not None and stop <= start:
            self._require(key)
            return b""
        with self._translated("reading", key):
            stream = self._get(key, start, stop)
            if stream is None:
                return b""
            with closing(stream):
                data: bytes = stream.read()
        return data if stop is None else data[: stop - start]

    def read_into(self, key: str, start: int, destinations: Sequence[memoryview]) -> None:
        check_key(key)
        check_range(key, start)
        wanted = sum(map(len, destinations))
        if not wanted:
            self._require(key)
            return
        with self._translated("reading", key):
            stream = self._get(key, start, start + wanted)
            if stream is None:
                raise ended_early(self, key, start, wanted, 0)
            with closing(stream):
                got = fill(stream, destinations)
        if got != wanted:
            raise ended_early(self, key, start, wanted, got)

    def stat(self, key: str) -> Entry | None:
        check_key(key)
        with self._translated("looking at", key):
            try:
                head = self._client.head_object(**self._named(key))
            except self._foreign as error:
                if _s3_errors.status(error) != 404:
                    raise
                self._require_bucket()
                return None
        self._seen = True
        return _entry(key, head["ContentLength"], head)

    def write(self, key: str, data: Sequence[Buffer]) -> None:
        check_key(key)
        request = self._request(key, data, checksum(key, data))
        with self._translated("writing", key):
            self._client.put_object(**request)

    def create(self, key: str, data: Buffer) -> bool:
        check_key(key)
        doing, where = f"creating {key}", self._where(key)
        for _ in range(_CONFLICTS):
            request = self._request(key, [data], checksum("", [data]))
            try:
                with self._one_attempt():
                    self._client.put_object(**request, IfNoneMatch="*")
            except self._foreign as error:
                answer = _s3_errors.status(error)
                if answer == 412:
                    return False
                if answer != 409:
                    raise _s3_errors.of_create(error, doing, **where) from error
                conflict = error
            else:
                return True
        raise _s3_errors.of_create(conflict, doing, **where) from conflict

    def remove(self, key: str) -> None:
        check_key(key)
        with suppress(BlobNotFound), self._translated("removing", key):
            self._client.delete_object(**self._named(key))

    def scan(self, prefix: str, after: str = "") -> Iterator[Entry]:
        check_prefix(prefix)
        where = {"Bucket": self.bucket, "Prefix": self.prefix + prefix}
        request: dict[str, Any] = {**where, "MaxKeys": self._first_page}
        if after:
            request["StartAfter"] = self.prefix + after
        while True:
            with self._translated("listing", prefix):
                page = self._client.list_objects_v2(**request)
            self._seen = True
            for found in page.get("Contents", ()):
                key = found["Key"].removeprefix(self.prefix)
                if not key or key.endswith("/"):
                    continue  # what consoles put where they show a folder
                if key <= after:
                    raise Unsupported(
                        f"{self.url} lists {key} after {after}: casreg needs listings in the order of"
                        " the keys' bytes",
                        store=self.url,
                    )
                after = key
                yield _entry(key, found["Size"], found)
            if not page.get("IsTruncated"):
                return
            request = {**where, "MaxKeys": self._page, "ContinuationToken": page["NextContinuationToken"]}

    def close(self) -> None:
        self._one_attempt.close()
        if self._owned:
            self._shared.close()

    # The steps.

    @property
    def _client(self) -> Any:
        if self._pid != os.getpid():
            # The connections are the parent's: two processes on one would read each other's answers.
            self._shared.close()
            self._pid = os.getpid()
        return self._shared

    def _named(self, key: str) -> dict[str, Any]:
        return {"Bucket": self.bucket, "Key": self.prefix + key}

    def _request(self, key: str, data: Sequence[Buffer], digest: str) -> dict[str, Any]:
        body = content(data)
        size = len(body)
        if size > LARGEST:
            raise InvalidInput(f"{key} has {size} bytes, S3 takes {LARGEST} in one PUT", key=key)
        return {**self._named(key), "Body": body, "ChecksumSHA256": digest}

    def _get(self, key: str, start: int, stop: int | None) -> Any:
        """The stream of a non-empty range, None if the object ends before it."""
        request = self._named(key)
        if start or stop is not None:
            request["Range"] = f"bytes={start}-" if stop is None else f"bytes={start}-{stop - 1}"
        try:
            answer = self._client.get_object(**request)
        except self._foreign as error:
            if _s3_errors.status(error) != 416:
                raise
            return None
        if start and answer["ResponseMetadata"]["HTTPStatusCode"] != 206:
            answer["Body"].close()
            raise Unsupported(f"{self.url} was asked for a range and sends whole objects", store=self.url)
        return answer["Body"]

    def _require(self, key: str) -> None:
        if self.stat(key) is None:
            raise BlobNotFound(f"{self.url} has no {key}", **self._where(key))

    def _require_bucket(self) -> None:
        """HEAD tells of a missing bucket as of a missing key: asked once where nothing else has told."""
        if self._seen:
            return
        try:
            self._client.head_bucket(Bucket=self.bucket)
        except self._foreign as error:
            if _s3_errors.status(error) != 404:
                raise
            message = f"{self.url}: there is no bucket {self.bucket}"
            raise StoreNotFound(
                message + _s3_errors.NO_BUCKET, code="NoSuchBucket", store=self.url
            ) from error
        self._seen = True

    def _where(self, key: str) -> dict[str, str]:
        return {"store": self.url, "endpoint": self._endpoint, "key": key}

    @contextmanager
    def _translated(self, doing: str, key: str = "") -> Iterator[None]:
        try:
            yield
        except CasregError:
            raise
        except self._foreign as error:
            raise _s3_errors.translated(error, f"{doing} {key}".rstrip(), **self._where(key)) from error


def _entry(key: str, size: int, answer: dict[str, Any]) -> Entry:
    return Entry(key, size, float(int(answer["LastModified"].timestamp())))
