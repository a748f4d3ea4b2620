"""Trees whose dates, numbers and sets are none."""

from base64 import b64encode

import pytest
from attacking import attacked

from casreg import CasregError, Corrupt, Registry, Unsafe, Unsupported
from casreg.stores.memory import MemoryStore


def npy(shape: str, descr: str, data: bytes) -> str:
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b64encode(b"\x93NUMPY\x02\x00" + len(header).to_bytes(4, "little") + header + data).decode()


MILLION = "1" * 1_000_000
LIES: dict[str, type[CasregError]] = {
    '{"$set":[1,1]}': Corrupt,
    '{"$set":[1,true]}': Corrupt,
    '{"$set":[[1]]}': Corrupt,
    '{"$set":{"a":1}}': Corrupt,
    '{"$set":[{"$array":"w"}]}': Corrupt,
    '{"$frozenset":[{"$decimal":"sNaN"}]}': Corrupt,
    '{"$dict":[[1,2],[{"$fraction":[1,1]},3]]}': Corrupt,
    '{"$counter":[[1,2],[1,3]]}': Corrupt,
    '{"$deque":{"items":[1,2],"maxlen":1}}': Corrupt,
    '{"$deque":{"items":[],"maxlen":100000000000000000000000000}}': Corrupt,
    '{"$deque":{"items":[],"maxlen":-1}}': Corrupt,
    '{"$deque":{"items":"abc"}}': Corrupt,
    '{"$deque":[1]}': Corrupt,
    '{"$defaultdict":{"factory":"eval","items":[]}}': Corrupt,
    '{"$defaultdict":{"factory":["list"],"items":[]}}': Corrupt,
    '{"$defaultdict":{"factory":"list"}}': Corrupt,
    '{"$slice":[1,2]}': Corrupt,
    '{"$slice":[1,2,{"$array":"w"}]}': Corrupt,
    '{"$int":7}': Corrupt,
    '{"$int":"0x"}': Corrupt,
    '{"$int":"0x_1"}': Corrupt,
    '{"$int":"12"}': Corrupt,
    '{"$complex":[1,2]}': Corrupt,
    '{"$complex":[1.5]}': Corrupt,
    '{"$complex":"1+2j"}': Corrupt,
    '{"$complex":[{"$float":"00"},1.5]}': Corrupt,
    '{"$decimal":"x"}': Corrupt,
    '{"$decimal":1.5}': Corrupt,
    '{"$decimal":[0,[1],0]}': Corrupt,
    '{"$decimal":"1E+9999999999999999999999"}': Corrupt,
    '{"$fraction":[1,0]}': Corrupt,
    '{"$fraction":[2,4]}': Corrupt,
    '{"$fraction":[1,-3]}': Corrupt,
    '{"$fraction":[1.5,2]}': Corrupt,
    '{"$fraction":"1/2"}': Corrupt,
    '{"$range":[0,1,0]}': Corrupt,
    '{"$range":[0,1]}': Corrupt,
    '{"$range":[0,1.5,1]}': Corrupt,
    '{"$text":"ab"}': Corrupt,
    '{"$text":[1]}': Corrupt,
    '{"$bytearray":1000000000000}': Corrupt,
    '{"$uuid":"x"}': Corrupt,
    '{"$uuid":5}': Corrupt,
    '{"$uuid":"{12345678123456781234567812345678}"}': Corrupt,
    '{"$posixpath":["/etc"]}': Corrupt,
    '{"$windowspath":7}': Corrupt,
    '{"$date":"2024-02-30"}': Corrupt,
    '{"$date":"2024-W01-1"}': Corrupt,
    '{"$date":20240101}': Corrupt,
    '{"$time":"25:00:00"}': Corrupt,
    '{"$time":"01"}': Corrupt,
    '{"$datetime":"2024-01-01"}': Corrupt,
    '{"$datetime":"2024-01-01T00:00:00+99:00"}': Corrupt,
    '{"$datetime":{"at":"2024-01-01T00:00:00+00:00"}}': Corrupt,
    '{"$datetime":{"at":"2024-01-01T00:00:00","fold":2}}': Corrupt,
    '{"$datetime":{"at":"2024-01-01T00:00:00","fold":"x"}}': Corrupt,
    '{"$datetime":{"at":"2024-01-01T00:00:00","zone":"UTC"}}': Corrupt,
    '{"$datetime":{"at":"2024-01-01T00:00:00","zone":{"$date":"2024-01-01"}}}': Corrupt,
    '{"$datetime":{}}': Corrupt,
    '{"$datetime":[]}': Corrupt,
    '{"$timedelta":[1]}': Corrupt,
    '{"$timedelta":[0,86400,0]}': Corrupt,
    '{"$timedelta":[1.5,0,0]}': Corrupt,
    '{"$timedelta":[10000000000,0,0]}': Corrupt,
    f'{{"$timedelta":[{MILLION},0,0]}}': Corrupt,
    '{"$timezone":{"offset":[2,0,0]}}': Corrupt,
    '{"$timezone":{"offset":[0,0,0],"name":7}}': Corrupt,
    '{"$timezone":{}}': Corrupt,
    '{"$zone":7}': Corrupt,
    '{"$zone":"../../etc/passwd"}': Corrupt,
    '{"$zone":"/etc/passwd"}': Corrupt,
    '{"$zone":"Europe/../../x"}': Corrupt,
    '{"$zone":"a.b"}': Corrupt,
    '{"$zone":"Europe"}': Unsupported,
    '{"$zone":"Nowhere/Land"}': Unsupported,
    '{"$scalar":{"dtype":"str","data":"00"}}': Corrupt,
    '{"$scalar":{"dtype":"str","data":"ffffffff"}}': Corrupt,
    '{"$scalar":{"dtype":"bytes","data":7}}': Corrupt,
    '{"$scalar":{"dtype":"datetime64[0s]","data":"0000000000000000"}}': Corrupt,
    '{"$scalar":{"dtype":"datetime64[ns]//7","data":"0000000000000000"}}': Corrupt,
    '{"$scalar":{"dtype":"datetime64[ns]","data":"00"}}': Corrupt,
    '{"$scalar":{"dtype":"bfloat16","data":"00"}}': Corrupt,
    '{"$scalar":{"dtype":["bfloat16"],"data":"0000"}}': Corrupt,
    '{"$scalar":{"npy":"gASVAA=="}}': Corrupt,
    '{"$scalar":{"npy":7}}': Corrupt,
    f'{{"$scalar":{{"npy":"{npy("()", "<f8", bytes(9))}"}}}}': Corrupt,
    f'{{"$scalar":{{"npy":"{npy("(1,)", "<f8", bytes(8))}"}}}}': Corrupt,
    f'{{"$scalar":{{"npy":"{npy("(0, 9)", "<f8", b"")}"}}}}': Corrupt,
    f'{{"$scalar":{{"npy":"{npy("()", "O", bytes(8))}"}}}}': Unsafe,
    f'{{"$scalar":{{"npy":"{npy("()", "V2147483647", bytes(8))}"}}}}': Corrupt,
}


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie[:50])
def test_a_value_that_is_none(lie: str) -> None:
    store = MemoryStore()
    attacked(store, parts={"value.json": lie.encode()}, kind="tree")
    with pytest.raises(LIES[lie]) as caught:
        Registry(store).load("evil")
    assert (caught.value.name, caught.value.version) == ("evil", "1")
    assert len(str(caught.value)) < 1000
