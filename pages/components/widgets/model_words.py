"""How the pages word a model: in a line below the map, and in a row of a table."""

from __future__ import annotations

__all__ = ["USUAL_TITLES", "describe", "prior_and_objective", "refinement_of", "relevant_columns", "summary_row"]

from collections.abc import Iterable, Mapping, Sequence

from pages.components.services.catalogue import Entry, trained_at
from pages.components.services.models import Model, beta_in_use
from vae.data.sources import title_of
from vae.evaluation.terms import terms
from vae.models.config import ModelConfig, TrainConfig, betas_of
from vae.models.objectives import Objective
from vae.models.priors import Prior


def prior_and_objective(prior: Prior, objective: Objective) -> dict[str, str]:
    """What these are called, by the names of a table's columns."""
    return {"Prior": prior.title, "Objective": objective.title}


USUAL_TITLES = prior_and_objective(ModelConfig.prior, TrainConfig.objective)


def relevant_columns(names: Iterable[str], rows: Sequence[Mapping[str, object]]) -> list[str]:
    """The names of columns without those of prior and objective in which all of a table's rows have the usual one."""
    return [name for name in names if name not in USUAL_TITLES or any(row[name] != USUAL_TITLES[name] for row in rows)]


def describe(model: Model) -> str:
    """A line about the model: what it saw, what it is, and how good it is at the beta in use."""
    config, summary, beta = model.checkpoint.config, model.checkpoint.summary, beta_in_use(model)
    bound = terms(model.checkpoint, beta)
    at, sign = f" at β {beta:.3g}" if config.beta_range else "", "" if bound.measured else "≈ "
    how = ", ".join(part for part in (bound.estimator, refinement_of(config)) if part)
    return (
        f"{len(model.checkpoint.points.labels):,} test images of {title_of(summary.data)}; {config.network.title} network, "
        f"{config.parameters / 1e6:.2g} M weights, {betas_of(config, summary.train)}. Minus the ELBO{at}: {sign}{bound.neg_elbo:.1f} "
        f"nats per test image, {bound.recon:.1f} of reconstruction and {bound.kl:.{2 if bound.kl < 1 else 1}f} of KL"
        f"{_levels(summary.others)} ({how})."
    )


def _levels(terms: Mapping[str, float]) -> str:
    """The KL of each of two levels, if there are two."""
    top, lower = terms.get("kl_top"), terms.get("kl_lower")
    return "" if top is None or lower is None else f", {top:.1f} of the top and {lower:.1f} of the lower level"


def refinement_of(config: ModelConfig) -> str:
    """What refines the encoder's posteriors, such as "3 refinement steps"; nothing where the encoder's posteriors are used as they are."""
    return f"{config.refinement} refinement step{'' if config.refinement == 1 else 's'}" if config.refinement else ""


def summary_row(entry: Entry, beta: float | None = None) -> dict[str, object]:
    """What a table says of a model that can be read: what it is, and the summary's figures in nats per test image. `beta` is the one that
    figures are at, if it isn't the summary's."""
    assert entry.header is not None
    config, summary = entry.header.config, entry.header.summary
    trained = betas_of(config, summary.train).removeprefix("β ")
    done, steps = f"{summary.epochs:,}", config.refinement
    return {
        "Model": entry.title,
        "Origin": entry.origin,
        "Data": title_of(summary.data),
        "Latent": config.latent_dim,
        "Network": f"{config.network.title}, {config.parameters / 1e6:.1f} M weights",
        "Posteriors": "encoder" if steps == 0 else f"encoder + {steps} step{'' if steps == 1 else 's'}",
        "Likelihood": config.likelihood.title,
        **prior_and_objective(config.prior, summary.train.objective),
        "β": f"{trained}, here {summary.train.beta if beta is None else beta:g}" if config.beta_range else trained,
        "Epochs": f"{done} of {summary.train.epochs:,}" if summary.stopped else done,
        # A file may have whole numbers too large for a table.
        "Reconstruction": float(summary.recon),
        "KL": float(summary.kl),
        "Minus the ELBO": float(summary.neg_elbo),
        "Trained": trained_at(summary)[:10],
    }
