"""What to train on a data set when nobody has an opinion."""

from __future__ import annotations

__all__ = ["SuggestedLikelihood", "likelihood_for", "suggested", "suggested_likelihood"]

from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

from vae.data.sources import source_of, title_of
from vae.data.statistics import PixelStatistics, pixel_statistics
from vae.errors import ConfigError
from vae.models.config import PEAK_STEPS, ModelConfig, TrainConfig
from vae.models.likelihoods import LIKELIHOODS, Bernoulli, Categorical, Likelihood, SigmaGaussian
from vae.models.networks import NETWORKS, BetaRange, Network, dims_below
from vae.models.schedules import schedule_for
from vae.runs.request import Request

FEW_IMAGES, MANY_IMAGES = 5_000, 20_000
MIN_EPOCHS, MAX_EPOCHS = 5, 200
MAX_GREY = 0.2  # share of pixels, up to which images are nearly black and white; MNIST's is 0.1
MAX_LEVELS = 16  # distinct values up to which each has a probability of its own


class SuggestedLikelihood(NamedTuple):
    """The likelihood that suits a data set's pixels."""

    likelihood: Likelihood
    reason: str  # in a sentence


def suggested(
    data: str, network: str = "mlp", latent_dim: int = 2, beta_range: BetaRange | None = None, *, classes: int = 0
) -> Request:
    """What to train on a data set when nobody has an opinion: it does well on a CPU within minutes. With `classes` the network is told the
    class of an image.

    Raises `ConfigError` for what can't be, and `DataError` if there is no such data set here, or none that can be used.
    """
    source = source_of(data)
    if network not in NETWORKS:
        raise ConfigError(f"network: one of {', '.join(NETWORKS)}, not {network!r:.80}.")
    train = TrainConfig(epochs=15)  # of MNIST: less than two minutes on two cores
    few = False
    if source.counts is not None:
        # A pass over few images is a handful of steps, so it takes more passes and smaller batches.
        count, _ = source.counts
        few = count < FEW_IMAGES
        batch_size = 32 if few else 128 if count < MANY_IMAGES else 256
        epochs = min(MAX_EPOCHS, max(MIN_EPOCHS, round(PEAK_STEPS * batch_size / count)))
        train = TrainConfig(epochs=epochs, batch_size=batch_size)
    chosen = NETWORKS[network].suited_to(latent_dim, beta_range, few=few, classes=classes)
    model = _fitting(source.image_shape, latent_dim, chosen, suggested_likelihood(data).likelihood)
    if model.classes != classes:
        raise ConfigError(f"network: the {chosen.title} network ({network}) can't be told classes.")
    return Request(data, model, replace(train, beta=model.nearest_beta(train.beta), schedule=schedule_for(latent_dim)))


def suggested_likelihood(data: str) -> SuggestedLikelihood:
    """The likelihood for a data set: the one that is customary, or what suits the pixels of some of its images, where these can be looked
    at in a moment. Raises `DataError` as `suggested` does."""
    custom = source_of(data).likelihood
    if custom:
        chosen = LIKELIHOODS[custom]()
        return SuggestedLikelihood(
            chosen, f"{_name(chosen)} is customary for {title_of(data)}, so that figures compare."
        )
    return likelihood_for(pixel_statistics(data))


def likelihood_for(pixels: PixelStatistics | None) -> SuggestedLikelihood:
    """The likelihood that suits pixels such as these; None stands for pixels that nobody has looked at."""
    if pixels is None:
        return SuggestedLikelihood(Bernoulli(), "Bernoulli is what is usual; the pixels have not been looked at.")
    share = f"{pixels.grey:.0%} of the pixels are grey".replace("%", " %")
    if pixels.grey <= MAX_GREY:
        return SuggestedLikelihood(Bernoulli(), f"Bernoulli, because nearly all pixels are black or white: {share}.")
    count = len(pixels.values)
    if count <= MAX_LEVELS and len({round(value * (count - 1) / 255) for value in pixels.values}) == count:
        reason = (
            f"Categorical, because {share} and they have {count} levels, of which each gets a probability of its own."
        )
        return SuggestedLikelihood(Categorical(count), reason)
    pixel = "numbers" if pixels.channels > 1 else "pixels"
    reason = f"σ-Gaussian, because {share.replace('pixels', pixel)}, of {count} levels: of these Bernoulli gives no log-likelihood."
    return SuggestedLikelihood(SigmaGaussian(), reason)


def _name(likelihood: Likelihood) -> str:
    return likelihood.kind.capitalize()


def _fitting(
    image_shape: tuple[int, int, int], latent_dim: int, network: Network, likelihood: Likelihood
) -> ModelConfig:
    """A model with this network, its layers halved as often as it takes for large images to have no more weights than there may be."""
    try:
        return ModelConfig(image_shape, latent_dim + dims_below(network), network, likelihood)
    except ConfigError:
        widths = {name: getattr(network, name) for name in ("hidden", "widths") if hasattr(network, name)}
        halves = {
            name: width // 2 if isinstance(width, int) else tuple(one // 2 for one in width)
            for name, width in widths.items()
        }
        with suppress(ConfigError):  # where no width helps, what was wrong with the first is said
            return _fitting(image_shape, latent_dim, replace(network, **halves), likelihood)
        raise
