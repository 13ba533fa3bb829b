"""What a model is and how it is trained: frozen dataclasses, validated on creation, to and from JSON."""

from __future__ import annotations

__all__ = ["ModelConfig", "TrainConfig", "betas_of", "from_dict", "to_dict"]

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from vae.checks import check_number, check_whole
from vae.errors import ConfigError
from vae.limits import MAX_LATENT_DIM
from vae.models.condition import NO_LABEL, Condition, Knots
from vae.models.layers import Ladder, Layer, Shape, flat, tensor_shapes
from vae.models.likelihoods import LIKELIHOODS, Bernoulli, Likelihood
from vae.models.networks import MLP, NETWORKS, BetaRange, Network, dims_below
from vae.models.objectives import ELBO, OBJECTIVES, Objective, Setup
from vae.models.priors import PRIORS, Prior, StandardNormal
from vae.models.schedules import SCHEDULES, Schedule, Warmup

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

MAX_SIDE = 1024
MAX_REFINEMENT = 100
MAX_PLACES = 512
PLACES_ROOM = 2**26  # pixels of all places together, which take four bytes each
# In edges of the prior (`LatentPrior.edge`): 7 and 0.05 for a standard normal one.
INTEGRATION_REACH = 1.75  # out to which is integrated
INTEGRATION_SPACING = 0.0125  # of the first grid, where there is room
PLACES = 160  # that are suggested along each dimension
FEW_PLACES = 24  # likewise, where each image is scored by itself
MAX_DRAWS = 10_000  # of z for each image, where a model is evaluated
MAX_STARTS = 64  # posteriors of each image, where a model is evaluated
MAX_PARAMETERS = 100_000_000
MAX_SEED = 2**32 - 1
PEAK_RATE = 2e-3  # of trainings of up to PEAK_STEPS steps, 20 epochs of MNIST
PEAK_STEPS = 4_500

T = TypeVar("T", bound="DataclassInstance")


@dataclass(frozen=True)
class ModelConfig:
    """What a model is. Together with the weights it is the model."""

    image_shape: tuple[int, int, int]  # channels, height, width
    latent_dim: int = 2
    network: Network = MLP()
    likelihood: Likelihood = Bernoulli()
    prior: Prior = StandardNormal()
    refinement: int = 0  # steps of Newton's method from the encoder's posterior to the one that is used
    places: int = 0  # along each of one or two latent dimensions, at the best of which refinement begins; 0 for the encoder's guess alone

    def __post_init__(self) -> None:
        if len(self.image_shape) != 3:
            raise ConfigError(f"image_shape: three numbers (channels, height, width), not {self.image_shape}.")
        for side in self.image_shape:
            check_whole("image_shape", side, 1, MAX_SIDE)
        check_whole("latent_dim", self.latent_dim, 1, MAX_LATENT_DIM)
        check_whole("refinement", self.refinement, 0, MAX_REFINEMENT)
        check_whole("places", self.places, 0, MAX_PLACES)
        if self.places and self.places > self.most_places:
            raise ConfigError(
                f"places: at most {self.most_places} with {self.latent_dim} latent dimensions and images of this size, not {self.places}."
            )
        self.network.check(self.image_shape)
        self._check_levels()
        self.prior.check(self.latent_dim, self.beta_range)
        if self.parameters > MAX_PARAMETERS:
            raise ConfigError(
                f"network: {self.parameters:,} weights are more than the {MAX_PARAMETERS:,} that Zscape works with. "
                "Use narrower layers or smaller images."
            )

    def _check_levels(self) -> None:
        """Raises `ConfigError` for what goes with one level alone."""
        if not self.lower_dim:
            return
        if self.refinement:
            raise ConfigError(
                f"refinement: posteriors of two levels are the encoder's, with refinement 0, not {self.refinement}."
            )
        if self.prior != StandardNormal():
            raise ConfigError(
                f"prior: the lower of two levels is given by the top, whose prior is normal, not {self.prior.kind}."
            )

    @cached_property
    def lower_dim(self) -> int:
        """How many of the latent dimensions, the last ones, are given by the others; 0 where there is one level."""
        first = self.decoder()[0]
        return first.lower if isinstance(first, Ladder) else 0

    def with_network(self, network: Network) -> ModelConfig:
        """The same with another network, and as many latent dimensions that stand by themselves."""
        return replace(self, network=network, latent_dim=self.top_dim + dims_below(network))

    @property
    def top_dim(self) -> int:
        """How many stand by themselves."""
        return self.latent_dim - self.lower_dim

    def encoder(self) -> tuple[Layer, ...]:
        """Layers from images (B, C, H, W) to the posterior's mean and raw scale, (B, 2 D)."""
        return self.network.encoder(self.image_shape, 2 * self.latent_dim)

    def decoder(self) -> tuple[Layer, ...]:
        """Layers from latents (B, D) to the likelihood's parameters, (B, P C, H, W), of which it has P for a pixel: the network's, and
        those that the likelihood adds."""
        channels, height, width = self.image_shape
        network = self.network.decoder(self.latent_dim, (self.likelihood.parameters * channels, height, width))
        return (*network, *self.likelihood.layers(channels))

    def tensor_shapes(self) -> dict[str, Shape]:
        """Name and shape of every weight of the model."""
        of_prior = self.prior.tensors(self.latent_dim, self.image_shape)
        prior = {f"prior.{name}": shape for name, shape in of_prior.items()}
        return tensor_shapes(self.encoder(), "encoder") | tensor_shapes(self.decoder(), "decoder") | prior

    @cached_property
    def conditioning(self) -> dict[str, Knots]:
        """What the model is conditioned on, by fields of the condition."""
        layers = flat((*self.encoder(), *self.decoder()))
        return {knots.of: knots for layer in layers for knots in layer.conditioning}

    @property
    def classes(self) -> int:
        """How many classes the model is conditioned on; 0 for one that takes none."""
        return self.conditioning["label"].count if "label" in self.conditioning else 0

    @property
    def beta_range(self) -> BetaRange | None:
        """Lowest and highest beta that the model can be asked to act for; None for one trained at a single beta."""
        return self.network.beta_range

    @property
    def most_places(self) -> int:
        """How many places along each dimension there can be: none in more than two dimensions, where there would be too many."""
        if self.latent_dim > 2:
            return 0
        return min(MAX_PLACES, int((PLACES_ROOM / math.prod(self.image_shape)) ** (1 / self.latent_dim)))

    @property
    def integration_side(self) -> int | None:
        """Places along each dimension of the grid that an integral over the latents begins with. None in more than two dimensions,
        where images are so large that there is no room for a grid fine enough to begin with, and where scoring so many places would take
        too long."""
        if self.latent_dim > 2 or not self.likelihood.products:
            return None
        room = int((PLACES_ROOM / math.prod(self.image_shape)) ** (1 / self.latent_dim))
        side = min(room, 1 + round(2 * INTEGRATION_REACH / INTEGRATION_SPACING))
        return side if side >= INTEGRATION_REACH / (2 * INTEGRATION_SPACING) else None

    def refined(self, steps: int) -> ModelConfig:
        """The same with posteriors refined by so many steps, which begin at the best of many places where there are two dimensions at
        most."""
        suits = PLACES if self.likelihood.products else FEW_PLACES
        return replace(self, refinement=steps, places=min(suits, self.most_places) if steps else 0)

    def check(self, condition: Condition) -> None:
        """Raises `ConfigError` for a beta outside the model's range, and for a class that there is none of. Tensors are taken as they are:
        training draws them in range, and looking would make an accelerator wait."""
        if isinstance(condition.beta, int | float):
            self.check_beta(condition.beta)
        label = condition.label
        if self.classes and isinstance(label, int) and not NO_LABEL <= label < self.classes:
            raise ConfigError(f"label: this model knows classes from 0 to {self.classes - 1}, not {label}.")
        if self.classes and isinstance(label, tuple):
            if len(label) != self.classes:
                raise ConfigError(f"label: a share for each of {self.classes} classes, not {len(label)} of them.")
            for share in label:
                check_number("label", share, 0, 1)

    def check_beta(self, beta: float) -> None:
        """Raises `ConfigError` for a beta outside the model's range. One without a range ignores it, and so takes any."""
        if self.beta_range is None:
            return
        low, high = self.beta_range
        if not low <= beta <= high:
            raise ConfigError(f"beta: this model is for betas from {low:g} to {high:g}, not for {beta:g}.")

    def nearest_beta(self, beta: float = 1.0) -> float:
        """The beta nearest to `beta` that the model can be asked to act for."""
        if self.beta_range is None:
            return beta
        low, high = self.beta_range
        return min(max(beta, low), high)

    @property
    def parameters(self) -> int:
        """How many weights the model has."""
        return sum(math.prod(shape) for shape in self.tensor_shapes().values())


@dataclass(frozen=True)
class TrainConfig:
    """How a model is trained."""

    beta: float = 1.0  # weight of the KL; for a range of betas, the one that is watched
    schedule: Schedule = Warmup()  # a factor on beta
    epochs: int = 20
    batch_size: int = 256
    learning_rate: float | None = None  # at its peaks, from where it falls to zero along a cosine; None for `peak_rate`
    joint: float = 0.7  # of training, before encoder and decoder learn apart, if there is refinement (up to four dimensions) or `augment`
    label_dropout: float = (
        0.1  # fraction of the images whose label a class-conditional model isn't told, so that it knows no class, too
    )
    augment: float = 0.0  # fraction of the images that are moved a little for the encoder, once it learns by itself
    weight_decay: float = 0.01
    ema: float = 0.999  # decay of the weights' moving average, 0 for none
    max_grad_norm: float = 10.0
    validation_fraction: float = 0.05  # of the training split, held out to watch
    seed: int = 0
    objective: Objective = ELBO()

    def __post_init__(self) -> None:
        check_number("beta", self.beta, 0, 1000)
        check_whole("epochs", self.epochs, 1, 100_000)
        check_whole("batch_size", self.batch_size, 1, 65_536)
        if self.learning_rate is not None:
            check_number("learning_rate", self.learning_rate, 1e-8, 1)
        check_number("joint", self.joint, 0, 1)
        check_number("label_dropout", self.label_dropout, 0, 1)
        check_number("augment", self.augment, 0, 1)
        check_number("weight_decay", self.weight_decay, 0, 1)
        check_number("ema", self.ema, 0, 0.999999)
        check_number("max_grad_norm", self.max_grad_norm, 1e-6, 1e6)
        check_number("validation_fraction", self.validation_fraction, 0, 0.9)
        check_whole("seed", self.seed, 0, MAX_SEED)

    def check(self, model: ModelConfig) -> None:
        """Raises `ConfigError` for a model that can't be trained like this."""
        model.check_beta(self.beta)
        setup = Setup(
            model.prior, self.beta, model.beta_range, model.refinement, self.augment, self.batch_size, model.lower_dim
        )
        self.objective.check(setup)

    def held_out(self, count: int) -> int:
        """How many of the `count` images of a training split are held out to watch."""
        return int(count * self.validation_fraction)

    def steps_per_epoch(self, count: int) -> int:
        """The number of steps in which all others are seen."""
        return math.ceil((count - self.held_out(count)) / self.batch_size)

    def peak_rate(self, steps: int) -> float:
        """The peak of the learning rate in a training of this many steps: the one that is set, or what suits them.

        A long training gains nothing from more time at a high rate, where the loss jumps about; it wants a lower one.
        """
        return self.learning_rate or PEAK_RATE * min(1.0, PEAK_STEPS / steps)


def betas_of(model: ModelConfig, train: TrainConfig) -> str:
    """The beta, or the range of betas, that a model was trained for: β 1, β 0.05 to 20."""
    if model.beta_range is None:
        return f"β {train.beta:g}"
    low, high = model.beta_range
    return f"β {low:g} to {high:g}"


# Fields that hold one of several variants, and where the variants are listed.
VARIANTS: dict[str, Mapping[str, type]] = {
    "network": NETWORKS,
    "likelihood": LIKELIHOODS,
    "prior": PRIORS,
    "objective": OBJECTIVES,
    "schedule": SCHEDULES,
}


def to_dict(config: Any) -> dict[str, Any]:
    """A configuration as JSON can hold it; a variant becomes its fields and its `kind`."""
    out: dict[str, Any] = {"kind": config.kind} if hasattr(config, "kind") else {}
    for item in fields(config):
        value = getattr(config, item.name)
        if is_dataclass(value) and not isinstance(value, type):
            value = to_dict(value)
        out[item.name] = list(value) if isinstance(value, tuple) else value
    return out


def from_dict(kind: type[T], values: Any, where: str = "") -> T:
    """The configuration that `to_dict` wrote.

    Raises `ConfigError`, naming the field below `where`, for anything that isn't one.
    """
    if not isinstance(values, Mapping):
        raise ConfigError(f"{where or kind.__name__}: expected a JSON object, not {values!r:.80}.")
    known = {item.name: item.default is MISSING and item.default_factory is MISSING for item in fields(kind)}
    for name, required in known.items():
        if required and name not in values:
            raise ConfigError(f"{where}.{name}: is missing." if where else f"{name}: is missing.")
    arguments: dict[str, Any] = {}
    for name, value in values.items():
        path = f"{where}.{name}" if where else str(name)
        if name == "kind" and "kind" not in known:
            continue
        if name not in known:
            raise ConfigError(f"{path}: unknown field. Known ones are {', '.join(sorted(known))}.")
        if name in VARIANTS:
            arguments[name] = _variant(VARIANTS[name], value, path)
        else:
            arguments[name] = tuple(value) if isinstance(value, list) else value
    try:
        return kind(**arguments)
    except ConfigError as error:
        # A variant names its fields from its own field down (network.hidden), which is where `where` ends.
        above = where.rpartition(".")[0] if str(error).startswith(f"{where.rpartition('.')[2]}.") else where
        raise ConfigError(f"{above}.{error}" if above else str(error)) from None
    except TypeError as error:
        # A value of a type that can't be compared with a number.
        raise ConfigError(f"{where or kind.__name__}: {error}.") from None


def _variant(variants: Mapping[str, type], values: Any, where: str) -> Any:
    name = values.get("kind") if isinstance(values, Mapping) else values
    if not isinstance(name, str) or name not in variants:
        raise ConfigError(f"{where}.kind: one of {', '.join(variants)}, not {name!r:.80}.")
    return from_dict(variants[name], values, where)
