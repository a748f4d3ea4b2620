"""How a chunk is stored: pure transforms between plain and stored bytes (spec/codecs.md)."""

from casreg.codecs.choose import Coded, alone, decode, encode
from casreg.codecs.codes import Codec

__all__ = ["Codec", "Coded", "alone", "decode", "encode"]
