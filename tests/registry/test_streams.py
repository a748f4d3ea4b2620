"""What is taken for a stream, and what has a ``read`` of its own and is none."""

from __future__ import annotations

import io
import mmap
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import BaseModel

from casreg import Archiver, InvalidInput, Registry


@dataclass
class Sensor:
    port: int

    def read(self) -> bytes:
        return b"\1" * self.port

    def readable(self) -> bool:
        return True


class Gauge(BaseModel):
    port: int

    def read(self, size: int = -1) -> bytes:
        return b""


class Meter:
    def __init__(self, port: int) -> None:
        self.port = port

    def read(self, size: int = -1) -> bytes:
        return b""


class Reel(Meter):
    def readable(self) -> bool:
        return True


class MeterArchiver(Archiver):
    def save(self, obj: Meter) -> None:
        Path(self.uri, "port").write_text(str(obj.port))

    def load(self, data_type: type[Meter]) -> Meter:
        return data_type(int(Path(self.uri, "port").read_text()))


@pytest.mark.parametrize("obj", [Sensor(3), Gauge(port=3)], ids=["dataclass", "model"])
def test_what_casreg_knows_is_no_stream_though_it_has_a_read(registry: Registry, obj: object) -> None:
    registry.save("known", obj)
    assert registry.load("known") == obj


def test_what_has_a_materializer_is_no_stream_either(registry: Registry) -> None:
    registry.register_materializer(Meter, MeterArchiver)
    registry.save("meter", Reel(7))
    assert registry.load("meter").port == 7


def test_a_read_alone_makes_no_stream(registry: Registry) -> None:
    with pytest.raises(InvalidInput, match=r"keep a test_streams\.Meter.*no readable\(\): no stream"):
        registry.save("meter", Meter(1))
    with pytest.raises(InvalidInput, match=r"the class _io\.BytesIO is no value: give its name"):
        registry.save("class", io.BytesIO)


def test_files_of_all_makes_are_streams(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"content")
    with (tmp_path / "f").open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        registry.save("mapped", mapped)
        registry.save("file", file)
    with tempfile.NamedTemporaryFile() as temporary:
        temporary.write(b"content")
        temporary.seek(0)
        registry.save("temporary", temporary)
    assert [registry.load(name) for name in registry] == [b"content"] * 3
