"""What is drawn behind the points of the page, against what films have there."""

from __future__ import annotations

import numpy as np
import pytest
from node import run

from vae.film.ground import coverage, cut_out, ground_of

GROUND = """async (load, images, shape, places, x, y) => {
    const { groundOf, cutOut } = await load("render/ground.js");
    const { coverage } = await load("render/fade.js");
    const visit = each => places.forEach(([across, up], index) => each(index, 0, across, up));
    const ground = groundOf(images, shape, 255);
    const [channels, height, width] = shape;
    const data = new Float64Array(4 * height * width);
    const area = height * width;
    for (let p = 0; p < area; p++) cutOut(data, 4 * p, channels, c => images[0][c * area + p] / 255, ground, [10, 20, 30]);
    const { values, ...grid } = coverage(visit, { x, y });
    return { ground, data, values, grid };
}"""


@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_drawn_behind_points_is_what_a_film_has(channels: int) -> None:
    generator = np.random.default_rng(channels)
    images = np.full((5, channels, 6, 9), 40, np.uint8)
    images[:, :, 2:4, 3:9] = generator.integers(256, size=(5, channels, 2, 6))
    places = np.concatenate([generator.normal(1, 0.7, (300, 2)), [[40.0, 0.0]]])
    x, y = (-2.0, 4.0), (-1.0, 3.0)
    flat = images.reshape(5, -1).tolist()
    in_page = run(GROUND, flat, list(images.shape[1:]), places.tolist(), x, y)
    ground = ground_of(images)
    assert ground is not None
    np.testing.assert_allclose(in_page["ground"], ground, atol=1e-6)
    drawn = in_page["data"].clip(0, 255).reshape(6, 9, 4)
    wanted = cut_out(np.moveaxis(images[0], 0, -1), ground, (10, 20, 30)).astype(float)
    np.testing.assert_allclose(drawn[..., 3], wanted[..., 3], atol=0.51)
    # What is clear may have any colour.
    ours, theirs = (each[..., :3] * each[..., 3:] / 255 for each in (drawn, wanted))
    np.testing.assert_allclose(ours, theirs, atol=1.5)
    values, left, bottom, cell = coverage(places, x, y)
    grid = in_page["grid"]
    assert (grid["left"], grid["bottom"], grid["cell"]) == pytest.approx((left, bottom, cell))
    np.testing.assert_allclose(in_page["values"].reshape(grid["rows"], grid["columns"]), values, atol=1e-9)
