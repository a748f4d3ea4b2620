"""What spec/ says of itself and of the code is true, as far as that can be checked."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from casreg import mediatypes
from casreg.codecs import Codec
from casreg.models.head import MAX_HEAD, Head
from casreg.models.index import _COLUMNS
from casreg.models.index_checks import MAX_CHUNK
from casreg.models.manifest import MAX_LAYERS
from casreg.models.marks import Protected, Tagged
from casreg.models.notes import Notes
from casreg.models.ref import MAX_INLINE, Ref
from casreg.models.store import Chunking, Settings, StoreConfig
from casreg.registry.metadata import MAX_METADATA

SPEC = Path(__file__).parents[2] / "spec"
CHAPTERS = sorted(path for path in SPEC.glob("*.md") if path.name != "README.md")
DECISIONS = sorted((SPEC / "decisions").glob("*.md"))
DOCUMENTS = [SPEC / "README.md", *CHAPTERS, *DECISIONS]


def text(name: str) -> str:
    return (SPEC / name).read_text(encoding="utf-8")


def rows(name: str) -> list[list[str]]:
    """The cells of all tables of a chapter."""
    lines = [line for line in text(name).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" |")] for line in lines]


def code(cell: str) -> str:
    return cell.strip("`")


def test_the_readme_names_every_chapter_and_no_other() -> None:
    named = re.findall(r"^\| \[(.+?)\]\((.+?)\)", text("README.md"), re.MULTILINE)
    assert all(shown == target for shown, target in named)
    assert sorted(target for _, target in named) == [path.name for path in CHAPTERS]


def test_the_readme_names_every_vector_file() -> None:
    named = {code(cells[0]) for cells in rows("README.md")}
    assert {path.name for path in (SPEC / "vectors").glob("*.json")} <= named


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", [SPEC / "README.md", *CHAPTERS], ids=lambda path: path.name)
def test_every_chapter_states_the_number_of_the_format(path: Path) -> None:
    assert "\nFormat number: 0" in path.read_text(encoding="utf-8")


def test_the_code_writes_the_format_that_the_chapters_state() -> None:
    assert Head.model_fields["format"].default == 0
    assert Ref.model_fields["format"].default == 0
    assert StoreConfig.model_fields["format"].default == 0


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [path.name[:4] for path in DECISIONS]
    assert numbers == [f"{number:04d}" for number in range(1, len(numbers) + 1)]
    for path in DECISIONS:
        assert path.read_text(encoding="utf-8").startswith(f"# {path.name[:4]}: ")


def test_the_media_types_of_the_text_are_those_of_the_code() -> None:
    written = {value for name, value in vars(mediatypes).items() if name.isupper() and "/" in value}
    told = {
        found for path in CHAPTERS for found in re.findall(r"`(application/[^`]+)`", path.read_text("utf-8"))
    }
    assert told == written


@pytest.mark.parametrize("path", sorted((SPEC / "vectors").glob("*.json")), ids=lambda path: path.name)
def test_every_vector_file_says_how_it_was_made(path: Path) -> None:
    vectors = json.loads(path.read_text(encoding="utf-8"))
    assert vectors["format"] == 0
    assert (SPEC.parent / vectors["provenance"]["generator"]).is_file()
    assert {"zstandard", "pyfastcdc", "blake3"} <= set(vectors["provenance"]["made with"])


def test_the_tables_of_fastcdc_name_their_source_and_licence() -> None:
    source = json.loads(text("vectors/fastcdc.json"))["source of the tables"]
    assert (source["package"], source["license"]) == ("pyfastcdc", "MIT")
    assert f"{source['version']}, with seed 0" in text("chunking.md")


def test_the_columns_of_an_index_are_those_of_the_code() -> None:
    told = {
        code(cells[0]): code(cells[1])
        for cells in rows("index.md")
        if "." in cells[0] or cells[0] == "`sequence`"
    }
    assert told == dict(_COLUMNS)


def test_the_codecs_are_those_of_the_code() -> None:
    told = {code(name): int(number) for number, name, what in rows("codecs.md")[2:] if what != "reserved"}
    assert told == {codec.name.lower(): codec.value for codec in Codec}


def test_the_parameters_of_chunking_are_those_of_the_code() -> None:
    defaults = Chunking().model_dump(by_alias=True)
    told = {code(cells[0]): json.loads(code(cells[1])) for cells in rows("chunking.md")[2:]}
    assert told == {
        f"{group}.{name}": value for group, values in defaults.items() for name, value in values.items()
    }
    schema = Chunking.model_json_schema(by_alias=True)["$defs"]
    for name, _, least, greatest in rows("chunking.md")[2:]:
        group, _, field = code(name).partition(".")
        limits = schema["ContentChunking" if group == "content" else "BlockChunking"]["properties"][field]
        if least:
            assert (limits["minimum"], limits["maximum"]) == (int(least), int(greatest))


def test_the_fields_of_documents_are_those_of_the_code() -> None:
    def told(chapter: str, after: str) -> set[str]:
        section = text(chapter).partition(after)[2].partition("\n## ")[0]
        return set(re.findall(r"^\| `(\w+)` ", section, re.MULTILINE))

    for model, chapter, after in (
        (Head, "manifest.md", "## The head"),
        (Ref, "refs.md", "## The ref"),
        (Notes, "notes.md", "## The document"),
        (StoreConfig, "store.md", "## casreg.json"),
        (Settings, "store.md", "## Settings"),
    ):
        fields = {field.alias or name for name, field in model.model_fields.items()}
        assert told(chapter, after) == fields
    for state, after in ((Tagged, "## Tags"), (Protected, "## Protection")):
        assert told("tags.md", "## States") | told("tags.md", after) == set(state.model_fields)


def test_the_limits_are_those_of_the_code() -> None:
    assert f"at most {MAX_INLINE} bytes" in text("refs.md")
    assert f"at most {MAX_METADATA:,} bytes" in text("notes.md")
    assert f"more than {MAX_LAYERS} layers" in text("manifest.md")
    assert f"at most {MAX_HEAD >> 20} MiB" in text("manifest.md")
    assert f"at most {MAX_CHUNK >> 20} MiB of plain bytes" in text("codecs.md")
