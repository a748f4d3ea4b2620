"""Trees whose objects of libraries are none, are not theirs to make, or would be much more than is stored."""

import resource
import sys

import pytest
from attacking import attacked

from casreg import CasregError, Corrupt, Registry, Unsafe, Unsupported
from casreg.stores.memory import MemoryStore

LIES: dict[str, type[CasregError]] = {
    '{"$object":1}': Corrupt,
    '{"$object":{}}': Corrupt,
    '{"$object":{"kind":"pandas.NA"}}': Corrupt,
    '{"$object":{"kind":7,"state":null}}': Corrupt,
    '{"$object":{"kind":"os.system","state":"id"}}': Unsupported,
    '{"$object":{"kind":"protocol.Library","state":null}}': Unsupported,
    '{"$object":{"kind":"pickle","state":{"stream":{"$bytes":""},"buffers":[]}}}': Unsafe,
    '{"$object":{"kind":"pandas","state":null}}': Corrupt,
    '{"$object":{"kind":"pandas.DataFrame","state":null}}': Corrupt,
    '{"$object":{"kind":"pandas.eval","state":"1"}}': Corrupt,
    '{"$object":{"kind":"PIL.Image","state":{"mode":"L","size":[999999,999999],"pixels":null}}}': Corrupt,
    '{"$object":{"kind":"PIL.Image.open","state":"/etc/passwd"}}': Corrupt,
    '{"$object":{"kind":"polars.DataFrame","state":{"columns":{"a":"b"}}}}': Corrupt,
    '{"$object":{"kind":"polars.Series","state":{"name":"a","values":{"$array":"w"}}}}': Corrupt,
    '{"$object":{"kind":"pyarrow.Schema","state":{"schema":{"$bytes":"AAAA"}}}}': Corrupt,
    '{"$object":{"kind":"sklearn","state":{"skops":{"$bytes":"AAAA"}}}}': Corrupt,
    '{"$dict":[[{"$object":{"kind":"pandas.NA","state":null}},1]]}': Corrupt,
    '{"$set":[{"$object":{"kind":"pandas.NA","state":null}}]}': Corrupt,
}
_LONG = '{"$object":{"kind":"pandas.Index","state":{"range":[0,4611686018427387904,1],"name":null}}}'
_HALF = '{"$object":{"kind":"pandas.Index","state":{"range":[0,300000000,1],"name":null}}}'
BOMBS = (
    f'{{"interval":{{"left":{_HALF},"right":{_HALF},"closed":"left"}}}}',
    f'{{"categorical":{{"codes":{{"$npy":"arrays/0.npy"}},"categories":{_LONG},"ordered":false}}}}',
)


def evil(value: str) -> Registry:
    store = MemoryStore()
    attacked(store, parts={"value.json": value.encode()}, kind="tree")
    return Registry(store)


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie[:60])
def test_an_object_that_is_none(lie: str) -> None:
    with pytest.raises(LIES[lie]) as caught:
        evil(lie).load("evil")
    assert (caught.value.name, caught.value.version) == ("evil", "1")
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb[:20])
def test_a_few_bytes_are_not_made_many(bomb: str) -> None:
    series = f'{{"index":{_HALF},"name":null,"data":{bomb}}}'
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Corrupt):
        evil(f'{{"$object":{{"kind":"pandas.Series","state":{series}}}}}').load("evil")
    levels = f'{{"levels":[{_HALF}],"codes":[[0]],"names":[null]}}'
    with pytest.raises(Corrupt):
        evil(f'{{"$object":{{"kind":"pandas.Index","state":{levels}}}}}').load("evil")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000


def test_an_object_of_a_library_that_is_not_installed_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in sys.modules if name.startswith("casreg.materializers.libraries.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(Unsupported, match=r"pip install casreg\[polars\]"):
        evil('{"$object":{"kind":"polars.Series","state":null}}').load("evil")
