"""Figures of several models as Plotly gets them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from tiny import checkpoint, config

from vae.evaluation.diagnostics import facts_of, so_far
from vae.evaluation.figures import ROW_GAP, RatePoint, aggregate_histograms, loss_curves, rate_distortions
from vae.models.objectives import ELBO
from vae.progress import Curve, Progress
from vae.projections.projection import dimension


def traces(figure: go.Figure) -> list[dict[str, Any]]:
    return figure.to_dict()["data"]


def placed(figure: go.Figure) -> dict[str, tuple[float, float]]:
    """The marks by their names in the legend."""
    return {trace["name"]: (trace["x"][0], trace["y"][0]) for trace in traces(figure) if trace["mode"] == "markers"}


def training(*losses: float, held_out: bool = True) -> list[Progress]:
    return [
        Progress(epoch, len(losses), 1.0, 1e-3, Curve(loss - 1, 3), Curve(loss, 3) if held_out else None, 1.0)
        for epoch, loss in enumerate(losses, start=1)
    ]


@pytest.mark.parametrize("count", [1, 2, 9])
def test_every_model_has_its_mark_and_its_name(count: int) -> None:
    models = [RatePoint(f"model {i}", 0.5 + i, 3.0 * i, 100.0 - i) for i in range(count)]
    figure = rate_distortions(models)
    assert placed(figure) == {model.name: (model.rate, model.distortion) for model in models}
    looks = {(trace["marker"]["color"], trace["marker"]["symbol"]) for trace in traces(figure)}
    assert len(looks) == count
    assert figure.to_dict()["layout"]["showlegend"]
    assert "β 0.5: KL" in traces(figure)[0]["hovertemplate"]


def test_a_model_for_a_range_has_a_curve_in_the_colour_of_its_mark() -> None:
    frames = checkpoint(config("mlp-range")).keyframes
    assert frames is not None
    figure = rate_distortions([RatePoint("one", 1, 5, 90), RatePoint("range", 2, 4, 95, frames)])
    (curve,) = (trace for trace in traces(figure) if trace["mode"] == "lines")
    np.testing.assert_allclose(curve["x"], frames.kl)
    np.testing.assert_allclose(curve["y"], frames.recon)
    np.testing.assert_allclose(curve["customdata"], frames.beta)
    (mark,) = (trace for trace in traces(figure) if trace.get("name") == "range")
    assert curve["line"]["color"] == mark["marker"]["color"]
    assert not curve["showlegend"]


def test_one_model_at_two_betas_has_one_curve_and_two_marks() -> None:
    frames = checkpoint(config("mlp-range")).keyframes
    figure = rate_distortions([RatePoint("a", 1, 5, 90, frames), RatePoint("b", 4, 3, 95, frames)])
    assert [trace["mode"] for trace in traces(figure)] == ["lines", "markers", "markers"]


def test_losses_are_those_of_the_images_that_were_held_out() -> None:
    a, b = traces(loss_curves({"a": training(9, 8, 7), "b": training(5, 4, held_out=False)}, ELBO()))
    assert a["x"] == [1, 2, 3]
    assert a["y"] == [12, 11, 10]
    assert a["name"] == "a"
    assert b["y"] == [7, 6]
    assert b["name"] == "b, training images"
    assert a["line"] != b["line"]


def test_a_model_without_curves_leaves_its_colour_to_nobody() -> None:
    (alone,) = traces(loss_curves({"a": [], "b": training(5, 4)}, ELBO()))
    assert alone["line"] == traces(loss_curves({"a": training(1), "b": training(5, 4)}, ELBO()))[1]["line"]
    assert traces(loss_curves({"b": training(5)}, ELBO()))[0]["mode"] == "lines+markers"


def test_the_first_epoch_does_not_flatten_the_others_and_what_is_not_finite_is_left_out() -> None:
    layout = loss_curves({"a": training(900, 30, 29, math.inf, 28, 27)}, ELBO()).to_dict()["layout"]
    low, high = layout["yaxis"]["range"]
    assert 29 < low < 30
    assert 33 < high < 34


def test_each_dimension_has_a_cell_with_its_density_beside_the_prior() -> None:
    model = checkpoint(config(latent_dim=7), points=40)
    facts = facts_of(model.points.mean, model.points.std, model.points.labels, model.prior)
    diagnosis = so_far(facts, 1.0, samples=1, draws=1, refinement=0)
    shown = {trace.get("name"): trace for trace in traces(aggregate_histograms(diagnosis))}
    words = [
        str(text)
        for text in next(trace["text"] for trace in traces(aggregate_histograms(diagnosis)) if "text" in trace)
    ]
    titles = [word for word in words if word.startswith("z")]
    order = sorted(range(7), key=lambda d: -diagnosis.kl_by_dim[d])
    assert titles == [f"{dimension(d)}: {diagnosis.wasserstein[d]:.3f}" for d in order]
    cells = {}
    for name in ("aggregate posterior", "prior, N(0, 1)"):
        x, y = (np.array([math.nan if value is None else value for value in shown[name][axis]]) for axis in "xy")
        cells[name] = [part.reshape(7, -1)[:, :-1] for part in (x, y)]
    # In every cell both are on one scale, and stand on one floor.
    for place, d in enumerate(order):
        density, prior = (cells[name][1][place] for name in cells)
        floor = -(place // 5) * (1 + ROW_GAP)
        scale = max(diagnosis.densities[d].max(), 1 / math.sqrt(2 * math.pi))
        middles = np.linspace(-4, 4, len(prior) * 2 + 1)[1::2]
        normal = np.exp(-0.5 * middles**2) / math.sqrt(2 * math.pi)
        np.testing.assert_allclose(density - floor, diagnosis.densities[d] / scale, atol=2e-3)
        np.testing.assert_allclose(prior - floor, normal / scale, atol=2e-3)
        assert max(density.max(), prior.max()) - floor == pytest.approx(1, abs=2e-3)
