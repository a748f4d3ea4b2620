"""The one place where S3's and boto3's errors become casreg's. Told apart by name: nothing is imported."""

from __future__ import annotations

from typing import Any, Final

from casreg.errors import (
    BlobNotFound,
    CasregError,
    Corrupt,
    Denied,
    InvalidInput,
    NoSpace,
    StoreNotFound,
    Unavailable,
    Uncertain,
    Unsupported,
)

_CODES: Final[dict[str, type[CasregError]]] = {
    "NoSuchBucket": StoreNotFound,
    "NoSuchKey": BlobNotFound,
    "BadDigest": Corrupt,
    "XAmzContentChecksumMismatch": Corrupt,
    "XAmzContentSHA256Mismatch": Corrupt,
    "EntityTooLarge": InvalidInput,
    "KeyTooLongError": InvalidInput,
    "InvalidBucketName": InvalidInput,
    "PermanentRedirect": InvalidInput,
    "IllegalLocationConstraintException": InvalidInput,
    "AuthorizationHeaderMalformed": InvalidInput,
    "QuotaExceeded": NoSpace,
    "XMinioStorageFull": NoSpace,
    "XMinioAdminBucketQuotaExceeded": NoSpace,
    "InvalidObjectState": Unavailable,
    "RequestTimeout": Unavailable,
    "SlowDown": Unavailable,
    "Throttling": Unavailable,
    "ThrottlingException": Unavailable,
    "RequestLimitExceeded": Unavailable,
    "ConditionalRequestConflict": Unavailable,
    "OperationAborted": Unavailable,
    # Without words of its own it would be one of the 400s.
    "InvalidToken": Denied,
    "ExpiredToken": Denied,
    "TokenRefreshRequired": Denied,
}

_STATUS: Final[dict[int, type[CasregError]]] = {
    301: InvalidInput,
    401: Denied,
    403: Denied,
    404: BlobNotFound,
    408: Unavailable,
    409: Unavailable,
    429: Unavailable,
    501: Unsupported,
    507: NoSpace,
}
"""For the codes that are not above, and for HEAD, whose answers bring none."""

_CREDENTIALS: Final = frozenset(
    (
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "InvalidToken",
        "ExpiredToken",
        "TokenRefreshRequired",
        "NoCredentialsError",
        "PartialCredentialsError",
        "CredentialRetrievalError",
        "NoAuthTokenError",
        "TokenRetrievalError",
        "UnauthorizedSSOTokenError",
        "SSOTokenLoadError",
        "SSOError",
        "RefreshWithMFAUnsupportedError",
    )
)

NO_BUCKET: Final = "; casreg makes no buckets: make it, then a store in it with `casreg init`"

_HINTS: Final = {
    "NoSuchBucket": NO_BUCKET,
    "AccessDenied": "; without the right s3:ListBucket S3 says so of missing objects, too",
    "RequestTimeTooSkewed": "; this computer's clock is wrong",
    "InvalidObjectState": "; the object is archived: restore it first",
    "PermanentRedirect": "; the bucket is in another region: name it",
    "AuthorizationHeaderMalformed": "; the bucket is in another region: name it",
    "NotImplemented": "; this server lacks what casreg needs of S3",
}

_SETUP: Final = frozenset(
    (
        "ProfileNotFound",
        "ParamValidationError",
        "ConfigParseError",
        "ConfigNotFound",
        "InvalidConfigError",
        "InvalidRegionError",
        "NoRegionError",
        "UnknownEndpointError",
        "InvalidEndpointConfigurationError",
        "InvalidS3AddressingStyleError",
    )
)

_BROKEN: Final = frozenset(("ChecksumError", "FlexibleChecksumError"))

_UNSENT: Final = frozenset(("EndpointConnectionError", "ConnectTimeoutError", "ProxyConnectionError"))
"""No connection was made, so that no request can have had an effect."""

_NO_ANSWER: Final = _UNSENT | {"ConnectionClosedError", "ReadTimeoutError", "SSLError"}
"""Where the reader wants to know which server was asked."""


def status(error: BaseException) -> int:
    """The HTTP status of an answer that says no; 0 if ``error`` is something else."""
    answer = getattr(error, "response", None)
    found = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) if isinstance(answer, dict) else 0
    return int(found)


def translated(error: BaseException, doing: str, **where: Any) -> CasregError:
    """Ours for ``error``; ``doing`` completes "<reason> while ...". Raise it ``from error``.

    What is not known to be anything else is Unavailable; a request that was understood and refused,
    Unsupported.
    """
    code, reason = _said(error)
    place = f"{where['store']} at {where['endpoint']}" if code in _NO_ANSWER else where["store"]
    text = f"{place}: {reason} while {doing}"
    if code in _CREDENTIALS:
        text += "; check the access key and the secret: arguments, environment or profile"
    return _kind(error, code)(text + _HINTS.get(code, ""), code=code, **where)


def of_create(error: BaseException, doing: str, **where: Any) -> CasregError:
    """Ours for the ``error`` of a create: Uncertain wherever the object may have been made."""
    ours = translated(error, doing, **where)
    if not isinstance(ours, Unavailable) or 0 < status(error) < 500 or type(error).__name__ in _UNSENT:
        return ours
    return Uncertain(f"no answer whether it was done: {ours.message}", **ours.fields)


def _said(error: BaseException) -> tuple[str, str]:
    """The error's code, and its reason in words, which hold neither addresses nor headers."""
    if not status(error):
        code = type(error).__name__
        return code, f"{code} ({error})" if code in _SETUP else code
    said = getattr(error, "response", {}).get("Error", {})
    code = str(said.get("Code", ""))
    message = str(said.get("Message", "")).strip().rstrip(".")
    return code, f"{code} ({message})" if message else code


def _kind(error: BaseException, code: str) -> type[CasregError]:
    if code in _CREDENTIALS:
        return Denied
    if number := status(error):
        return _CODES.get(code) or _STATUS.get(number) or (Unsupported if number < 500 else Unavailable)
    if code in _SETUP:
        return InvalidInput
    return Corrupt if code in _BROKEN else Unavailable
