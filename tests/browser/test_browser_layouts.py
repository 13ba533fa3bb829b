"""Models of more than two dimensions on the map: laid out by Python, decoded by the page, as a visitor meets them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from conftest import Server, Watched, eventually
from numpy.typing import NDArray
from playwright.sync_api import Page, Route, expect
from test_browser_beta import at_beta, slide
from test_browser_explore import at, come_back, open_map, pixels, place, point, rest
from test_browser_overlays import OVERLAY, choose
from test_browser_selection import CORNERS, find, numbers, with_images, within
from tiny import checkpoint, config

import vae.checkpoints
import vae.data
from benchmarks.servers import ROOT, serve
from vae.checkpoints.checkpoint import Checkpoint
from vae.latents.layouts import Layout, lay_out, read
from vae.projections import PCA, TSNE, Axes
from vae.projections.projection import Scattered, Settings, Straight
from vae.web.export import to_html

COUNT = 240
GLIDE = 900  # ms in which points go over into another plane


def made(network: str, shape: tuple[int, int, int] = (1, 8, 8), points: int = COUNT) -> Checkpoint:
    """A model with five dimensions that draws pictures with some contrast, which a fresh one doesn't."""
    plain = checkpoint(config(network, shape, latent_dim=5), points)
    last = max(name for name in plain.weights if name.startswith("decoder.") and name.endswith("weight"))
    weights = {**plain.weights, last: 12 * plain.weights[last]}
    return plain._replace(weights=weights)


def digits() -> Checkpoint:
    """One whose points stand for images that every machine has."""
    labels = vae.data.load("digits", "test").labels.numpy()
    plain = made("mlp", points=len(labels))
    classes = tuple("0123456789")
    return plain._replace(points=plain.points._replace(labels=labels, classes=classes))


MODELS = {
    "mlp": digits(),
    "conv": made("conv"),
    "range": made("mlp-range"),
    "colour": made("conv", (3, 16, 8)),
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app with these models, digits at hand, and no other data set."""
    folder = tmp_path_factory.mktemp("layouts")
    runs = folder / "runs"
    for name, model in MODELS.items():
        vae.checkpoints.write(runs / "uploads" / f"upload-{name}.safetensors", model)
    environment = {"VAE_RUNS_DIR": str(runs), "VAE_DATA_DIR": str(folder / "none")}
    with serve(ROOT / "app.py", environment, folder / "server.log") as running:
        yield Server(running.url, runs)


def open_model(page: Page, app: Server, name: str) -> None:
    open_map(page, f"{app.url}/?model=upload-{name}")


def lay(page: Page, title: str) -> None:
    """Asks for another plane."""
    page.get_by_test_id("stButtonGroup").get_by_text(title, exact=True).click()


def arrived(page: Page, kind: str) -> None:
    """Waits until the map shows a plane, at rest."""
    page.wait_for_selector(f".zs-plot[data-space*={kind}]", timeout=120_000)
    rest(page)


def tsne(page: Page, app: Server, name: str) -> Layout:
    """Has the map show t-SNE; returns what the process has written."""
    lay(page, "t-SNE")
    arrived(page, "tsne")
    return cached_layout(app, MODELS[name], TSNE())


def cached_layout(app: Server, model: Checkpoint, settings: Settings) -> Layout:
    """The layout of a model that lies in the server's cache."""
    for file in (app.runs / "cache" / "layouts").glob("*.npz"):
        with np.load(file) as arrays:
            about, count = json.loads(str(arrays["about"])), len(arrays["index"])
        if about["settings"]["kind"] == settings.kind and count == len(model.points.labels):
            layout = read(file, model)
            assert layout.settings == settings
            return layout
    raise AssertionError("there is none")


def place_at(page: Page, across: float, down: float) -> list[float]:
    """The place of the plane at a share of the map's width and height, once Plotly has drawn it."""
    return page.evaluate(CORNERS, [across, down, across, down])[0]


def remembered(page: Page) -> dict[str, Any]:
    """What a reload would find."""
    return page.evaluate(
        """() => JSON.parse(sessionStorage.getItem(Object.keys(sessionStorage).find(key => key.startsWith("zscape:explore:"))))"""
    )


def assert_decoded(
    page: Page, model: Checkpoint, latent: Any, beta: float = 1.0, picture: str = ".zs-readout canvas"
) -> None:
    decoded = model.model().decode(np.asarray(latent, np.float32)[None], beta)[0, 0].numpy().ravel() * 255
    assert np.ptp(decoded) > 20, "a picture that could be any"
    assert np.abs(pixels(page, picture) - decoded).max() < 1.01


PLACES = ((0.3, 0.3), (0.5, 0.45), (0.65, 0.6), (0.08, 0.1))


@pytest.mark.parametrize("name", MODELS)
def test_on_a_straight_plane_every_place_is_decoded_from_its_latent(page: Page, app: Server, name: str) -> None:
    model = MODELS[name]
    open_model(page, app, name)
    rest(page)
    for kind, settings in ((None, PCA()), ("axes", None)):
        if kind:
            lay(page, "Two dimensions")
            arrived(page, "axes")
        plane = (lay_out(model, settings, 1.0) if settings else axes_of(page, model)).projection
        for spot in PLACES:
            point(page, *spot)
            expected = plane.inverse_transform(np.array([place_at(page, *spot)], np.float32)).latents[0]
            np.testing.assert_allclose(place(page), expected, atol=1e-3)
            assert_decoded(page, model, place(page))
        expect(page.locator(".zs-readout .zs-facts")).to_contain_text("Latent hereexact")
        assert_points_lie(page, model, plane.plane)


def axes_of(page: Page, model: Checkpoint) -> Layout:
    """The two dimensions that the map names."""
    names = page.locator(".zs-axis-name").all_text_contents()
    first, second = ("₁₂₃₄₅".index(re.findall("[₁₂₃₄₅]", name)[0]) for name in names)
    return lay_out(model, Axes(first, second), 1.0)


POINTS = """() => document.querySelector(".zs-plot")._fullData.flatMap(trace => Array.from(trace.x, (x, i) => [x, trace.y[i]]))"""


def assert_points_lie(page: Page, model: Checkpoint, plane: NDArray[np.float32]) -> None:
    order = np.argsort(model.points.labels, kind="stable")
    np.testing.assert_allclose(page.evaluate(POINTS), plane[order], atol=1e-4)


def test_on_a_scattered_plane_points_are_decoded_and_what_is_far_from_all_fades(page: Page, app: Server) -> None:
    model = MODELS["mlp"]
    open_model(page, app, "mlp")
    layout = tsne(page, app, "mlp")
    plane = layout.projection
    assert isinstance(plane, Scattered)
    assert_points_lie(page, model, plane.plane)
    picture, facts = page.locator(".zs-readout canvas"), page.locator(".zs-readout .zs-facts")
    nothing = page.locator(".zs-fading p")
    for index in (3, 77, 200):
        find(page, "Image no.", **{"Image no.": str(index)})
        expect(facts).to_contain_text(f"no. {index}")
        np.testing.assert_allclose(place(page), model.points.mean[index], atol=1e-4)
        assert_decoded(page, model, model.points.mean[index])
        expect(facts).to_contain_text(
            f"Latent hereguessed, ± {100 * plane.disagreement(plane.plane[[index]])[0]:.0f} %"
        )
        expect(picture).to_have_css("opacity", "1")
    page.get_by_role("button", name="Find images").click()
    # What was selected has come into sight below, and the top of the map has left it.
    page.locator(".zs-plot").evaluate("plot => plot.scrollIntoView({ block: 'center', behavior: 'instant' })")
    rest(page)
    point(page, 0.5, 0.5)
    inverse = plane.inverse_transform(np.array([place_at(page, 0.5, 0.5)], np.float32))
    np.testing.assert_allclose(place(page), inverse.latents[0], atol=0.02)
    assert_decoded(page, model, place(page))
    # Far from all of them there is nothing, and nothing to pin.
    spot = (0.06, 0.08)
    assert plane.inverse_transform(np.array([place_at(page, *spot)], np.float32)).trust == 0
    point(page, *spot)
    expect(facts).to_contain_text("Latent hereunknown")
    expect(picture).to_have_css("opacity", "0")
    expect(nothing).to_have_css("opacity", "1")
    page.mouse.click(*at(page, *spot))
    point(page, 0.5, 0.5)
    expect(page.locator(".zs-pin-card")).to_have_count(0)
    page.mouse.click(*at(page, 0.5, 0.5))
    expect(page.locator(".zs-pin-card")).to_have_count(1)


def test_a_place_that_is_half_believed_is_half_there(page: Page, app: Server) -> None:
    open_model(page, app, "mlp")
    plane = tsne(page, app, "mlp").projection
    for across in np.arange(0.05, 0.5, 0.004):
        trust = plane.inverse_transform(np.array([place_at(page, across, 0.5)], np.float32)).trust[0]
        if 0.3 < trust < 0.7:
            break
    else:
        raise AssertionError("no place is believed halfway")
    point(page, across, 0.5)
    assert float(page.locator(".zs-readout canvas").evaluate("it => it.style.opacity")) == pytest.approx(
        trust, abs=0.02
    )
    expect(page.locator(".zs-readout .zs-facts")).to_contain_text(re.compile(r"Latent hereguessed, ± \d+ %"))


def test_points_glide_into_another_plane_and_end_where_python_put_them(page: Page, app: Server) -> None:
    model = MODELS["mlp"]
    open_model(page, app, "mlp")
    tsne(page, app, "mlp")
    assert_points_lie(page, model, cached_layout(app, model, TSNE()).projection.plane)
    page.evaluate(
        """() => {
            window.seen = new Set();
            const labels = document.querySelector(".zs-labels");
            const note = () => { seen.add(labels.innerHTML); requestAnimationFrame(note); };
            note();
        }"""
    )
    lay(page, "PCA")
    arrived(page, "pca")
    assert page.evaluate("seen.size") > 3
    assert_points_lie(page, model, lay_out(model, PCA(), 1.0).projection.plane)


def test_who_wants_less_motion_sees_none(page: Page, app: Server) -> None:
    page.emulate_media(reduced_motion="reduce")
    open_model(page, app, "mlp")
    page.evaluate(
        """() => {
            window.seen = new Set();
            const labels = document.querySelector(".zs-labels");
            const note = () => { seen.add(labels.innerHTML); requestAnimationFrame(note); };
            note();
        }"""
    )
    lay(page, "Two dimensions")
    arrived(page, "axes")
    assert page.evaluate("seen.size") <= 2


def suspend_layout(page: Page, app: Server) -> None:
    """Holds the process that lays points out, once there is one, for as long as a page may need to answer on a busy machine."""
    for _ in range(1500):
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or []
            if "project" in words and any(word.startswith(str(app.runs)) for word in words):
                process.suspend()
                return
        page.wait_for_timeout(20)
    pytest.fail("no process lays anything out")


@pytest.mark.parametrize(("name", "width"), [("range", 1280), ("colour", 420)])  # which nobody has laid out yet
def test_the_map_keeps_its_place_and_answers_while_a_plane_is_made_and_can_be_stopped(
    page: Page, app: Server, name: str, width: int
) -> None:
    model = MODELS[name]
    page.set_viewport_size({"width": width, "height": 1400})  # all of it in sight, or it would be scrolled
    open_model(page, app, name)
    rest(page)
    parts = [page.locator(selector) for selector in (".zs-stage", ".zs-figures", ".zs-readout")]
    boxes = [[part.bounding_box() for part in parts]]
    lay(page, "t-SNE")
    suspend_layout(page, app)
    stop = page.get_by_role("button", name="Stop")
    expect(stop).to_be_visible()
    boxes.append([part.bounding_box() for part in parts])
    point(page, 0.4, 0.4)
    before = pixels(page)
    point(page, 0.6, 0.5)
    assert np.abs(pixels(page) - before).max() > 1
    page.mouse.click(*at(page, 0.6, 0.5))
    expect(page.locator(".zs-pin-card")).to_have_count(1)
    expect(page.get_by_role("button", name=re.compile(r"Pins as CSV \(1\)"))).to_be_visible()
    stop.click()
    expect(page.get_by_text("t-SNE was stopped.")).to_be_visible()
    boxes.append([part.bounding_box() for part in parts])
    rest(page)
    assert_points_lie(page, model, lay_out(model, PCA(), 1.0).projection.plane)
    page.get_by_role("button", name="Lay out").click()
    arrived(page, "tsne")
    boxes.append([part.bounding_box() for part in parts])
    lay(page, "PCA")
    arrived(page, "pca")
    boxes.append([part.bounding_box() for part in parts])
    assert all(box == boxes[0] for box in boxes), boxes


def test_cursor_classes_and_pins_outlive_another_plane_and_coming_back(page: Page, app: Server) -> None:
    model = MODELS["mlp"]
    open_model(page, app, "mlp")
    rest(page)
    for spot in ((0.4, 0.35), (0.6, 0.6)):
        page.mouse.click(*at(page, *spot))
    point(page, 0.45, 0.5)
    latent = np.array(place(page))
    page.locator(".zs-class", has_text="4").click()
    pins = remembered(page)["pins"]
    spots = [page.locator("svg .zs-pin").nth(number).get_attribute("transform") for number in (0, 1)]
    pictures = [pixels(page, f".zs-pin-card:nth-child({number}) canvas") for number in (1, 2)]
    pca = lay_out(model, PCA(), 1.0).projection
    np.testing.assert_allclose(
        pca.inverse_transform(np.array(remembered(page)["places"], np.float32)).latents, pins, atol=1e-4
    )

    plane = tsne(page, app, "mlp").projection.plane
    assert remembered(page)["pins"] == pins
    assert remembered(page)["hidden"] == [4]
    expect(page.locator(".zs-class", has_text="4")).to_have_attribute("aria-pressed", "false")

    # A latent lies between the points whose latents are nearest, as a place has its latent from the points around it.
    def onto(latents: Any) -> NDArray[np.float32]:
        return (
            Scattered(model.points.mean, plane, 1.0, ("", ""))
            .inverse_transform(np.asarray(latents, np.float32))
            .latents
        )

    np.testing.assert_allclose(remembered(page)["cursor"], onto([latent])[0], atol=1e-2)
    np.testing.assert_allclose(remembered(page)["places"], onto(pins), atol=1e-2)
    for number, picture in enumerate(pictures, 1):
        np.testing.assert_array_equal(pixels(page, f".zs-pin-card:nth-child({number}) canvas"), picture)

    page.locator(".zs-heading").hover()
    before = remembered(page)
    for leave in ("page switch", "reload"):
        come_back(page, leave)
        page.wait_for_selector(".zs-plot[data-space*=tsne]")
        rest(page)
        after = remembered(page)
        assert after["space"] == before["space"]
        for name in ("pins", "places", "hidden", "cursor"):
            np.testing.assert_allclose(after[name], before[name], atol=1e-6)
    with page.expect_download() as saved:
        page.get_by_role("button", name=re.compile(r"Pins as CSV \(2\)")).click()
    rows = [row.split(",") for row in saved.value.path().read_text().splitlines()]
    assert rows[0] == ["z1", "z2", "z3", "z4", "z5"]
    np.testing.assert_allclose(np.array(rows[1:], float), pins, rtol=1e-4, atol=1e-5)

    lay(page, "PCA")
    arrived(page, "pca")
    now = [page.locator("svg .zs-pin").nth(number).get_attribute("transform") for number in (0, 1)]
    for spot, other in zip(spots, now, strict=True):
        one, two = ([float(value) for value in re.findall(r"-?[\d.]+", text or "")] for text in (spot, other))
        assert one == pytest.approx(two, abs=1), "on a straight plane they lie where they were set"


def test_the_nearest_image_its_posterior_and_its_error_are_those_of_its_latent(page: Page, app: Server) -> None:
    model = MODELS["mlp"]
    open_model(page, app, "mlp")
    with_images(page)
    plane = lay_out(model, PCA(), 1.0).projection
    assert isinstance(plane, Straight)
    index = 42
    find(page, "Image no.", **{"Image no.": str(index)})
    facts = page.locator(".zs-readout .zs-facts")
    expect(facts).to_contain_text(f"no. {index}")
    expect(facts).to_contain_text(re.compile(r"Its error[\d.]+ nats"))
    mean = model.points.mean[index]
    # Its reconstruction is of its latent, not of the place it was dropped to.
    assert_decoded(page, model, mean, picture=".zs-slot .zs-pair figure:nth-child(2) canvas")
    assert_decoded(page, model, plane.inverse_transform(plane.plane[index : index + 1]).latents[0])
    image = vae.data.load("digits", "test").floats(slice(index, index + 1))
    vae_ = model.model()
    error = -vae_.likelihood(vae_._input([mean], "latents", (5,))).log_prob(image).item()
    shown = re.search(r"Its error([\d.]+) nats", facts.inner_text().replace("\n", ""))
    assert shown
    assert float(shown[1]) == pytest.approx(error, abs=0.06)

    covariance = plane.basis.T @ np.diag(model.points.std[index] ** 2) @ plane.basis
    widths = np.sqrt(np.diag(covariance))
    expect(facts).to_contain_text(f"± {widths[0]:.2f}, ± {widths[1]:.2f}")
    values, vectors = np.linalg.eigh(covariance)
    rest(page)
    unit = page.evaluate(
        """() => {
            const { xaxis } = document.querySelector(".zs-plot")._fullLayout;
            return xaxis._length / (xaxis.range[1] - xaxis.range[0]);
        }"""
    )
    ellipses = page.locator(".zs-spread ellipse")
    expect(ellipses).to_have_count(2)
    for sigma, ellipse in enumerate(ellipses.all(), 1):
        along, beside = (float(ellipse.get_attribute(name) or "nan") for name in ("rx", "ry"))
        assert (along, beside) == pytest.approx(sigma * unit * np.sqrt(values[::-1]), abs=0.1)
        turn = re.match(r"rotate\((-?[\d.]+) ", ellipse.get_attribute("transform") or "")
        assert turn
        # Along its first axis: on the screen, where up is down.
        angle = -np.radians(float(turn[1]))
        assert abs(np.array([np.cos(angle), np.sin(angle)]) @ vectors[:, 1]) == pytest.approx(1, abs=1e-4)

    tsne(page, app, "mlp")
    find(page, "Image no.", **{"Image no.": str(index)})
    expect(facts).to_contain_text("Its posterior–")
    expect(ellipses).to_have_count(0)


def test_a_box_and_the_finder_select_by_place_and_by_latent(page: Page, app: Server) -> None:
    model = MODELS["mlp"]
    means = model.points.mean
    open_model(page, app, "mlp")
    drawer = page.locator(".zs-drawer")
    title = drawer.locator("strong").first
    for layout in (lay_out(model, PCA(), 1.0), tsne(page, app, "mlp")):
        if layout.settings == PCA():
            lay(page, "PCA")
            arrived(page, "pca")
        else:
            lay(page, "t-SNE")
            arrived(page, "tsne")
        page.get_by_role("button", name="Select with a box").click()
        box = (0.4, 0.35, 0.6, 0.65)
        rest(page)
        corners = page.evaluate(CORNERS, box)
        page.mouse.move(*at(page, *box[:2]))
        page.mouse.down()
        page.mouse.move(*at(page, *box[2:]), steps=6)
        page.mouse.up()
        page.get_by_role("button", name="Select with a box").click()
        expected = np.flatnonzero(within(layout.projection.plane, corners))
        assert 3 < len(expected) < len(means)
        expect(title).to_have_text(f"{len(expected)} images selected")
        assert_decoded(page, model, means[expected].mean(0), picture=".zs-summary canvas")
        assert numbers(page) == expected[:24].tolist()
        # A tile's reconstruction is of its latent.
        tile = partial(assert_decoded, page, model, means[expected[0]], picture=".zs-chosen-tile canvas:nth-of-type(2)")
        eventually(page, tile)

        find(page, "Most remote", Most_remote="9")
        expect(title).to_have_text("9 images selected")
        away = np.linalg.norm(means[:, None].astype(float) - means, axis=2)
        assert numbers(page) == sorted(np.argsort(-np.sort(away, axis=1)[:, 10])[:9].tolist())
        page.get_by_role("button", name="Find images").click()

    lay(page, "PCA")
    arrived(page, "pca")
    page.mouse.click(*at(page, 0.45, 0.45))
    pin = np.array(remembered(page)["pins"][0])
    point(page, 0.2, 0.8)
    for kind in ("pca", "tsne"):
        if kind == "tsne":
            lay(page, "t-SNE")
            arrived(page, "tsne")
        find(page, "Nearest", Nearest="7", Nearest_to="pin 1")
        expect(title).to_have_text("7 images selected")
        assert numbers(page) == sorted(np.argsort(np.linalg.norm(means - pin, axis=1))[:7].tolist())
        page.get_by_role("button", name="Find images").click()
    drawer.get_by_label("Sort by").select_option(label="Distance to their mean")
    nearest = np.argsort(np.linalg.norm(means - pin, axis=1))[:7]
    middle = means[nearest].mean(0)
    assert numbers(page) == nearest[np.argsort(np.linalg.norm(means[nearest] - middle, axis=1))].tolist()


def test_a_scattered_plane_offers_what_makes_sense_there(page: Page, app: Server) -> None:
    model = MODELS["mlp"]
    open_model(page, app, "mlp")
    page.get_by_role("button", name="Layers").click()
    card = page.get_by_role("group", name="Layers")
    titles = card.locator(f"{OVERLAY} option".removeprefix(".zs-card ")).all_inner_texts()
    assert "Stretch of the decoder" in titles
    card.get_by_role("switch", name="Prior").check()
    circles = page.locator(".zs-circles circle")
    expect(circles).to_have_count(3)
    rest(page)
    pca = lay_out(model, PCA(), 1.0).projection
    middle = pca.transform(np.zeros((1, 5), np.float32))[0]
    left, top, unit = page.evaluate(
        """([x, y]) => {
            const { xaxis, yaxis } = document.querySelector(".zs-plot")._fullLayout;
            return [xaxis._offset + xaxis.d2p(x), yaxis._offset + yaxis.d2p(y), xaxis._length / (xaxis.range[1] - xaxis.range[0])];
        }""",
        middle.tolist(),
    )
    for sigma, circle in enumerate(circles.all(), 1):
        geometry = [float(circle.get_attribute(name) or "nan") for name in ("cx", "cy", "r")]
        assert geometry == pytest.approx([left, top, sigma * unit], abs=0.1)

    page.keyboard.press("Escape")
    tsne(page, app, "mlp")
    expect(circles).to_have_count(0)
    page.get_by_role("button", name="Layers").click()
    expect(card.get_by_role("switch", name="Prior")).to_have_count(0)
    titles = card.locator("select option").all_inner_texts()
    assert "Stretch of the decoder" not in titles
    assert {"Density of the images", "Undecided pixels", "Cycle error", "Nearest class"} <= set(titles)
    page.keyboard.press("Escape")
    for title, transparent in (("Undecided pixels", True), ("Density of the images", False)):
        choose(page, title)
        page.wait_for_function(
            "name => document.querySelector('.zs-field').dataset.settled?.startsWith(name)",
            arg="entropy" if transparent else "density",
        )
        rest(page)
        plane = cached_layout(app, model, TSNE()).projection
        for spot in ((0.5, 0.5), (0.08, 0.1)):
            trust = plane.inverse_transform(np.array([place_at(page, *spot)], np.float32)).trust[0]
            alpha = page.evaluate(
                """([across, down]) => {
                    const canvas = document.querySelector(".zs-field");
                    return canvas.getContext("2d").getImageData(across * canvas.width, down * canvas.height, 1, 1).data[3];
                }""",
                spot,
            )
            assert alpha == (255 if trust > 0.05 or not transparent else 0)
        page.keyboard.press("Escape")
    expect(page.locator(".zs-bar")).to_contain_text("log density, nats")


def test_another_beta_lays_the_points_out_anew(page: Page, app: Server) -> None:
    model = MODELS["range"]
    open_model(page, app, "range")
    rest(page)
    page.mouse.click(*at(page, 0.4, 0.4))
    pin = remembered(page)["pins"][0]
    for share in (0.9, 0.2):
        slide(page, share)
        beta = 0.1 * 100**share
        at_beta(page, beta)
        beta = float(page.get_attribute(".zs", "data-beta") or "")
        page.wait_for_function(
            "beta => Math.abs(JSON.parse(document.querySelector('.zs-plot').dataset.space).at(-1) / beta - 1) < 1e-6",
            arg=beta,
        )
        rest(page)
        layout = lay_out(model, PCA(), beta)
        assert_points_lie(page, model, layout.projection.plane)
        point(page, 0.55, 0.5)
        expected = layout.projection.inverse_transform(np.array([place_at(page, 0.55, 0.5)], np.float32)).latents[0]
        np.testing.assert_allclose(place(page), expected, atol=1e-3)
        assert_decoded(page, model, place(page), beta)
        assert_decoded(page, model, pin, beta, ".zs-pin-card canvas")


def test_names_of_classes_in_one_place_make_room_for_each_other(page: Page, app: Server) -> None:
    open_model(page, app, "range")
    rest(page)
    names = page.locator(".zs-labels text")
    assert sorted(names.all_text_contents()) == ["one", "two"]
    a, b = (name.bounding_box() for name in names.all())
    assert a is not None
    assert b is not None
    # By the letters, whose boxes have a halo of 2.5 px about them, and room above and below.
    assert abs(a["x"] - b["x"]) >= min(a["width"], b["width"]) - 5 or abs(a["y"] - b["y"]) >= 20


def test_points_that_stay_behind_the_pictures_say_so(page: Page, app: Server) -> None:
    open_model(page, app, "range")
    rest(page)
    note = page.locator(".zs-behind")
    expect(note).to_have_text("")
    pending: list[Route] = []

    def hold(route: Route) -> None:
        pending.append(route)

    page.route("**/zscape/block/*", hold)
    slide(page, 0.9)
    at_beta(page, 0.1 * 100**0.9)
    beta = float(page.get_attribute(".zs", "data-beta") or "")
    expect(note).to_have_text(f"Points as at β 1, pictures at β {beta:.3g}")
    for _ in range(100):  # the server may take longer to answer than the note to appear
        if pending:
            break
        page.wait_for_timeout(100)
    assert pending
    page.unroute("**/zscape/block/*", hold)  # which lets go of what was held, too
    expect(note).to_have_text("")


@pytest.mark.parametrize("settings", [PCA(), TSNE(perplexity=8)])
def test_an_exported_plane_works_on_its_own(watched: Watched, tmp_path: Path, settings: PCA | TSNE) -> None:
    page, model = watched.page, MODELS["conv"]
    file = tmp_path / "plane.html"
    file.write_text(to_html(model, "Five dimensions", settings), encoding="utf-8")
    page.route("http*://**", lambda route: route.abort())  # it must not need anything
    page.goto(file.as_uri())
    page.wait_for_selector(".zs[data-ready]")
    rest(page)
    layout = lay_out(model, settings, 1.0)
    assert_points_lie(page, model, layout.projection.plane)
    point(page, 0.5, 0.5)
    expected = layout.projection.inverse_transform(np.array([place_at(page, 0.5, 0.5)], np.float32))
    np.testing.assert_allclose(place(page), expected.latents[0], atol=0.02)
    assert_decoded(page, model, place(page))
    page.mouse.click(*at(page, 0.5, 0.5))
    expect(page.locator(".zs-pin-card")).to_have_count(1)
    page.wait_for_function(
        "() => document.querySelector('.zs-terrain').dataset.settled"
    )  # by a worker without a server
    choose(page, "Cycle error")
    expect(page.locator(".zs-bar")).to_contain_text("latent units")
    find(page, "Class", Class="two")
    expect(page.locator(".zs-drawer")).to_contain_text("images selected")
