"""Charts: data in, a Plotly figure out."""

from __future__ import annotations

__all__ = [
    "MAX_COMPARED_RUNS",
    "TRAIN_COLOUR",
    "VALIDATION_COLOUR",
    "Compared",
    "beta_chart",
    "epochs_shown",
    "gradient_chart",
    "kl_by_dim_chart",
    "learning_rate_chart",
    "loss_chart",
    "speed_chart",
    "term_chart",
]

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import plotly.graph_objects as go

from vae.evaluation.figures import (
    POINTS,
    SYMBOLS,
    around,
    axis_range,
    curve,
    drawn_epochs,
    legend_above,
)
from vae.models.objectives import Objective, term_title
from vae.progress import Curve, Progress
from vae.projections.projection import dimension
from vae.texts import plotly
from vae.theme import BLUE, ORANGE, SERIES, clear

TRAIN_COLOUR, VALIDATION_COLOUR = BLUE, ORANGE
MAX_POINTS = 600  # points of a curve
MAX_COMPARED_RUNS = len(SERIES) - 2
LEGEND_LIMIT = 8  # dimensions, up to which each is in the legend
AREAS = 64  # the dimensions that are left share one more
VISIBLE_SHARE = 0.01  # of the KL, from which on a dimension gets a shade of its own
DECADES = 1.5  # from which on an axis is logarithmic
NO_HOVER = {"hovertemplate": None, "hoverinfo": "skip"}  # nothing at the pointer, where a dozen names would not fit
SMALL_HEIGHT = 170  # pixels, the height of the charts of one number an epoch
MISSING_NOTE = "Not on record for this run"


class Compared(NamedTuple):
    """Another run, whose curves are drawn beside those of the run that is shown."""

    id: str
    name: str
    progress: Sequence[Progress]  # at least one
    beta: float  # the final one
    objective: Objective
    place: int  # from 0: which of the colours is its


def epochs_shown(done: int, planned: int, active: bool) -> int:
    """The epoch at which the axis of a run's charts ends.

    Thousands may be planned and a dozen done, so while a run goes on its axis doubles whenever the curves reach its end:
    in between they grow to the right and nothing moves under the eye.
    """
    if not active:
        return max(done, 1)
    end = 10
    while end <= done:
        end *= 2
    return min(end, planned)


def loss_chart(
    progress: Sequence[Progress],
    epochs: int,
    beta: float,
    objective: Objective,
    others: Sequence[Compared] = (),
    height: int = 260,
) -> go.Figure:
    """The objective at the final beta, so that epochs of a warm-up compare: reconstruction + beta KL, nats per image. Beside runs with
    another objective or another final beta it is minus the ELBO, which is at beta 1, of all.

    `epochs` is where the axis ends, here and in the other charts.
    """
    title, value = f"Loss: {objective.loss_title(beta)}", lambda losses: losses.loss(beta, objective)
    if any((other.objective, other.beta) != (objective, beta) for other in others):
        why = "β differs" if all(other.objective == objective for other in others) else "objectives differ"
        title, value = f"Minus the ELBO: reconstruction + KL, as {why}", lambda losses: losses.neg_elbo
    figure = _curves(title, progress, epochs, value, others=others, height=height)
    if others:
        return legend_above(figure, 2 + len(others), title=30)
    return figure.update_layout(showlegend=True)


def term_chart(
    name: str, progress: Sequence[Progress], epochs: int, others: Sequence[Compared] = (), height: int = 190
) -> go.Figure:
    """One of the objective's terms, nats per image. Other runs needn't have it."""
    return _curves(term_title(name), progress, epochs, lambda curve: curve.of(name), others=others, height=height)


def kl_by_dim_chart(
    progress: Sequence[Progress], epochs: int, height: int = 240, *, factorised: bool = True
) -> go.Figure:
    """KL of each latent dimension on the held-out images, stacked, to the whole KL where the prior is `factorised`: the largest of the
    last epoch at the bottom, so that those that have collapsed lie in the upper edge. A few have a colour and a name each; many have a
    shade of one colour, and their names under the pointer."""
    title, unit = f"KL by dimension, validation{'' if factorised else ': their sum is not the KL'}", "nats per image"
    known = [epoch.kl_by_dim for epoch in progress if epoch.kl_by_dim is not None]
    if not known:
        held_out = any(epoch.validation is not None for epoch in progress)
        why = MISSING_NOTE if held_out else "Needs held-out images: validation_fraction is 0."
        return _empty(title, unit, progress, epochs, height, why=why)
    last = known[-1]
    order = sorted(range(len(last)), key=lambda d: -last[d])
    many = len(order) > LEGEND_LIMIT
    visible = max(2, sum(value > VISIBLE_SHARE * sum(last) for value in last))
    most = POINTS * 3 // 2 // min(len(order), AREAS)  # these are rounded
    data: list[dict[str, Any]] = []
    for part, epochs_of_part in enumerate(_without_gaps(progress, len(last))):
        values = [epoch.kl_by_dim or () for epoch in epochs_of_part]
        shown = drawn_epochs([[sum(each) for each in values]], min(most, MAX_POINTS))
        x = [epochs_of_part[i].epoch for i in shown]
        for place, dims in enumerate([*([d] for d in order[:AREAS]), order[AREAS:]]):
            if not dims:
                continue
            d = dims[0]
            name = dimension(d) if len(dims) == 1 else f"{len(dims)} others"
            colour = _shade(place / (visible - 1)) if many else SERIES[d % len(SERIES)]
            data.append(
                {
                    "type": "scatter",
                    "x": x,
                    "y": [round(sum(values[i][d] for d in dims), 5) for i in shown],
                    "name": name,
                    "uid": f"{part} {name}",
                    "legendgroup": name,
                    "showlegend": part == 0,
                    "stackgroup": str(part),
                    "mode": "lines+markers" if len(x) == 1 else "lines",
                    "line": {"color": BLUE if many else colour, "width": 0.5 if many else 1},
                    "fillcolor": colour if many else clear(colour, 0.6),
                    "marker": {"color": colour, "size": 6},
                    "hoveron": "points",
                    "hovertemplate": f"{name}, epoch %{{x:,d}}: %{{y:.3f}} nats<extra></extra>"
                    if many
                    else "%{y:.3f} nats",
                }
            )
    layout = _layout(title, unit, epochs, height, rangemode="tozero")
    layout["showlegend"] = 1 < len(order) <= LEGEND_LIMIT
    layout["legend"]["traceorder"] = "reversed"
    if many:
        # A list of all would be higher than the chart, so it is that of the area under the pointer, which live_chart.js finds.
        layout |= {"hovermode": "closest", "meta": {"areas": True}}
    return go.Figure(data, layout)


def learning_rate_chart(progress: Sequence[Progress], epochs: int, height: int = SMALL_HEIGHT) -> go.Figure:
    """The step size at the end of each epoch."""
    return _single("Learning rate", progress, epochs, lambda epoch: epoch.learning_rate, height=height)


def beta_chart(progress: Sequence[Progress], epochs: int, height: int = SMALL_HEIGHT) -> go.Figure:
    """The weight of the KL at the end of each epoch."""
    return _single("β, the weight of the KL", progress, epochs, lambda epoch: epoch.beta, height=height)


def gradient_chart(progress: Sequence[Progress], epochs: int, height: int = SMALL_HEIGHT) -> go.Figure:
    """The norm of the gradient before it is clipped, averaged over the steps of each epoch."""
    return _single("Gradient norm, before clipping", progress, epochs, lambda epoch: epoch.gradient_norm, height=height)


def speed_chart(progress: Sequence[Progress], epochs: int, height: int = SMALL_HEIGHT) -> go.Figure:
    """How many images a second went through the steps of each epoch."""
    return _single(
        "Speed", progress, epochs, lambda epoch: epoch.images_per_second, unit="images/s", digits=",.3~s", height=height
    )


def _curves(
    title: str,
    progress: Sequence[Progress],
    epochs: int,
    value: Callable[[Curve], float],
    *,
    others: Sequence[Compared],
    height: int,
) -> go.Figure:
    most = min(MAX_POINTS, POINTS // (2 + 2 * len(others)))
    whose = " of this run" if others else ""
    x, training, validation = _losses(progress, value, most)
    data: list[dict[str, Any]] = [
        curve(x, training, TRAIN_COLOUR, "dot") | {"name": f"Training{whose}", "uid": "training"},
        curve(x, validation, VALIDATION_COLOUR) | {"name": f"Validation{whose}", "uid": "validation"},
    ]
    for trace in data:
        trace["hovertemplate"] = "%{y:.2f} nats"
    if others and any(y is not None for y in validation):
        data[0] |= NO_HOVER
    for other in others:
        data += _beside(other, value, most)
    drawn: list[list[float | None]] = [trace["y"] for trace in data]
    layout = _layout(title, "nats per image", epochs, height, range=axis_range(drawn), showticklabels=bool(progress))
    layout["legend"] |= {"itemsizing": "constant", "tracegroupgap": 0}
    return go.Figure(data, layout)


def _beside(other: Compared, value: Callable[[Curve], float], most: int) -> list[dict[str, Any]]:
    """The curves of another run, the one that is named last: on the held-out images or, without any, on the training images."""
    colour = SERIES[2 + other.place % MAX_COMPARED_RUNS]
    x, training, validation = _losses(other.progress, value, most)
    named = {
        "name": plotly(other.name),
        "uid": other.id,
        "legendgroup": other.id,
        "hovertemplate": "%{y:.2f} nats",
        "mode": "lines+markers",
        "marker": {
            "color": colour,
            "symbol": SYMBOLS[2 + other.place % MAX_COMPARED_RUNS],
            "size": [0] * (len(x) - 1) + [8],  # at its end
        },
    }
    dotted = curve(x, training, colour, "dot")
    if all(y is None for y in validation):
        return [dotted | named | {"name": plotly(f"{other.name}, training images")}]
    unnamed = {"uid": f"{other.id} training", "legendgroup": other.id, "showlegend": False}
    return [dotted | unnamed | NO_HOVER, curve(x, validation, colour) | named]


def _losses(
    progress: Sequence[Progress], value: Callable[[Curve], float], most: int
) -> tuple[list[int], list[float | None], list[float | None]]:
    """Epochs, training and validation of a run, as far as they are drawn."""
    training = [value(epoch.train) for epoch in progress]
    validation = [None if epoch.validation is None else value(epoch.validation) for epoch in progress]
    shown = drawn_epochs([training, validation], most)
    return [progress[i].epoch for i in shown], [training[i] for i in shown], [validation[i] for i in shown]


def _single(
    title: str,
    progress: Sequence[Progress],
    epochs: int,
    value: Callable[[Progress], float | None],
    *,
    unit: str = "",
    digits: str = ".3~g",
    height: int,
) -> go.Figure:
    """One number an epoch, from zero up, or over decades if it spans more than one and a half."""
    y = [value(epoch) for epoch in progress]
    there = [each for each in y if each is not None and math.isfinite(each)]
    if not there:
        return _empty(title, unit, progress, epochs, height)
    shown = drawn_epochs([y], MAX_POINTS)
    trace = curve([progress[i].epoch for i in shown], [y[i] for i in shown], BLUE)
    trace["hovertemplate"] = f"%{{y:{digits}}} {unit}".strip() + "<extra></extra>"
    axis: dict[str, Any] = {"rangemode": "tozero", "nticks": 4}
    if min(there) > 0 and max(there) > min(there) * 10**DECADES:
        axis = {"type": "log", "range": around([math.log10(each) for each in there]), "dtick": 1}
    axis["tickformat"] = "~s" if max(there) >= 1000 else "~g"
    return go.Figure([trace], _layout(title, unit, epochs, height, **axis))


def _empty(
    title: str, unit: str, progress: Sequence[Progress], epochs: int, height: int, *, why: str = MISSING_NOTE
) -> go.Figure:
    """A chart without its curve: there is none yet, or there will be none, and it says why."""
    layout = _layout(title, unit, epochs, height, range=[0, 1], showticklabels=False, showgrid=False)
    if progress:
        place = {"x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper", "showarrow": False}
        layout["annotations"] = [{"text": why, **place}]
    # Without a trace Plotly would draw no axes.
    return go.Figure([{"type": "scatter", "x": [None], "y": [None], "hoverinfo": "skip"}], layout)


def _without_gaps(progress: Sequence[Progress], dims: int) -> Iterator[list[Progress]]:
    """The stretches in which each epoch has a KL for each of so many dimensions."""
    for there, epochs in groupby(progress, lambda epoch: epoch.kl_by_dim is not None and len(epoch.kl_by_dim) == dims):
        if there:
            yield list(epochs)


def _shade(share: float) -> str:
    """A shade from the blue of the first dimension, at 0, to next to nothing, at 1 and above."""
    return clear(BLUE, 0.9 - 0.75 * min(1.0, share))


def _layout(title: str, unit: str, epochs: int, height: int, **yaxis: Any) -> dict[str, Any]:
    """What all these charts have in common. One dictionary, because Plotly takes long for each change of a figure."""
    margin = max(0.3, 0.01 * epochs)
    return {
        "template": "none",
        "xaxis": {
            "title": {"text": "Epoch", "standoff": 6},
            "range": [1 - margin, epochs + margin],
            "dtick": 1 if epochs <= 10 else None,
            "nticks": 8,
            "tickformat": ",d",
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
        },
        "yaxis": {
            "title": {"text": unit, "standoff": 10},
            "nticks": 6,
            "zeroline": False,
            "fixedrange": True,
            **yaxis,
        },
        "title": {
            "text": f"<b>{title}</b>",
            "font": {"size": 14},
            "x": 0,
            "xref": "container",
            "y": 1,
            "yanchor": "top",
            "pad": {"t": 6},
        },
        "height": height,
        "margin": {"l": 54, "r": 8, "t": 36, "b": 48},
        "hovermode": "x unified",
        "showlegend": False,
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yref": "container", "yanchor": "top"},
        "uirevision": "same",  # a curve that was hidden in the legend stays so
        "dragmode": False,
    }
