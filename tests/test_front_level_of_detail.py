"""Which points the page draws, and which it finds, by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from node import run

CROWD = """async (load, mean, label, view) => {
    const { LevelOfDetail } = await load("geometry/level_of_detail.js");
    const detail = new LevelOfDetail({ mean, label }, 4);
    if (!detail.whole) detail.look({ x: [-4, 4], y: [-4, 4] }, view);
    const all = [];
    detail.visit((index) => all.push(index));
    return {
        labels: detail.labels,
        drawn: detail.groups.map(({ label, index, x, y }) => [label, [...index], [...x], [...y].length]),
        all,
        nearest: detail.nearest([0.3, -0.2], new Set([1]), false),
        middles: detail.labels.map(label => detail.middleOf(label)),
    };
}"""


@pytest.mark.parametrize("count", [900, 90_000])  # all of which are drawn, and not
def test_a_crowd_leaves_out_the_points_that_are_not_on_the_plane(count: int) -> None:
    generator = np.random.default_rng(0)
    mean = generator.standard_normal((count, 2)).astype(np.float32)
    label = np.arange(count) % 4
    mean[(np.arange(count) % 7 == 2) | (label == 3)] = np.nan  # of one class there is nothing left
    there = ~np.isnan(mean[:, 0])
    crowd = run(CROWD, mean, label.astype(np.int32), 4000)
    assert crowd["labels"] == [0, 1, 2]
    assert crowd["all"] == np.flatnonzero(there).tolist()
    drawn = np.concatenate([index for _, index, _, _ in crowd["drawn"]])
    assert there[drawn].all()
    assert len(drawn) == there.sum(), "at so close a look every one has its place"
    away = np.linalg.norm(mean - [0.3, -0.2], axis=1)
    away[~there | (label == 1)] = np.inf
    assert crowd["nearest"]["index"] == away.argmin()
    for name, middle in zip(crowd["labels"], crowd["middles"], strict=True):
        np.testing.assert_allclose(middle, np.nanmedian(mean[label == name], axis=0), atol=0.15)
        assert np.isfinite(middle).all()


VIEWS = """async (load, mean, label, reach, views) => {
    const { LevelOfDetail } = await load("geometry/level_of_detail.js");
    const detail = new LevelOfDetail({ mean, label }, reach);
    return views.map(([x, y, unit]) => {
        detail.look({ x, y }, unit);
        return detail.groups.flatMap(({ index }) => [...index]);
    });
}"""


def test_of_many_points_a_view_draws_those_that_can_be_told_apart() -> None:
    generator = np.random.default_rng(0)
    mean = generator.standard_normal((120_000, 2)).astype(np.float32)
    mean[:50] = generator.uniform(-6, 6, (50, 2))
    label = generator.integers(3, size=len(mean))
    unit = 80.0  # px
    views = [([-6, 6], [-4, 4], unit), ([0.1, 0.2], [0.1, 0.2], 100 * unit)]
    whole, close = (
        mean[index] for index in run(VIEWS, mean, label.astype(np.int32), 6.5, [list(view) for view in views])
    )
    assert 1000 < len(whole) < 60_000
    # Wherever there is a point on the map there is one on the screen, within the few pixels of a cell.
    some = mean[np.concatenate([np.arange(50), generator.integers(len(mean), size=500)])]
    away = np.linalg.norm(some[:, None] - whole[None], axis=2).min(1)
    assert away.max() * unit < 2.5 * 2**0.5
    inside = (mean >= 0.1).all(1) & (mean <= 0.2).all(1)
    assert inside.sum() > 50
    assert {*map(tuple, mean[inside])} <= {*map(tuple, close)}
