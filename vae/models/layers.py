r"""Layers as data: what a network is made of, before there are weights.

A network is a tuple of layers. The same tuple builds the PyTorch module, says which tensors a checkpoint must hold, and
is written down for the browser, so the three can't disagree. This module doesn't import torch until a module is built:
the map opens without it.
"""

from __future__ import annotations

__all__ = [
    "GELU",
    "BatchNorm",
    "Channels",
    "Constant",
    "Conv",
    "ConvTranspose",
    "Flatten",
    "Gate",
    "Layer",
    "LeakyReLU",
    "Linear",
    "ReLU",
    "Reshape",
    "Residual",
    "Shift",
    "SiLU",
    "Sigmoid",
    "Tanh",
    "Upsample",
    "build",
    "flat",
    "tensor_shapes",
]

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import Field, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from vae.models.condition import Knots

if TYPE_CHECKING:
    from torch import nn

    from vae.models.modules import Stack

Shape = tuple[int, ...]


class Layer:
    """One step of a network: a frozen dataclass with these. `kind` is its name in the browser's program.

    One without weights, layers inside and a condition has its kind and its module alone.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]  # a frozen dataclass
    kind: ClassVar[str]
    gain: float | None = None  # 1 / sqrt(E[y^2]) for a standard normal x, of an activation of hidden layers

    @property
    def inner(self) -> tuple[Layer, ...]:
        """Layers inside of it, which its module holds by their numbers, as a `Stack` does."""
        return ()

    @property
    def fan_in(self) -> float | None:
        """Numbers that each output sums over, of a layer whose `weight` is drawn anew by that; None for any other."""
        return None

    @property
    def out_features(self) -> int | None:
        """Features that come out, or channels; None where that follows from what comes in."""
        return None

    @property
    def conditioning(self) -> tuple[Knots, ...]:
        """What it takes of the condition."""
        return ()

    def tensors(self) -> dict[str, Shape]:
        """Names and shapes of the layer's own tensors, as PyTorch lays them out, without those of layers inside."""
        return {}

    def module(self) -> nn.Module:
        """The layer as a freshly initialized PyTorch module. One with `conditioned = True` is called with the condition, too, and one with
        `decays = False` is spared by weight decay."""
        raise NotImplementedError


@dataclass(frozen=True)
class Linear(Layer):
    """y = W x + b, for x with shape (B, inputs)."""

    inputs: int
    outputs: int
    kind: ClassVar[str] = "linear"

    @property
    def fan_in(self) -> float:
        return self.inputs

    @property
    def out_features(self) -> int:
        return self.outputs

    def tensors(self) -> dict[str, Shape]:
        return {"weight": (self.outputs, self.inputs), "bias": (self.outputs,)}

    def module(self) -> nn.Module:
        from torch import nn

        return nn.Linear(self.inputs, self.outputs)


@dataclass(frozen=True)
class Conv(Layer):
    """A convolution, which halves both sides where nothing else is said. Kernel, stride, padding and dilation are the same both ways."""

    inputs: int
    outputs: int
    kernel: int = 4
    stride: int = 2
    padding: int = 1
    dilation: int = 1
    kind: ClassVar[str] = "conv"

    @property
    def fan_in(self) -> float:
        return self.inputs * self.kernel**2

    @property
    def out_features(self) -> int:
        return self.outputs

    def tensors(self) -> dict[str, Shape]:
        return {
            "weight": (self.outputs, self.inputs, self.kernel, self.kernel),
            "bias": (self.outputs,),
        }

    def module(self) -> nn.Module:
        from torch import nn

        return nn.Conv2d(self.inputs, self.outputs, self.kernel, self.stride, self.padding, self.dilation)


@dataclass(frozen=True)
class ConvTranspose(Layer):
    """The convolution the other way round, which doubles both sides where nothing else is said."""

    inputs: int
    outputs: int
    kernel: int = 4
    stride: int = 2
    padding: int = 1
    dilation: int = 1
    output_padding: int = 0  # rows and columns more at the end
    kind: ClassVar[str] = "conv_transpose"

    @property
    def fan_in(self) -> float:
        return self.inputs * (self.kernel / self.stride) ** 2

    @property
    def out_features(self) -> int:
        return self.outputs

    def tensors(self) -> dict[str, Shape]:
        return {
            "weight": (self.inputs, self.outputs, self.kernel, self.kernel),
            "bias": (self.outputs,),
        }

    def module(self) -> nn.Module:
        from vae.models.modules import ConvTransposeModule

        return ConvTransposeModule(
            self.inputs,
            self.outputs,
            self.kernel,
            self.stride,
            self.padding,
            self.output_padding,
            dilation=self.dilation,
        )


@dataclass(frozen=True)
class BatchNorm(Layer):
    """y = (x - mean) / sqrt(variance + eps) weight + bias, feature by feature, of x with shape (B, features) or (B, features, H, W). Mean
    and variance are of the batch while training, and of all that was seen elsewhere.

    Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift (Ioffe & Szegedy, 2015)
    https://arxiv.org/abs/1502.03167
    """

    features: int
    eps: float = 1e-5
    kind: ClassVar[str] = "batch_norm"

    def tensors(self) -> dict[str, Shape]:
        return dict.fromkeys(("weight", "bias", "running_mean", "running_var"), (self.features,))

    def module(self) -> nn.Module:
        from vae.models.modules import BatchNormModule

        return BatchNormModule(self.features, self.eps)


@dataclass(frozen=True)
class SiLU(Layer):
    """y = x sigmoid(x), element by element."""

    kind: ClassVar[str] = "silu"
    gain = 1.6766

    def module(self) -> nn.Module:
        from torch import nn

        return nn.SiLU()


@dataclass(frozen=True)
class ReLU(Layer):
    """y = max(x, 0), element by element."""

    kind: ClassVar[str] = "relu"
    gain = 1.4142

    def module(self) -> nn.Module:
        from torch import nn

        return nn.ReLU()


@dataclass(frozen=True)
class LeakyReLU(Layer):
    """y = max(x, slope x), element by element."""

    slope: float = 0.01
    kind: ClassVar[str] = "leaky_relu"

    @property
    def gain(self) -> float:  # pyrefly: ignore[bad-override] (nobody sets it)
        return math.sqrt(2 / (1 + self.slope**2))

    def module(self) -> nn.Module:
        from torch import nn

        return nn.LeakyReLU(self.slope)


@dataclass(frozen=True)
class Tanh(Layer):
    """y = tanh(x), element by element."""

    kind: ClassVar[str] = "tanh"
    gain = 1.5925

    def module(self) -> nn.Module:
        from torch import nn

        return nn.Tanh()


@dataclass(frozen=True)
class GELU(Layer):
    """y = x Phi(x), with the distribution function Phi of a standard normal, element by element.

    Gaussian Error Linear Units (Hendrycks & Gimpel, 2016)
    https://arxiv.org/abs/1606.08415
    """

    kind: ClassVar[str] = "gelu"
    gain = 1.5335

    def module(self) -> nn.Module:
        from torch import nn

        return nn.GELU()


@dataclass(frozen=True)
class Sigmoid(Layer):
    """y = 1 / (1 + exp(-x)), element by element."""

    kind: ClassVar[str] = "sigmoid"

    def module(self) -> nn.Module:
        from torch import nn

        return nn.Sigmoid()


@dataclass(frozen=True)
class Gate(Layer):
    r"""Features of one layer, each scaled by how much it matters under a condition.

    .. math::
        y = x 2 sigmoid(W h(c) + b)

    where h(c) says how near a number of the condition is to each of the `knots`: the sigmoid's argument is piecewise linear in it. x has
    shape (B, features) or (B, features, H, W). With the weights at zero, as it starts, it changes nothing.

    Multi-Rate VAE: Train Once, Get the Full Rate-Distortion Curve (Bae et al., 2023)
    https://arxiv.org/abs/2212.03905
    """

    features: int
    knots: Knots
    kind: ClassVar[str] = "gate"

    @property
    def conditioning(self) -> tuple[Knots, ...]:
        return (self.knots,)

    def tensors(self) -> dict[str, Shape]:
        return {"weight": (self.features, self.knots.count), "bias": (self.features,)}

    def module(self) -> nn.Module:
        from vae.models.modules import GateModule

        return GateModule(self.features, self.knots)


@dataclass(frozen=True)
class Shift(Layer):
    r"""Features of one layer, each moved by what a condition asks for.

    .. math::
        y = x + W h(c)

    with h as in a `Gate`. x has shape (B, features) or (B, features, H, W). With the weights at zero, as it starts, it changes nothing.
    Before a linear layer it is the same as a one-hot class beside that layer's input.

    FiLM: Visual Reasoning with a General Conditioning Layer (Perez et al., 2018)
    https://arxiv.org/abs/1709.07871
    """

    features: int
    knots: Knots
    kind: ClassVar[str] = "shift"

    @property
    def conditioning(self) -> tuple[Knots, ...]:
        return (self.knots,)

    def tensors(self) -> dict[str, Shape]:
        return {"weight": (self.features, self.knots.count)}

    def module(self) -> nn.Module:
        from vae.models.modules import ShiftModule

        return ShiftModule(self.features, self.knots)


@dataclass(frozen=True)
class Flatten(Layer):
    """(B, C, H, W) to (B, C H W)."""

    kind: ClassVar[str] = "flatten"

    def module(self) -> nn.Module:
        from torch import nn

        return nn.Flatten()


@dataclass(frozen=True)
class Reshape(Layer):
    """(B, C H W) to (B, C, H, W)."""

    shape: Shape
    kind: ClassVar[str] = "reshape"

    @property
    def out_features(self) -> int:
        return self.shape[0]

    def module(self) -> nn.Module:
        from torch import nn

        return nn.Unflatten(1, self.shape)


@dataclass(frozen=True)
class Channels(Layer):
    """`count` of the channels of x, with shape (B, C, H, W), from number `first` on."""

    first: int
    count: int
    kind: ClassVar[str] = "channels"

    @property
    def out_features(self) -> int:
        return self.count

    def module(self) -> nn.Module:
        from vae.models.modules import ChannelsModule

        return ChannelsModule(self.first, self.count)


@dataclass(frozen=True)
class Constant(Layer):
    """x, with shape (B, C, H, W), and `count` channels more, all of one number: `initial` before training, which estimates it rather than
    learns it."""

    count: int
    initial: float
    kind: ClassVar[str] = "constant"

    def tensors(self) -> dict[str, Shape]:
        return {"value": (1,)}

    def module(self) -> nn.Module:
        from vae.models.modules import ConstantModule

        return ConstantModule(self.count, self.initial)


@dataclass(frozen=True)
class Upsample(Layer):
    """(B, C, H, W) to (B, C, factor H, factor W): each pixel becomes a square of its copies."""

    factor: int = 2
    kind: ClassVar[str] = "upsample"

    def module(self) -> nn.Module:
        from torch import nn

        return nn.Upsample(scale_factor=self.factor, mode="nearest")


@dataclass(frozen=True)
class Residual(Layer):
    """y = x + f(x), where the `layers` of f keep the shape.

    Deep Residual Learning for Image Recognition (He et al., 2016)
    https://arxiv.org/abs/1512.03385
    """

    layers: tuple[Layer, ...]
    kind: ClassVar[str] = "residual"

    @property
    def inner(self) -> tuple[Layer, ...]:
        return self.layers

    def module(self) -> nn.Module:
        from vae.models.modules import ResidualModule

        return ResidualModule(*build(self.layers))


@dataclass(frozen=True)
class Ladder(Layer):
    r"""The lower latents of two levels. Of a latent (z, e) with shape (B, T + L), the first T of which are the top,

    .. math::
        y = m(z) + s(z) e    s(z) = softplus(r(z))

    where the `layers` give m and r, with shape (B, 2 L), for the top. With e drawn from N(0, I) it is a draw from
    p(y|z) = N(m, diag(s^2)), and at e = 0 the mean of that.

    Ladder Variational Autoencoders (Sønderby et al., 2016)
    https://arxiv.org/abs/1602.02282
    """

    layers: tuple[Layer, ...]
    top: int  # T
    lower: int  # L
    kind: ClassVar[str] = "ladder"

    @property
    def out_features(self) -> int:
        return self.lower

    @property
    def inner(self) -> tuple[Layer, ...]:
        return self.layers

    def module(self) -> nn.Module:
        from vae.models.modules import LadderModule

        return LadderModule(self.top, *build(self.layers))


def flat(layers: Iterable[Layer]) -> Iterator[Layer]:
    """The layers, and those inside of them."""
    for layer in layers:
        yield layer
        yield from flat(layer.inner)


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
    for layer, module, follower in zip(layers, modules, [*layers, None][1:], strict=True):
        if layer.fan_in is not None:
            gain = (follower and follower.gain) or 1.0
            nn.init.normal_(module.get_parameter("weight"), std=gain / math.sqrt(layer.fan_in))
    return Stack(*modules)


def tensor_shapes(layers: Iterable[Layer], prefix: str) -> dict[str, Shape]:
    """Names and shapes of every tensor, named as in the state dict of a module that holds `build(layers)` as `prefix`."""
    shapes: dict[str, Shape] = {}
    for position, layer in enumerate(layers):
        place = f"{prefix}.{position}"
        shapes |= {f"{place}.{name}": shape for name, shape in layer.tensors().items()}
        shapes |= tensor_shapes(layer.inner, place)
    return shapes
