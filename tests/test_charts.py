"""Curves of a training as Plotly gets them."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import plotly.graph_objects as go
import pytest

from pages.components.widgets.charts import (
    MAX_COMPARED_RUNS,
    TRAIN_COLOUR,
    VALIDATION_COLOUR,
    Compared,
    beta_chart,
    epochs_shown,
    gradient_chart,
    kl_by_dim_chart,
    learning_rate_chart,
    loss_chart,
    speed_chart,
    term_chart,
)
from vae.evaluation.figures import drawn_epochs
from vae.models.objectives import ELBO, Objective
from vae.progress import Curve, Progress

BOUND = ELBO()


def curve(*losses: float) -> list[Progress]:
    """Epochs with this reconstruction and a KL of 1; validation is 1 nat worse."""
    return [
        Progress(epoch, 3000, 1.0, 1e-3, Curve(loss, 1), Curve(loss + 1, 1), 1.0)
        for epoch, loss in enumerate(losses, start=1)
    ]


def axes(progress: list[Progress], epochs: int = 10) -> tuple[Any, Any]:
    """The ranges of x and y."""
    layout = loss_chart(progress, epochs, 1.0, BOUND).to_dict()["layout"]
    return layout["xaxis"]["range"], layout["yaxis"].get("range")


@pytest.mark.parametrize("planned", [1, 7, 30, 3000])
def test_the_axis_of_a_run_that_goes_on_has_room_without_being_empty(planned: int):
    ends = [epochs_shown(done, planned, active=True) for done in range(planned + 1)]
    assert ends == sorted(ends)
    assert ends[-1] == planned
    assert all(done < end <= max(10, 2 * done) for done, end in enumerate(ends[:-1]))
    assert len(set(ends)) <= 10, "it rarely moves"


def test_the_axis_of_a_run_that_ended_stops_with_its_curves():
    assert epochs_shown(13, 3000, active=False) == 13
    assert epochs_shown(0, 3000, active=False) == 1
    low, high = axes(curve(*range(30, 17, -1)), 13)[0]
    assert 0 < low < 1
    assert 13 < high < 14


def test_the_first_epoch_does_not_flatten_the_others():
    assert axes(curve(900, 30, 29))[1] is None, "too few to leave one out"
    low, high = axes(curve(900, 30, 29, 28, 27, 26))[1]
    assert 26 < low < 27
    assert 32 < high < 33  # validation included
    y = loss_chart(curve(900, 30, 29, 28, 27, 26), 10, 1.0, BOUND).to_dict()["data"][0]["y"]
    assert y[0] == 901, "it is still there"


def test_curves_that_do_not_move_or_are_not_finite_can_be_drawn():
    low, high = term_chart("kl", curve(*range(6)), 10).to_dict()["layout"]["yaxis"]["range"]
    assert low < 1 < high
    low, high = axes(curve(9, 8, math.inf, 7, 6, 5))[1]
    assert 5 < low < 6
    assert 10 < high < 11
    without = [epoch._replace(train=Curve(math.nan, 1), validation=None) for epoch in curve(*range(6))]
    assert term_chart("recon", without, 10).to_dict()["layout"]["yaxis"].get("range") is None


def full(epochs: int, dims: int, seed: int = 0) -> list[Progress]:
    """Epochs with everything that a run reports; of the dimensions all but a few collapse."""
    draw = np.random.default_rng(seed)
    made = []
    for epoch in range(1, epochs + 1):
        by_dim = tuple((draw.exponential(1, dims) * (np.arange(dims) < 12)[::-1]).tolist())
        recon, norm = 100 + 50 / epoch + draw.normal(), 3 + draw.random()
        made.append(
            Progress(epoch, epochs, min(1.0, epoch / 3), 1e-3 / epoch, Curve(recon, 5.0), Curve(recon + 1, sum(by_dim)),
                     float(epoch), by_dim, norm, 9000.0 + epoch)
        )  # fmt: skip
    return made


def beside(count: int, epochs: int = 7, beta: float = 1.0, objective: Objective = BOUND) -> list[Compared]:
    return [Compared(f"id{i}", f"run {i}", full(epochs, 2, seed=1 + i), beta, objective, i) for i in range(count)]


def traces(figure: go.Figure) -> list[dict[str, Any]]:
    return figure.to_dict()["data"]


def title(figure: go.Figure) -> str:
    return figure.to_dict()["layout"]["title"]["text"]


@pytest.mark.parametrize("dims", [1, 2, 20, 64, 100])
def test_dimensions_are_stacked_from_the_largest_up_to_the_whole_kl(dims: int):
    progress = full(9, dims)
    areas = traces(kl_by_dim_chart(progress, 10))
    assert len({area["stackgroup"] for area in areas}) == 1
    total = np.sum([area["y"] for area in areas], axis=0)
    np.testing.assert_allclose(total, [epoch.validation.kl for epoch in progress if epoch.validation], atol=1e-3)
    ends = [area["y"][-1] for area in areas[:64]]
    assert ends == sorted(ends, reverse=True)
    last = progress[-1].kl_by_dim
    assert last is not None
    for area in areas[:64]:
        name = area["name"].split(":")[0]
        d = int(name.translate(str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789"))[1:]) - 1
        assert area["y"][-1] == pytest.approx(last[d], abs=1e-5), "each is named for its own dimension"
        assert name in area["hovertemplate"] or area["hovertemplate"].endswith("nats")
    assert kl_by_dim_chart(progress, 10).to_dict()["layout"]["showlegend"] is (dims == 2)


def test_dimensions_that_are_no_parts_of_the_kl_say_so():
    assert title(kl_by_dim_chart(full(9, 3), 10)) == "<b>KL by dimension, validation</b>"
    dependent = kl_by_dim_chart(full(9, 3), 10, factorised=False)
    assert title(dependent) == "<b>KL by dimension, validation: their sum is not the KL</b>"


def test_without_held_out_images_the_dimensions_say_what_they_need_and_other_charts_are_as_ever():
    progress = [epoch._replace(validation=None, kl_by_dim=None) for epoch in full(9, 3)]
    layout = kl_by_dim_chart(progress, 10).to_dict()["layout"]
    assert [note["text"] for note in layout["annotations"]] == ["Needs held-out images: validation_fraction is 0."]
    assert layout["height"] == kl_by_dim_chart(full(9, 3), 10).to_dict()["layout"]["height"]
    assert "annotations" not in kl_by_dim_chart([], 10).to_dict()["layout"]
    for chart in (gradient_chart, speed_chart):
        assert "annotations" not in chart(progress, 10).to_dict()["layout"]
        old = [epoch._replace(gradient_norm=None, images_per_second=None) for epoch in progress]
        assert "Not on record" in chart(old, 10).to_dict()["layout"]["annotations"][0]["text"]


def test_epochs_without_dimensions_are_a_gap_and_a_run_without_any_says_so():
    progress = full(9, 3)
    progress[3] = progress[3]._replace(kl_by_dim=None)
    areas = traces(kl_by_dim_chart(progress, 10))
    assert {(area["stackgroup"], *area["x"]) for area in areas} == {("0", 1, 2, 3), ("1", 5, 6, 7, 8, 9)}
    assert sum(area["showlegend"] for area in areas) == 3, "each once in the legend"
    old = curve(9, 8, 7)
    for chart in (kl_by_dim_chart, gradient_chart, speed_chart):
        figure = chart(old, 10).to_dict()
        assert "Not on record" in figure["layout"]["annotations"][0]["text"]
        assert figure["layout"]["height"] == chart(progress, 10).to_dict()["layout"]["height"]
        assert "annotations" not in chart([], 10).to_dict()["layout"], "not before there was an epoch"


def test_what_the_training_does_is_drawn_as_it_was_reported():
    progress = full(9, 2)
    for chart, name, unit in (
        (learning_rate_chart, "learning_rate", ""),
        (beta_chart, "beta", ""),
        (gradient_chart, "gradient_norm", ""),
        (speed_chart, "images_per_second", "images/s"),
    ):
        (trace,) = traces(chart(progress, 10))
        assert trace["y"] == [getattr(epoch, name) for epoch in progress]
        assert trace["x"] == [epoch.epoch for epoch in progress]
        assert chart(progress, 10).to_dict()["layout"]["yaxis"]["title"]["text"] == unit
        assert unit in trace["hovertemplate"]


@pytest.mark.parametrize(("norms", "kind"), [((1, 30), None), ((1, 32), "log"), ((0, 1, 99), None), ((7,), None)])
def test_the_axis_of_the_gradient_is_logarithmic_from_a_decade_and_a_half(norms: tuple[float, ...], kind: str | None):
    progress = [epoch._replace(gradient_norm=norm) for epoch, norm in zip(full(len(norms), 2), norms, strict=True)]
    axis = gradient_chart(progress, 10).to_dict()["layout"]["yaxis"]
    assert axis.get("type") == kind
    if kind:
        low, high = axis["range"]
        assert low < math.log10(min(norms))
        assert high > math.log10(max(norms))


def test_other_runs_have_a_colour_each_and_a_name_in_the_legend():
    others = beside(MAX_COMPARED_RUNS)
    figure = term_chart("recon", full(5, 2), 10, others)
    lines = traces(figure)
    for other in others:
        training, validation = (trace for trace in lines if trace.get("legendgroup") == other.id)
        assert training["y"] == [epoch.train.recon for epoch in other.progress]
        assert validation["y"] == [epoch.validation and epoch.validation.recon for epoch in other.progress]
        assert (training["line"]["dash"], validation["line"]["dash"]) == ("dot", "solid")
        assert training["line"]["color"] == validation["line"]["color"]
        assert (training["showlegend"], validation["name"]) == (False, other.name)
    assert len({trace["line"]["color"] for trace in lines} | {TRAIN_COLOUR, VALIDATION_COLOUR}) == 2 + MAX_COMPARED_RUNS
    assert len({trace["uid"] for trace in lines}) == len(lines), "by which what was hidden is found again"
    without = others[0]._replace(progress=[epoch._replace(validation=None) for epoch in others[0].progress])
    assert traces(term_chart("recon", full(5, 2), 10, [without]))[-1]["name"] == "run 0, training images"


def test_losses_at_different_betas_are_compared_at_beta_one_and_the_title_says_so():
    progress = full(5, 2)
    alike, other = (
        loss_chart(progress, 10, 4.0, BOUND, beside(2, beta=4.0)),
        loss_chart(progress, 10, 4.0, BOUND, beside(2)),
    )
    assert "4 × KL" in title(alike)
    assert "β differs" in title(other)
    for figure, weight in ((alike, 4.0), (other, 1.0)):
        runs = [progress, *(each.progress for each in beside(2))]
        assert [trace["y"] for trace in traces(figure)[::2]] == [
            [epoch.train.loss(weight, BOUND) for epoch in run] for run in runs
        ]


@dataclass(frozen=True)
class Lifted(ELBO):
    """The bound, and a constant."""

    kind: ClassVar[str] = "lifted"

    def loss(self, terms: Any, beta: Any) -> Any:
        return super().loss(terms, beta) + 1000

    def loss_title(self, beta: float) -> str:
        return f"{super().loss_title(beta)} + a thousand"


def test_losses_are_those_of_the_objective_that_all_have_and_else_the_bound():
    progress, lifted = full(5, 2), Lifted()
    plain = [epoch.train.neg_elbo for epoch in progress]
    for others in ([], beside(2, objective=lifted)):
        figure = loss_chart(progress, 10, 1.0, lifted, others)
        assert "reconstruction + KL + a thousand" in title(figure)
        assert traces(figure)[0]["y"] == pytest.approx([loss + 1000 for loss in plain])
    figure = loss_chart(progress, 10, 1.0, lifted, beside(2))
    assert "Minus the ELBO" in title(figure)
    assert "objectives differ" in title(figure)
    assert traces(figure)[0]["y"] == plain


def test_a_long_run_is_thinned_and_keeps_its_ends_and_extremes():
    draw = np.random.default_rng(0)
    ups, downs = draw.normal(size=(2, 5000)).tolist()
    ups[1234], downs[77] = 99.0, -99.0
    gap: list[float | None] = [*ups[:3000], None, None, *ups[3002:]]
    places = drawn_epochs([gap, downs], 600)
    assert len(places) <= 610
    assert {0, 4999, 1234, 77, 2999, 3000, 3001, 3002} <= set(places)
    # What is drawn of the past stays as it is while a run goes on.
    shorter = drawn_epochs([gap[:4900], downs[:4900]], 600)
    assert [place for place in places if place < 4800] == [place for place in shorter if place < 4800]
    assert drawn_epochs([ups[:600]], 600) == list(range(600))
    assert drawn_epochs([], 600) == []


@pytest.mark.parametrize("dims", [1, 20, 64, 300])
def test_no_figure_of_a_long_run_is_heavy(dims: int):
    progress = full(2000, dims)
    others = beside(MAX_COMPARED_RUNS, epochs=2000)
    for figure in (
        loss_chart(progress, 2000, 1.0, BOUND, others),
        loss_chart(progress, 2000, 1.0, BOUND),
        kl_by_dim_chart(progress, 2000),
        gradient_chart(progress, 2000),
    ):
        assert len(json.dumps(figure.to_dict())) < 100_000
        for trace in traces(figure):
            assert (trace["x"][0], trace["x"][-1]) == (1, 2000)
