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


def theatre(run: Run, progress: Sequence[Progress], *, active: bool, key: str) -> bool:
    """Shows the film of a run as far as it goes, whose epochs so far reported `progress`; `active` says whether there is more to come.
    Returns whether there is anything to see."""
    film, request = run.film, run.request
    steps = film.steps
    if request is None or not steps:
        return False
    try:
        about, step = film.about, screen_step(film, steps, ended=not active)
    except VAEError:
        return False
    model = request.model
    _component(
        key=key,
        data={
            "run": run.id,
            "url": assets.film_url(run.id),
            "active": active,
            "beta": request.train.beta,
            "perEpoch": about.per_epoch,
            "epochs": request.train.epochs,
            "steps": steps,
            "decoders": [step for step in steps if step in about.decoders],
            "screen": step or 0,
            "shape": list(model.image_shape),
            "dims": model.latent_dim,
            "curves": curves(progress, request.train.beta),
            "alt": f"Map of {len(about.images):,} test images while {run.title} was trained.",
        },
    )
    return True


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
