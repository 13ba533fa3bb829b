"""The terrain, the level of detail, and what points answer, as a visitor meets them."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pytest
from conftest import Server, eventually, pass_time
from node import SOURCE, as_url
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, expect
from test_browser_beta import slide
from test_browser_explore import READY, come_back, open_map, place, point, rest
from tiny import checkpoint, config

import vae
import vae.checkpoints
import vae.data
from vae.checkpoints.checkpoint import Checkpoint, LatentPoints
from vae.latents.layouts import Layout
from vae.models.likelihoods import Gaussian
from vae.models.vae import VAE
from vae.projections import TSNE
from vae.projections.projection import scattered
from vae.web.payloads import decoder_program, layout_points

TERRAIN = ".zs-terrain"
SETTLED = f"() => document.querySelector('{TERRAIN}').dataset.settled"
# Alpha of the canvas, and where a place of the plane lies on it.
TAKE = """selector => {
    const canvas = document.querySelector(selector);
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const { xaxis, yaxis } = document.querySelector(".zs-plot")._fullLayout;
    return {
        alpha: Uint8Array.from({ length: data.length / 4 }, (_, pixel) => data[4 * pixel + 3]).toBase64(),
        size: [canvas.height, canvas.width],
        x: [xaxis._offset, xaxis._length, ...xaxis.range],
        y: [yaxis._offset, yaxis._length, ...yaxis.range],
    };
}"""


def alpha_of(taken: dict[str, Any]) -> NDArray[np.uint8]:
    return np.frombuffer(base64.b64decode(taken["alpha"]), np.uint8).reshape(taken["size"])


def terrain(page: Page) -> tuple[NDArray[np.float64], dict[str, list[float]], int]:
    """What is drawn, [0, 255], the axes, and the level, once all that was asked for is there and has appeared."""
    rest(page)
    page.wait_for_function(SETTLED)
    pass_time(page, 200)
    settled = page.locator(TERRAIN).get_attribute("data-settled") or ""
    taken = page.evaluate(TAKE, TERRAIN)
    alpha = alpha_of(taken).astype(float)
    return alpha, {axis: taken[axis] for axis in "xy"}, int(settled.split(",")[0])


def assert_decoded(page: Page, model: VAE, beta: float) -> None:
    """Cells around the middle of the view show what the model decodes at their middles."""
    alpha, axes, level = terrain(page)
    width = 2 ** (level / 2)
    (left, across, x0, x1), (top, _, y0, y1) = axes["x"], axes["y"]
    scale = across / (x1 - x0)
    alike = []
    for i in (-2, -1, 0, 1):
        for j in (-1, 0):
            column, row = int((x0 + x1) / 2 / width) + i, int((y0 + y1) / 2 / width) + j
            z = [(column + 0.5) * width, (row + 0.5) * width]
            cut = [left + (column * width - x0) * scale, top + (y1 - (row + 1) * width) * scale]
            box = [round(side) for side in (*cut, cut[0] + width * scale, cut[1] + width * scale)]
            seen = Image.fromarray(alpha[box[1] : box[3], box[0] : box[2]].astype(np.uint8))
            expected = model.decode([z], beta)[0, 0].numpy()
            small = np.array(seen.resize(expected.shape, Image.Resampling.BOX), float)
            alike.append(np.corrcoef(small.ravel(), expected.ravel())[0, 1])
    assert min(alike) > 0.9, alike


def test_the_terrain_is_the_plane_decoded_at_every_zoom_and_beta(page: Page, server: Server) -> None:
    open_map(page, server.url)
    model = vae.load("mnist-2d")
    assert_decoded(page, model, 1.0)
    before = page.locator(TERRAIN).get_attribute("data-settled")
    page.get_by_role("button", name="Zoom in").click()
    page.wait_for_function("before => document.querySelector('.zs-terrain').dataset.settled !== before", arg=before)
    assert_decoded(page, model, 1.0)
    slide(page, 0.3)
    eventually(page, lambda: assert_decoded(page, model, float(page.get_attribute(".zs", "data-beta") or "nan")))


def test_the_terrain_is_switched_off_and_on_and_stays_so(page: Page, server: Server) -> None:
    open_map(page, f"{server.url}/?model=digits-2d")
    expect(page.locator(TERRAIN)).to_be_visible()
    page.get_by_role("button", name="Layers").click()
    switch = page.get_by_role("switch", name="Terrain")
    switch.uncheck()
    expect(page.locator(TERRAIN)).to_be_hidden()
    expect(page.get_by_role("slider", name="Density")).to_be_disabled()
    come_back(page, "page")
    expect(page.locator(TERRAIN)).to_be_hidden()
    page.get_by_role("button", name="Layers").click()
    page.get_by_role("switch", name="Terrain").check()
    page.wait_for_function(SETTLED)
    sparse = page.locator(TERRAIN).get_attribute("data-settled")
    page.get_by_role("slider", name="Density").fill("1")
    page.wait_for_function("before => document.querySelector('.zs-terrain').dataset.settled !== before", arg=sparse)
    assert int((page.locator(TERRAIN).get_attribute("data-settled") or "").split(",")[0]) < int(
        (sparse or "").split(",")[0]
    )


def test_a_browser_that_refuses_workers_still_has_a_map(page: Page, server: Server) -> None:
    page.add_init_script("window.Worker = class { constructor() { throw new DOMException('no', 'SecurityError'); } };")
    open_map(page, f"{server.url}/?model=digits-2d")
    before = place(page)
    point(page, 0.3, 0.3)
    assert place(page) != before
    page.get_by_role("button", name="Layers").click()
    page.locator(".zs-select select").select_option(label="Cycle error")
    expect(page.locator(".zs-bar")).to_contain_text("runs no workers")


def test_on_a_small_screen_the_terrain_waits_to_be_asked_for(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 420, "height": 900})
    open_map(page, f"{server.url}/?model=digits-2d")
    expect(page.locator(TERRAIN)).to_be_hidden()


@pytest.fixture(scope="module")
def gaussian(server: Server) -> None:
    """A model of scikit-learn's digits, which every machine has, whose likelihood is Gaussian."""
    shipped = vae.checkpoints.read("digits-2d")
    made = shipped._replace(config=replace(shipped.config, likelihood=Gaussian(0.2)))
    vae.checkpoints.write(server.runs / "uploads" / "upload-gaussian.safetensors", made)


@pytest.mark.usefixtures("gaussian")
@pytest.mark.parametrize("name", ["digits-2d", "upload-gaussian"])
def test_the_nearest_image_says_what_it_is(page: Page, server: Server, name: str) -> None:
    open_map(page, f"{server.url}/?model={name}")
    expect(page.locator(".zs-slot .zs-pair figure").first).to_be_visible(timeout=60_000)  # once torch has been imported
    point(page, 0.45, 0.55)
    facts = page.locator(".zs-readout dd")
    expect(facts.nth(4)).to_contain_text("nats")
    test = vae.data.load("digits", "test")
    checkpoint = vae.checkpoints.read("digits-2d")
    z = np.array(place(page))
    nearest = int(np.linalg.norm(checkpoint.points.mean - z, axis=1).argmin())
    expect(facts.nth(1)).to_have_text(f"{test.labels[nearest]}, no. {nearest:,}")
    std = checkpoint.points.std[nearest]
    expect(facts.nth(3)).to_have_text(f"± {std[0]:.2f}, ± {std[1]:.2f}")
    model = vae.load("digits-2d")
    if name != "digits-2d":
        model = VAE(replace(checkpoint.config, likelihood=Gaussian(0.2))).eval()
        model.load_state_dict(vae.load("digits-2d").state_dict())
    mean = checkpoint.model()._input(checkpoint.points.mean[[nearest]], "latents", (2,))
    expected = -model.likelihood(mean).log_prob(test.floats(slice(nearest, nearest + 1))).item()
    error = float(re.sub("[^0-9.-]", "", facts.nth(4).inner_text().replace("−", "-")))
    assert error == pytest.approx(expected, abs=0.06)
    shown = page.locator(".zs-slot .zs-pair canvas").first.evaluate(
        "canvas => [...canvas.getContext('2d').getImageData(0, 0, 8, 8).data].filter((_, place) => place % 4 === 0)"
    )
    np.testing.assert_array_equal(shown, test.images[nearest].flatten())
    rest(page)
    axes = page.evaluate("() => document.querySelector('.zs-plot')._fullLayout.xaxis.range")
    length = page.evaluate("() => document.querySelector('.zs-plot')._fullLayout.xaxis._length")
    radii = [float(ellipse.get_attribute("rx") or 0) for ellipse in page.locator(".zs-spread ellipse").all()]
    np.testing.assert_allclose(radii, np.array([1, 2]) * std[0] * length / (axes[1] - axes[0]), atol=0.1)


def spot_of(page: Page, label: int) -> list[float]:
    """Where the first point of a class is on the screen."""
    rest(page)
    return page.evaluate(
        """label => {
            const plot = document.querySelector(".zs-plot");
            const { xaxis, yaxis } = plot._fullLayout;
            const box = plot.getBoundingClientRect();
            const { x, y } = plot._fullData[label];
            return [box.left + xaxis._offset + xaxis.d2p(x[0]), box.top + yaxis._offset + yaxis.d2p(y[0])];
        }""",
        label,
    )


def test_a_card_comes_after_a_rest_and_goes_with_the_pointer(page: Page, server: Server) -> None:
    open_map(page, f"{server.url}/?model=digits-2d")
    card = page.locator(".zs-hover")
    point(page, 0.03, 0.05)
    pass_time(page, 450)
    expect(card).to_be_hidden()  # nothing is near
    page.mouse.move(*spot_of(page, 3))
    expect(card).to_be_visible()
    expect(card).to_contain_text(re.compile(r"3, no\. \d"))
    # The panel has the pictures, and what lies around the point stays in sight.
    expect(card.locator("canvas")).to_have_count(0)
    box = card.bounding_box()
    assert box is not None
    assert box["height"] < 36
    point(page, 0.03, 0.05)
    expect(card).to_be_hidden()


def test_at_a_close_look_points_turn_into_images(page: Page, server: Server) -> None:
    open_map(page, f"{server.url}/?model=digits-2d")
    thumbs = page.locator(".zs-thumbs")
    expect(thumbs).to_be_hidden()
    page.mouse.move(*spot_of(page, 5))
    for _ in range(14):
        page.mouse.wheel(0, -120)
    expect(thumbs).to_be_visible()
    page.wait_for_function(f"take => atob(({TAKE})('.zs-thumbs').alpha).replaceAll('\\0', '').length > 500")
    page.get_by_role("button", name="Show all").click()
    expect(thumbs).to_be_hidden()


@pytest.fixture(scope="module")
def crowd(server: Server) -> Checkpoint:
    """A model for a range that has more points than the page moves at every frame."""
    shipped = vae.checkpoints.read("mnist-2d")
    assert shipped.keyframes is not None
    which = np.arange(110_000) % len(shipped.points.labels)
    mean, std, labels, classes = shipped.points
    points = LatentPoints(mean[which], std[which], labels[which], classes)
    frames = shipped.keyframes
    last = len(frames.beta) - 1
    every = [*range(0, last - 8, 8), last]  # of the keyframes; beta 1 is among them
    between = np.searchsorted(every, frames.changes[:, 0], side="right") - 1
    changes = np.unique(np.stack([between, frames.changes[:, 1]], axis=1), axis=0)
    few = frames._replace(
        beta=frames.beta[every],
        mean=frames.mean[every][:, which],
        std=frames.std[every][:, which],
        recon=frames.recon[every],
        kl=frames.kl[every],
        changes=np.concatenate(
            [changes + np.array([0, n]) for n in range(0, len(which), len(shipped.points.labels))]
        ).astype(np.int32),
    )
    many = shipped._replace(points=points, keyframes=few)
    vae.checkpoints.write(server.runs / "uploads" / "upload-crowd.safetensors", many)
    return many


def test_a_crowd_moves_with_beta_and_is_whole_again_where_it_rests(
    page: Page, server: Server, crowd: Checkpoint
) -> None:
    open_map(page, f"{server.url}/?model=upload-crowd")
    settled = page.locator(".zs-readout dd").nth(3)
    start = float(page.input_value(".zs-beta input"))
    slide(page, 0.9)
    expect(settled).to_contain_text("±")
    slide(page, start)  # where Python has nothing new to say
    expect(settled).to_contain_text("±")
    slide(page, 0.2)
    beta = float(page.get_attribute(".zs", "data-beta") or "nan")
    expect(page.locator(".zs-readout dd").nth(3)).to_contain_text("±")  # the spread comes with all the points
    point(page, 0.4, 0.6)
    points = crowd.points_at(beta)
    nearest = np.linalg.norm(points.mean - np.array(place(page)), axis=1)
    text = page.locator(".zs-readout dd").nth(1).inner_text()
    index = int(text.rpartition(" ")[2].replace(",", ""))
    assert nearest[index] == pytest.approx(nearest.min(), abs=1e-5)
    expect(page.locator(".zs-readout dd").nth(3)).to_have_text(
        "± " + ", ± ".join(f"{std:.2f}" for std in points.std[index])
    )
    page.reload()
    page.wait_for_selector(READY)
    assert float(page.get_attribute(".zs", "data-beta") or beta) == pytest.approx(beta)
    expect(page.locator(".zs-readout dd").nth(3)).to_contain_text("±")


# A terrain alone, whose pictures cover all of their cells: what it draws is as opaque everywhere as the picture is believed.
STRIPS = """async ([urls, shape, size, side]) => {
    const { Terrain } = await import("/front/render/terrain.js");
    const thread = new Worker("/front/worker/worker.js", { type: "module" });
    const listeners = new Map();
    const background = { on: (kind, hear) => listeners.set(kind, hear), ask: (kind, rest) => thread.postMessage({ kind, ...rest }) };
    thread.onmessage = ({ data }) => listeners.get(data.kind)?.(data);
    background.ask("model", { urls, projected: true });
    // Its pictures show no one thing at the rim, so none of it is ground; and nothing fades.
    const picture = Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, n) => (n % 3) / 2);
    const terrain = new Terrain(background, shape, [picture]);
    terrain.fade = { take() {}, apply() {}, version: 0 };
    terrain.set({ on: true, size, strength: 1, ink: [0, 0, 0] });
    const frame = { left: side / 2, top: side / 2, width: 50, height: -50 };
    terrain.draw({ frame, box: [0, 0, side, side], width: side, height: side }, { beta: 1, label: null });
    // What has not appeared as a whole is stale.
    while (!terrain.element.dataset.settled || terrain.stale.size) await new Promise(requestAnimationFrame);
    const { data, width, height } = terrain.context.getImageData(0, 0, side, side);
    thread.terminate();
    const alpha = Uint8Array.from({ length: width * height }, (_, pixel) => data[4 * pixel + 3]).toBase64();
    return { alpha, size: [height, width], cell: [terrain.width * 50, terrain.height * 50] };
}"""


@pytest.mark.parametrize(("shape", "size"), [((1, 8, 8), 60), ((3, 16, 8), 60), ((1, 28, 28), 40)])
def test_no_picture_of_the_terrain_runs_over_its_edge(
    page: Page, server: Server, shape: tuple[int, int, int], size: int
) -> None:
    model = checkpoint(config("mlp", shape, latent_dim=5), points=40)
    # Two groups with nothing between them.
    plane = np.random.default_rng(0).normal(scale=0.8, size=(40, 2)) + np.where(np.arange(40) % 2, 3, -3)[:, None]
    projection = scattered(plane.astype(np.float32), model.points.mean, ("a", "b"))
    layout = Layout(TSNE(), 1.0, np.arange(40), projection)
    urls = {"program": as_url(decoder_program(model)), "points": as_url(layout_points(model, layout))}
    # The modules as they are, which needs no build.
    page.route("**/front/**", lambda route: route.fulfill(path=SOURCE / route.request.url.partition("/front/")[2]))
    page.goto(f"{server.url}/_stcore/health")
    side = 600
    taken = page.evaluate(STRIPS, [urls, shape, size, side])
    alpha, (wide, high) = alpha_of(taken).astype(int), taken["cell"]
    columns, rows = (np.floor((np.arange(side) + 0.5 - side / 2) / length).astype(int) for length in (wide, -high))
    x, y = ((columns + 0.5) * wide / 50), ((rows + 0.5) * high / 50)
    places = np.stack([np.tile(x, side), np.repeat(y, side)], axis=1).astype(np.float32)
    expected = 255 * projection.inverse_transform(places).trust.reshape(side, side)
    # The edges of cells that are no whole number of pixels lie on the nearest.
    clear = [np.r_[True, line[1:] == line[:-1]] & np.r_[line[1:] == line[:-1], True] for line in (rows, columns)]
    inside = np.ix_(*clear)
    assert (expected == 0).any()
    assert (expected == 255).any()
    np.testing.assert_allclose(alpha[inside], expected[inside], atol=2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_terrain_of_digits_is_clear_between_strokes_and_ends_in_no_edge(
    page: Page, server: Server, scheme: Literal["light", "dark"]
) -> None:
    """Their strokes touch the rim, so it is not the rim's mean that says what is ground."""
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme=scheme)
    open_map(page, f"{server.url}/?model=digits-2d")
    alpha, axes, level = terrain(page)
    (left, across, x0, x1), (top, up, *_) = axes["x"], axes["y"]
    inside = alpha[round(top) : round(top + up), round(left) : round(left + across)]
    assert (inside < 64).mean() > 0.6
    assert inside.max() > 128
    # Where no image is near there is nothing, and no step on the way there, nor from picture to picture.
    assert inside[:, : round(0.05 * across)].max() == 0
    assert np.abs(np.diff(inside, axis=1)).max() < 64
    assert np.abs(np.diff(inside, axis=0)).max() < 64
    width = 2 ** (level / 2)
    rims = [round((k * width - x0) * across / (x1 - x0)) for k in range(int(x0 / width) + 1, int(x1 / width))]
    assert inside[:, [rim for rim in rims if 0 <= rim < inside.shape[1]]].max() < 40
