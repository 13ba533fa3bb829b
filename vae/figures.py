"""Figures of a diagnosis: data in, a Plotly figure out."""

from __future__ import annotations

__all__ = ["aggregate_histograms", "kl_by_dimension", "plane_of_aggregate", "rate_distortion"]

import math

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from vae.diagnostics import Diagnosis, histogram
from vae.keyframes import ACTIVE, Keyframes

# Blue and orange stay apart for every kind of colour vision, and both are over 3:1 on our white and on our black.
BLUE = "#3f7fe0"
ORANGE = "#d9731a"
GREY = "#8a93a3"
BINS = 80
EDGE = 4.0  # standard deviations of the prior that a histogram shows
CELLS = 160  # of a density, each way
ACROSS = 5  # histograms side by side
RAMP = [[0, "rgba(63,127,224,0)"], [0.15, "rgba(63,127,224,0.25)"], [1, "rgba(63,127,224,1)"]]


def kl_by_dimension(found: Diagnosis, height: int = 300) -> go.Figure:
    """KL(q(z_d|x) || p(z_d)) of each dimension, the largest first; those that aren't active in grey."""
    order = np.argsort(found.kl_by_dim, kind="stable")[::-1]
    active = np.array(found.activity)[order] > ACTIVE
    figure = go.Figure(layout={"template": "none"})
    figure.add_bar(
        x=[f"z{_low(d + 1)}" for d in order],
        y=np.array(found.kl_by_dim)[order].tolist(),
        marker={"color": [BLUE if live else GREY for live in active]},
        width=0.8 if len(order) > 6 else 0.4,
        customdata=["active" if live else "not active" for live in active],
        hovertemplate="%{x}: %{y:.3f} nats, %{customdata}<extra></extra>",
    )
    figure.update_yaxes(title={"text": "KL, nats per image", "standoff": 8}, rangemode="tozero")
    return _plain(figure, height)


def aggregate_histograms(found: Diagnosis, most: int = 20) -> go.Figure:
    """Each dimension's aggregate posterior beside N(0, 1), those with the largest KL first, `most` of them."""
    order = np.argsort(found.kl_by_dim)[::-1][:most]
    across = min(ACROSS, len(order))
    rows = math.ceil(len(order) / across)
    titles = [f"z{_low(d + 1)}: {found.wasserstein[d]:.3f}" for d in order]
    figure = make_subplots(rows, across, subplot_titles=titles, shared_xaxes=True, horizontal_spacing=0.04)
    figure.update_layout(template="none")
    edges = np.linspace(-EDGE, EDGE, BINS + 1)
    middles = (edges[1:] + edges[:-1]) / 2
    prior = np.exp(-0.5 * middles**2) / math.sqrt(2 * math.pi)
    for place, d in enumerate(order):
        where = {"row": place // across + 1, "col": place % across + 1}
        density = histogram(found.mean[:, d], found.std[:, d], edges)
        figure.add_scatter(
            x=middles, y=density, name="aggregate posterior", line={"color": BLUE, "width": 2}, fill="tozeroy",
            fillcolor="rgba(63,127,224,0.18)", legendgroup="q", showlegend=place == 0, **where,
        )  # fmt: skip
        figure.add_scatter(
            x=middles, y=prior, name="prior, N(0, 1)", line={"color": ORANGE, "width": 1.5, "dash": "dot"},
            legendgroup="p", showlegend=place == 0, **where,
        )  # fmt: skip
    figure.update_traces(mode="lines", hoverinfo="skip")
    figure.update_yaxes(showticklabels=False, rangemode="tozero")
    figure.update_xaxes(nticks=5)
    figure.update_annotations(font={"size": 12})
    _plain(figure, 150 * rows + 90)
    legend = {"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yref": "container", "yanchor": "top"}
    return figure.update_layout(showlegend=True, legend=legend, margin={"l": 16, "r": 8, "t": 64, "b": 30})


def plane_of_aggregate(found: Diagnosis, height: int = 420) -> go.Figure:
    """The density of the aggregate posterior in the plane of the two dimensions with the largest KL, and the prior's circles at one, two
    and three standard deviations."""
    first, second = sorted(int(d) for d in np.argsort(found.kl_by_dim)[::-1][:2])
    # A mixture of axis-aligned normals: a product of two matrices, with a row for each column and each row of the picture.
    at = np.linspace(-EDGE, EDGE, CELLS, dtype=np.float32)
    across, up = (
        np.exp(-0.5 * np.square((at[:, None] - found.mean[:, d]) / found.std[:, d])) / found.std[:, d]
        for d in (first, second)
    )
    density = (up @ across.T) / (2 * math.pi * found.n)
    figure = go.Figure(layout={"template": "none"})
    figure.add_heatmap(
        x=at, y=at, z=np.sqrt(density), customdata=density, colorscale=RAMP, showscale=False, zsmooth="best",
        hovertemplate="%{x:.2f}, %{y:.2f}: density %{customdata:.3f}<extra></extra>",
    )  # fmt: skip
    for sigma in (1, 2, 3):
        figure.add_shape(
            type="circle", x0=-sigma, x1=sigma, y0=-sigma, y1=sigma, line={"color": ORANGE, "width": 1.5, "dash": "dot"}
        )
    figure.update_xaxes(title={"text": f"z{_low(first + 1)}", "standoff": 6}, range=[-EDGE, EDGE])
    figure.update_yaxes(title={"text": f"z{_low(second + 1)}", "standoff": 6}, range=[-EDGE, EDGE], scaleanchor="x")
    return _plain(figure, height)


def rate_distortion(found: Diagnosis, frames: Keyframes | None, height: int = 300) -> go.Figure:
    """Where the model stands between rate (KL) and distortion (reconstruction), on the curve of all its betas if it has several."""
    figure = go.Figure(layout={"template": "none"})
    if frames is not None:
        figure.add_scatter(
            x=frames.rate, y=frames.recon, mode="lines", line={"color": GREY, "width": 2}, customdata=frames.beta,
            hovertemplate="β %{customdata:.3g}: rate %{x:.1f}, distortion %{y:.1f} nats<extra></extra>",
        )  # fmt: skip
    figure.add_scatter(
        x=[found.kl], y=[found.recon], mode="markers", marker={"color": BLUE, "size": 11},
        hovertemplate=f"β {found.beta:g}: rate %{{x:.1f}}, distortion %{{y:.1f}} nats<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(title={"text": "rate: KL, nats per image", "standoff": 6})
    figure.update_yaxes(title={"text": "distortion, nats per image", "standoff": 8})
    return _plain(figure, height)


def _plain(figure: go.Figure, height: int) -> go.Figure:
    figure.update_xaxes(fixedrange=True, zeroline=False, showgrid=False)
    figure.update_yaxes(fixedrange=True, zeroline=False)
    return figure.update_layout(
        height=height, margin={"l": 60, "r": 12, "t": 12, "b": 46}, showlegend=False, dragmode=False, uirevision="same"
    )


def _low(value: int) -> str:
    """A number in small, below the line."""
    return str(value).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
