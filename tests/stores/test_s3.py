"""The store in S3: the suite on moto, a registry in a bucket, and every answer that a server may give."""

from __future__ import annotations

import base64
import hashlib
import os
import pickle
import subprocess
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from servers import s3 as servers
from servers.process import Server, free_port
from servers.s3 import KEYS, client, moto_server, new_bucket
from servers.scripted import Answer, Scripted, refusal

from casreg import Registry
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
    VersionNotFound,
)
from casreg.stores import s3
from casreg.stores.locate import locate
from casreg.stores.probe import probe
from casreg.stores.s3 import S3Store
from casreg.testing import MeteredStore, StoreSuite

# Fixtures, taken over by name.
no_aws_of_the_user = servers.no_aws_of_the_user
s3_server = servers.s3_server
bucket = servers.bucket
script_server = servers.script_server
scripted = servers.scripted

MIB = 1 << 20


class TestS3Store(StoreSuite):
    @pytest.fixture
    def store(self, moto_client: Any, bucket: str) -> Iterator[S3Store]:
        store = S3Store(bucket, "models/all", client=moto_client)
        yield store
        store.close()


@pytest.fixture(scope="session")
def moto_client(s3_server: Server) -> Iterator[Any]:
    """The client that a store makes for itself, made once for many stores."""
    made = S3Store("bucket", endpoint=s3_server.endpoint, **KEYS)
    yield made._client
    made.close()


@pytest.fixture(scope="session")
def script_client(script_server: Scripted) -> Iterator[Any]:
    made = S3Store("bucket", endpoint=script_server.endpoint, **KEYS)
    yield made._client
    made.close()


@pytest.fixture
def store(s3_server: Server, bucket: str) -> Iterator[S3Store]:
    store = S3Store(bucket, endpoint=s3_server.endpoint, **KEYS)
    yield store
    store.close()


@pytest.fixture
def told(scripted: Scripted, script_client: Any) -> Iterator[S3Store]:
    """A store on the server that answers by script."""
    store = S3Store("bucket", "p", client=script_client)
    yield store
    store.close()


@pytest.fixture
def environment(s3_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a user of another server than Amazon's sets."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3_server.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS["access_key"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS["secret_key"])


def requests(store: S3Store, shared: Any) -> Counter[str]:
    """Counts what goes over the wire on ``shared``, the client of ``store``."""
    seen: Counter[str] = Counter()
    shared.meta.events.register("before-send.s3", lambda request, **_: seen.update([request.method]))
    return seen


def every_verb(store: S3Store, key: str = "a") -> dict[str, Callable[[], object]]:
    return {
        "read": lambda: store.read(key),
        "read nothing": lambda: store.read(key, 0, 0),
        "read_into": lambda: store.read_into(key, 0, [memoryview(bytearray(1))]),
        "stat": lambda: store.stat(key),
        "write": lambda: store.write(key, [b"x"]),
        "create": lambda: store.create(key, b"x"),
        "remove": lambda: store.remove(key),
        "scan": lambda: list(store.scan("")),
    }


VERBS = tuple(every_verb(None))  # type: ignore[arg-type]

# registries


@pytest.mark.usefixtures("environment")
def test_a_registry_in_a_bucket_saves_and_loads(bucket: str, tmp_path: Path) -> None:
    weights = {"w": np.arange(300_000, dtype=np.float32), "b": np.ones(3)}
    folder = tmp_path / "folder"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "file.bin").write_bytes(os.urandom(2 * MIB))
    (folder / "small.txt").write_text("small")
    with Registry(f"s3://{bucket}/team/models", mutable=True) as registry:
        registry.save("value", {"a": [1, 2, (3, None)]})
        registry.save("arrays", weights)
        registry.save("folder", folder)
        registry.save("value", "changed", on_conflict="overwrite")
    with Registry(f"s3://{bucket}/team/models") as registry:
        assert registry.load("value") == "changed"
        loaded = registry.load("arrays")
        assert all(np.array_equal(loaded[name], weights[name]) for name in weights)
        out = registry.load("folder", output_dir=tmp_path / "out")
        assert (Path(out) / "deep" / "file.bin").read_bytes() == (folder / "deep" / "file.bin").read_bytes()
        assert (Path(out) / "small.txt").read_text() == "small"
        registry.delete("value")
        with pytest.raises(VersionNotFound):
            registry.load("value")
        assert sorted(registry.list_objects()) == ["arrays", "folder"]


@pytest.mark.usefixtures("environment")
def test_registries_below_two_prefixes_of_a_bucket_do_not_see_each_other(bucket: str) -> None:
    with Registry(f"s3://{bucket}/a") as one, Registry(f"s3://{bucket}/ab/") as two:
        one.save("x", 1)
        assert two.list_objects() == []


def test_a_small_save_is_two_requests_and_a_small_load_two(s3_server: Server, bucket: str) -> None:
    shared = client(s3_server)
    store = S3Store(bucket, client=shared)
    metered = MeteredStore(store)
    with Registry(metered, version_objects=True) as registry:
        registry.save("x", 0)
        sent = requests(store, shared)
        metered.reset()
        registry.save("x", 1)
        assert {verb: n for verb, n in metered.counts.items() if n} == {"scan": 1, "create": 1}
        assert sent == {"GET": 1, "PUT": 1}
        sent.clear()
        metered.reset()
        assert registry.load("x") == 1
        assert {verb: n for verb, n in metered.counts.items() if n} == {"scan": 1, "read": 1}
        assert sent == {"GET": 2}
    shared.close()


@pytest.mark.usefixtures("environment")
def test_a_missing_bucket_is_not_made(s3_server: Server) -> None:
    with pytest.raises(StoreNotFound, match="no-such-bucket"):
        Registry("s3://no-such-bucket/x")


# where it is


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("place", "prefix", "url"),
    [
        ("s3://{}", "", "s3://{}"),
        ("s3://{}/", "", "s3://{}"),
        ("S3://{}/a/b//", "a/b/", "s3://{}/a/b"),
        ("s3://{}/a%20b", "a%20b/", "s3://{}/a%20b"),
    ],
)
def test_urls_name_bucket_and_prefix(bucket: str, place: str, prefix: str, url: str) -> None:
    store = locate(place.format(bucket), create=True, durability="fsync")
    assert isinstance(store, S3Store)
    assert (store.prefix, store.url, store.local) == (prefix, url.format(bucket), False)
    store.write("x", [b"1"])
    assert [entry.key for entry in store.scan("")] == ["x"]
    store.close()


@pytest.mark.parametrize(
    "place",
    ["s3://", "s3:///x", "s3://bu cket", "s3://b/../x", "s3://b/a//b", "s3://key:hush@b", "s3://h:9/b"],
)
def test_what_is_no_bucket_is_refused_without_being_shown(place: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        locate(place, create=True, durability="fsync")
    assert "hush" not in str(raised.value)


def test_directory_buckets_are_refused_by_name() -> None:
    with pytest.raises(Unsupported, match="directory bucket"):
        S3Store("models--usw2-az1--x-s3", **KEYS)


@pytest.mark.parametrize("endpoint", ["http://me:hush@127.0.0.1:1", "not a url", "http://127.0.0.1:hush"])
def test_endpoints_that_are_none_or_hold_a_password_are_refused_without_being_shown(endpoint: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        S3Store("bucket", endpoint=endpoint, **KEYS)
    assert "hush" not in "".join(map(str, (raised.value, raised.value.fields)))


def test_an_unknown_profile_is_named() -> None:
    with pytest.raises(InvalidInput, match=r"ProfileNotFound.*nobody"):
        S3Store("bucket", profile="nobody")


def test_without_boto3_the_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['boto3'] = None\n"
        "from casreg import Registry\n"
        "try: Registry('s3://bucket/x')\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.startswith("Unsupported ")
    assert "casreg[s3]" in said


def test_boto3_is_loaded_only_for_a_store_in_s3() -> None:
    code = "import sys, casreg.stores.s3, casreg.stores.locate; print('boto3' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


def test_the_probe_passes_on_a_given_client_and_leaves_the_client_open(
    s3_server: Server, bucket: str
) -> None:
    shared = client(s3_server)
    store = S3Store(bucket, client=shared)
    probe(store)
    store.close()
    assert shared.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    shared.close()


# listings


def test_the_first_entry_costs_one_small_page(told: S3Store, scripted: Scripted) -> None:
    scripted.always = page(["p/refs/b", "p/refs/c"], "more")
    assert next(told.scan("refs", "refs/a")).key == "refs/b"
    (asked,) = scripted.asked
    assert "max-keys=100&" in asked.path + "&"
    assert "start-after=p%2Frefs%2Fa" in asked.path
    assert "prefix=p%2Frefs" in asked.path


def test_pages_after_the_first_are_large_and_may_be_empty(told: S3Store, scripted: Scripted) -> None:
    scripted.answers = [page(["p/a"], "one"), page([], "two"), page(["p/b"])]
    assert [entry.key for entry in told.scan("")] == ["a", "b"]
    assert ["max-keys=1000" in asked.path for asked in scripted.asked] == [False, True, True]
    assert "continuation-token=two" in scripted.asked[2].path


def test_folders_that_a_console_made_are_no_objects(told: S3Store, scripted: Scripted) -> None:
    scripted.always = page(["p/", "p/refs/", "p/refs/a"])
    assert [entry.key for entry in told.scan("")] == ["refs/a"]


@pytest.mark.parametrize("keys", [["p/b", "p/a"], ["p/a", "p/a"]])
def test_listings_out_of_order_are_refused(told: S3Store, scripted: Scripted, keys: list[str]) -> None:
    scripted.always = page(keys)
    with pytest.raises(Unsupported, match="order"):
        list(told.scan(""))


def test_a_server_that_ignores_where_to_start_is_refused(told: S3Store, scripted: Scripted) -> None:
    scripted.always = page(["p/a", "p/b"])
    with pytest.raises(Unsupported, match="order"):
        list(told.scan("", "a"))


def page(keys: list[str], more: str = "") -> Answer:
    entries = "".join(
        f"<Contents><Key>{key}</Key><Size>1</Size><LastModified>2026-01-02T03:04:05.678Z</LastModified>"
        "</Contents>"
        for key in keys
    )
    token = f"<NextContinuationToken>{more}</NextContinuationToken>" if more else ""
    body = (
        f"<ListBucketResult><IsTruncated>{'true' if more else 'false'}</IsTruncated>"
        f"{token}{entries}</ListBucketResult>"
    )
    return Answer(body=body.encode())


# what is sent


def test_an_object_is_sent_plain_with_its_sha256(told: S3Store, scripted: Scripted) -> None:
    data = [b"a" * 300_000, memoryview(b"b" * 5), bytearray(b"c" * 70_000)] * 3
    told.write("packs/x", data)
    told.create("refs/x", b"small")
    large, small = scripted.asked
    assert large.body == b"".join(data)
    assert small.body == b"small"
    for asked in scripted.asked:
        assert asked.headers["x-amz-checksum-sha256"] == b64(hashlib.sha256(asked.body).digest())
        assert asked.headers["content-length"] == str(len(asked.body))
        assert not {"x-amz-trailer", "content-encoding", "transfer-encoding"} & set(asked.headers)
    assert small.headers["if-none-match"] == "*"
    assert "if-none-match" not in large.headers


def test_a_blobs_checksum_is_the_one_in_its_key(told: S3Store, scripted: Scripted) -> None:
    told.write(f"blobs/sha256/{'ab' * 32}", [b"not what the key says"])
    assert scripted.asked[0].headers["x-amz-checksum-sha256"] == b64(bytes.fromhex("ab" * 32))


def test_a_write_is_tried_again_from_its_beginning(told: S3Store, scripted: Scripted) -> None:
    data = [b"1" * 200_000, b"2" * 200_000]
    scripted.answers = [refusal(500, "InternalError"), Answer(reset=True)]
    told.write("a", data)
    assert [asked.body == b"".join(data) for asked in scripted.asked] == [True] * 3


def test_more_than_one_put_takes_is_refused(told: S3Store, scripted: Scripted, monkeypatch: Any) -> None:
    monkeypatch.setattr(s3, "LARGEST", 1000)
    for write in (lambda: told.write("a", [b"x" * 600] * 2), lambda: told.create("a", b"x" * 1001)):
        with pytest.raises(InvalidInput, match="1000 in one PUT"):
            write()
    assert scripted.asked == []


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


# create: what each answer means


@pytest.fixture(scope="session", params=["own", "given", "given, legacy"])
def any_client(request: pytest.FixtureRequest, script_server: Scripted, script_client: Any) -> Iterator[Any]:
    from botocore.config import Config

    if request.param == "own":
        yield script_client
        return
    mode = "legacy" if "legacy" in request.param else "standard"
    given = client(script_server, config=Config(retries={"mode": mode, "total_max_attempts": 5}))
    yield given
    given.close()


@pytest.fixture
def creator(any_client: Any, scripted: Scripted) -> Iterator[S3Store]:
    """Whatever the client was told about retries, a create is one attempt."""
    store = S3Store("bucket", client=any_client)
    yield store
    store.close()


@pytest.mark.parametrize(
    "answer",
    [refusal(500, "InternalError"), refusal(503, "SlowDown"), Answer(504), Answer(reset=True)],
    ids=["500", "503", "504", "reset"],
)
def test_a_lost_answer_is_uncertain_and_not_asked_again(
    creator: S3Store, scripted: Scripted, answer: Answer
) -> None:
    scripted.answers = [answer]
    with pytest.raises(Uncertain, match="no answer whether") as raised:
        creator.create("a", b"x")
    assert raised.value.key == "a"
    assert len(scripted.asked) == 1


def test_a_failed_precondition_means_somebody_was_first(creator: S3Store, scripted: Scripted) -> None:
    scripted.answers = [refusal(412, "PreconditionFailed")]
    assert creator.create("a", b"x") is False
    assert len(scripted.asked) == 1


def test_a_conflict_is_asked_again_until_decided(creator: S3Store, scripted: Scripted) -> None:
    conflict = refusal(409, "ConditionalRequestConflict")
    scripted.answers = [conflict, conflict, Answer()]
    assert creator.create("a", b"x" * 300_000) is True
    scripted.answers = [conflict, refusal(412, "PreconditionFailed")]
    assert creator.create("a", b"x") is False
    assert [len(asked.body) for asked in scripted.asked] == [300_000] * 3 + [1] * 2


def test_a_conflict_without_end_is_unavailable(creator: S3Store, scripted: Scripted) -> None:
    scripted.always = refusal(409, "ConditionalRequestConflict")
    with pytest.raises(Unavailable, match="ConditionalRequestConflict"):
        creator.create("a", b"x")
    assert len(scripted.asked) == 8


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal(501, "NotImplemented"), Unsupported),
        (refusal(403, "AccessDenied"), Denied),
        (refusal(404, "NoSuchBucket"), StoreNotFound),
        (refusal(400, "BadDigest"), Corrupt),
        (refusal(429, "TooManyRequests"), Unavailable),
        (refusal(507, "XMinioStorageFull"), NoSpace),
    ],
    ids=lambda value: str(getattr(value, "status", "")),
)
def test_a_refused_create_had_no_effect(
    creator: S3Store, scripted: Scripted, answer: Answer, kind: type[CasregError]
) -> None:
    scripted.answers = [answer]
    with pytest.raises(kind):
        creator.create("a", b"x")
    assert len(scripted.asked) == 1


# errors


def test_a_missing_bucket_is_a_missing_store_for_every_verb(moto_client: Any) -> None:
    store = S3Store("no-such-bucket", "x", client=moto_client)
    for call in every_verb(store).values():
        with pytest.raises(StoreNotFound, match="s3://no-such-bucket/x"):
            call()
    store.close()


def test_where_nothing_listens_every_verb_is_unavailable() -> None:
    store = S3Store("bucket", endpoint=f"http://127.0.0.1:{free_port()}", **KEYS)
    for call in every_verb(store).values():
        with pytest.raises(Unavailable, match=r"s3://bucket at http://127\.0\.0\.1") as raised:
            call()
        assert not isinstance(raised.value, Uncertain)


def test_a_server_that_stops_is_unavailable_from_then_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "_FIRST_PAGE", 2)
    with moto_server(tmp_path / "log") as server:
        store = S3Store(new_bucket(server), endpoint=server.endpoint, **KEYS)
        for number in range(3):
            store.write(f"a/{number}", [b"x"])
        listing = store.scan("a/")
        assert next(listing).key == "a/0"
        server.stop()
        with pytest.raises(Unavailable):
            list(listing)
        for call in every_verb(store).values():
            with pytest.raises(Unavailable):
                call()
        store.close()


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal(403, "AccessDenied"), Denied),
        (refusal(400, "InvalidRequest"), Unsupported),
        (refusal(501, "NotImplemented"), Unsupported),
    ],
    ids=["403", "400", "501"],
)
def test_a_refusal_is_the_same_error_from_every_verb(
    told: S3Store, scripted: Scripted, verb: str, answer: Answer, kind: type[CasregError]
) -> None:
    scripted.always = answer
    with pytest.raises(kind) as raised:
        every_verb(told)[verb]()
    assert raised.value.store == told.url


def test_failures_of_the_server_are_tried_four_times_and_then_unavailable(
    told: S3Store, scripted: Scripted
) -> None:
    scripted.always = refusal(500, "InternalError")
    with pytest.raises(Unavailable, match="InternalError"):
        told.read("a")
    assert len(scripted.asked) == 4


@pytest.mark.parametrize("code", ["InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"])
def test_bad_credentials_are_denied_with_what_to_look_at(
    told: S3Store, scripted: Scripted, code: str
) -> None:
    scripted.always = refusal(403 if code != "ExpiredToken" else 400, code)
    with pytest.raises(Denied, match=f"{code}.*check the access key"):
        told.read("a")


def test_no_credentials_at_all_are_denied(scripted: Scripted) -> None:
    store = S3Store("bucket", endpoint=scripted.endpoint)
    for call in every_verb(store).values():
        with pytest.raises(Denied, match=r"NoCredentialsError.*check the access key"):
            call()
    assert scripted.asked == []


def test_secrets_are_in_no_text(told: S3Store, scripted: Scripted) -> None:
    scripted.always = refusal(403, "SignatureDoesNotMatch")
    shown = [repr(told), told.url]
    for call in every_verb(told).values():
        with pytest.raises(Denied) as raised:
            call()
        shown += [*traceback.format_exception(raised.value), repr(raised.value), str(raised.value.fields)]
        shown.append(str(pickle.dumps(raised.value)))
    assert not any(KEYS["secret_key"] in text for text in shown)


# reading what servers really send


def test_a_body_that_is_cut_off_is_unavailable_and_not_corrupt(told: S3Store, scripted: Scripted) -> None:
    scripted.always = Answer(206, b"x" * 1000, reset=True)
    with pytest.raises(Unavailable):
        told.read("a")
    with pytest.raises(Unavailable):
        told.read_into("a", 0, [memoryview(bytearray(1000))])


def test_a_server_without_ranges_is_refused_where_it_would_matter(told: S3Store, scripted: Scripted) -> None:
    scripted.always = Answer(200, b"0123456789")
    assert told.read("a", 0, 4) == b"0123"
    with pytest.raises(Unsupported, match="range"):
        told.read("a", 2, 4)
    with pytest.raises(Unsupported, match="range"):
        told.read_into("a", 2, [memoryview(bytearray(2))])


def test_stamps_are_the_servers_in_whole_seconds(store: S3Store) -> None:
    store.write("a", [b"x"])
    entry = store.stat("a")
    assert entry is not None
    assert entry.modified == int(entry.modified) > 1.7e9
    assert list(store.scan("")) == [entry]


def test_a_missing_object_in_a_bucket_that_is_there_is_missing(store: S3Store) -> None:
    assert store.stat("a") is None
    with pytest.raises(BlobNotFound):
        store.read("a", 0, 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # the server's thread is idle
def test_a_child_process_makes_connections_of_its_own(told: S3Store, scripted: Scripted) -> None:
    scripted.always = Answer(200, b"x")
    told.read("a")
    child = os.fork()
    if not child:
        try:
            os._exit(0 if told.read("a") == b"x" else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    told.read("a")
    first, theirs, last = (asked.peer for asked in scripted.asked)
    assert first == last != theirs
