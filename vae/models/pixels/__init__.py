"""p(x|z) as numbers: distributions over batches of images, one for each way to score a pixel."""

__all__ = [
    "BernoulliPixels",
    "CategoricalPixels",
    "ContinuousBernoulliPixels",
    "DiscretizedLogisticPixels",
    "NormalPixels",
    "PixelDistribution",
]

from vae.models.pixels.base import PixelDistribution
from vae.models.pixels.bernoulli import BernoulliPixels
from vae.models.pixels.categorical import CategoricalPixels
from vae.models.pixels.continuous_bernoulli import ContinuousBernoulliPixels
from vae.models.pixels.discretized_logistic import DiscretizedLogisticPixels
from vae.models.pixels.normal import NormalPixels
