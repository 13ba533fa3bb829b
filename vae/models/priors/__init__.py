"""p(z): the priors that there are. A new one is a file beside these, and a line in `PRIORS`."""

__all__ = ["PRIORS", "Components", "Flow", "LatentPrior", "Mixture", "Prior", "Ring", "StandardNormal", "Vamp"]

from vae.models.priors.base import Components, LatentPrior, Prior, Ring
from vae.models.priors.flow import Flow
from vae.models.priors.mixture import Mixture
from vae.models.priors.normal import StandardNormal
from vae.models.priors.vamp import Vamp

PRIORS: dict[str, type[Prior]] = {variant.kind: variant for variant in (StandardNormal, Mixture, Vamp, Flow)}
