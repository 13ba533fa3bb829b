"""The numbers behind the overlays, against PyTorch and NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from node import as_url, run
from numpy.typing import NDArray
from scipy.special import ndtr
from tiny import checkpoint as made_checkpoint
from tiny import config

from vae.checkpoints.checkpoint import Checkpoint
from vae.latents.layouts import Layout
from vae.models.condition import Condition
from vae.web.payloads import decoder_program, encoder_program, layout_points, map_points

FIELD = """async (load, urls, name, grid, beta) => {
    const { fetchBlock } = await load("shared/blocks.js");
    const { Decoder } = await load("nn/decoder.js");
    const { Encoder } = await load("nn/encoder.js");
    const { spaceOf } = await load("geometry/space.js");
    const { FIELDS, Points } = await load("render/fields.js");
    const [decoder, encoder] = [new Decoder(await fetchBlock(urls.program), true), new Encoder(await fetchBlock(urls.encoder))];
    for (const network of [decoder, encoder]) if (beta !== null) network.tune({ beta, label: null });
    const block = await fetchBlock(urls.points);
    const { mean, std, label, tilt } = block.arrays;
    const [points, space] = [new Points(mean, std, label, tilt), spaceOf(block)];
    const values = new Float32Array(grid.columns * grid.rows);
    for (const _ of FIELDS[name](grid, { decoder, encoder, points, space }, values));
    return values;
}"""
GRID = {"left": -2.0, "bottom": -1.5, "dx": 0.31, "dy": 0.27, "columns": 13, "rows": 11}
BETA = 0.7


def middles(grid: dict[str, float] = GRID) -> NDArray[np.float32]:
    """The places that a grid asks about, row by row from the bottom."""
    x = grid["left"] + (np.arange(grid["columns"]) + 0.5) * grid["dx"]
    y = grid["bottom"] + (np.arange(grid["rows"]) + 0.5) * grid["dy"]
    across, up = np.meshgrid(x, y)
    return np.stack([across.ravel(), up.ravel()], 1).astype(np.float32)


def field(
    name: str, checkpoint: Checkpoint, grid: dict[str, float] = GRID, *, layout: Layout | None = None
) -> NDArray[Any]:
    """A field of a model at BETA, on its plane or one that it is laid out in, computed in the page."""
    blocks = {
        "program": decoder_program(checkpoint),
        "encoder": encoder_program(checkpoint),
        "points": map_points(checkpoint) if layout is None else layout_points(checkpoint, layout),
    }
    urls = {block: as_url(content) for block, content in blocks.items()}
    beta = BETA if checkpoint.config.beta_range else None
    return run(FIELD, urls, name, grid, beta)


def made(network: str) -> Checkpoint:
    return made_checkpoint(config(network, (1, 28, 28)), points=50)


@pytest.fixture(params=["mlp", "conv", "mlp-range", "conv-range"])
def checkpoint(request: pytest.FixtureRequest) -> Checkpoint:
    return made(request.param)


def test_entropy_is_that_of_bernoulli_pixels(checkpoint: Checkpoint) -> None:
    pixels = checkpoint.model().decode(middles(), BETA)
    expected = torch.distributions.Bernoulli(pixels).entropy().flatten(1).sum(1)
    np.testing.assert_allclose(field("entropy", checkpoint), expected, rtol=1e-4)


def test_sharpness_is_the_mean_difference_of_neighbours(checkpoint: Checkpoint) -> None:
    pixels = checkpoint.model().decode(middles(), BETA)
    across, down = pixels.diff(dim=-1).abs(), pixels.diff(dim=-2).abs()
    expected = torch.cat([across.flatten(1), down.flatten(1)], 1).mean(1)
    np.testing.assert_allclose(field("sharpness", checkpoint), expected, rtol=1e-3, atol=1e-7)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:FutureWarning")  # of PyTorch's own, at its first forward mode
def test_stretch_is_the_volume_of_the_jacobian(checkpoint: Checkpoint) -> None:
    model, z = checkpoint.model(), torch.from_numpy(middles())
    slopes = []
    for axis in torch.eye(2):
        with torch.autograd.forward_ad.dual_level(), torch.no_grad():
            moving = torch.autograd.forward_ad.make_dual(z, axis.expand_as(z).clone())
            slope = torch.autograd.forward_ad.unpack_dual(model.likelihood(moving, Condition(BETA)).mean).tangent
        assert slope is not None
        slopes.append(slope.flatten(1).double())
    jacobian = torch.stack(slopes, -1)
    expected = 0.5 * torch.linalg.slogdet(jacobian.mT @ jacobian).logabsdet
    assert np.ptp(expected.numpy()) > 0.01
    np.testing.assert_allclose(field("stretch", checkpoint), expected, atol=0.03)


def test_the_cycle_error_is_how_far_the_encoder_puts_what_was_decoded(checkpoint: Checkpoint) -> None:
    model, z = checkpoint.model(), torch.from_numpy(middles())
    with torch.no_grad():
        back = model.amortized(model.decode(z, BETA), Condition(BETA)).mean
    np.testing.assert_allclose(field("cycle", checkpoint), (back - z).norm(dim=1), rtol=1e-3, atol=1e-4)


def test_the_density_is_that_of_the_mixture_of_posteriors(checkpoint: Checkpoint) -> None:
    points = checkpoint.points
    mixture = torch.distributions.MixtureSameFamily(
        torch.distributions.Categorical(torch.ones(len(points.mean))),
        torch.distributions.Independent(
            torch.distributions.Normal(torch.from_numpy(points.mean), torch.from_numpy(points.std)), 1
        ),
    )
    # Small cells, for the density is averaged over each.
    grid = GRID | {"dx": points.std.min().item(), "dy": points.std.min().item(), "left": points.mean[0, 0] - 0.5}
    grid |= {"bottom": points.mean[0, 1] - 0.5}
    grid = {name: float(value) for name, value in grid.items()} | {"columns": 13, "rows": 11}
    log_density = field("density", checkpoint, grid)
    x = grid["left"] + (np.arange(13) + 0.5) * grid["dx"]
    y = grid["bottom"] + (np.arange(11) + 0.5) * grid["dy"]
    places = torch.tensor(np.stack(np.meshgrid(x, y), -1).reshape(-1, 2), dtype=torch.float32)
    expected = mixture.log_prob(places).numpy()
    dense = expected > expected.max() - 6  # far from its mean a posterior counts as nothing
    assert dense.any()
    np.testing.assert_allclose(log_density[dense], expected[dense], atol=0.05)


@pytest.mark.parametrize("widths", [0.003, 0.05, 0.4])
def test_the_density_of_wide_cells_is_their_exact_average(widths: float) -> None:
    """However narrow posteriors are: nothing is smoothed over more than a cell."""
    mlp = made("mlp")
    std = np.random.default_rng(0).uniform(0.5, 2, mlp.points.std.shape).astype(np.float32) * np.float32(widths)
    points = mlp.points._replace(std=std)
    log_density = field("density", mlp._replace(points=points))
    mass = []
    for side, (edge, step, count) in enumerate((("left", "dx", "columns"), ("bottom", "dy", "rows"))):
        edges = GRID[edge] + GRID[step] * np.arange(GRID[count] + 1)
        below = ndtr((edges - points.mean[:, side, None]) / std[:, side, None].astype(float))
        mass.append(np.diff(below) / GRID[step])
    expected = (mass[1].T @ mass[0] / len(std)).ravel()
    dense = expected > 1e-4 * expected.max()
    assert dense.sum() > 10
    np.testing.assert_allclose(log_density[dense], np.log(expected[dense]), atol=0.03)
    assert log_density.max() == pytest.approx(np.log(expected.max()), abs=2e-3)


def test_the_class_is_the_vote_of_the_nearest() -> None:
    checkpoint = made("mlp")
    points = checkpoint.points
    known = points.labels >= 0
    away = np.linalg.norm(middles()[:, None] - points.mean[known], axis=2)
    nearest = points.labels[known][np.argsort(away, axis=1)[:, :10]]
    values = field("class", checkpoint)
    votes = np.stack([(nearest == label).sum(1) for label in range(len(points.classes))], 1)
    winner = np.floor(values).astype(int)
    np.testing.assert_array_equal(votes[np.arange(len(votes)), winner], votes.max(1))
    np.testing.assert_allclose(values - winner, np.minimum(0.999, votes.max(1) / 10), atol=1e-6)
    assert len(set(winner)) > 1


def test_the_nearest_points_are_found_as_if_all_were_looked_at() -> None:
    generator = np.random.default_rng(0)
    mean = np.concatenate([generator.standard_normal((3000, 2)), 50 * generator.standard_normal((20, 2))])
    mean = mean.astype(np.float32)
    places = np.concatenate([1.5 * generator.standard_normal((200, 2)), 60 * generator.standard_normal((50, 2))])
    nearest = run(
        """async (load, mean, places) => {
            const { Neighbours } = await load("geometry/neighbours.js");
            const all = new Neighbours(mean);
            const neighbours = { index: new Int32Array(7), squared: new Float64Array(7) };
            return places.map(([x, y]) => {
                const count = all.nearest(x, y, 7, neighbours, (i) => i % 3 !== 0);
                return [...neighbours.index.slice(0, count)];
            });
        }""",
        mean,
        places.tolist(),
    )
    away = np.linalg.norm(places[:, None] - mean, axis=2)
    away[:, ::3] = np.inf
    np.testing.assert_array_equal(nearest, np.argsort(away, axis=1)[:, :7])
