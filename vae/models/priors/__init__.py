"""p(z): the priors that there are. A new one is a file beside these, and a line in `PRIORS`."""

__all__ = ["PRIORS", "LatentPrior", "Prior", "Ring", "StandardNormal"]

from vae.models.priors.base import LatentPrior, Prior, Ring
from vae.models.priors.normal import StandardNormal

PRIORS: dict[str, type[Prior]] = {variant.kind: variant for variant in (StandardNormal,)}
