"""A film in the page, against the film as a file."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from node import run

from vae.film.interpolation import between, glide, split, value_at

AT = """async (load, means, epochs, moments, curve, values, asked) => {
    const { between, glide, split, valueAt } = await load("player/interpolation.js");
    return {
        split: moments.map((moment) => split(moment, means.length)),
        epochs: moments.map((moment) => between(epochs, moment)),
        spots: moments.map((moment) => glide(means, moment, new Float32Array(means[0].length))),
        values: asked.map((epoch) => valueAt(curve, values, epoch)),
    };
}"""


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_between_two_snapshots_the_page_shows_what_a_file_does(count: int) -> None:
    draw = np.random.default_rng(count)
    spots = draw.standard_normal((count, 20, 2)).astype(np.float32)
    spots[:, :3] = spots[:1, :3]  # some stay where they are
    epochs = np.cumsum(draw.random(count)).tolist()
    moments = [*range(count), *(draw.random(9) * (count - 1)).tolist()]
    curve = np.arange(1.0, 6)
    values: list[float | None] = [None, 9.0, 4.0, None, 6.0]
    asked = [0.0, 1.5, 2.0, 2.25, 3.0, 3.5, 5.0, 7.0]
    in_page: dict[str, Any] = run(AT, list(spots), epochs, moments, curve.tolist(), values, asked)
    assert in_page["split"] == [pytest.approx(split(moment, count)) for moment in moments]
    assert in_page["epochs"] == pytest.approx([between(epochs, moment) for moment in moments])
    for moment, places in zip(moments, in_page["spots"], strict=True):
        np.testing.assert_allclose(places.reshape(-1, 2), glide(spots, moment), atol=1e-5)
    numbers = np.array([math.nan if value is None else value for value in values])
    assert in_page["values"][:4] == [None, None, 9, 7.75]
    assert in_page["values"] == [value_at(curve, numbers, epoch) for epoch in asked]
