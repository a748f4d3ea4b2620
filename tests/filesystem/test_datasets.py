"""Hugging Face's datasets loads files of versions, whole and as a stream."""

from pathlib import Path

import datasets
import pandas as pd
import pytest

from casreg import Registry


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_versions_are_data_files(tmp_path: Path, kind: str, streaming: bool) -> None:
    folder = tmp_path / "table"
    folder.mkdir()
    for part in range(2):
        frame = pd.DataFrame({"id": range(10 * part, 10 * part + 10)})
        getattr(frame, f"to_{kind}")(folder / f"{part}.{kind}", index=False)
    with Registry(tmp_path / "store", version_objects=True) as registry:
        registry.save("data/table", folder, tags=["prod"])
    for reference in ("data/table@1", "data/table@prod"):
        loaded = datasets.load_dataset(
            kind,
            data_files=f"casreg://{reference}/*.{kind}",
            split="train",
            storage_options={"store": str(tmp_path / "store")},
            streaming=streaming,
            cache_dir=str(tmp_path / "cache"),
        )
        assert [row["id"] for row in loaded] == list(range(20))
