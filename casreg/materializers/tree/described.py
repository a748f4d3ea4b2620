"""What ``value.json`` says of a torch tensor besides its bytes: the tag ``$tensor``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from casreg import arrays, torch_tensors


@dataclass(frozen=True, slots=True)
class Described:
    name: str
    """Of the tensor that it is stored as; tensors that are tied have one name."""
    dtype: str | None = None
    """torch's name of the dtype, where it is stored as another one: ``complex128``."""
    parameter: bool = False
    """Whether it is a ``torch.nn.Parameter``."""
    requires_grad: bool = False

    @classmethod
    def of(cls, tensor: Any, name: str) -> Self:
        return cls(
            name, torch_tensors.viewed(tensor), torch_tensors.is_parameter(tensor), tensor.requires_grad
        )

    @classmethod
    def parse(cls, value: Any) -> Self:
        """Raises KeyError or TypeError for what no writer writes."""
        read = cls(
            value["name"],
            value.get("dtype"),
            value.get("parameter", False),
            value.get("requiresGrad", False),
        )
        types = (str, str if "dtype" in value else type(None), bool, bool)
        if (type(read.name), type(read.dtype), type(read.parameter), type(read.requires_grad)) != types:
            raise TypeError("a tensor is described by values of other types")
        return read

    def as_json(self) -> dict[str, Any]:
        packed = {
            "name": self.name,
            "dtype": self.dtype,
            "parameter": self.parameter,
            "requiresGrad": self.requires_grad,
        }
        return {key: value for key, value in packed.items() if value}

    def as_tensor(self, stored: Any) -> Any:
        """The tensor over the memory of the one that it is stored as. Raises Corrupt where that cannot be."""
        return torch_tensors.finished(
            stored, dtype=self.dtype, parameter=self.parameter, requires_grad=self.requires_grad
        )

    def as_array(self, stored: Any) -> Any:
        """The numbers alone, as a numpy array over the memory of ``stored``. Raises Unsupported where numpy
        has no such dtype."""
        return stored if self.dtype is None else arrays.viewed(stored, self.dtype)
