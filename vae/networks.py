"""Encoders and decoders, each a recipe for two stacks of layers.

A network knows how to turn an image into the parameters of the posterior, and a latent into the parameters of the
likelihood. A new one is a frozen dataclass with these methods, added to `NETWORKS`.
"""

from __future__ import annotations

__all__ = ["MLP", "NETWORKS", "Conv", "Network"]

from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import ClassVar, Protocol

from vae import layers as L
from vae.errors import ConfigError

MAX_WIDTH = 16_384
MAX_DEPTH = 32


class Network(Protocol):
    """Where encoders and decoders plug in."""

    kind: ClassVar[str]

    def check(self, image_shape: tuple[int, int, int]) -> None:
        """Raises `ConfigError` if the network can't take images with shape (C, H, W)."""
        ...

    def encoder(self, image_shape: tuple[int, int, int], outputs: int) -> tuple[L.Layer, ...]:
        """Layers from images (B, C, H, W) to (B, outputs)."""
        ...

    def decoder(self, latent_dim: int, image_shape: tuple[int, int, int]) -> tuple[L.Layer, ...]:
        """Layers from latents (B, D) to (B, C, H, W)."""
        ...


@dataclass(frozen=True)
class MLP:
    """Fully connected layers with SiLU between; the decoder mirrors the encoder.

    `hidden` are the encoder's widths, from the image to the latent. A plane wants a deep, tapering network; twenty
    dimensions want a wide and shallow one, for the deep one collapses there.
    """

    hidden: tuple[int, ...] = (512, 512, 512, 256, 128)
    kind: ClassVar[str] = "mlp"

    def __post_init__(self) -> None:
        _check_widths("network.hidden", self.hidden)

    @classmethod
    def suited_to(cls, latent_dim: int) -> MLP:
        """The widths that did best on MNIST for this many latent dimensions."""
        return cls() if latent_dim <= 4 else cls(hidden=(512, 512))

    def check(self, image_shape: tuple[int, int, int]) -> None:
        pass

    def encoder(self, image_shape: tuple[int, int, int], outputs: int) -> tuple[L.Layer, ...]:
        return (L.Flatten(), *_stack((prod(image_shape), *self.hidden, outputs)))

    def decoder(self, latent_dim: int, image_shape: tuple[int, int, int]) -> tuple[L.Layer, ...]:
        widths = (latent_dim, *reversed(self.hidden), prod(image_shape))
        return (*_stack(widths), L.Reshape(image_shape))


@dataclass(frozen=True)
class Conv:
    """Two strided convolutions and a hidden layer; the decoder mirrors the encoder.

    Takes images with one or three channels whose sides divide by 4.
    """

    channels: tuple[int, int] = (32, 64)
    hidden: int = 256
    kind: ClassVar[str] = "conv"

    def __post_init__(self) -> None:
        _check_widths("network.channels", self.channels)
        _check_widths("network.hidden", (self.hidden,))
        if len(self.channels) != 2:
            raise ConfigError(f"network.channels: needs two numbers, not {len(self.channels)}.")

    def check(self, image_shape: tuple[int, int, int]) -> None:
        channels, height, width = image_shape
        if height % 4 or width % 4:
            raise ConfigError(
                f"network: conv halves both sides twice, so they must divide by 4, and these images are {height} x {width}. "
                "Crop or pad them, or use the mlp network, which takes any size."
            )
        if channels not in (1, 3):
            raise ConfigError(f"network: conv takes one or three channels, and these images have {channels}.")

    def encoder(self, image_shape: tuple[int, int, int], outputs: int) -> tuple[L.Layer, ...]:
        channels, height, width = image_shape
        first, second = self.channels
        return (
            L.Conv(channels, first),
            L.SiLU(),
            L.Conv(first, second),
            L.SiLU(),
            L.Flatten(),
            *_stack((second * (height // 4) * (width // 4), self.hidden, outputs)),
        )

    def decoder(self, latent_dim: int, image_shape: tuple[int, int, int]) -> tuple[L.Layer, ...]:
        channels, height, width = image_shape
        first, second = self.channels
        corner = (second, height // 4, width // 4)
        return (
            *_stack((latent_dim, self.hidden, prod(corner))),
            L.SiLU(),
            L.Reshape(corner),
            L.ConvTranspose(second, first),
            L.SiLU(),
            L.ConvTranspose(first, channels),
        )


NETWORKS: dict[str, type[MLP] | type[Conv]] = {variant.kind: variant for variant in (MLP, Conv)}


def _stack(widths: tuple[int, ...]) -> tuple[L.Layer, ...]:
    """Linear layers through these widths, with SiLU between them and none at the end."""
    layers: list[L.Layer] = []
    for inputs, outputs in pairwise(widths):
        layers += [L.Linear(inputs, outputs), L.SiLU()]
    return tuple(layers[:-1])


def _check_widths(field: str, widths: tuple[int, ...]) -> None:
    if not 1 <= len(widths) <= MAX_DEPTH:
        raise ConfigError(f"{field}: needs 1 to {MAX_DEPTH} widths, not {len(widths)}.")
    for width in widths:
        if not isinstance(width, int) or isinstance(width, bool) or not 1 <= width <= MAX_WIDTH:
            raise ConfigError(f"{field}: a width is a whole number from 1 to {MAX_WIDTH}, not {width!r:.80}.")
