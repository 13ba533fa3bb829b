"""A training as a film, as a visitor watches it, against the snapshots it is made of."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil
import pytest
import torch
from conftest import Server, pass_time, start
from playwright.sync_api import Page, Route, expect
from test_browser_explore import PIXELS
from tiny import image_set

from vae.files import write_atomic
from vae.film.interpolation import glide
from vae.film.view_plane import places, view_plane, view_plane_step
from vae.models.config import ModelConfig, TrainConfig
from vae.models.networks import MLP
from vae.models.schedules import Constant
from vae.models.vae import VAE
from vae.progress import to_json
from vae.runs import store, worker
from vae.runs.request import Request
from vae.runs.snapshots import SnapshotReader, SnapshotWriter
from vae.runs.status import Status
from vae.runs.store import Run
from vae.runs.worker import Watcher
from vae.web.export import built
from vae.web.payloads import decoder_of, film_about, film_pictures, film_places

EPOCHS = 6
SLOW = 45_000  # milliseconds that a page may take on a busy machine


@contextmanager
def runs_below(folder: Path) -> Iterator[None]:
    before = os.environ.get("VAE_RUNS_DIR")
    os.environ["VAE_RUNS_DIR"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["VAE_RUNS_DIR"]
        else:
            os.environ["VAE_RUNS_DIR"] = before


def trained(folder: Path, latent_dim: int) -> Run:
    """A run with a film, trained here."""
    model = ModelConfig((1, 8, 8), latent_dim, MLP((24,)))
    with runs_below(folder), torch.random.fork_rng():
        run = store.create(Request("digits", model, TrainConfig(epochs=EPOCHS, batch_size=64, schedule=Constant())))
        worker.work(run.folder, Watcher())
    return run


class Films(NamedTuple):
    server: Server
    plane: Run
    many: Run  # six dimensions
    line: Run


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Films]:
    folder = tmp_path_factory.mktemp("films")
    runs = [trained(folder / "runs", latent_dim) for latent_dim in (1, 6, 2)]
    with start(folder) as server:
        yield Films(server, runs[2], runs[1], runs[0])


class Player:
    """What the page shows of a run."""

    def __init__(self, page: Page, server: Server, run: Run) -> None:
        self.page, self.run, self.film = page, run, run.film
        self.root = page.locator(".zs-player")
        if run.id not in page.url:
            page.goto(f"{server.url}/train?run={run.id}")
        expect(self.root).to_have_attribute("data-ready", run.id, timeout=SLOW)
        self.slider = page.get_by_role("slider", name="Moment of the training")

    @property
    def plot(self):
        return self.root.locator(".zs-plot")

    def at(self, step: int) -> None:
        """Waits until this step's snapshot is shown, its decoder and its pictures too."""
        for name in ("step", "decoder", "pictures"):
            expect(self.root).to_have_attribute(f"data-{name}", str(step), timeout=SLOW)

    def scrub(self, place: float) -> None:
        self.slider.evaluate(
            "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input')) }", place
        )

    def spot(self, place: np.ndarray) -> tuple[float, float]:
        """Where a place of the plane lies in the window."""
        box = self.plot.bounding_box()
        assert box is not None
        left, right, bottom, top = map(float, (self.plot.get_attribute("data-view") or "").split(","))
        # The margins that the axes take.
        wide, high = box["width"] - 44 - 12, box["height"] - 12 - 40
        across, up = place.astype(float).tolist()
        x = box["x"] + 44 + (across - left) / (right - left) * wide
        return x, box["y"] + 12 + (top - up) / (top - bottom) * high

    def picture(self, name: str) -> np.ndarray:
        return np.array(self.root.get_by_role("img", name=re.compile(name)).evaluate(PIXELS))

    def decoded(self, step: int) -> np.ndarray:
        """What the decoder of a step draws under the pointer, in bytes."""
        assert self.run.request is not None
        model = VAE(self.run.request.model)
        weights = {name.removeprefix("decoder."): torch.from_numpy(a) for name, a in self.film.decoder(step).items()}
        model.decoder.load_state_dict(weights)
        z = [[float(value) for value in (self.root.get_attribute("data-z") or "").split(",")]]
        return model.decode(z).numpy().ravel() * 255

    def marked(self) -> str:
        """Where the point lies that is nearest to the pointer."""
        return self.root.locator(".zs-near").get_attribute("transform") or ""


def test_points_and_pictures_are_those_of_the_moment(page: Page, films: Films) -> None:
    player = Player(page, films.server, films.plane)
    film = player.film
    steps, about = film.steps, film.about
    player.at(steps[-1])  # it opens where there is most to see
    for place in (len(steps) - 1, 4, 0):
        step = steps[place]
        player.scrub(place)
        player.at(step)
        (mean,) = film.means([step])
        lone = int(np.argmax(np.linalg.norm(mean - mean.mean(0), axis=1)))  # nobody else is near
        page.mouse.move(*player.spot(mean[lone]))
        if about.labels[lone] >= 0:
            expect(player.root).to_contain_text(f"near a {about.classes[about.labels[lone]]}")
        box = player.plot.bounding_box()
        assert box is not None
        x, y = player.spot(mean[lone])
        near = [float(value) for value in re.findall(r"-?[\d.]+", player.marked())]
        np.testing.assert_allclose(near, [x - box["x"], y - box["y"]], atol=1.5)
        assert np.abs(player.picture("decoded at the cursor") - player.decoded(step)).max() < 1.3

        drawn = player.picture("below each its reconstruction").reshape(-1, 5 * 9 - 1)
        made = film.read(step).reconstructions
        for row, images in enumerate((about.originals[:5], made[:5])):
            for column, image in enumerate(images):
                tile = drawn[9 * row : 9 * row + 8, 9 * column : 9 * column + 8]
                np.testing.assert_array_equal(tile, image[0])
        epoch = step / about.per_epoch
        expect(player.root.locator(".zs-clock")).to_have_text(
            f"Epoch {epoch:.0f} of 6" if epoch in (0, 6) else re.compile(r"Epoch 0\.\d\d of 6")
        )


def test_between_two_moments_points_are_on_their_way(page: Page, films: Films) -> None:
    player = Player(page, films.server, films.plane)
    film = player.film
    moment = len(film.steps) - 1.75
    player.scrub(moment)
    expect(player.root).to_have_attribute("data-moment", f"{moment:.3f}")
    between = glide(film.means(film.steps), moment)
    lone = int(np.argmax(np.linalg.norm(between - between.mean(0), axis=1)))
    x, y = player.spot(between[lone])
    page.mouse.move(x, y)
    box = player.plot.bounding_box()
    assert box is not None
    near = [float(value) for value in re.findall(r"-?[\d.]+", player.marked())]
    np.testing.assert_allclose(near, [x - box["x"], y - box["y"]], atol=1.5)


def record(page: Page) -> None:
    """From now on `window.moments` has each moment that is shown: the moment, its step, and where the marks of the curves are."""
    page.evaluate(
        """() => {
            window.moments = [];
            const root = document.querySelector(".zs-player");
            new MutationObserver(() => {
                const marks = [...root.querySelectorAll(".zs-playhead")].map((mark) => mark.getAttribute("x1"));
                window.moments.push([Number(root.dataset.moment), Number(root.dataset.step), ...marks.map(Number)]);
            }).observe(root, { attributeFilter: ["data-moment"] });
        }"""
    )


def test_it_plays_from_the_start_to_the_end_with_the_curves_in_step(page: Page, films: Films) -> None:
    player = Player(page, films.server, films.plane)
    last = len(player.film.steps) - 1
    page.get_by_role("combobox", name="Speed").select_option("4")
    record(page)
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").wait_for()
    page.get_by_role("button", name="Play").wait_for()
    seen = np.array(page.evaluate("window.moments"))
    assert (np.diff(seen[:, 0]) >= 0).all()
    assert seen[-1, 0] == last
    assert len(set(seen[:, 1])) > last / 2  # it passes through them
    # All three marks are at the epoch that is shown.
    assert (seen[:, 2] == seen[:, 3]).all()
    assert (np.diff(seen[:, 2]) >= 0).all()
    assert seen[-1, 2] - seen[0, 2] > 200
    values = player.root.locator(".zs-curve-value")
    curve = player.run.progress()[-1].validation
    assert curve is not None
    assert values.all_inner_texts() == [f"{v:.1f} nats" for v in (curve.neg_elbo, curve.recon, curve.kl)]

    page.get_by_role("combobox", name="Speed").select_option("0.5")  # so that it doesn't end before it is told to pause
    page.get_by_role("button", name="Play").click()  # from the start again
    expect(player.root).not_to_have_attribute("data-step", str(player.film.steps[-1]))
    page.get_by_role("button", name="Pause").click()
    stopped = player.root.get_attribute("data-moment")
    pass_time(page, 100)
    assert player.root.get_attribute("data-moment") == stopped


def test_where_nothing_is_to_move_it_plays_in_stills(page: Page, films: Films) -> None:
    page.emulate_media(reduced_motion="reduce")
    player = Player(page, films.server, films.plane)
    last = len(player.film.steps) - 1
    page.get_by_role("combobox", name="Speed").select_option("4")
    record(page)
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").wait_for()
    page.get_by_role("button", name="Play").wait_for()
    moments = np.array(page.evaluate("window.moments"))[:, 0]
    assert (moments == moments.round()).all(), "a snapshot each, and nothing between two of them"
    assert (np.diff(moments) >= 0).all()
    assert (moments[0], moments[-1]) == (0, last)
    assert 2 <= len(moments) < last / 2, "few enough to be looked at"


def test_a_button_fills_the_screen_with_it_and_gives_the_screen_back(page: Page, films: Films) -> None:
    player = Player(page, films.server, films.plane)
    window = page.viewport_size
    assert window is not None
    before = player.plot.bounding_box()
    assert before is not None
    button = page.get_by_role("button", name="Full screen")
    button.press("Enter")
    page.wait_for_function("document.fullscreenElement?.classList.contains('zs-player')")
    page.wait_for_function(f"document.querySelector('.zs-player .zs-plot').clientHeight > {before['height']} + 20")
    # All of it is in sight, and the map still answers.
    for part in (player.plot, player.slider, player.root.locator(".zs-curve-value").first):
        expect(part).to_be_in_viewport(ratio=0.99)
    (mean,) = player.film.means(player.film.steps[-1:])
    lone = int(np.argmax(np.linalg.norm(mean - mean.mean(0), axis=1)))
    page.mouse.move(*player.spot(mean[lone]))
    expect(player.root).to_contain_text(f"near a {player.film.about.classes[player.film.about.labels[lone]]}")
    button.press("Enter")
    page.wait_for_function("document.fullscreenElement === null")
    page.wait_for_function(
        f"Math.abs(document.querySelector('.zs-player .zs-plot').clientHeight - {before['height']}) < 2"
    )


def test_arrows_go_from_snapshot_to_snapshot_and_a_reload_finds_the_moment(page: Page, films: Films) -> None:
    player = Player(page, films.server, films.plane)
    steps = player.film.steps
    player.scrub(3.4)
    player.slider.press("ArrowRight")
    player.at(steps[4])
    player.slider.press("ArrowLeft")
    player.at(steps[3])
    page.reload()
    player.at(steps[3])


def test_many_dimensions_are_seen_in_a_plane_that_can_be_decoded(page: Page, films: Films) -> None:
    player = Player(page, films.server, films.many)
    film = player.film
    steps = film.steps
    on = view_plane(film, view_plane_step(film, steps, ended=True))
    assert on.plane is not None
    for place in (len(steps) - 1, 2):
        player.scrub(place)
        player.at(steps[place])
        (spots,) = places(film, [steps[place]], on)
        lone = int(np.argmax(np.linalg.norm(spots - spots.mean(0), axis=1)))
        x, y = player.spot(spots[lone])
        page.mouse.move(x, y)
        z = [float(value) for value in (player.root.get_attribute("data-z") or "").split(",")]
        pixel = 1 / abs(player.spot(np.array([1.0, 0]))[0] - player.spot(np.array([0.0, 0]))[0])
        np.testing.assert_allclose(z, on.plane.inverse_transform(spots[[lone]]).latents[0], atol=2 * pixel)
        assert np.abs(player.picture("decoded at the cursor") - player.decoded(steps[place])).max() < 1.3


def test_a_line_of_latents_has_pictures_without_a_map(page: Page, films: Films) -> None:
    player = Player(page, films.server, films.line)
    steps = player.film.steps
    expect(player.plot).to_have_count(0)
    player.scrub(5)
    expect(player.root).to_have_attribute("data-pictures", str(steps[5]))
    drawn = player.picture("draws from the prior").reshape(35, 35)
    for n, image in enumerate(player.film.read(steps[5]).samples[:16]):
        row, column = divmod(n, 4)
        np.testing.assert_array_equal(drawn[9 * row : 9 * row + 8, 9 * column : 9 * column + 8], image[0])


RGB = """canvas => [canvas.height, canvas.width, ...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]"""


def test_colour_images_are_drawn_in_their_colours(page: Page, tmp_path: Path) -> None:
    """By the player alone, for no data set that the app knows has colours."""
    model = VAE(ModelConfig((3, 8, 8), 2, MLP((12,))), seed=0)
    writer = SnapshotWriter(tmp_path, model, image_set(30, (3, 8, 8)), beta=1.0, epochs=2, per_epoch=2)
    film = SnapshotReader(tmp_path)
    for step in range(5):
        with torch.no_grad():
            for weight in model.parameters():
                weight.mul_(1.2)
        writer.take(step, model)
    steps = film.steps
    assert len(steps) > 1

    def answer(route: Route) -> None:
        kind, *at = route.request.url.partition("/film/")[2].split("/")
        content = {
            "about": lambda: film_about(film),
            "places": lambda: film_places(film, steps, view_plane(film, None)),
            "pictures": lambda: film_pictures(film.read(int(at[0]))),
            "decoder": lambda: decoder_of(model.config, film.decoder(int(at[0]))),
        }[kind]()
        route.fulfill(body=content, content_type="application/octet-stream")

    page.route("http://localhost/film/**", answer)
    page.route("http://localhost/", lambda route: route.fulfill(body="<div id=place></div>", content_type="text/html"))
    page.goto("http://localhost/")
    page.add_style_tag(content=built("latent_map.css") + built("training_player.css"))
    data = {
        "run": "colour", "url": "http://localhost/film", "active": False, "condition": {"beta": 1, "label": None},
        "perEpoch": 2, "epochs": 2, "end": 2, "range": False,
        "rings": [],        "steps": steps, "decoders": sorted(film.about.decoders), "plane": "flat", "shape": [3, 8, 8], "dims": 2,
        "curves": {"epoch": [], "train": {"loss": [], "recon": [], "kl": []}, "validation": None, "ranges": {}},
        "charts": [{"name": "loss", "title": "Loss", "hint": ""}], "alt": "A map",
    }  # fmt: skip
    page.evaluate(
        """async ([code, data]) => {
            const { default: show } = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
            show({ parentElement: document.querySelector("#place"), data });
        }""",
        [built("training_player.js"), data],
    )
    root = page.locator(".zs-player")
    for name in ("step", "decoder", "pictures"):
        expect(root).to_have_attribute(f"data-{name}", str(steps[-1]))

    def drawn(name: str) -> np.ndarray:
        high, wide, *values = root.get_by_role("img", name=re.compile(name)).evaluate(RGB)
        return np.array(values).reshape(high, wide, 4)[..., :3].transpose(2, 0, 1)

    z = [[float(value) for value in (root.get_attribute("data-z") or "").split(",")]]
    decoded = model.decode(z).numpy()[0] * 255
    assert np.ptp(decoded, axis=0).max() > 20, "it has colours"
    assert np.abs(drawn("decoded at the cursor") - decoded).max() < 1.5
    about, rows = film.about, drawn("below each its reconstruction")
    for n in range(2):
        for row, images in enumerate((about.originals, film.read(steps[-1]).reconstructions)):
            np.testing.assert_array_equal(rows[:, 9 * row : 9 * row + 8, 9 * n : 9 * n + 8], images[n])
    apart = """canvas => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let most = 0;
        for (let at = 0; at < data.length; at += 4)
            if (data[at + 3] === 255) most = Math.max(most, Math.abs(data[at] - data[at + 1]), Math.abs(data[at] - data[at + 2]));
        return most;
    }"""
    assert root.locator("canvas.zs-terrain").evaluate(apart) > 20, "so have the pictures behind the points"


@pytest.mark.parametrize("kind", ["plane", "many"])
def test_a_film_grows_while_its_run_goes_on(page: Page, films: Films, kind: str) -> None:
    whole: Run = getattr(films, kind)
    steps, lines = whole.film.steps, whole.progress()
    # The same run before its first step, this process being its worker.
    growing = Run(whole.folder.with_name(f"20990101-000000-{len(kind):06d}"), whole.request)
    shutil.copytree(whole.folder, growing.folder, ignore=shutil.ignore_patterns("snapshots", "model.safetensors"))
    about = whole.film.about
    early, later = ([step for step in steps if (step > 2 * about.per_epoch) is late] for late in (False, True))

    def take(*names: str) -> None:
        for name in names:
            content = (whole.folder / "snapshots" / f"{name}.safetensors").read_bytes()
            write_atomic(growing.folder / "snapshots" / f"{name}.safetensors", content)  # as a run does

    (growing.folder / "snapshots").mkdir()
    (growing.folder / "progress.jsonl").write_text("".join(f"{to_json(line)}\n" for line in lines[:2]))
    me = {"pid": os.getpid(), "created": psutil.Process().create_time()}
    (growing.folder / "process.json").write_text(json.dumps(me))
    (growing.folder / "status.json").write_text(json.dumps(Status("running", 40, 130)._asdict()))
    try:
        page.goto(f"{films.server.url}/train?run={growing.id}")
        expect(page.locator(".zs-player")).to_contain_text("The film begins with the first step.", timeout=SLOW)
        take("about", *(f"{step:09d}" for step in early))
        player = Player(page, films.server, growing)
        player.at(2 * about.per_epoch)
        live = page.get_by_role("button", name="Live")
        expect(live).to_have_attribute("aria-pressed", "true")
        for step in later[:2]:
            take(f"{step:09d}")
            player.at(step)  # by itself
        # Whoever looks at another moment is left there, until he is live again.
        player.scrub(1)
        expect(live).to_have_attribute("aria-pressed", "false")
        take(f"{later[2]:09d}")
        expect(player.slider).to_have_attribute("max", str(steps.index(later[2])), timeout=SLOW)
        player.at(steps[1])
        live.click()
        player.at(later[2])
    finally:
        shutil.rmtree(growing.folder)
