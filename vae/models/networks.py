"""Encoders and decoders, each a recipe for two stacks of layers.

A network knows how to turn an image into the parameters of the posterior, and a latent into the parameters of the
likelihood. A new one is a frozen dataclass with these methods, added to `NETWORKS`.
"""

from __future__ import annotations

__all__ = ["MLP", "NETWORKS", "BetaRange", "Conv", "Hybrid", "Ladder", "Network", "dims_below"]

from dataclasses import Field, dataclass
from itertools import pairwise
from math import prod
from typing import Any, ClassVar, Protocol

from vae.checks import check_whole
from vae.errors import ConfigError
from vae.limits import MAX_CLASSES, MAX_LATENT_DIM
from vae.models import layers as L
from vae.models.condition import Knots
from vae.settings import Setting, check_settings

MAX_WIDTH = 16_384
MAX_DEPTH = 32
MIN_BETA, MAX_BETA = 1e-4, 1000.0  # that a range can reach to

BetaRange = tuple[float, float]


class Network(Protocol):
    """Where encoders and decoders plug in."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]  # a frozen dataclass
    kind: ClassVar[str]
    title: ClassVar[str]  # in a sentence, for people

    @property
    def beta_range(self) -> BetaRange | None:
        """Lowest and highest beta that the network can be asked to act for; None for one that is trained at a single one."""
        ...

    @classmethod
    def suited_to(
        cls, latent_dim: int, beta_range: BetaRange | None = None, *, few: bool = False, classes: int = 0
    ) -> Network:
        """What does well with this many latent dimensions when nobody has an opinion; `few` says that there are few images to train on,
        and `classes` how many classes it is told, if any."""
        ...

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
    dimensions want a wide and shallow one, for the deep one collapses there. With a `beta_range`, every hidden layer is gated by
    beta, and with `classes`, of which there are none or two and more, shifted by the class.
    """

    hidden: tuple[int, ...] = (512, 512, 512, 256, 128)
    beta_range: BetaRange | None = None
    classes: int = 0
    kind: ClassVar[str] = "mlp"
    title: ClassVar[str] = "dense"

    def __post_init__(self) -> None:
        _check_widths("network.hidden", self.hidden)
        _check_range(self.beta_range)
        _check_classes(self.classes)

    @classmethod
    def suited_to(
        cls, latent_dim: int, beta_range: BetaRange | None = None, *, few: bool = False, classes: int = 0
    ) -> MLP:
        """The widths that did best on MNIST for this many latent dimensions, or a small network for few images."""
        return cls((256, 128) if few else cls.hidden if latent_dim <= 4 else (512, 512), beta_range, classes)

    def check(self, image_shape: tuple[int, int, int]) -> None:
        pass

    def encoder(self, image_shape: tuple[int, int, int], outputs: int) -> tuple[L.Layer, ...]:
        return _conditioned(
            (L.Flatten(), *_stack((prod(image_shape), *self.hidden, outputs))), self.beta_range, self.classes
        )

    def decoder(self, latent_dim: int, image_shape: tuple[int, int, int]) -> tuple[L.Layer, ...]:
        widths = (latent_dim, *reversed(self.hidden), prod(image_shape))
        return _conditioned((*_stack(widths), L.Reshape(image_shape)), self.beta_range, self.classes)


@dataclass(frozen=True)
class Conv:
    """Two strided convolutions and a hidden layer; the decoder mirrors the encoder.

    Takes images with one or three channels whose sides divide by 4. With a `beta_range`, every hidden layer is gated by
    beta, and with `classes`, of which there are none or two and more, shifted by the class.
    """

    channels: tuple[int, int] = (32, 64)
    hidden: int = 256
    beta_range: BetaRange | None = None
    classes: int = 0
    kind: ClassVar[str] = "conv"
    title: ClassVar[str] = "convolutional"

    def __post_init__(self) -> None:
        _check_channels(self.channels)
        _check_widths("network.hidden", (self.hidden,))
        _check_range(self.beta_range)
        _check_classes(self.classes)

    @classmethod
    def suited_to(
        cls, latent_dim: int, beta_range: BetaRange | None = None, *, few: bool = False, classes: int = 0
    ) -> Conv:
        return cls(beta_range=beta_range, classes=classes)

    def check(self, image_shape: tuple[int, int, int]) -> None:
        channels, height, width = image_shape
        if height % 4 or width % 4:
            raise ConfigError(
                f"network: a convolutional one halves both sides twice, so they must divide by 4, and these images are {height} x {width}. "
                "Crop or pad them, or use a network that takes any size: dense (mlp), or hybrid from 4 x 4 pixels on."
            )
        if channels not in (1, 3):
            raise ConfigError(
                f"network: a convolutional one takes one or three channels, and these images have {channels}."
            )

    def encoder(self, image_shape: tuple[int, int, int], outputs: int) -> tuple[L.Layer, ...]:
        return _conditioned(
            _convolved(image_shape, self.channels, (self.hidden, outputs)), self.beta_range, self.classes
        )

    def decoder(self, latent_dim: int, image_shape: tuple[int, int, int]) -> tuple[L.Layer, ...]:
        channels, height, width = image_shape
        first, second = self.channels
        corner = (second, height // 4, width // 4)
        layers = (
            *_stack((latent_dim, self.hidden, prod(corner))),
            L.SiLU(),
            L.Reshape(corner),
            L.ConvTranspose(second, first),
            L.SiLU(),
            L.ConvTranspose(first, channels),
        )
        return _conditioned(layers, self.beta_range, self.classes)


@dataclass(frozen=True)
class Hybrid:
    """Two strided convolutions before the encoder's dense layers; the decoder is dense.

    Convolutions tell images apart that were not trained on better than dense layers do, and dense layers draw faster in the
    browser. `hidden` are the encoder's widths after the convolutions, `widths` those from the latent to the image. Takes images
    of at least 4 x 4 pixels. With a `beta_range`, every hidden layer is gated by
    beta, and with `classes`, of which there are none or two and more, shifted by the class.
    """

    channels: tuple[int, int] = (16, 32)
    hidden: tuple[int, ...] = (512, 512, 256, 128)
    widths: tuple[int, ...] = (128, 256, 512, 512, 512)
    beta_range: BetaRange | None = None
    classes: int = 0
    kind: ClassVar[str] = "hybrid"
    title: ClassVar[str] = "hybrid"

    def __post_init__(self) -> None:
        _check_channels(self.channels)
        _check_widths("network.hidden", self.hidden)
        _check_widths("network.widths", self.widths)
        _check_range(self.beta_range)
        _check_classes(self.classes)

    @classmethod
    def suited_to(
        cls, latent_dim: int, beta_range: BetaRange | None = None, *, few: bool = False, classes: int = 0
    ) -> Hybrid:
        return cls(beta_range=beta_range, classes=classes)

    def check(self, image_shape: tuple[int, int, int]) -> None:
        _check_halved_twice(self.kind, image_shape)

    def encoder(self, image_shape: tuple[int, int, int], outputs: int) -> tuple[L.Layer, ...]:
        return _conditioned(
            _convolved(image_shape, self.channels, (*self.hidden, outputs)), self.beta_range, self.classes
        )

    def decoder(self, latent_dim: int, image_shape: tuple[int, int, int]) -> tuple[L.Layer, ...]:
        widths = (latent_dim, *self.widths, prod(image_shape))
        return _conditioned((*_stack(widths), L.Reshape(image_shape)), self.beta_range, self.classes)


@dataclass(frozen=True)
class Ladder:
    """Two levels of latents, of which the top gives the lower ones.

    The encoder is `Hybrid`'s. The decoder goes from the top through `levels` to the lower latents, of which there are `lower`, and from
    these through `widths` to the image: all that the top says of an image it says by way of the lower latents. Takes images of at least
    4 x 4 pixels. With `classes`, of which there are none or two and more, every hidden layer but those of `levels` is shifted by the class.

    Ladder Variational Autoencoders (Sønderby et al., 2016)
    https://arxiv.org/abs/1602.02282
    """

    lower: int = Setting(
        16,
        "Lower latent dimensions",
        1,
        MAX_LATENT_DIM - 1,
        offered=256,
        option="lower_dim",
        help="Latents of the level below the top, which hold what the top leaves open.",
    ).as_field()
    channels: tuple[int, int] = (16, 32)
    hidden: tuple[int, ...] = (512, 512, 256)
    levels: tuple[int, ...] = (128, 256, 256)
    widths: tuple[int, ...] = (512, 512)
    classes: int = 0
    kind: ClassVar[str] = "ladder"
    title: ClassVar[str] = "ladder"

    @property
    def beta_range(self) -> BetaRange | None:
        return None

    def __post_init__(self) -> None:
        check_settings(self, "network")
        _check_channels(self.channels)
        for field in ("hidden", "levels", "widths"):
            _check_widths(f"network.{field}", getattr(self, field))
        _check_classes(self.classes)

    @classmethod
    def suited_to(
        cls, latent_dim: int, beta_range: BetaRange | None = None, *, few: bool = False, classes: int = 0
    ) -> Ladder:
        if beta_range is not None:
            raise ConfigError(
                "network: ladder is trained at one beta. Take another network for a range of them, or --beta."
            )
        return cls(classes=classes)

    def check(self, image_shape: tuple[int, int, int]) -> None:
        _check_halved_twice(self.kind, image_shape)

    def encoder(self, image_shape: tuple[int, int, int], outputs: int) -> tuple[L.Layer, ...]:
        return _conditioned(_convolved(image_shape, self.channels, (*self.hidden, outputs)), None, self.classes)

    def decoder(self, latent_dim: int, image_shape: tuple[int, int, int]) -> tuple[L.Layer, ...]:
        top = latent_dim - self.lower
        if top < 1:
            raise ConfigError(
                f"latent_dim: {latent_dim} dimensions leave none for the top above {self.lower} lower ones."
            )
        ladder = L.Ladder(_stack((top, *self.levels, 2 * self.lower)), top, self.lower)
        widths = (self.lower, *self.widths, prod(image_shape))
        return _conditioned((ladder, *_stack(widths), L.Reshape(image_shape)), None, self.classes)


NETWORKS: dict[str, type[Network]] = {variant.kind: variant for variant in (MLP, Conv, Hybrid, Ladder)}


def dims_below(network: Network) -> int:
    """How many latents a network has below those that stand by themselves; 0 for one with one level."""
    return getattr(network, "lower", 0)


def _stack(widths: tuple[int, ...]) -> tuple[L.Layer, ...]:
    """Linear layers through these widths, with SiLU between them and none at the end."""
    layers: list[L.Layer] = []
    for inputs, outputs in pairwise(widths):
        layers += [L.Linear(inputs, outputs), L.SiLU()]
    return tuple(layers[:-1])


def _convolved(
    image_shape: tuple[int, int, int], channels: tuple[int, int], widths: tuple[int, ...]
) -> tuple[L.Layer, ...]:
    """Two convolutions that halve both sides of an image, and linear layers of these widths after them."""
    colours, height, width = image_shape
    first, second = channels
    return (
        L.Conv(colours, first),
        L.SiLU(),
        L.Conv(first, second),
        L.SiLU(),
        L.Flatten(),
        *_stack((second * (height // 4) * (width // 4), *widths)),
    )


def _conditioned(layers: tuple[L.Layer, ...], beta_range: BetaRange | None, classes: int) -> tuple[L.Layer, ...]:
    """The layers, and after each hidden one's activation a gate by beta where there is a range of betas, and a shift by the class where the
    network is told one: from gates by the class it learns more slowly, and no more from both."""
    conditioned: list[L.Layer] = []
    features = 0
    for layer in layers:
        conditioned.append(layer)
        features = layer.out_features or features
        if layer.gain is None:
            continue
        if beta_range is not None:
            conditioned.append(L.Gate(features, Knots.of_beta(*beta_range)))
        if classes:
            conditioned.append(L.Shift(features, Knots.of_label(classes)))
    return tuple(conditioned)


def _check_halved_twice(kind: str, image_shape: tuple[int, int, int]) -> None:
    _, height, width = image_shape
    if min(height, width) < 4:
        raise ConfigError(
            f"network: {kind} halves both sides twice, and these images are {height} x {width}. Use the dense network (mlp)."
        )


def _check_channels(channels: tuple[int, ...]) -> None:
    _check_widths("network.channels", channels)
    if len(channels) != 2:
        raise ConfigError(f"network.channels: needs two numbers, not {len(channels)}.")


def _check_range(beta_range: object) -> None:
    if beta_range is None:
        return
    if not isinstance(beta_range, tuple) or len(beta_range) != 2:
        raise ConfigError(f"network.beta_range: two numbers (low, high), not {beta_range!r:.80}.")
    for beta in beta_range:
        if not isinstance(beta, int | float) or isinstance(beta, bool) or not MIN_BETA <= beta <= MAX_BETA:
            raise ConfigError(f"network.beta_range: numbers from {MIN_BETA:g} to {MAX_BETA:g}, not {beta!r:.80}.")
    low, high = beta_range
    if not low * 1.01 <= high:
        raise ConfigError(
            f"network.beta_range: the second must be larger than the first by 1 % at least, not {low:g} and {high:g}."
        )


def _check_classes(classes: int) -> None:
    check_whole("network.classes", classes, 0, MAX_CLASSES)
    if classes == 1:
        raise ConfigError("network.classes: 0, or 2 and more, for one class tells nothing.")


def _check_widths(field: str, widths: tuple[int, ...]) -> None:
    if not 1 <= len(widths) <= MAX_DEPTH:
        raise ConfigError(f"{field}: needs 1 to {MAX_DEPTH} widths, not {len(widths)}.")
    for width in widths:
        if not isinstance(width, int) or isinstance(width, bool) or not 1 <= width <= MAX_WIDTH:
            raise ConfigError(f"{field}: a width is a whole number from 1 to {MAX_WIDTH}, not {width!r:.80}.")
