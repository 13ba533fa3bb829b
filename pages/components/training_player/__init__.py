"""The training player: a training as a film, on a map that goes from snapshot to snapshot.

The page fetches snapshots and decoders by URL as it comes to them, and decodes what is under the pointer itself, so a rerun costs
next to nothing.
"""

from __future__ import annotations

__all__ = ["training_player"]

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import streamlit as st
from streamlit.components import v2 as components

from pages.components.server import assets
from pages.components.widgets.charts import epochs_shown
from vae.errors import VAEError
from vae.evaluation.figures import drawn_epochs, range_of
from vae.film.view_plane import view_plane_step
from vae.models.condition import Condition
from vae.models.config import TrainConfig
from vae.models.likelihoods import scored
from vae.models.objectives import term_title
from vae.progress import Curve, Progress, terms_of
from vae.runs.request import Request
from vae.runs.store import Run
from vae.web.export import built

MAX_CURVE_POINTS = 400  # points of a curve, about
_component = components.component(
    "zscape_training_player",
    css=built("latent_map.css") + built("training_player.css"),
    js=built("training_player.js"),
    isolate_styles=False,  # the map's styles are shared, and prefixed
)


def training_player(run: Run, progress: Sequence[Progress], *, active: bool, key: str) -> None:
    """Shows the film of a run as far as it goes, whose epochs so far reported `progress`; `active` says whether there is more to come.
    Nothing of a run that has ended and has no film."""
    film, request = run.film, run.request
    assert request is not None
    steps, decoders, per_epoch, plane = film.steps, [], 1, None
    try:
        if steps:
            about = film.about
            decoders, per_epoch = [step for step in steps if step in about.decoders], about.per_epoch
            plane = view_plane_step(film, steps, ended=not active)
    except VAEError:
        steps = []
    if not steps and not active:
        st.caption(":material/movie: No film was kept of this run.")
        return
    _component(
        key=key,
        data={
            "run": run.id,
            "url": assets.film_url(run.id),
            "active": active,
            "condition": asdict(Condition(request.train.beta)),
            "perEpoch": per_epoch,
            "epochs": request.train.epochs,
            "end": epochs_shown(progress[-1].epoch if progress else 0, request.train.epochs, active),
            "range": request.model.beta_range is not None,
            "steps": steps,
            "decoders": decoders,
            "plane": assets.FLAT_PLANE if plane is None else str(plane),
            "shape": list(request.model.image_shape),
            "dims": request.model.latent_dim,
            "rings": list(request.model.prior.rings),
            "about_prior": request.model.prior.about_rings,
            "charts": charts(progress, request),
            "curves": curves(progress, request.train),
            "alt": f"Map of test images while {run.title} was trained.",
        },
    )


def charts(progress: Sequence[Progress], request: Request) -> list[dict[str, str]]:
    """The charts that the player has, one for each of the `curves`: `name`, `title`, and in `hint` what it is of, for who asks."""
    of = scored(math.nan if request.model.likelihood.of_two else None)
    hints = {
        "loss": request.train.objective.loss_title(request.train.beta) + (of and f", {of}"),
        "recon": "E[-log p(x|z)]" + (of and f", {of}"),
        "kl": "KL(q(z|x) || p(z))",
    }
    titles = {"loss": "Loss", **{name: term_title(name) for name in terms_of(progress)}}
    return [{"name": name, "title": title, "hint": hints.get(name, "")} for name, title in titles.items()]


def curves(progress: Sequence[Progress], config: TrainConfig) -> dict[str, Any]:
    """The curves that the player draws: `epoch`, and of the training and, where there are any, of the validation images `loss` at the
    training's beta and each of its terms, nats per image; `ranges` of their axes, None where there is nothing to show."""
    names = terms_of(progress)
    train = _curve([epoch.train for epoch in progress], names, config)
    held_out = [epoch.validation for epoch in progress if epoch.validation is not None]
    validation = _curve(held_out, names, config) if held_out and len(held_out) == len(progress) else None
    shown = drawn_epochs([*train.values(), *(validation or {}).values()], MAX_CURVE_POINTS)
    return {
        "epoch": [progress[place].epoch for place in shown],
        "train": {name: [curve[place] for place in shown] for name, curve in train.items()},
        "validation": validation and {name: [curve[place] for place in shown] for name, curve in validation.items()},
        "ranges": {name: range_of([train[name], validation[name] if validation else []]) for name in train},
    }


def _curve(epochs: Sequence[Curve], names: Sequence[str], config: TrainConfig) -> dict[str, list[float | None]]:
    return {
        "loss": [_rounded(each.loss(config.beta, config.objective)) for each in epochs],
        **{name: [_rounded(each.of(name)) for each in epochs] for name in names},
    }


def _rounded(nats: float) -> float | None:
    """Hundredths are what can be read, and a run has thousands of numbers; JSON has none that are not finite."""
    return round(nats, 2) if math.isfinite(nats) else None
