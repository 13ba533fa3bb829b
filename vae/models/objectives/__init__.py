"""What training minimises: the objectives that there are. A new one is a file beside these, and a line in `OBJECTIVES`."""

__all__ = ["ELBO", "OBJECTIVES", "Batch", "Capacity", "Companion", "Objective", "Setup", "term_title"]

from vae.models.objectives.base import Batch, Companion, Objective, Setup
from vae.models.objectives.capacity import Capacity
from vae.models.objectives.elbo import ELBO
from vae.models.objectives.factor import Factor
from vae.models.objectives.infovae import InfoVAE
from vae.models.objectives.iwae import IWAE
from vae.models.objectives.tcvae import TCVAE

TERMS = {  # titles of those that every objective has; the last two where there are two levels
    "recon": "Reconstruction",
    "kl": "KL to the prior",
    "kl_top": "KL of the top level",
    "kl_lower": "KL of the lower level, given the top",
}
OBJECTIVES: dict[str, type[Objective]] = {
    variant.kind: variant for variant in (ELBO, Capacity, TCVAE, Factor, InfoVAE, IWAE)
}


def term_title(name: str) -> str:
    """What a term is called: by the objective that has it, or by its name."""
    known = (variant.term_titles for variant in OBJECTIVES.values())
    return TERMS.get(name) or next((titles[name] for titles in known if name in titles), name)
