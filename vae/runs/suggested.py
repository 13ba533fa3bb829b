"""What to train on a data set when nobody has an opinion."""

from __future__ import annotations

__all__ = ["suggested"]

from contextlib import suppress
from dataclasses import replace

from vae.data.sources import source_of
from vae.errors import ConfigError
from vae.models.config import PEAK_STEPS, ModelConfig, TrainConfig
from vae.models.networks import NETWORKS, BetaRange, Network
from vae.models.schedules import schedule_for
from vae.runs.request import Request

FEW_IMAGES, MANY_IMAGES = 5_000, 20_000
MIN_EPOCHS, MAX_EPOCHS = 5, 200


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
    model = _fitting(source.image_shape, latent_dim, chosen)
    if model.classes != classes:
        raise ConfigError(f"network: the {chosen.title} network ({network}) can't be told classes.")
    return Request(
        data, model, replace(train, beta=model.nearest_beta(train.beta), schedule=schedule_for(model.latent_dim))
    )


def _fitting(image_shape: tuple[int, int, int], latent_dim: int, network: Network) -> ModelConfig:
    """A model with this network, its layers halved as often as it takes for large images to have no more weights than there may be."""
    try:
        return ModelConfig(image_shape, latent_dim, network)
    except ConfigError:
        widths = {name: getattr(network, name) for name in ("hidden", "widths") if hasattr(network, name)}
        halves = {
            name: width // 2 if isinstance(width, int) else tuple(one // 2 for one in width)
            for name, width in widths.items()
        }
        with suppress(ConfigError):  # where no width helps, what was wrong with the first is said
            return _fitting(image_shape, latent_dim, replace(network, **halves))
        raise
