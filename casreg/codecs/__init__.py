"""How a chunk is stored: pure transforms between plain and stored bytes (spec/codecs.md)."""

from casreg.codecs.choose import Coded, decode, encode, expected
from casreg.codecs.codes import Codec

__all__ = ["Codec", "Coded", "decode", "encode", "expected"]
