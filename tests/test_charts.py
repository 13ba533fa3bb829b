"""Curves of a training as Plotly gets them."""

from __future__ import annotations

import math
from typing import Any

import pytest

from pages.components.charts import epochs_shown, kl_chart, loss_chart, recon_chart
from vae.progress import Curve, Progress


def curve(*losses: float) -> list[Progress]:
    """Epochs with this reconstruction and a KL of 1; validation is 1 nat worse."""
    return [
        Progress(epoch, 3000, 1.0, 1e-3, Curve(loss, 1), Curve(loss + 1, 1), 1.0)
        for epoch, loss in enumerate(losses, start=1)
    ]


def axes(progress: list[Progress], epochs: int = 10) -> tuple[Any, Any]:
    """The ranges of x and y."""
    layout = loss_chart(progress, epochs, 1.0).to_dict()["layout"]
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
    y = loss_chart(curve(900, 30, 29, 28, 27, 26), 10, 1.0).to_dict()["data"][0]["y"]
    assert y[0] == 901, "it is still there"


def test_curves_that_do_not_move_or_are_not_finite_can_be_drawn():
    low, high = kl_chart(curve(*range(6)), 10).to_dict()["layout"]["yaxis"]["range"]
    assert low < 1 < high
    low, high = axes(curve(9, 8, math.inf, 7, 6, 5))[1]
    assert 5 < low < 6
    assert 10 < high < 11
    without = [epoch._replace(train=Curve(math.nan, 1), validation=None) for epoch in curve(*range(6))]
    assert recon_chart(without, 10).to_dict()["layout"]["yaxis"].get("range") is None
