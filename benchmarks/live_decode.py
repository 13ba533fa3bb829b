"""How long from the pointer to the decoded picture, against the same idea as a plain Streamlit page?

    python -m benchmarks.live_decode [--moves N] [--clicks N] [--seconds S] [--json]

Zscape's side is the real app with its shipped model of MNIST and 10,000 points, and with 70,000 points around the same
means. Real pointer events, sent through the browser's DevTools, go to random places of the map, one after the other.
A listener that was there before any of the page's own notes when an event is dispatched. It also asks for an animation frame,
which comes after every handler of the event, and from there posts a message to itself: the browser handles it once the
frame's style, layout and painting are done and the frame is committed to the compositor. What the screen does with it
afterwards isn't measured, nor what the browser did before the event; the message may wait for other tasks, so the figure
errs on the long side there. A sample counts if the map's `data-z` and the pixels of the picture both changed.

In the sweep the pointer moves without pause for some seconds, each move sent as soon as the browser has handled the last,
which it does once a frame. Intervals between animation frames are counted, and the different pictures that were painted.
Next to it stands a page at rest, which says what frame rate this machine gives when nothing happens. In the beta drag the thumb of
the slider goes to and fro in the same way, which moves every point and decodes the picture at the cursor and four pins.

The baseline is the same map as Streamlit offers it: `st.plotly_chart(..., on_select="rerun")` of the same 10,000 points in
WebGL, `vae.load`, decoding in Python and `st.image`. A click on a point is timed from the release of the button until the
new image has been loaded and its frame committed in the same way. Clicks that bring no new image are counted apart.
"""

from __future__ import annotations

__all__ = ["main"]

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from playwright.sync_api import Browser, FloatRect, Page
from playwright.sync_api import TimeoutError as Late

import vae.checkpoints
from benchmarks.servers import CHROMIUM, ROOT, WINDOW, chromium, quantile, serve, surroundings

SHIPPED = "mnist-2d"
POINTS = 70_000
WARM_UP = 10  # moves before those that count: the engine compiles the decoder while it runs

# Runs before the page's own scripts.
WATCH = """
(() => {
  const pictureOf = () => {
    const canvas = document.querySelector(".zs-readout canvas");
    return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.join();
  };
  const placeOf = () => document.querySelector(".zs").dataset.z;
  const committed = (then) => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => then(performance.now());
      port2.postMessage(null);
    });
  };
  const watch = (window.watch = { samples: [], sampling: false, place: "", picture: "", pictureOf, placeOf, committed });

  window.addEventListener("pointermove", () => {
    if (!watch.sampling) return;
    const began = performance.now();
    committed((ended) => {
      const [place, picture] = [placeOf(), pictureOf()];
      watch.samples.push({ took: ended - began, changed: place !== watch.place && picture !== watch.picture });
      [watch.place, watch.picture] = [place, picture];
    });
  }, true);

  // Intervals between animation frames, and how many of the frames brought another picture.
  watch.frames = (milliseconds, sweep) => new Promise((resolve) => {
    const intervals = [];
    let pictures = 0;
    let picture = pictureOf();
    let last;
    const began = performance.now();
    const frame = (now) => {
      if (last !== undefined) intervals.push(now - last);
      last = now;
      if (performance.now() - began > milliseconds) {
        resolve({ intervals, pictures });
        return;
      }
      if (sweep) {
        // Read before the next frame begins, when this one's picture is final.
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => {
          const next = pictureOf();
          if (next !== picture) pictures++;
          picture = next;
        };
        port2.postMessage(null);
      }
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
})();
"""

WATCH_BASELINE = """
(() => {
  const watch = (window.watch = { samples: [], source: "" });
  let began;
  window.addEventListener("pointerup", () => (began = performance.now()), true);
  new MutationObserver(() => {
    const image = document.querySelector("[data-testid=stImage] img");
    if (!image || image.src === watch.source) return;
    const source = (watch.source = image.src);
    const shown = () => {
      if (source !== watch.source) return;
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => watch.samples.push(performance.now() - began);
        port2.postMessage(null);
      });
    };
    if (image.complete) shown();
    else image.addEventListener("load", shown, { once: true });
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["src"] });
})();
"""

BASELINE = f"""
import plotly.graph_objects as go
import streamlit as st

import vae
import vae.checkpoints

st.set_page_config(layout="wide")


@st.cache_resource
def model():
    return vae.load({SHIPPED!r})


@st.cache_resource
def points():
    return vae.checkpoints.read({SHIPPED!r}).points


cloud = points()
figure = go.Figure(go.Scattergl(x=cloud.mean[:, 0], y=cloud.mean[:, 1], mode="markers", marker={{"color": cloud.labels}}))
figure.update_layout(height=700, uirevision="same")
left, right = st.columns([3, 1])
event = left.plotly_chart(figure, on_select="rerun", selection_mode="points", key="map")
z = [event.selection.points[0][axis] for axis in "xy"] if event.selection.points else [0.0, 0.0]
right.image(model().decode([z])[0, 0].numpy(), width=280)
"""


class Row(NamedTuple):
    """One map."""

    name: str
    samples: int
    missed: int  # moves or clicks that brought no new picture
    p50: float  # milliseconds
    p95: float
    worst: float


class Sweep(NamedTuple):
    """Frames while the pointer moves without pause, or at rest."""

    name: str
    fps: float
    p50: float  # milliseconds between animation frames
    p95: float
    slow: float  # share of intervals over 20 ms, from 0 to 1
    pictures: float  # different pictures painted per second


def many_points(folder: Path, count: int = POINTS, name: str = "upload-many") -> str:
    """Writes the shipped weights with many points drawn from the shipped posteriors; returns the model's name in the app, `name`."""
    shipped = vae.checkpoints.read(SHIPPED)
    generator = np.random.default_rng(0)
    which = generator.integers(len(shipped.points.labels), size=count)
    noise = generator.standard_normal((count, shipped.config.latent_dim)).astype(np.float32)
    mean, std = shipped.points.mean[which], shipped.points.std[which]
    many = shipped._replace(
        points=shipped.points._replace(
            mean=(mean + std * noise).astype(np.float32), std=std, labels=shipped.points.labels[which]
        )
    )
    if shipped.keyframes is not None:
        mean, std = shipped.keyframes.mean[:, which], shipped.keyframes.std[:, which]
        many = many._replace(
            keyframes=shipped.keyframes._replace(mean=(mean + std * noise).astype(np.float32), std=std)
        )
    vae.checkpoints.write(folder / "uploads" / f"{name}.safetensors", many)
    return name


def live(browser: Browser, url: str, name: str, moves: int, seconds: float) -> tuple[Row, list[Sweep]]:
    """Pointer moves on one map, then frames at rest and in a sweep."""
    page = browser.new_page(viewport=WINDOW)
    page.add_init_script(WATCH)
    page.goto(url)
    page.wait_for_selector(".zs-map:not(.zs-dirty)", timeout=60_000)
    page.wait_for_timeout(2000)  # what Streamlit does after its first paint
    count = page.evaluate(
        'document.querySelector(".zs-plot")._fullData.reduce((sum, trace) => sum + trace.x.length, 0)'
    )
    name = f"{name}, {count:,} points"

    generator = np.random.default_rng(1)
    places = generator.uniform(0.08, 0.92, (WARM_UP + moves, 2))
    box = page.locator(".zs-plot").bounding_box()
    assert box is not None

    def point(across: float, down: float) -> None:
        page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])

    point(*places[0])
    page.evaluate("() => { watch.place = watch.placeOf(); watch.picture = watch.pictureOf(); watch.sampling = true; }")
    for number, place in enumerate(places[1:], 1):
        point(*place)
        page.wait_for_function("count => watch.samples.length >= count", arg=number, timeout=10_000)
    samples = page.evaluate("() => { watch.sampling = false; return watch.samples; }")[WARM_UP - 1 :]
    good = [sample["took"] for sample in samples if sample["changed"]]
    row = row_of(name, good, len(samples) - len(good))

    rest = frames(f"{name}, at rest", page.evaluate("s => watch.frames(1000 * s, false)", seconds), seconds)
    page.evaluate("s => { watch.sweep = watch.frames(1000 * s, true); }", seconds)
    turn, ends = 0, time.monotonic() + seconds
    while time.monotonic() < ends:
        # A curve that doesn't repeat soon, so that no two frames of the sweep show the same place.
        turn += 1
        point(0.5 + 0.4 * np.sin(0.031 * turn), 0.5 + 0.4 * np.cos(0.0473 * turn))
    sweep = frames(f"{name}, sweep", page.evaluate("() => watch.sweep"), seconds)
    sweeps = [rest, sweep]
    if slider := page.locator(".zs-beta input").bounding_box():
        sweeps.append(frames(f"{name}, beta drag", drag_beta(page, slider, seconds), seconds))
    page.close()
    return row, sweeps


def drag_beta(page: Page, slider: FloatRect, seconds: float) -> dict[str, Any]:
    """Frames while the thumb of the beta slider is dragged to and fro with four pins set, so that every frame moves all
    points and decodes five pictures."""
    plot = page.locator(".zs-plot").bounding_box()
    assert plot is not None
    for across, down in ((0.4, 0.4), (0.6, 0.4), (0.4, 0.6), (0.6, 0.6)):
        page.mouse.click(plot["x"] + across * plot["width"], plot["y"] + down * plot["height"])
    page.wait_for_timeout(1000)
    thumb, middle = 16, slider["y"] + slider["height"] / 2  # px

    def to(share: float) -> None:
        page.mouse.move(slider["x"] + thumb / 2 + share * (slider["width"] - thumb), middle)

    to(float(page.input_value(".zs-beta input")))
    page.mouse.down()
    page.evaluate("s => { watch.sweep = watch.frames(1000 * s, true); }", seconds)
    turn, ends = 0, time.monotonic() + seconds
    while time.monotonic() < ends:
        turn += 1
        to(0.5 + 0.45 * np.sin(0.031 * turn))
    recording = page.evaluate("() => watch.sweep")
    page.mouse.up()
    return recording


def frames(name: str, recording: dict[str, Any], seconds: float) -> Sweep:
    intervals = recording["intervals"]
    slow = sum(interval > 20 for interval in intervals) / len(intervals)
    fps = 1000 * len(intervals) / sum(intervals)
    return Sweep(name, fps, quantile(intervals, 0.5), quantile(intervals, 0.95), slow, recording["pictures"] / seconds)


def baseline(browser: Browser, url: str, clicks: int) -> Row:
    """Clicks on points of the plain page."""
    page = browser.new_page(viewport=WINDOW)
    page.add_init_script(WATCH_BASELINE)
    page.goto(url)
    page.wait_for_function(
        "() => watch.source && document.querySelector('.js-plotly-plot')?._fullLayout", timeout=60_000
    )
    page.wait_for_timeout(3000)
    places = page.evaluate(
        """count => {
            const plot = document.querySelector(".js-plotly-plot");
            const { _fullLayout: { xaxis, yaxis }, _fullData: [{ x, y }] } = plot;
            const box = plot.getBoundingClientRect();
            return Array.from({ length: count }, (_, place) => {
                const i = Math.floor(((place + 0.5) * x.length) / count);
                return [box.left + xaxis._offset + xaxis.d2p(x[i]), box.top + yaxis._offset + yaxis.d2p(y[i])];
            });
        }""",
        clicks + 2,
    )
    count = page.evaluate("document.querySelector('.js-plotly-plot')._fullData[0].x.length")
    took: list[float] = []
    missed = 0
    for number, (left, top) in enumerate(places):
        before = page.evaluate("watch.samples.length")
        page.mouse.move(left, top)
        page.wait_for_timeout(150)  # Plotly reports a click on the point that it has highlighted
        page.mouse.click(left, top)
        try:
            page.wait_for_function("before => watch.samples.length > before", arg=before, timeout=5000)
        except Late:
            missed += 1
            continue
        page.wait_for_timeout(300)
        if number >= 2:  # the first ones load what the server hasn't needed yet
            took.append(page.evaluate("watch.samples.at(-1)"))
    page.close()
    return row_of(f"baseline: st.plotly_chart and st.image, {count:,} points", took, missed)


def row_of(name: str, took: Sequence[float], missed: int) -> Row:
    if not took:
        raise RuntimeError(f"{name}: nothing that was done brought a new picture.")
    return Row(name, len(took), missed, quantile(took, 0.5), quantile(took, 0.95), max(took))


def show(rows: Sequence[Row], sweeps: Sequence[Sweep]) -> None:
    plain = rows[0]
    print(
        f"{'milliseconds from event to picture':56}{'samples':>8}{'missed':>8}{'p50':>8}{'p95':>8}{'worst':>8}{'times faster':>14}"
    )
    for row in rows:
        ratio = f"{plain.p50 / row.p50:14.0f}" if row is not plain else f"{'1':>14}"
        print(f"{row.name:56}{row.samples:8}{row.missed:8}{row.p50:8.1f}{row.p95:8.1f}{row.worst:8.1f}{ratio}")
    print("times faster at the median")
    print(f"\n{'frames':56}{'per s':>8}{'p50 ms':>8}{'p95 ms':>8}{'over 20 ms':>12}{'pictures per s':>16}")
    for sweep in sweeps:
        numbers = f"{sweep.fps:8.1f}{sweep.p50:8.1f}{sweep.p95:8.1f}{100 * sweep.slow:10.1f} %"
        print(f"{sweep.name:56}{numbers}{sweep.pictures:16.1f}")
    print("\npromised: p95 under 8 ms, 60 frames a second in the sweep, 50 times faster than the baseline;")
    print("55 frames a second in the beta drag")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, prints tables or JSON, and returns 2 if there is no Chromium."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.live_decode", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument(
        "--moves", type=int, default=200, metavar="N", help="pointer moves a map (default: %(default)s)"
    )
    parser.add_argument(
        "--clicks", type=int, default=15, metavar="N", help="clicks on the baseline (default: %(default)s)"
    )
    parser.add_argument(
        "--seconds", type=float, default=5, metavar="S", help="length of a sweep (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    if options.moves < 1 or options.clicks < 1 or options.seconds <= 0:
        parser.error("--moves, --clicks and --seconds: more than 0")
    if CHROMIUM is None:
        print("No Chromium here; get it with apt-get install chromium (or your system's package).", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        plain = Path(folder, "plain.py")
        plain.write_text(BASELINE)
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        with serve(plain, {"PYTHONPATH": path}) as server:
            rows = [baseline(browser, server.url, options.clicks)]
        sweeps: list[Sweep] = []
        many = many_points(Path(folder))
        with serve(ROOT / "app.py", {"VAE_RUNS_DIR": folder, "VAE_DATA_DIR": folder}) as server:
            for url in (server.url, f"{server.url}/?model={many}"):
                row, pair = live(browser, url, "Zscape", options.moves, options.seconds)
                rows.append(row)
                sweeps += pair
        where = surroundings(browser)
    if options.json:
        records = {"rows": [row._asdict() for row in rows], "sweeps": [sweep._asdict() for sweep in sweeps]}
        print(json.dumps({"machine": where, **records}))
        return 0
    print(", ".join(f"{name} {value}" for name, value in where.items()) + "\n")
    show(rows, sweeps)
    return 0


if __name__ == "__main__":
    sys.exit(main())
