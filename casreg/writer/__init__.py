"""From parts to packs and an index: everything of a save but making it visible."""

from casreg.writer.assemble import Assembled, assemble
from casreg.writer.known import Base, Known
from casreg.writer.write import Written, write_parts

__all__ = ["Assembled", "Base", "Known", "Written", "assemble", "write_parts"]
