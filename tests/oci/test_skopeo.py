"""Foreign tools keep a version as it is: ``skopeo copy`` of an OCI layout changes neither digest nor blob."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from layout import lay_out

from casreg import Registry

INSTALL = "apt-get install -y --no-install-recommends skopeo"


@pytest.fixture(scope="module")
def skopeo() -> str:
    found = shutil.which("skopeo")
    if found is None and os.environ.get("CI"):
        pytest.fail(f"CI needs skopeo: {INSTALL}")
    if found is None:
        pytest.skip(f"skopeo is not installed: {INSTALL}")
    return found


def copied(skopeo: str, registry: Registry, reference: str, place: Path) -> dict[str, bytes]:
    """Lay out, copy; the blobs that were laid out, after comparing them with those that arrived."""
    blobs = lay_out(registry, reference, place / "A", "tag")
    policy = place / "policy.json"
    policy.write_text(json.dumps({"default": [{"type": "insecureAcceptAnything"}]}))
    command = [skopeo, "--policy", policy, "--tmpdir", place]
    command += ["copy", "--quiet", "--all", f"oci:{place}/A:tag", f"oci:{place}/B:tag"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    arrived = {"sha256:" + p.name: p.read_bytes() for p in (place / "B/blobs/sha256").iterdir()}
    assert arrived == blobs
    assert all(digest == "sha256:" + sha256(blob).hexdigest() for digest, blob in arrived.items())
    (described,) = json.loads((place / "B/index.json").read_bytes())["manifests"]
    with registry.open(reference) as snapshot:
        assert described["digest"] == snapshot.digest
        assert described["size"] == snapshot.ref.manifest.size
    return blobs


def test_an_inline_version_keeps_its_digest_and_blobs(skopeo: str, tmp_path: Path) -> None:
    with Registry("memory://", version_objects=True) as registry:
        registry.save("small", b"a few bytes", metadata={"by": "test"})
        assert len(copied(skopeo, registry, "small", tmp_path)) == 4


def test_a_version_of_many_packs_keeps_its_digest_and_blobs(skopeo: str, tmp_path: Path) -> None:
    with Registry("memory://", version_objects=True, memory=64 << 20) as registry:
        registry.save("large", random.Random(2).randbytes(34 << 20))
        with registry.open("large") as snapshot:
            packs = len(snapshot.packs)
        assert packs >= 5
        assert len(copied(skopeo, registry, "large", tmp_path)) == packs + 3


def test_a_version_in_sections_keeps_its_digest_and_blobs(
    skopeo: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The real limit is 400 layers, which skopeo takes half a minute to copy.
    monkeypatch.setattr(sys.modules["casreg.writer.assemble"], "MAX_LAYERS", 3)
    with Registry("memory://", version_objects=True, memory=64 << 20) as registry:
        registry.save("large", random.Random(4).randbytes(26 << 20))
        with registry.open("large") as snapshot:
            sections, packs = len(snapshot.sections), len(snapshot.packs)
        assert sections >= 2
        assert len(copied(skopeo, registry, "large", tmp_path)) == packs + sections + 3


def test_a_version_that_reuses_packs_keeps_its_digest_and_blobs(skopeo: str, tmp_path: Path) -> None:
    with Registry("memory://", version_objects=True) as registry:
        data = random.Random(3).randbytes(3 << 20)
        registry.save("model", data)
        assert registry.save("model", data + b"more").reused
        copied(skopeo, registry, "model", tmp_path)
