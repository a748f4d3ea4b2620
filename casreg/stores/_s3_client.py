"""boto3, imported here alone and not before a store in S3 is opened: clients, and creates asked once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from casreg.errors import InvalidInput, Unsupported

_PUT: Final = "needs-retry.s3.PutObject"

_ELSEWHERE: Final = frozenset(
    ("PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException")
)
"""Answers that had no effect, after which botocore asks the bucket's own region."""


def foreign() -> tuple[type[Exception], ...]:
    """The exceptions that boto3's clients raise, the one for an answer that says no first."""
    try:
        import boto3  # noqa: F401
        from botocore.exceptions import BotoCoreError, ClientError
        from urllib3.exceptions import HTTPError
    except ImportError as error:
        raise Unsupported(
            f"s3:// needs boto3, which is not installed ({error}): pip install 'casreg[s3]'", extra="s3"
        ) from error
    return ClientError, BotoCoreError, HTTPError, OSError


def connect(
    endpoint: str | None,
    region: str | None,
    access_key: str | None,
    secret_key: str | None,
    session_token: str | None,
    profile: str | None,
) -> Any:
    """A client for what is given, the rest from boto3's own chain. No request is made."""
    import boto3
    from botocore.config import Config

    session = boto3.session.Session(
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        aws_session_token=session_token,
        region_name=region,
        profile_name=profile,
    )
    config = Config(
        connect_timeout=10,
        read_timeout=60,
        tcp_keepalive=True,
        max_pool_connections=32,
        retries={"mode": "standard", "total_max_attempts": 4},
        # Every PUT brings its SHA-256 in a header, and whoever reads checks digests. The defaults send
        # CRC32 in an aws-chunked trailer, which many other servers refuse or store as content.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    try:
        return session.client("s3", endpoint_url=endpoint, config=config)
    except ValueError:  # its text shows the whole endpoint
        raise _no_endpoint() from None


def _no_endpoint() -> InvalidInput:
    return InvalidInput("the endpoint of S3 is not a URL such as https://host:port")


def check_endpoint(client: Any) -> str:
    """The client's endpoint, for error texts. Raises InvalidInput if it is none, or holds a password."""
    endpoint = str(client.meta.endpoint_url)
    try:
        url = urlsplit(endpoint)
        url.port  # noqa: B018 - raises for what is no number
    except ValueError:
        raise _no_endpoint() from None
    if "@" in url.netloc:
        raise InvalidInput("the endpoint of S3 holds a user or password: give keys apart from it")
    return endpoint


class OneAttempt:
    """Within ``with attempt():`` a thread's PUTs are answered by what became of their first attempt.

    A client's own retry would turn "made, but the answer was lost" into "was there before".
    """

    def __init__(self, client: Any, refused: type[Exception]) -> None:
        self._events = client.meta.events
        self._refused = refused
        self._thread = threading.local()
        self._events.register_first(_PUT, self._answered)

    @contextmanager
    def __call__(self) -> Iterator[None]:
        self._thread.active = True
        try:
            yield
        finally:
            self._thread.active = False

    def close(self) -> None:
        self._events.unregister(_PUT, self._answered)

    def _answered(self, response: Any = None, caught_exception: Any = None, **_: Any) -> None:
        """botocore asks whether to try again; None leaves it to others, an error ends it."""
        if not getattr(self._thread, "active", False):
            return
        if caught_exception is not None:
            raise caught_exception
        code = response[1].get("Error", {}).get("Code")
        if response[0].status_code >= 400 and code not in _ELSEWHERE:
            raise self._refused(response[1], "PutObject")
