"""Figures of a diagnosis, and of models side by side: data in, a Plotly figure out."""

from __future__ import annotations

__all__ = [
    "RatePoint",
    "aggregate_histograms",
    "around",
    "axis_range",
    "curve",
    "drawn_epochs",
    "kl_by_dimension",
    "legend_above",
    "loss_curves",
    "plane_of_aggregate",
    "range_of",
    "rate_distortion",
    "rate_distortions",
]

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from vae.checkpoints.keyframes import ACTIVE_VARIANCE, Keyframes
from vae.evaluation.diagnostics import BINS, Diagnosis
from vae.models.objectives import Objective
from vae.progress import Progress
from vae.projections.projection import dimension
from vae.texts import plotly
from vae.theme import BLUE, GREY, ORANGE, SERIES, clear

# Beside colours, by which more than two are told apart.
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x", "star", "cross", "hexagon")
DASHES = ("solid", "dash", "dashdot", "dot")
LONG_CURVE = 5  # epochs, from which on the first may leave a chart
POINTS = 3600  # of all curves of a figure, of 25 bytes each on the way to the browser
CELLS = 160  # of a density, each way
COLUMNS = 5  # histograms side by side
COLUMN_GAP, ROW_GAP = 0.12, 0.45  # of a histogram's width and height, to the next one
RAMP = [[share, clear(BLUE, opacity)] for share, opacity in ((0, 0), (0.15, 0.25), (1, 1))]


def kl_by_dimension(diagnosis: Diagnosis, height: int = 300) -> go.Figure:
    """KL(q(z_d|x) || p(z_d)) of each dimension, the largest first; those that aren't active in grey."""
    order = np.argsort(diagnosis.kl_by_dim, kind="stable")[::-1]
    active = np.array(diagnosis.activity)[order] > ACTIVE_VARIANCE
    figure = go.Figure(layout={"template": "none"})
    figure.add_bar(
        x=[dimension(d) for d in order],
        y=np.array(diagnosis.kl_by_dim)[order].tolist(),
        marker={"color": [BLUE if live else GREY for live in active]},
        width=0.8 if len(order) > 6 else 0.4,
        customdata=["active" if live else "not active" for live in active],
        hovertemplate="%{x}: %{y:.3f} nats, %{customdata}<extra></extra>",
    )
    figure.update_yaxes(title={"text": "KL, nats per image", "standoff": 8}, rangemode="tozero")
    return _plain(figure, height)


def aggregate_histograms(diagnosis: Diagnosis, most: int = 20) -> go.Figure:
    """Each dimension's aggregate posterior beside the prior's, those with the largest KL first, `most` of them.

    All of them in one pair of axes, in cells of width and height one: Plotly takes half a second for twenty pairs.
    """
    order = np.argsort(diagnosis.kl_by_dim)[::-1][:most]
    across = min(COLUMNS, len(order))
    rows = math.ceil(len(order) / across)
    edge = diagnosis.prior.edge
    edges = np.linspace(-edge, edge, BINS + 1)
    middles = (edges[1:] + edges[:-1]) / 2
    ticks = (-edge / 2, 0.0, edge / 2)
    lines: dict[str, list[list[float | None]]] = {name: [[], []] for name in ("posterior", "prior", "floor")}
    words: list[tuple[float, float, str]] = []
    for place, d in enumerate(order):
        left, floor = place % across * (1 + COLUMN_GAP), -(place // across) * (1 + ROW_GAP)
        x = left + (middles + edge) / (2 * edge)
        density, prior = diagnosis.densities[d], np.exp(diagnosis.prior.marginals.log_density(int(d), middles))
        scale = max(density.max(), prior.max())
        # A gap after each cell, over which no line goes.
        for name, values in (("posterior", density), ("prior", prior)):
            lines[name][0] += [*x.tolist(), None]
            lines[name][1] += [*(floor + values / scale).tolist(), None]
        lines["floor"][0] += [left, left + 1, None]
        lines["floor"][1] += [floor, floor, None]
        words.append((left + 0.5, floor + 1.12, f"{dimension(d)}: {diagnosis.wasserstein[d]:.3f}"))
        words += [(left + (t + edge) / (2 * edge), floor - 0.11, f"{t:.3g}".replace("-", "−")) for t in ticks]
    figure = go.Figure(layout={"template": "none"})
    for name, title, line in (
        ("posterior", "aggregate posterior", {"color": BLUE, "width": 2}),
        ("prior", f"prior, {diagnosis.prior.prior.title_of_one}", {"color": ORANGE, "width": 1.5, "dash": "dot"}),
        ("floor", "", {"color": GREY, "width": 1}),
    ):
        x, y = lines[name]
        fill = {"fill": "toself", "fillcolor": clear(BLUE, 0.18)} if name == "posterior" else {}
        figure.add_scatter(x=x, y=y, name=title, mode="lines", line=line, showlegend=bool(title), **fill)
    x, y, text = zip(*words, strict=True)
    figure.add_scatter(x=x, y=y, text=text, mode="text", textfont={"size": 11}, showlegend=False)
    figure.update_traces(hoverinfo="skip")
    _plain(figure, 150 * rows + 60)
    figure.update_xaxes(visible=False, range=[-0.02, across * (1 + COLUMN_GAP) - COLUMN_GAP + 0.02])
    figure.update_yaxes(visible=False, range=[-(rows - 1) * (1 + ROW_GAP) - 0.2, 1.25])
    legend = {"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yref": "container", "yanchor": "top"}
    return figure.update_layout(showlegend=True, legend=legend, margin={"l": 8, "r": 8, "t": 40, "b": 8})


def plane_of_aggregate(diagnosis: Diagnosis, height: int = 420) -> go.Figure:
    """The density of the aggregate posterior in the plane of the two dimensions with the largest KL, and the prior's
    circles, where it has any."""
    first, second = sorted(int(d) for d in np.argsort(diagnosis.kl_by_dim)[::-1][:2])
    edge = diagnosis.prior.edge
    # A mixture of axis-aligned normals: a product of two matrices, with a row for each column and each row of the picture.
    at = np.linspace(-edge, edge, CELLS, dtype=np.float32)
    across, up = (
        np.exp(-0.5 * np.square((at[:, None] - diagnosis.mean[:, d]) / diagnosis.std[:, d])) / diagnosis.std[:, d]
        for d in (first, second)
    )
    density = (up @ across.T) / (2 * math.pi * diagnosis.n)
    figure = go.Figure(layout={"template": "none"})
    figure.add_heatmap(
        x=at, y=at, z=np.sqrt(density), customdata=density, colorscale=RAMP, showscale=False, zsmooth="best",
        hovertemplate="%{x:.2f}, %{y:.2f}: density %{customdata:.3f}<extra></extra>",
    )  # fmt: skip
    for radius, _ in diagnosis.prior.prior.rings:
        figure.add_shape(
            type="circle",
            x0=-radius,
            x1=radius,
            y0=-radius,
            y1=radius,
            line={"color": ORANGE, "width": 1.5, "dash": "dot"},
        )
    # A square, however wide the page is.
    figure.update_xaxes(title={"text": dimension(first), "standoff": 6}, range=[-edge, edge], constrain="domain")
    figure.update_yaxes(
        title={"text": dimension(second), "standoff": 6}, range=[-edge, edge], constrain="domain", scaleanchor="x"
    )
    return _plain(figure, height)


class RatePoint(NamedTuple):
    """Where a model stands between rate and distortion."""

    name: str
    beta: float
    rate: float  # nats per image
    distortion: float  # nats per image
    frames: Keyframes | None = None  # of a model for a range of betas


def rate_distortion(diagnosis: Diagnosis, frames: Keyframes | None, height: int = 300) -> go.Figure:
    """Where the model stands between rate (KL) and distortion (reconstruction), on the curve of all its betas if it has several. Without
    a place before the decoder has been asked."""
    figure = _trade_off()
    if frames is not None:
        _add_curve(figure, frames, GREY)
    if diagnosis.complete:
        _add_place(figure, RatePoint("", diagnosis.beta, diagnosis.kl, diagnosis.recon), BLUE)
    return _plain(figure, height)


def rate_distortions(models: Sequence[RatePoint], height: int = 360) -> go.Figure:
    """The same for any number of models, of the same images and with the same likelihood, told apart by colour and mark. One model at
    several betas has its curve once."""
    figure = _trade_off()
    for place, model in enumerate(models):
        if model.frames is not None and not any(model.frames is other.frames for other in models[:place]):
            _add_curve(figure, model.frames, _colour(place), DASHES[place % len(DASHES)])
    for place, model in enumerate(models):
        _add_place(figure, model, _colour(place), SYMBOLS[place % len(SYMBOLS)])
    return legend_above(_plain(figure, height), len(models))


def loss_curves(curves: Mapping[str, Sequence[Progress]], objective: Objective, height: int = 360) -> go.Figure:
    """What the objective of any number of trainings is at beta 1, minus the ELBO say, after each epoch, by their names: on the images that
    were held out, or on the training images, and said so, where there were none. Colours are those of `rate_distortions`."""
    figure = go.Figure(layout={"template": "none"})
    values: list[list[float]] = []
    most = POINTS // max(1, len(curves))
    for place, (name, progress) in enumerate(curves.items()):
        if not progress:  # it keeps its colour
            continue
        held_out = all(epoch.validation is not None for epoch in progress)
        y = [
            (epoch.validation if held_out and epoch.validation else epoch.train).loss(1.0, objective)
            for epoch in progress
        ]
        values.append(y)
        shown = drawn_epochs([y], most)
        line = curve(
            [progress[i].epoch for i in shown], [y[i] for i in shown], _colour(place), DASHES[place % len(DASHES)]
        )
        named = name if held_out else f"{name}, training images"
        figure.add_trace(line | {"name": plotly(named), "hovertemplate": "epoch %{x:,d}: %{y:.2f} nats"})
    figure.update_xaxes(title={"text": "epoch", "standoff": 6}, tickformat=",d", nticks=8)
    figure.update_yaxes(
        title={"text": f"{objective.loss_title(1.0)}, nats per image", "standoff": 8},
        nticks=6,
        range=axis_range(values),
    )
    return legend_above(_plain(figure, height), len(values))


def curve(x: Sequence[int], y: Sequence[float | None], colour: str, dash: str = "solid") -> dict[str, Any]:
    """A trace of one value an epoch."""
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "lines+markers" if len(x) == 1 else "lines",  # one point draws no line
        "line": {"color": colour, "width": 2, "dash": dash},
        "marker": {"color": colour, "size": 6},
    }


def drawn_epochs(curves: Sequence[Sequence[float | None]], most: int) -> list[int]:
    """The epochs, from 0, by which curves of one length are drawn in about `most` points each: all of them if there are no more. Else
    the first, the last, the edges of gaps, and where each curve is least and largest among every 2, 4, 8, ... neighbours: by such
    numbers, so that what is drawn of a curve stays as it is while it grows."""
    n = len(curves[0]) if curves else 0
    if n <= most:
        return list(range(n))
    values = np.array(curves, dtype=np.float64)  # None is NaN
    width = 2
    while width < n and 2 * len(curves) * math.ceil(n / width) > most:
        width *= 2
    rows = -(-n // width)
    there = np.isfinite(values)
    chosen = {0, n - 1}
    for least, sign in ((np.inf, 1), (-np.inf, -1)):
        padded = np.full((len(curves), rows * width), least)
        padded[:, :n] = np.where(there, values, least)
        places = (sign * padded).reshape(len(curves), rows, width).argmin(2) + width * np.arange(rows)
        chosen.update(places.ravel().tolist())
    edges = np.flatnonzero((there[:, 1:] != there[:, :-1]).any(0))
    chosen.update(edges.tolist(), (edges + 1).tolist())
    return sorted(place for place in chosen if place < n)


def axis_range(curves: Sequence[Sequence[float | None]]) -> list[float] | None:
    """A range with room for curves of a value an epoch, without the first of each that has several: beside that of the first epoch, all
    that follow would look flat. Its line comes in over the edge instead. None, which leaves it to Plotly, while all are short."""
    return None if all(len(values) < LONG_CURVE for values in curves) else range_of(curves)


def range_of(curves: Sequence[Sequence[float | None]]) -> list[float] | None:
    """The same of curves however short."""
    return around([value for values in curves for value in (values[1:] if len(values) >= LONG_CURVE else values)])


def around(values: Sequence[float | None]) -> list[float] | None:
    """A range with room for these values, or None, which leaves it to Plotly, where there are none."""
    finite = [value for value in values if value is not None and math.isfinite(value)]
    if not finite:
        return None
    low, high = min(finite), max(finite)
    margin = 0.06 * (high - low) or 0.5
    return [low - margin, high + margin]


def _trade_off() -> go.Figure:
    figure = go.Figure(layout={"template": "none"})
    figure.update_xaxes(title={"text": "KL (rate), nats per image", "standoff": 6})
    return figure.update_yaxes(title={"text": "reconstruction (distortion), nats per image", "standoff": 8})


def _add_curve(figure: go.Figure, frames: Keyframes, colour: str, dash: str = "solid") -> None:
    figure.add_scatter(
        x=frames.kl.tolist(), y=frames.recon.tolist(), customdata=frames.beta.tolist(), mode="lines",
        line={"color": colour, "width": 2, "dash": dash}, showlegend=False,
        hovertemplate="β %{customdata:.3g}: KL %{x:.1f}, reconstruction %{y:.1f} nats<extra></extra>",
    )  # fmt: skip


def _add_place(figure: go.Figure, model: RatePoint, colour: str, symbol: str = "circle") -> None:
    figure.add_scatter(
        x=[model.rate], y=[model.distortion], mode="markers", name=plotly(model.name),
        marker={"color": colour, "size": 11, "symbol": symbol},
        hovertemplate=f"β {model.beta:g}: KL %{{x:.1f}}, reconstruction %{{y:.1f}} nats<extra></extra>",
    )  # fmt: skip


def _colour(place: int) -> str:
    return SERIES[place % len(SERIES)]


def _plain(figure: go.Figure, height: int) -> go.Figure:
    figure.update_xaxes(fixedrange=True, zeroline=False, showgrid=False)
    figure.update_yaxes(fixedrange=True, zeroline=False)
    return figure.update_layout(
        height=height, margin={"l": 60, "r": 12, "t": 12, "b": 46}, showlegend=False, dragmode=False, uirevision="same"
    )


def legend_above(figure: go.Figure, lines: int, title: int = 0) -> go.Figure:
    """Names one below the other over the figure, which keeps its height: they are too long to stand beside each other. Above them is room
    for a title of `title` pixels, which is part of the margin already."""
    room = 12 + 20 * lines
    layout = figure.to_dict()["layout"]
    height = layout["height"] + room
    y = 1 - title / height
    return figure.update_layout(
        height=height,
        showlegend=True,
        legend={"orientation": "v", "x": 0, "xanchor": "left", "y": y, "yref": "container", "yanchor": "top"},
        margin={"t": layout["margin"]["t"] + room},
    )
