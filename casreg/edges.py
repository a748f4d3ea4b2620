"""The one function that knows what a manifest points at."""

from __future__ import annotations

from casreg.models.manifest import Descriptor, Manifest


def references(manifest: Manifest) -> list[Descriptor]:
    """Every blob the manifest needs, in the order in which they are to be written: packs, index, head."""
    return [*manifest.layers[1:], *manifest.layers[:1], manifest.config]
