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
    "Gate",
    "Layer",
    "Linear",
    "Reshape",
    "SiLU",
    "Sigmoid",
    "build",
    "tensor_shapes",
]

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from torch import nn

    from vae.models.modules import Stack

Shape = tuple[int, ...]

SILU_GAIN = 1.6766  # 1 / sqrt(E[silu(x)^2]) for a standard normal x


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

    @property
    def fan_in(self) -> float:
        """Numbers that each output sums over."""
        return self.inputs

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

    @property
    def fan_in(self) -> float:
        """Numbers that each output sums over."""
        return self.inputs * self.kernel**2

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

    @property
    def fan_in(self) -> float:
        """Numbers that each output sums over."""
        return self.inputs * (self.kernel / self.stride) ** 2

    def tensors(self) -> dict[str, Shape]:
        return {
            "weight": (self.inputs, self.outputs, self.kernel, self.kernel),
            "bias": (self.outputs,),
        }

    def module(self) -> nn.Module:
        from vae.models.modules import ConvTransposeModule

        return ConvTransposeModule(self.inputs, self.outputs, self.kernel, self.stride, self.padding)


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
class Gate:
    r"""Features of one layer, each scaled by how much it matters at a beta.

    .. math::
        y = x 2 sigmoid(W h(beta) + b)

    where h(beta) says which two of the `knots`, even in log(beta) from `low` to `high`, beta lies between, and how near to each: the
    sigmoid's argument is piecewise linear in log(beta), and the far end can bend without moving the middle. x has shape (B, features) or
    (B, features, H, W). With the weights at zero, as it starts, it changes nothing.

    Multi-Rate VAE: Train Once, Get the Full Rate-Distortion Curve (Bae et al., 2023)
    https://arxiv.org/abs/2212.03905
    """

    features: int
    low: float  # the betas that it is made for
    high: float
    kind: ClassVar[str] = "gate"
    knots: ClassVar[int] = 17

    def tensors(self) -> dict[str, Shape]:
        return {"weight": (self.features, self.knots), "bias": (self.features,)}

    def module(self) -> nn.Module:
        from vae.models.modules import GateModule

        return GateModule(self.features, self.low, self.high, self.knots)


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


def build(layers: Sequence[Layer]) -> Stack:
    """The layers as one freshly initialized PyTorch module.

    Weights are normal, scaled so that the signal about keeps its size through every layer. PyTorch's own start shrinks it
    about fourfold in each, and a deep stack then ignores its input: the posterior collapses, or takes long to wake up.

    Delving Deep into Rectifiers (He et al., 2015)
    https://arxiv.org/abs/1502.01852
    """
    from torch import nn

    from vae.models.modules import Stack

    modules = [layer.module() for layer in layers]
    for layer, module, follower in zip(layers, modules, [*modules[1:], None], strict=True):
        if isinstance(layer, Linear | Conv | ConvTranspose):
            gain = SILU_GAIN if isinstance(follower, nn.SiLU) else 1.0
            nn.init.normal_(module.get_parameter("weight"), std=gain / math.sqrt(layer.fan_in))
    return Stack(*modules)


def tensor_shapes(layers: Iterable[Layer], prefix: str) -> dict[str, Shape]:
    """Names and shapes of every tensor, named as in the state dict of a module that holds `build(layers)` as `prefix`."""
    return {
        f"{prefix}.{position}.{name}": shape
        for position, layer in enumerate(layers)
        for name, shape in layer.tensors().items()
    }
