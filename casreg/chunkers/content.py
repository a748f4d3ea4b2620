"""Content-defined chunking: FastCDC 2020 by pyfastcdc (Xia et al., ATC 2016; fastcdc-rs v2020)."""

from __future__ import annotations

from pyfastcdc import FastCDC

from casreg.models.store import ContentChunking


class ContentChunker:
    """Cuts by content, so that an insertion moves the cuts near it only. Thread-safe."""

    def __init__(self, parameters: ContentChunking) -> None:
        self.max_size = parameters.max_size
        self._fastcdc = FastCDC(
            parameters.avg_size,
            min_size=parameters.min_size,
            max_size=parameters.max_size,
            normalized_chunking=parameters.normalization,  # type: ignore[arg-type]  # pydantic holds it to 0..3
        )

    def cut(self, data: memoryview, final: bool) -> list[int]:
        """Lengths of the chunks at the front of ``data``.

        Unless ``final``, the bytes go on behind ``data`` and only cuts that do not depend on what
        follows are made: less than ``max_size`` bytes stay uncut.
        """
        lengths: list[int] = []
        left = len(data)
        if final or left >= self.max_size:
            for chunk in self._fastcdc.cut_buf(data):
                lengths.append(chunk.length)
                left -= chunk.length
                if not final and left < self.max_size:
                    break
        return lengths
