"""Planes of more than two dimensions in the page, against `vae.projections.projection` and NumPy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from blocks import unpack
from node import as_url, run
from numpy.typing import NDArray
from test_front_fields import BETA, field, middles
from tiny import checkpoint, config

from vae.checkpoints.checkpoint import Checkpoint
from vae.latents.layouts import Layout, lay_out
from vae.models.condition import Condition
from vae.models.priors import Mixture
from vae.projections import PCA, TSNE, Axes
from vae.projections.projection import Projection, Scattered, Settings, Straight, scattered, spread
from vae.web.payloads import layout_points, map_points, pack

INVERSE = """async (load, url, places) => {
    const { fetchBlock } = await load("shared/blocks.js");
    const { spaceOf } = await load("geometry/space.js");
    const space = spaceOf(await fetchBlock(url));
    return places.map(place => {
        const z = new Array(space.dims);
        const trust = space.inverseTransform(place, z);
        return { z, trust, back: space.transform(z), share: space.disagreement?.(place, z) ?? null };
    });
}"""
DIMS = 5
COUNT = 240


def latents(count: int = COUNT, seed: int = 0) -> NDArray[np.float32]:
    return (np.random.default_rng(seed).standard_normal((count, DIMS)) * [3, 2, 1, 1, 0.5]).astype(np.float32)


def block(projection: Projection, of: NDArray[np.float32], index: NDArray[np.int64] | None = None) -> str:
    """The URL of what the page gets of a plane; `index` says which of the latents lie on it."""
    mean = np.full((len(of), 2), np.nan, np.float32)
    mean[np.arange(len(of)) if index is None else index] = projection.plane
    arrays: dict[str, NDArray[Any]] = {"mean": mean, "latent": of}
    space: dict[str, Any] = {"kind": "scattered", "axes": projection.names, "name": ""}
    if isinstance(projection, Straight):
        space["kind"] = "straight"
        arrays |= {"origin": projection.origin, "basis": projection.basis}
    else:
        assert isinstance(projection, Scattered)
        space |= {"spacing": projection.spacing, "spread": spread(projection.latents)}
    return as_url(pack({"space": space, "latent_dim": of.shape[1]}, arrays))


def inverse(url: str, places: NDArray[np.float32]) -> tuple[NDArray[np.float64], ...]:
    """Latents, trust, the way back to the plane, and how far latents around disagree, as the page finds them."""
    rows = run(INVERSE, url, places.tolist())
    return tuple(np.array([one[name] for one in rows]) for name in ("z", "trust", "back", "share"))


def places(count: int = 300, seed: int = 1) -> NDArray[np.float32]:
    """Some near the origin, some far from it, some further than any point lies."""
    generator = np.random.default_rng(seed)
    size = np.repeat([0.5, 5.0, 500.0], count // 3)[:, None]
    return (size * generator.standard_normal((count, 2))).astype(np.float32)


@pytest.mark.parametrize("settings", [PCA(), Axes(3, 1)])
def test_a_straight_plane_goes_there_and_back_as_in_python(settings: PCA | Axes) -> None:
    of = latents()
    plane = settings.fit(of, np.linspace(-2, 2, DIMS).astype(np.float32))
    asked = places()
    z, trust, back, _ = inverse(block(plane, of), asked)
    np.testing.assert_allclose(z, plane.inverse_transform(asked).latents, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(trust, 1)
    np.testing.assert_allclose(back, plane.transform(z.astype(np.float32)), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(back, asked, rtol=1e-5, atol=1e-5)


def made_plane(kind: str) -> NDArray[np.float32]:
    generator = np.random.default_rng(2)
    plane = generator.standard_normal((COUNT, 2)).astype(np.float32)
    if kind == "coinciding":
        plane[10:15] = plane[10]
        plane[100] = plane[101]
    if kind == "groups":  # far from each other, with nothing between them
        plane = 0.1 * plane + 10 * (np.arange(COUNT) % 3)[:, None]
    if kind == "line":
        plane[:, 1] = 0
    return plane.astype(np.float32)


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("kind", ["cloud", "coinciding", "groups", "line"])
def test_a_scattered_plane_is_lifted_as_in_python(kind: str, missing: bool) -> None:
    of = latents()
    index = np.flatnonzero(np.arange(COUNT) % 4 != 1) if missing else np.arange(COUNT)
    plane = scattered(made_plane(kind)[index], of[index], ("a", "b"))
    asked = np.concatenate([places(), plane.plane])
    z, trust, _, share = inverse(block(plane, of, index), asked)
    expected = plane.inverse_transform(asked)
    np.testing.assert_allclose(z, expected.latents, atol=1e-5)
    np.testing.assert_allclose(trust, expected.trust, atol=1e-5)
    if kind != "coinciding":  # where several are as near, any of them may be the last
        np.testing.assert_allclose(share, plane.disagreement(asked), rtol=1e-4, atol=1e-5)
    assert {0.0, 1.0} < set(expected.trust.tolist()), "some places are believed, some aren't, and some are halfway"


@pytest.mark.parametrize("missing", [False, True])
def test_the_points_of_a_scattered_plane_come_back_to_where_they_lie(missing: bool) -> None:
    of = latents()
    index = np.flatnonzero(np.arange(COUNT) % 4 != 1) if missing else np.arange(COUNT)
    plane = scattered(made_plane("cloud")[index], of[index], ("a", "b"))
    z, trust, back, _ = inverse(block(plane, of, index), plane.plane)
    np.testing.assert_allclose(z, of[index], atol=1e-5)
    np.testing.assert_array_equal(trust, 1)
    np.testing.assert_allclose(back, plane.plane, atol=1e-5)


@pytest.mark.parametrize("count", [2, 5])
def test_fewer_points_than_a_place_asks_for_are_all_there_is(count: int) -> None:
    of = latents(count)
    plane = scattered(made_plane("cloud")[:count], of, ("a", "b"))
    z, trust, back, share = inverse(block(plane, of), places(30))
    expected = plane.inverse_transform(places(30))
    np.testing.assert_allclose(share, plane.disagreement(places(30)), rtol=1e-4)
    np.testing.assert_allclose(z, expected.latents, atol=1e-5)
    np.testing.assert_allclose(trust, expected.trust, atol=1e-5)
    assert np.isfinite(back).all()


@pytest.mark.parametrize("count", [3, COUNT])
def test_distances_and_remoteness_are_those_among_the_latents(count: int) -> None:
    of = latents(count)
    of[2] = of[1]
    distances, remote = run(
        """async (load, all, dims) => {
            const { distance, remoteness } = await load("geometry/space.js");
            const count = all.length / dims;
            const one = (i) => all.subarray(i * dims, (i + 1) * dims);
            const each = Array.from({ length: count }, (_, i) => i);
            return [each.map(i => distance(one(0), one(i))), each.map(i => remoteness(all, dims, i, 10))];
        }""",
        of,
        DIMS,
    )
    away = np.linalg.norm(of[:, None].astype(float) - of, axis=2)
    np.testing.assert_allclose(distances, away[0], atol=1e-6)
    np.testing.assert_allclose(np.sqrt(remote), np.sort(away, axis=1)[:, min(10, count - 1)], atol=1e-6)


def test_points_that_are_not_on_the_plane_are_nobodys_neighbours() -> None:
    generator = np.random.default_rng(0)
    mean = generator.standard_normal((3000, 2)).astype(np.float32)
    mean[::3] = np.nan
    asked = (3 * generator.standard_normal((100, 2))).astype(np.float32)
    nearest = run(
        """async (load, mean, places) => {
            const { Neighbours } = await load("geometry/neighbours.js");
            const all = new Neighbours(mean);
            const neighbours = { index: new Int32Array(7), squared: new Float64Array(7) };
            return places.map(([x, y]) => [...neighbours.index.slice(0, all.nearest(x, y, 7, neighbours))]);
        }""",
        mean,
        asked.tolist(),
    )
    away = np.linalg.norm(asked[:, None] - mean, axis=2)
    away[np.isnan(away)] = np.inf
    np.testing.assert_array_equal(nearest, np.argsort(away, axis=1)[:, :7])


# Overlays

MODELS = {name: checkpoint(config(name, latent_dim=DIMS), COUNT) for name in ("mlp", "conv", "mlp-range")}


def laid_out(model: Checkpoint, settings: Settings) -> Layout:
    return lay_out(model, settings, BETA if model.config.beta_range else 1.0)


def over(layout: Layout, columns: int = 13, rows: int = 11) -> dict[str, float]:
    """A grid over all that lies on a plane, and half as much around it."""
    low, high = 1.5 * layout.projection.plane.min(0), 1.5 * layout.projection.plane.max(0)
    dx, dy = (high - low) / [columns, rows]
    edges = {"left": low[0], "bottom": low[1], "dx": dx, "dy": dy}
    return {name: float(value) for name, value in edges.items()} | {"columns": columns, "rows": rows}


def mixture(layout: Layout, model: Checkpoint) -> torch.distributions.Distribution:
    """Of the posteriors as they lie on a straight plane."""
    assert isinstance(layout.projection, Straight)
    std = torch.from_numpy(model.points_at(layout.beta).std)
    basis = torch.from_numpy(layout.projection.basis)
    covariance = basis.T @ torch.diag_embed(std**2) @ basis
    return torch.distributions.MixtureSameFamily(
        torch.distributions.Categorical(torch.ones(len(std))),
        torch.distributions.MultivariateNormal(torch.from_numpy(layout.projection.plane), covariance),
    )


@pytest.mark.parametrize("settings", [PCA(), Axes(4, 1)])
@pytest.mark.parametrize("name", MODELS)
def test_the_density_on_a_straight_plane_is_that_of_correlated_posteriors(name: str, settings: PCA | Axes) -> None:
    model = MODELS[name]
    layout = laid_out(model, settings)
    # Small cells, for the density is averaged over each.
    grid = {"left": -0.6, "bottom": -0.7, "dx": 0.09, "dy": 0.08, "columns": 13, "rows": 11}
    log_density = field("density", model, grid, layout=layout)
    expected = mixture(layout, model).log_prob(torch.from_numpy(middles(grid))).numpy()
    np.testing.assert_allclose(log_density, expected, atol=0.02)
    # And wide ones, by many places in each.
    wide, fine = grid | {"dx": 0.45, "dy": 0.4}, 12
    split = {"dx": 0.45 / fine, "dy": 0.4 / fine, "columns": 13 * fine, "rows": 11 * fine}
    each = mixture(layout, model).log_prob(torch.from_numpy(middles(wide | split))).exp().numpy()
    average = each.reshape(11, fine, 13, fine).mean((1, 3)).ravel()
    dense = average > 1e-2 * average.max()
    log_density = field("density", model, wide, layout=layout)
    np.testing.assert_allclose(log_density[dense], np.log(average[dense]), atol=0.03)


def test_a_narrow_posterior_leaves_no_gaps_where_cells_are_wide() -> None:
    """One that is a line askew would be missed by the middles of cells, wherever it goes."""
    made = MODELS["mlp"]
    std = np.full_like(made.points.std, 0.02)
    std[:, 0] = 1
    model = made._replace(
        points=made.points._replace(mean=made.points.mean[:1] * 0, std=std[:1], labels=np.zeros(1, int))
    )
    basis = np.zeros((DIMS, 2), np.float32)
    basis[[0, 1], 0] = basis[0, 1] = np.sqrt(0.5)
    basis[1, 1] = -np.sqrt(0.5)
    plane = Straight(np.zeros((1, 2), np.float32), np.zeros(DIMS, np.float32), basis, 1.0, ("a", "b"))
    layout = Layout(PCA(), 1.0, np.arange(1), plane)
    side = 24
    grid = {"left": -4.0, "bottom": -4.1, "dx": 8 / side, "dy": 8 / side, "columns": side, "rows": side}
    density = np.exp(field("density", model, grid, layout=layout))
    assert density.sum() * (8 / side) ** 2 == pytest.approx(1, abs=0.005)


@pytest.mark.parametrize("settings", [PCA(), Axes(4, 1), TSNE(perplexity=8)])
@pytest.mark.parametrize("name", MODELS)
def test_what_is_decoded_and_its_way_around_are_those_of_the_lifted_latents(name: str, settings: Settings) -> None:
    model = MODELS[name]
    layout = laid_out(model, settings)
    grid = over(layout)
    z, trust = layout.projection.inverse_transform(middles(grid))
    decoded = model.model().decode(z, BETA)
    with torch.no_grad():
        back = model.model().amortized(decoded, Condition(BETA)).mean.numpy()
    entropy = torch.distributions.Bernoulli(decoded).entropy().flatten(1).sum(1).numpy()
    cycle = np.linalg.norm(back - z, axis=1)
    believed = trust > 0.05
    assert believed.all() == layout.settings.straight
    assert believed.any()
    for overlay, expected in (("entropy", entropy), ("cycle", cycle)):
        values = field(overlay, model, grid, layout=layout)
        np.testing.assert_array_equal(np.isnan(values), ~believed)
        np.testing.assert_allclose(values[believed], expected[believed], rtol=1e-3, atol=1e-4)


def test_stretch_on_a_straight_plane_is_along_its_directions() -> None:
    model = MODELS["mlp"]
    layout = laid_out(model, PCA())
    grid = over(layout)
    vae, places = model.model(), torch.from_numpy(middles(grid))
    assert isinstance(layout.projection, Straight)
    origin, basis = torch.from_numpy(layout.projection.origin), torch.from_numpy(layout.projection.basis)

    def pixels(place: torch.Tensor) -> torch.Tensor:
        return vae.likelihood((origin + basis @ place)[None]).mean.flatten()

    slopes = torch.stack([torch.autograd.functional.jacobian(pixels, place) for place in places])
    expected = 0.5 * torch.linalg.slogdet((slopes.mT @ slopes).double()).logabsdet
    np.testing.assert_allclose(field("stretch", model, grid, layout=layout), expected, atol=0.05)


def test_the_density_of_a_scattered_plane_is_that_of_its_kernels() -> None:
    model = MODELS["mlp"]
    layout = lay_out(model, TSNE(perplexity=8), 1.0, most=150)
    projection = layout.projection
    assert isinstance(projection, Scattered)
    width = 0.5 * projection.spacing
    low = projection.plane[3] - width
    grid = {
        "left": float(low[0]),
        "bottom": float(low[1]),
        "dx": 0.2 * width,
        "dy": 0.2 * width,
        "columns": 13,
        "rows": 11,
    }
    away = np.linalg.norm(middles(grid)[:, None].astype(float) - projection.plane, axis=2)
    density = np.exp(-0.5 * (away / width) ** 2).mean(1) / (2 * np.pi * width**2)
    log_density = field("density", model, grid, layout=layout)
    dense = density > density.max() * np.exp(-5)
    np.testing.assert_allclose(log_density[dense], np.log(density[dense]), atol=0.02)


COMPONENTS = """async (load, url, latents) => {
    const { fetchBlock } = await load("shared/blocks.js");
    const { pointsOf } = await load("geometry/points.js");
    const { axesOf } = await load("render/marks.js");
    const points = pointsOf(await fetchBlock(url), { start: null, condition: { beta: 1, label: null } });
    return points.components.map(({ weight, place, std }, k) => {
        return { weight, place, axes: axesOf(std), mean: points.space.transform(latents[k]) };
    });
}"""


@pytest.mark.parametrize("dims", [2, DIMS])
def test_components_of_the_prior_lie_in_the_plane_as_numpy_has_them(dims: int) -> None:
    model = checkpoint(replace(config(latent_dim=dims), prior=Mixture(4)), points=60)
    generator = np.random.default_rng(0)
    model.weights["prior.logit"] = generator.standard_normal(4).astype(np.float32)
    model.weights["prior.log_std"] = generator.standard_normal((4, dims)).astype(np.float32)
    normals = model.prior.components
    assert normals is not None
    basis = np.eye(2)
    packed = map_points(model)
    if dims > 2:
        layout = lay_out(model, PCA(), BETA)
        assert isinstance(layout.projection, Straight)
        basis, packed = layout.projection.basis, layout_points(model, layout)
    each = run(COMPONENTS, as_url(packed), normals.mean.tolist())
    np.testing.assert_allclose([one["weight"] for one in each], normals.weight)
    np.testing.assert_allclose([one["place"] for one in each], [one["mean"] for one in each], atol=1e-5)
    for std, one in zip(normals.std, each, strict=True):
        covariance = basis.T @ np.diag(np.square(std)) @ basis
        along, beside, degrees = one["axes"]
        turn = -np.deg2rad(degrees)  # the screen has down for up
        turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        np.testing.assert_allclose(turned @ np.diag([along**2, beside**2]) @ turned.T, covariance, rtol=1e-3, atol=1e-4)


def test_where_points_are_scattered_no_component_has_a_place_but_it_is_said_that_there_are_some() -> None:
    model = checkpoint(replace(config(latent_dim=DIMS), prior=Mixture(4)), points=60)
    plane = latents(60)[:, :2]
    layout = Layout(TSNE(), 1.0, np.arange(60), scattered(plane, model.points.mean, ("a", "b")))
    header, _ = unpack(layout_points(model, layout))
    assert header["components"] == []
    assert header["about_prior"] == Mixture.about_components
