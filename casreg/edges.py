"""The one function that knows what a manifest points at."""

from __future__ import annotations

from casreg.models.manifest import Descriptor, ImageIndex, Manifest


def references(manifest: Manifest | ImageIndex) -> list[Descriptor]:
    """Every blob the manifest points at, in the order in which they are to be written.

    Of an image index its manifests, whose own references come before them; of a manifest its packs,
    its index, its head.
    """
    if isinstance(manifest, ImageIndex):
        return list(manifest.manifests)
    packs = manifest.packs
    return [*packs, *(layer for layer in manifest.layers if layer not in packs), manifest.config]
