"""The command line on a store in S3."""

import pytest
from running import Cli
from servers import s3 as servers
from servers.process import Server, free_port
from servers.s3 import KEYS

# Fixtures, taken over by name.
no_aws_of_the_user = servers.no_aws_of_the_user
s3_server = servers.s3_server
bucket = servers.bucket


@pytest.fixture
def place(s3_server: Server, bucket: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where the store is to be."""
    monkeypatch.setenv("CASREG_STORE", f"s3://{bucket}/x")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3_server.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS["access_key"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS["secret_key"])
    return f"s3://{bucket}/x"


def store_check(cli: Cli, *words: str) -> dict[str, str]:
    """What the doctor says of a store that does not open."""
    ran = cli("doctor", "--json", *words)
    assert ran.code == 1
    (failed,) = [check for check in ran.json["checks"] if check["status"] == "fail"]
    assert failed["name"] == "store"
    return failed


def test_from_an_empty_bucket_to_a_healthy_store(cli: Cli, place: str) -> None:
    for command in ("ls", "fsck"):
        ran = cli(command)
        assert (ran.code, "casreg init" in ran.err) == (3, True)
    assert place in cli("init").out
    assert cli("save", "a", "-", stdin=b"content").code == 0
    assert cli("fsck").out == "no damage\n"
    report = cli("doctor", "--json").json
    assert report["ok"]
    found = {check["name"]: check for check in report["checks"]}
    assert found["contents"]["detail"] == "1 name, 1 version"
    assert {check["status"] for check in report["checks"]} == {"ok"}
    assert "server" in found["durability"]["detail"]


def test_where_there_is_no_bucket_it_is_said_who_makes_it(cli: Cli, place: str) -> None:
    store = ["--store", "s3://no-such-bucket/x"]
    for command in ("fsck", "init"):
        ran = cli(command, *store)
        assert (ran.code, "casreg makes no buckets" in ran.err) == (3, True)
    assert store_check(cli, *store)["remedy"].startswith("make the bucket, then casreg init")


def test_the_doctor_tells_credentials_and_outages_apart(
    cli: Cli, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("init")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{free_port()}")
    assert "can be reached" in store_check(cli)["remedy"]
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert "credentials" in store_check(cli)["remedy"]
