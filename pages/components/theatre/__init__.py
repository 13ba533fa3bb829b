"""The theatre: a training as a film, on a map that goes from snapshot to snapshot.

The page fetches snapshots and decoders by URL as it comes to them, and decodes what is under the pointer itself, so a rerun costs
next to nothing.
"""

from __future__ import annotations

__all__ = ["theatre"]

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from streamlit.components import v2 as components

from pages.components import assets
from vae.errors import VAEError
from vae.export import NETWORKS, PLANE, bundle, scripts
from vae.film import screen_step
from vae.progress import Curve, Progress
from vae.runs import Run

FOLDER = Path(__file__).parent
_component = components.component(
    "zscape_theatre",
    css="\n".join(
        path.read_text(encoding="utf-8")
        for path in (FOLDER.parent / "latent_map" / "latent_map.css", FOLDER / "theatre.css")
    ),
    js=bundle((*NETWORKS, *PLANE, *scripts("film", "sheet", "curves", "theatre", folder=FOLDER))),
    isolate_styles=False,  # the map's styles are shared, and prefixed
)


def theatre(run: Run, progress: Sequence[Progress], *, active: bool, key: str) -> None:
    """Shows the film of a run as far as it goes, whose epochs so far reported `progress`; `active` says whether there is more to come.
    Nothing of a run that has ended and has no film."""
    film, request = run.film, run.request
    assert request is not None
    steps, decoders, per_epoch, screen = film.steps, [], 1, None
    try:
        if steps:
            about = film.about
            decoders, per_epoch = [step for step in steps if step in about.decoders], about.per_epoch
            screen = screen_step(film, steps, ended=not active)
    except VAEError:
        steps = []
    if not steps and not active:
        return
    _component(
        key=key,
        data={
            "run": run.id,
            "url": assets.film_url(run.id),
            "active": active,
            "beta": request.train.beta,
            "perEpoch": per_epoch,
            "epochs": request.train.epochs,
            "steps": steps,
            "decoders": decoders,
            "screen": screen or 0,
            "shape": list(request.model.image_shape),
            "dims": request.model.latent_dim,
            "curves": curves(progress, request.train.beta),
            "alt": f"Map of test images while {run.title} was trained.",
        },
    )


def curves(progress: Sequence[Progress], beta: float) -> dict[str, Any]:
    """The curves that the theatre draws: `epoch`, and of the training and, where there are any, of the validation images `loss` at this
    beta, `recon` and `kl`, nats per image."""
    validation = [epoch.validation for epoch in progress if epoch.validation is not None]
    return {
        "epoch": [epoch.epoch for epoch in progress],
        "train": _curve([epoch.train for epoch in progress], beta),
        "validation": _curve(validation, beta) if validation and len(validation) == len(progress) else None,
    }


def _curve(terms: Sequence[Curve], beta: float) -> dict[str, list[float]]:
    # Hundredths of a nat are what can be read, and a run has thousands of numbers.
    return {
        "loss": [round(each.loss(beta), 2) for each in terms],
        "recon": [round(each.recon, 2) for each in terms],
        "kl": [round(each.kl, 2) for each in terms],
    }
