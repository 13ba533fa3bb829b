"""Charts: data in, a Plotly figure out."""

from __future__ import annotations

__all__ = ["TRAIN", "VALIDATION", "epochs_shown", "kl_chart", "loss_chart", "recon_chart"]

from collections.abc import Callable, Sequence

import plotly.graph_objects as go

from vae.figures import BLUE, ORANGE, SEVERAL, around
from vae.progress import Curve, Progress

TRAIN, VALIDATION = BLUE, ORANGE


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


def loss_chart(progress: Sequence[Progress], epochs: int, beta: float, height: int = 260) -> go.Figure:
    """The objective at the final beta, so that epochs of a warm-up compare: reconstruction + beta KL, nats per image.

    `epochs` is where the axis ends, here and in the other charts.
    """
    title = "Loss: reconstruction + KL" if beta == 1 else f"Loss: reconstruction + {beta:g} × KL"
    figure = _curves(title, progress, epochs, lambda losses: losses.loss(beta), height)
    return figure.update_layout(showlegend=True)


def recon_chart(progress: Sequence[Progress], epochs: int, height: int = 190) -> go.Figure:
    """Reconstruction: minus log p(x|z), nats per image."""
    return _curves("Reconstruction", progress, epochs, lambda losses: losses.recon, height)


def kl_chart(progress: Sequence[Progress], epochs: int, height: int = 190) -> go.Figure:
    """KL(q(z|x) || p(z)), nats per image."""
    return _curves("KL to the prior", progress, epochs, lambda losses: losses.kl, height)


def _curves(
    title: str, progress: Sequence[Progress], epochs: int, value: Callable[[Curve], float], height: int
) -> go.Figure:
    x = [epoch.epoch for epoch in progress]
    training = [value(epoch.train) for epoch in progress]
    validation = [None if epoch.validation is None else value(epoch.validation) for epoch in progress]
    figure = go.Figure(layout={"template": "none"})
    for name, colour, dash, y in (
        ("Training", TRAIN, "dot", training),
        ("Validation", VALIDATION, "solid", validation),
    ):
        figure.add_scatter(
            x=x,
            y=y,
            name=name,
            # One point draws no line.
            mode="lines+markers" if len(x) == 1 else "lines",
            line={"color": colour, "dash": dash, "width": 2},
            marker={"color": colour, "size": 6},
            hovertemplate="%{y:.2f} nats",
        )
    margin = max(0.3, 0.01 * epochs)
    figure.update_xaxes(
        title={"text": "Epoch", "standoff": 6},
        range=[1 - margin, epochs + margin],
        dtick=1 if epochs <= 10 else None,
        nticks=8,
        tickformat=",d",
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_yaxes(
        title={"text": "nats per image", "standoff": 10},
        nticks=6,
        # Beside the loss of the first epoch, all that follow would look flat. Its line comes in over the edge instead.
        range=around(training[1:] + validation[1:]) if len(x) >= SEVERAL else None,
        zeroline=False,
        fixedrange=True,
        showticklabels=bool(x),
    )
    figure.update_layout(
        title={
            "text": f"<b>{title}</b>",
            "font": {"size": 14},
            "x": 0,
            "xref": "container",
            "y": 1,
            "yanchor": "top",
            "pad": {"t": 6},
        },
        height=height,
        margin={"l": 54, "r": 8, "t": 36, "b": 48},
        hovermode="x unified",
        showlegend=False,
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yref": "container", "yanchor": "top"},
        uirevision="same",  # a curve that was hidden in the legend stays so
        dragmode=False,
    )
    return figure
