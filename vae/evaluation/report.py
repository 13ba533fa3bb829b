"""What a diagnosis says, for people: a verdict in one sentence, and the whole as JSON or as one HTML file."""

from __future__ import annotations

__all__ = ["figures_of", "sheets", "to_dict", "to_html", "verdict"]

import html
import math
from string import Template
from typing import TYPE_CHECKING, Any

from vae.checkpoints.checkpoint import Checkpoint
from vae.data.sources import title_of
from vae.evaluation.diagnostics import EXAMPLE_COUNT, EXAMPLE_KINDS, Diagnosis
from vae.evaluation.quality_readings import HEADING, MEASURES, estimator, source_title, with_error
from vae.evaluation.readings import how, number, readings, spread, unit_of
from vae.evaluation.terms import COLLAPSE_LIMIT
from vae.models.config import betas_of
from vae.texts import printable
from vae.theme import REPORT

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from vae.checkpoints.keyframes import Keyframes
    from vae.evaluation.sample_quality import SampleQuality

DISTANCE_LIMIT = 0.2  # latent units from the prior, beyond which draws from it look worse than reconstructions
REPETITION_LIMIT = 0.1  # nats of total correlation of a normal fit, beyond which dimensions repeat each other
CHANCE_MARGIN = 0.1  # share of what the most frequent class leaves unknown, that neighbours must know at least
MOST_SHARE, NEARLY_ALL_SHARE = 0.6, 0.9  # shares of the images whose neighbours know their class
NO_FINDING = "and nothing stands out that is wrong", "another β or seed, and compare the two"
RECON_FACTOR = 10  # times the KL, beyond which reconstruction is what a code of that size leaves out


def verdict(diagnosis: Diagnosis) -> str:
    """One sentence: what is good about a model, what is wrong, and one thing to try.

    It follows from the numbers by fixed rules, of which the first that holds is taken: so far as they are known, and "" before any are.
    """
    if math.isnan(diagnosis.kl):
        return ""
    if diagnosis.active_units == 0 or diagnosis.kl < COLLAPSE_LIMIT:
        return (
            f"The posterior has collapsed: latents say next to nothing of their images (KL {diagnosis.kl:.2f} nats), so that all are drawn "
            "alike; try a lower β, or warming it up."
        )
    wrong, remedy = _weakness(diagnosis)
    if (wrong, remedy) == NO_FINDING and math.isnan(diagnosis.recon):  # there is more to come, which may stand out
        return f"{_strength(diagnosis)}."
    return f"{_strength(diagnosis)}, {wrong}; try {remedy}."


def _strength(diagnosis: Diagnosis) -> str:
    dims, known = len(diagnosis.kl_by_dim), diagnosis.knn_accuracy
    if known is not None and known >= MOST_SHARE and not _by_chance(diagnosis):
        often = "nearly always" if known >= NEARLY_ALL_SHARE else "mostly"
        return f"An image's neighbours in latent space are {often} of its class ({100 * known:.0f} % of the images)"
    if max(diagnosis.wasserstein) <= DISTANCE_LIMIT:
        return "Latents are spread as the prior is, so that draws from it can be decoded"
    if diagnosis.active_units == dims:
        return "Its one latent dimension is in use" if dims == 1 else f"All {dims} latent dimensions are in use"
    return f"Latents tell images apart (KL {diagnosis.kl:.1f} nats)"


def _weakness(diagnosis: Diagnosis) -> tuple[str, str]:
    """What is wrong, with its conjunction, and what to try."""
    dims, active, far = len(diagnosis.kl_by_dim), diagnosis.active_units, max(diagnosis.wasserstein)
    if _by_chance(diagnosis):
        shares = (
            f"{100 * (diagnosis.knn_accuracy or 0):.0f} % of the images against {100 * (diagnosis.majority or 0):.0f} %"
        )
        return (
            f"but neighbours know an image's class hardly better than the most frequent class does ({shares})",
            "more latent dimensions" if active == dims else "a lower β",
        )
    if far > DISTANCE_LIMIT:
        which = 1 + max(range(dims), key=lambda d: diagnosis.wasserstein[d])
        return (
            f"but dimension {which} lies {far:.2f} latent units from the prior, so that draws from it look worse than reconstructions",
            "sampling the aggregate posterior instead",
        )
    if active < dims:
        verb = "is" if dims - active == 1 else "are"
        return f"but {dims - active} of {dims} latent dimensions {verb} not used", "fewer of them, or a lower β"
    if diagnosis.normal_total_correlation > REPETITION_LIMIT:
        return (
            f"but dimensions repeat each other (total correlation {diagnosis.normal_total_correlation:.2f} nats)",
            "a higher β",
        )
    if diagnosis.recon > RECON_FACTOR * diagnosis.kl:
        return (
            f"but much of an image is left untold ({diagnosis.recon:.1f} nats of reconstruction beside {diagnosis.kl:.1f} of KL)",
            "more latent dimensions",
        )
    return NO_FINDING


def _by_chance(diagnosis: Diagnosis) -> bool:
    """Whether classes can hardly be told by the neighbours."""
    known, majority = diagnosis.knn_accuracy, diagnosis.majority
    return known is not None and majority is not None and known - majority < CHANCE_MARGIN * (1 - majority)


def to_dict(
    diagnosis: Diagnosis, checkpoint: str, data: str, split: str = "test", *, quality: SampleQuality | None = None
) -> dict[str, Any]:
    """All of it for JSON; what is `None` could not be found for this model or these images, or, of the quality of samples, was not asked
    for."""
    about = {"checkpoint": checkpoint, "data": data, "split": split}
    return {**about, **diagnosis.to_dict(), "quality": quality and quality.to_dict()}


def figures_of(diagnosis: Diagnosis, frames: Keyframes | None) -> dict[str, go.Figure]:
    """The figures that make sense for a model, by their headings; `frames` are its keyframes of the same images."""
    from vae.evaluation import figures

    shown = {
        "KL by dimension": figures.kl_by_dimension(diagnosis),
        "Aggregate posterior of each dimension, and its distance to the prior": figures.aggregate_histograms(diagnosis),
        "Reconstruction against KL": figures.rate_distortion(diagnosis, frames),
    }
    if len(diagnosis.kl_by_dim) > 1:
        circles = ", and the prior's circles" if diagnosis.prior.prior.rings else ""
        shown[f"Aggregate posterior in the plane of the two largest{circles}"] = figures.plane_of_aggregate(diagnosis)
    return shown


def to_html(
    diagnosis: Diagnosis, checkpoint: Checkpoint, title: str, data: str, quality: SampleQuality | None = None
) -> str:
    """One page that needs nothing else, of a diagnosis on the data set `data`, and of the quality of samples where it is known."""
    from vae.evaluation.pictures import as_data_url

    rows = []
    for reading in readings(diagnosis):
        value = reading.value(diagnosis)
        shown = "–" if value is None else number(value, reading)
        unit = "" if value is None else unit_of(value, reading)
        read = () if value is None else (reading.meaning, reading.advice, reading.baseline(diagnosis, data))
        errors = "" if value is None else spread(diagnosis, reading)
        about = "; ".join(filter(None, (errors and f"{errors} (standard errors)", how(diagnosis, reading))))
        cells = [html.escape(text) for text in (reading.title, shown, unit, about, " ".join(filter(None, read)))]
        rows.append(
            f"<tr><th>{cells[0]}</th><td class=n>{cells[1]}</td><td>{cells[2]}</td><td>{cells[3]}</td><td>{cells[4]}</td></tr>"
        )
    charts = []
    frames = checkpoint.keyframes if data == checkpoint.summary.data else None
    for place, (heading, figure) in enumerate(figures_of(diagnosis, frames).items()):
        chart = figure.to_html(full_html=False, include_plotlyjs=place == 0, config={"displayModeBar": False})
        charts.append(f"<h2>{html.escape(heading)}</h2>{chart}")
    figures = [
        f'<figure><img src="{as_data_url(sheet)}" alt="{caption}"><figcaption>{caption}</figcaption></figure>'
        for caption, sheet in sheets(diagnosis).items()
    ]
    config, summary = checkpoint.config, checkpoint.summary
    about = (
        f"{diagnosis.n:,} test images of {title_of(data)}, beta {diagnosis.beta:g}. {config.network.title} network, "
        f"{config.latent_dim} latent dimensions, {config.parameters:,} weights, {betas_of(config, summary.train)}, "
        f"{summary.epochs:,} epochs."
    )
    return PAGE.substitute(
        title=html.escape(printable(title)),
        about=html.escape(printable(about)),
        verdict=html.escape(verdict(diagnosis)),
        rows="\n".join(rows),
        quality="" if quality is None else _quality_section(quality),
        charts="\n".join(charts),
        images="\n".join(figures),
        **REPORT._asdict(),
    )


def _quality_section(quality: SampleQuality) -> str:
    """A table with a row for each source of samples, what its columns mean, and how it was found."""
    head = "".join(f"<th>{html.escape(f'{measure.title}, {measure.unit}')}</th>" for measure in MEASURES)
    rows = "\n".join(
        f"<tr><th>{html.escape(source_title(row))}</th>"
        + "".join(f"<td class=n>{html.escape(with_error(row, measure))}</td>" for measure in MEASURES)
        + "</tr>"
        for row in quality.rows
    )
    about = "".join(
        f"<li>{html.escape(f'{measure.title}: {measure.meaning} {measure.advice}')}</li>" for measure in MEASURES
    )
    return (
        f"<h2>{HEADING}</h2>\n<table class=quality><thead><tr><th>Samples from</th>{head}</tr></thead><tbody>\n{rows}\n</tbody></table>\n"
        f"<ul>{about}</ul>\n<p>{html.escape(estimator(quality))}</p>"
    )


def sheets(diagnosis: Diagnosis) -> dict[str, bytes]:
    """Images that are reconstructed best, like most, and worst, each above its reconstruction: PNG files, by their captions."""
    from vae.evaluation.pictures import pairs

    made = {}
    if diagnosis.examples is not None:
        for name, index, images, reconstructions in zip(EXAMPLE_KINDS, *diagnosis.examples, strict=True):
            errors = diagnosis.errors[index]
            numbers = ", ".join(map(str, index.tolist()))
            caption = f"{name}: {errors.min():.1f} to {errors.max():.1f} nats. Images no. {numbers}"
            made[caption] = pairs(images, reconstructions, EXAMPLE_COUNT)
    return made


PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
body { margin: 0 auto; padding: 2rem 1.2rem; max-width: 70rem; font: 15px/1.5 system-ui, sans-serif; color: $ink; background: $ground; }
h1 { margin: 0; font-size: 1.6rem; } h1 + p { margin: 0.2rem 0 1.5rem; color: $muted; } h2 { font-size: 1.1rem; margin: 2rem 0 0.4rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.45rem 0.7rem 0.45rem 0; border-bottom: 1px solid $line; font-weight: 400; }
th { font-weight: 600; } td.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td:nth-child(3) { white-space: nowrap; } td:nth-child(n + 4) { color: $muted; font-size: 0.87rem; }
.quality td, .quality th { padding-right: 1.5rem; } .quality td:nth-child(n + 2) { color: inherit; font-size: inherit; text-align: left; }
figure { margin: 0 0 1rem; } figure img { max-width: 100%; image-rendering: pixelated; display: block; }
figcaption { color: $muted; font-size: 0.87rem; font-variant-numeric: tabular-nums; }
@media print { body { max-width: none; } tr, figure { break-inside: avoid; } }
</style>
</head>
<body>
<h1>$title</h1>
<p>$about</p>
<p>$verdict</p>
<table><tbody>
$rows
</tbody></table>
$quality
$charts
<h2>Reconstructions, each below its image</h2>
$images
</body>
</html>
""")
