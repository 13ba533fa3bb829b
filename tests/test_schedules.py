from __future__ import annotations

import itertools
from typing import Any

import pytest

from vae.errors import ConfigError
from vae.models.schedules import SCHEDULES, Constant, Cyclical, Schedule, Warmup

PLACES = [place / 997 for place in range(998)]


@pytest.mark.parametrize(
    "schedule",
    [
        *(variant() for variant in SCHEDULES.values()),
        Warmup(0, 0),
        Warmup(1, 0),
        Warmup(0.5, 1),
        Cyclical(1, 0),
        Cyclical(7, 1),
    ],
    ids=str,
)
def test_a_factor_lies_between_nothing_and_everything_and_ends_at_everything(schedule: Schedule) -> None:
    assert all(0 <= schedule(place) <= 1 for place in PLACES)
    assert schedule(1.0) == 1


def test_constant_is_everything_all_along() -> None:
    assert {Constant()(place) for place in PLACES} == {1.0}


@pytest.mark.parametrize(("over", "start"), [(0.3, 0.1), (1.0, 0.0), (0.5, 0.9)])
def test_warmup_rises_in_a_line_and_then_holds(over: float, start: float) -> None:
    warmup = Warmup(over, start)
    assert warmup(0) == start
    assert warmup(over / 2) == pytest.approx((start + 1) / 2)
    assert warmup(over / 4) == pytest.approx(start + (1 - start) / 4)
    assert all(earlier <= later for earlier, later in itertools.pairwise(map(warmup, PLACES)))
    assert all(warmup(place) == 1 for place in PLACES if place >= over)


@pytest.mark.parametrize("cycles", [1, 2, 4, 8])
@pytest.mark.parametrize("rise", [0.25, 0.5, 1.0])
def test_cyclical_repeats_itself_and_starts_each_cycle_from_nothing(cycles: int, rise: float) -> None:
    schedule = Cyclical(cycles, rise)
    for cycle in range(cycles):
        assert schedule(cycle / cycles) == 0
        assert schedule((cycle + rise / 2) / cycles) == pytest.approx(0.5)
        assert schedule((cycle + (rise + 1) / 2 - 1e-6) / cycles) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        (Warmup, "over", -0.1),
        (Warmup, "over", 1.1),
        (Warmup, "start", float("nan")),
        (Cyclical, "rise", 2),
        (Cyclical, "cycles", 0),
        (Cyclical, "cycles", 1.5),
        (Cyclical, "cycles", 1001),
        (Cyclical, "cycles", True),
        (Warmup, "over", "half"),
        (Warmup, "start", 10**400),
    ],
    ids=lambda value: f"{value!s:.12}",
)
def test_a_value_out_of_bounds_is_refused_by_name(kind: type, field: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=rf"^schedule\.{field}: "):
        kind(**{field: value})
