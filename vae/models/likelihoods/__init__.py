"""p(x|z): the likelihoods that there are. A new one is a file beside these, and a line in `LIKELIHOODS`."""

__all__ = [
    "LIKELIHOODS",
    "Bernoulli",
    "Categorical",
    "ContinuousBernoulli",
    "DiscretizedLogistic",
    "Gaussian",
    "Likelihood",
    "PixelGaussian",
    "SigmaGaussian",
    "scored",
]

from vae.models.likelihoods.base import Likelihood, scored
from vae.models.likelihoods.bernoulli import Bernoulli
from vae.models.likelihoods.categorical import Categorical
from vae.models.likelihoods.continuous_bernoulli import ContinuousBernoulli
from vae.models.likelihoods.discretized_logistic import DiscretizedLogistic
from vae.models.likelihoods.gaussian import Gaussian
from vae.models.likelihoods.pixel_gaussian import PixelGaussian
from vae.models.likelihoods.sigma_gaussian import SigmaGaussian

LIKELIHOODS: dict[str, type[Likelihood]] = {
    variant.kind: variant
    for variant in (
        Bernoulli,
        Gaussian,
        SigmaGaussian,
        PixelGaussian,
        ContinuousBernoulli,
        DiscretizedLogistic,
        Categorical,
    )
}
