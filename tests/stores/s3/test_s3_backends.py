"""A bucket by its name in mindtrace-registry, on a server."""

import pickle

from servers.process import Server
from servers.s3 import KEYS

from casreg import MinioRegistryBackend, Registry


def test_a_registry_in_a_named_bucket_works_and_is_pickled_with_its_keys(
    s3_server: Server, bucket: str
) -> None:
    backend = MinioRegistryBackend(
        endpoint=s3_server.endpoint.removeprefix("http://"), bucket=bucket, prefix="p", secure=False, **KEYS
    )
    with Registry(backend, version_objects=True) as registry:
        assert registry.save(["a", "b", "a"], [1, 2, 3]).results == ["1", "1", "2"]
        assert registry.load(["a", "b", "a@1"]).results == [3, 2, 1]
        with pickle.loads(pickle.dumps(registry)) as sent:
            assert sent["a"] == 3
        registry.clear()
        assert len(registry) == 0
