r"""Layers as data: what a network is made of, before there are weights.

A network is a tuple of layers. The same tuple builds the PyTorch module, says which tensors a checkpoint must hold, and
is written down for the browser, so the three can't disagree. This module doesn't import torch until a module is built:
the map opens without it.
"""

from __future__ import annotations

__all__ = [
    "Conv",
    "ConvTranspose",
    "Flatten",
    "Layer",
    "Linear",
    "Reshape",
    "SiLU",
    "Sigmoid",
    "build",
    "tensor_shapes",
]

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from torch import nn

Shape = tuple[int, ...]


class Layer(Protocol):
    """One step of a network. `kind` is its name in the browser's program."""

    kind: ClassVar[str]

    def tensors(self) -> dict[str, Shape]:
        """Names and shapes of the layer's tensors, as PyTorch lays them out."""
        ...

    def module(self) -> nn.Module:
        """The layer as a freshly initialized PyTorch module."""
        ...


@dataclass(frozen=True)
class Linear:
    """y = W x + b, for x with shape (B, inputs)."""

    inputs: int
    outputs: int
    kind: ClassVar[str] = "linear"

    def tensors(self) -> dict[str, Shape]:
        return {"weight": (self.outputs, self.inputs), "bias": (self.outputs,)}

    def module(self) -> nn.Module:
        from torch import nn

        return nn.Linear(self.inputs, self.outputs)


@dataclass(frozen=True)
class Conv:
    """A strided convolution that halves both sides: kernel 4, stride 2, padding 1."""

    inputs: int
    outputs: int
    kind: ClassVar[str] = "conv"
    kernel: ClassVar[int] = 4
    stride: ClassVar[int] = 2
    padding: ClassVar[int] = 1

    def tensors(self) -> dict[str, Shape]:
        return {
            "weight": (self.outputs, self.inputs, self.kernel, self.kernel),
            "bias": (self.outputs,),
        }

    def module(self) -> nn.Module:
        from torch import nn

        return nn.Conv2d(self.inputs, self.outputs, self.kernel, self.stride, self.padding)


@dataclass(frozen=True)
class ConvTranspose:
    """The convolution that doubles both sides: kernel 4, stride 2, padding 1."""

    inputs: int
    outputs: int
    kind: ClassVar[str] = "conv_transpose"
    kernel: ClassVar[int] = 4
    stride: ClassVar[int] = 2
    padding: ClassVar[int] = 1

    def tensors(self) -> dict[str, Shape]:
        return {
            "weight": (self.inputs, self.outputs, self.kernel, self.kernel),
            "bias": (self.outputs,),
        }

    def module(self) -> nn.Module:
        from torch import nn

        return nn.ConvTranspose2d(self.inputs, self.outputs, self.kernel, self.stride, self.padding)


class _Stateless:
    """A layer without weights."""

    def tensors(self) -> dict[str, Shape]:
        return {}


@dataclass(frozen=True)
class SiLU(_Stateless):
    """y = x sigmoid(x), element by element."""

    kind: ClassVar[str] = "silu"

    def module(self) -> nn.Module:
        from torch import nn

        return nn.SiLU()


@dataclass(frozen=True)
class Sigmoid(_Stateless):
    """y = 1 / (1 + exp(-x)), element by element."""

    kind: ClassVar[str] = "sigmoid"

    def module(self) -> nn.Module:
        from torch import nn

        return nn.Sigmoid()


@dataclass(frozen=True)
class Flatten(_Stateless):
    """(B, C, H, W) to (B, C H W)."""

    kind: ClassVar[str] = "flatten"

    def module(self) -> nn.Module:
        from torch import nn

        return nn.Flatten()


@dataclass(frozen=True)
class Reshape(_Stateless):
    """(B, C H W) to (B, C, H, W)."""

    shape: Shape
    kind: ClassVar[str] = "reshape"

    def module(self) -> nn.Module:
        from torch import nn

        return nn.Unflatten(1, self.shape)


def build(layers: Sequence[Layer]) -> nn.Sequential:
    """The layers as one freshly initialized PyTorch module."""
    from torch import nn

    return nn.Sequential(*(layer.module() for layer in layers))


def tensor_shapes(layers: Iterable[Layer], prefix: str) -> dict[str, Shape]:
    """Names and shapes of every tensor, named as in the state dict of a module that holds `build(layers)` as `prefix`."""
    return {
        f"{prefix}.{position}.{name}": shape
        for position, layer in enumerate(layers)
        for name, shape in layer.tensors().items()
    }
