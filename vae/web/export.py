"""The live map of a checkpoint as one HTML file, which needs no server, no network and no Python.

It is the script of the app's own map (`dist/latent_map.js`), with everything it would fetch written into the page.
"""

from __future__ import annotations

__all__ = ["begin_at", "begin_under", "built", "to_html"]

import base64
import hashlib
import html
import json
import re
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import Any

from vae.checkpoints.checkpoint import Checkpoint
from vae.data.sources import title_of
from vae.errors import VAEError
from vae.evaluation.terms import scored_in
from vae.latents.layouts import Layout, lay_out, saved_layouts, usual_plane
from vae.latents.paths import latent_of, typical
from vae.models.condition import NO_LABEL, Condition
from vae.models.config import betas_of
from vae.projections.projection import Settings
from vae.texts import printable
from vae.theme import DARK, LIGHT
from vae.web.payloads import (
    classes_told,
    decoder_program,
    encoder_program,
    keyframes,
    layout_points,
    levels_of,
    map_points,
    spreads,
)

DIST = Path(__file__).parent / "dist"


def built(name: str) -> str:
    """A script or a style of the front end, as `pages/components/build.mjs` has built it into `dist/`."""
    return (DIST / name).read_text(encoding="utf-8")


def plotly_file() -> Path:
    """The plotly.js that lies in the Python package."""
    spec = find_spec("plotly")  # found without importing it, which takes a while
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


def to_html(checkpoint: Checkpoint, title: str, settings: Settings | None = None) -> str:
    """The map with the picture under the pointer, as a page of its own; latents of more than two dimensions are laid out in the plane that
    `settings` choose, by default the one that the checkpoint opens on.

    Raises `VAEError` for a latent of one dimension, and for a projection of a model whose latent is a plane.
    """
    title = printable(title)
    config, summary = checkpoint.config, checkpoint.summary
    if config.latent_dim < 2:
        raise VAEError(f"{title}: has one latent dimension, and the map shows planes. Export another model.")
    if config.latent_dim == 2 and settings is not None:
        raise VAEError(f"{title}: its latent is a plane already, so there is nothing to project.")
    layout = None if config.latent_dim == 2 else _layout(checkpoint, settings)
    among = None if layout is None else layout.index
    start = typical(checkpoint.points, among)
    program = decoder_program(checkpoint)
    data = {
        "panel": "explore",
        "model": hashlib.sha256(program).hexdigest()[:16],
        "program": _data_url(program),
        "points": _data_url(map_points(checkpoint) if layout is None else layout_points(checkpoint, layout)),
        "projected": layout is not None,
        "keyframes": _data_url(keyframes(checkpoint)) if checkpoint.keyframes else None,
        "encoder": _data_url(encoder_program(checkpoint)),
        "spreads": _data_url(spreads(checkpoint)) if checkpoint.keyframes else None,
        "condition": asdict(begin_under(checkpoint, start)),
        "classes": classes_told(checkpoint),
        "levels": levels_of(checkpoint),
        "start": begin_at(checkpoint, start, summary.train.beta),
        "chosen": False,
        "offer": False,  # there is no page to train on
        "originals": None,
        "plotly": None,  # is in the page
        "activity": None,  # there are no runs beside it
        "alt": f"Map of the latent plane of {title}: {len(checkpoint.points.labels):,} test images.",
    }
    at = f" at β {summary.train.beta:g}" if config.beta_range else ""
    about = (
        f"{len(checkpoint.points.labels):,} test images of {title_of(summary.data)}, {betas_of(config, summary.train)}; "
        f"{summary.neg_elbo:.1f} nats per test image{at} ({summary.recon:.1f} reconstruction + {summary.kl:.1f} KL)."
    )
    if note := scored_in([checkpoint]):
        about += f" {note}"
    if layout is not None:
        about += f" Its {config.latent_dim} dimensions are laid out by {layout.settings.title}."
    return PAGE.substitute(
        title=html.escape(title),
        about=html.escape(about),
        light=LIGHT.css(),
        dark=DARK.css(),
        style=built("latent_map.css"),
        plotly=_in_script(plotly_file().read_text(encoding="utf-8")),
        script=_in_script(_mounting(built("latent_map.js"))),
        data=_in_script(json.dumps(data)),
    )


def begin_at(checkpoint: Checkpoint, index: int, beta: float) -> dict[str, Any]:
    """The image that a map begins with, for the page: its number, and its latent at a beta, so that its picture is there first."""
    return {"index": index, "z": latent_of(checkpoint, index, beta).tolist()}


def begin_under(checkpoint: Checkpoint, index: int) -> Condition:
    """The condition that a model is shown under until somebody chooses another: the beta that it is watched at and, of a model that is told
    the class, that of the image `index`."""
    label = int(checkpoint.points.labels[index])
    told = checkpoint.config.classes and label != NO_LABEL
    return Condition(checkpoint.summary.train.beta, label if told else None)


def _layout(checkpoint: Checkpoint, settings: Settings | None) -> Layout:
    beta = checkpoint.summary.train.beta
    for layout in saved_layouts(checkpoint):
        if layout.beta == beta and settings in (None, layout.settings):
            return layout
    return lay_out(checkpoint, settings or usual_plane(checkpoint), beta)


def _data_url(block: bytes) -> str:
    return "data:application/octet-stream;base64," + base64.b64encode(block).decode()


def _mounting(script: str) -> str:
    """The script with its default export as `mount`, for what follows it in the same element."""
    return re.sub(r"export \{\s*(\w+) as default\s*\};\s*$", r"const mount = \1;", script)


def _in_script(text: str) -> str:
    """Text that can stand in a script element, which ends at the first `</script`."""
    return re.sub("</(?=script)", r"<\\/", text, flags=re.IGNORECASE).replace("<!--", "<\\!--")


PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
:root {
  color-scheme: light dark;
  $light
  --st-base-radius: 0.5rem; --st-font: system-ui, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    $dark
  }
}
body {
  margin: 0 auto; padding: 1.2rem; max-width: 90rem;
  background: var(--st-background-color); color: var(--st-text-color); font-family: var(--st-font);
}
h1 { font-size: 1.5rem; margin: 0; }
h1 + p { margin: 0.2rem 0 1rem; font-size: 0.875rem; opacity: 0.75; }
$style
.zs-body.zs-explore-page { --zs-height: clamp(420px, calc(100vh - 7rem), 1000px); }
</style>
</head>
<body>
<h1>$title</h1>
<p>$about Move the pointer anywhere to see what the model draws there; click to pin.</p>
<div id="map"></div>
<script>$plotly</script>
<script type="module">
$script
const show = () => mount({ parentElement: document.getElementById("map"), data, setStateValue() {}, setTriggerValue() {} });
const data = $data;
show();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
</script>
</body>
</html>
""")
