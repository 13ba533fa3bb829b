"""Does the map stay quick with all that it can show?

    python -m benchmarks.map [--zooms N] [--switches N] [--seconds S] [--json]

The real app in a real browser, with its shipped model of MNIST and copies of it that have 70,000 and 1,000,000 points around the
same means, at every beta.

- Opening: from the navigation until the map is drawn and the picture follows the pointer, and until nothing more is to come (plotly.js
  runs after the map is drawn), on a server that has shown the model once, in a new tab with an empty cache; medians. Next to it a page
  that says `st.write("hello")`, which is what Streamlit itself takes.
- Terrain: from the end of a zoom until every place in view is covered by a picture, if a larger one, and until each
  has its own; medians and 95th percentiles over zooms to places that were not seen before. What was there before the zoom ended
  counts as nothing.
- Sweeps: frames while the pointer moves without pause, as in `benchmarks.live_decode`, with one thing after another switched on, and
  while the wheel zooms twice a second so that the terrain is always being decoded.
- Overlays: from the choice of one until it is drawn in full, medians over fresh views.
- Memory: the JavaScript heap after collecting garbage, and the resident set of the tab's process, over many zooms and page switches.
"""

from __future__ import annotations

__all__ = ["main"]

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from playwright.sync_api import Browser, CDPSession, Page

from benchmarks.live_decode import POINTS, WATCH, Sweep, frames, many_points
from benchmarks.servers import CHROMIUM, ROOT, WINDOW, chromium, quantile, serve, surroundings

MILLION = 1_000_000
OPENINGS = 5
READY = ".zs[data-ready]"
PLOTTED = ".zs-map:not(.zs-dirty)"

# When the view arrived last, and when the terrain said last what covers it. It says so at every step on the way.
WATCH_TERRAIN = """
(() => {
  const zooms = (window.zooms = { view: null, covered: null, settled: null, intervals: [], pictures: 0 });
  new MutationObserver((changes) => {
    for (const { attributeName } of changes) zooms[attributeName.slice(5)] = performance.now();
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-view", "data-covered", "data-settled"] });

  // Frames soon after a zoom, when the terrain would be decoded.
  let last;
  let picture;
  const frame = (now) => {
    const soon = zooms.view !== null && now - zooms.view < 400;
    if (soon && last !== undefined) zooms.intervals.push(now - last);
    last = soon ? now : undefined;
    const shown = soon && watch.pictureOf();
    if (soon && picture && shown !== picture) zooms.pictures++;
    picture = shown;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})();
"""


class Opening(NamedTuple):
    """Seconds from the navigation, medians."""

    name: str
    picture: float  # until the first picture is decoded
    usable: float  # until the map is drawn and the picture follows the pointer
    ready: float  # until plotly.js has drawn it, too


class Zooms(NamedTuple):
    """Milliseconds from the end of a zoom, over the terrain of the shipped model."""

    zooms: int
    covered: float  # median
    covered_p95: float
    settled: float
    settled_p95: float


class Shown(NamedTuple):
    """Milliseconds from the choice of an overlay, medians."""

    overlay: str
    fine: float  # until it is drawn in full


class Memory(NamedTuple):
    """What the tab holds, in MB, before and after."""

    what: str
    heap: tuple[float, float]
    resident: tuple[float, float]


def opening(browser: Browser, url: str, name: str) -> Opening:
    """A new tab with an empty cache, several times; the first visit, which warms the server up, doesn't count."""
    visits: list[tuple[float, float, float]] = []
    for _ in range(OPENINGS + 1):
        page = browser.new_page(viewport=WINDOW)
        began = time.monotonic()
        page.goto(url)
        page.wait_for_function(
            "() => document.querySelector('.zs-readout canvas')?.width > 1", timeout=120_000, polling=20
        )
        picture = time.monotonic() - began
        page.wait_for_selector(READY, timeout=120_000)
        before = page.get_attribute(".zs", "data-z")
        over(page, 0.4, 0.4)
        page.wait_for_function(
            "before => document.querySelector('.zs').dataset.z !== before", arg=before, timeout=60_000, polling=20
        )
        usable = time.monotonic() - began
        page.wait_for_selector(PLOTTED, timeout=120_000)
        visits.append((picture, usable, time.monotonic() - began))
        page.close()
    return Opening(name, *(statistics.median(times) for times in zip(*visits[1:], strict=True)))


def hello(browser: Browser, folder: Path) -> float:
    """Seconds until a page with one line has drawn it, the median."""
    script = folder / "hello.py"
    script.write_text('import streamlit as st\n\nst.write("hello")\n')
    took: list[float] = []
    with serve(script) as server:
        for _ in range(OPENINGS + 1):
            page = browser.new_page(viewport=WINDOW)
            began = time.monotonic()
            page.goto(server.url)
            page.wait_for_selector("[data-testid=stMarkdown]")
            took.append(time.monotonic() - began)
            page.close()
    return statistics.median(took[1:])


def terrain(page: Page, count: int) -> Zooms:
    """Zooms in and out at random places; what was decoded before is dropped first, by another density."""
    generator = np.random.default_rng(2)
    covered: list[float] = []
    settled: list[float] = []
    for turn in range(count):
        if turn % 4 == 0:
            page.get_by_role("button", name="Show all").click()
            page.wait_for_timeout(600)
        over(page, *generator.uniform(0.25, 0.75, 2))
        page.wait_for_timeout(150)
        page.mouse.wheel(0, -400)
        page.wait_for_timeout(1500)  # a glide, and all that comes after it
        times = page.evaluate("() => zooms")
        covered.append(max(0.0, times["covered"] - times["view"]))
        settled.append(max(0.0, times["settled"] - times["view"]))
    return Zooms(
        count, quantile(covered, 0.5), quantile(covered, 0.95), quantile(settled, 0.5), quantile(settled, 0.95)
    )


CHOOSE = """label => new Promise((resolve) => {
  const select = document.querySelector(".zs-select select");
  const field = document.querySelector(".zs-field");
  field.dataset.settled = "";
  select.value = [...select.options].find((option) => option.textContent === label).value;
  const began = performance.now();
  const watch = new MutationObserver(() => field.dataset.settled && (watch.disconnect(), resolve(performance.now() - began)));
  watch.observe(field, { attributes: true, attributeFilter: ["data-settled"] });
  select.dispatchEvent(new Event("change"));
})"""


def overlays(page: Page) -> list[Shown]:
    """Each overlay at several zooms."""
    choose(page, "None", on=False)
    names = page.locator(".zs-select option").all_inner_texts()[1:]
    took: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(5):
        over(page, 0.5, 0.5)
        page.mouse.wheel(0, -60)
        page.wait_for_timeout(1200)
        for name in names:
            took[name].append(page.evaluate(CHOOSE, name))
        choose(page, "None", on=False)
    return [Shown(name, statistics.median(times)) for name, times in took.items()]


def sweep(page: Page, name: str, seconds: float, *, zooming: bool = False) -> Sweep:
    """Frames while the pointer moves, and while the wheel turns now and then, if it does."""
    page.evaluate("() => Object.assign(zooms, { intervals: [], pictures: 0 })")
    page.evaluate("s => { watch.sweep = watch.frames(1000 * s, true); }", seconds)
    turn, ends, wheel = 0, time.monotonic() + seconds, time.monotonic()
    while time.monotonic() < ends:
        turn += 1
        over(page, 0.5 + 0.35 * np.sin(0.031 * turn), 0.5 + 0.35 * np.cos(0.0473 * turn))
        if zooming and time.monotonic() > wheel:
            page.mouse.wheel(0, -150 if int(2 * wheel) % 2 else 150)
            wheel += 0.5
    return frames(name, page.evaluate("() => watch.sweep"), seconds)


def memory(page: Page, zooms: int, switches: int) -> list[Memory]:
    """The tab before and after many zooms, and then many page switches. It is warmed up by some of each first."""
    session = page.context.new_cdp_session(page)
    zoom(page, 20)
    switch(page, 3)
    rows = []
    for what, act in (
        (f"{zooms} zooms", lambda: zoom(page, zooms)),
        (f"{switches} page switches", lambda: switch(page, switches)),
    ):
        before = usage(session)
        act()
        after = usage(session)
        rows.append(Memory(what, (before[0], after[0]), (before[1], after[1])))
    return rows


def zoom(page: Page, count: int) -> None:
    generator = np.random.default_rng(3)
    for turn in range(count):
        over(page, *generator.uniform(0.3, 0.7, 2))
        page.mouse.wheel(0, -200 if (turn // 5) % 2 == 0 else 200)
        page.wait_for_timeout(120)
    page.get_by_role("button", name="Show all").click()
    page.wait_for_timeout(1500)


def switch(page: Page, count: int) -> None:
    for _ in range(count):
        page.get_by_role("link", name="Models").click()
        page.get_by_role("heading", name="Models").wait_for()
        page.get_by_role("link", name="Explore").click()
        page.wait_for_selector(READY)
        page.wait_for_timeout(700)


def usage(session: CDPSession) -> tuple[float, float]:
    """Heap and resident set of the tab, in MB, after its garbage has been collected."""
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    heap = session.send("Runtime.getHeapUsage")["usedSize"] / 1e6
    return heap, max(_resident_sets(), default=0.0)


def _resident_sets() -> list[float]:
    """Of the browser's tabs, in MB; none where there is no /proc."""
    sizes: list[float] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if b"--type=renderer" in (process / "cmdline").read_bytes():
                pages = int((process / "statm").read_text().split()[1])
                sizes.append(pages * 4096 / 1e6)
        except OSError:  # it has ended meanwhile
            continue
    return sizes


def over(page: Page, across: float, down: float) -> None:
    """Moves the pointer to a place of the map, in fractions of its width and height."""
    box = page.locator(".zs-plot").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])


def choose(page: Page, overlay: str, *, on: bool) -> None:
    """Terrain on or off, and an overlay or "None"."""
    page.get_by_role("button", name="Layers").click()
    page.get_by_role("switch", name="Terrain").set_checked(on)
    page.locator(".zs-select select").select_option(label=overlay)
    page.keyboard.press("Escape")
    page.wait_for_timeout(2500)


def opened(browser: Browser, url: str) -> Page:
    page = browser.new_page(viewport=WINDOW)
    page.add_init_script(WATCH)
    page.add_init_script(WATCH_TERRAIN)
    page.goto(url)
    page.wait_for_selector(PLOTTED, timeout=120_000)
    page.wait_for_timeout(3000)
    return page


def measure(browser: Browser, zooms: int, switches: int, seconds: float):
    """Openings, the terrain, overlays, sweeps and memory, in this order."""
    with tempfile.TemporaryDirectory() as folder:
        many, million = (many_points(Path(folder), count, f"upload-{count}") for count in (POINTS, MILLION))
        environment = {"VAE_RUNS_DIR": folder, "VAE_DATA_DIR": folder}
        with serve(ROOT / "app.py", environment) as server:
            urls = {
                f"{count:,} points": f"{server.url}/?model={name}"
                for count, name in ((POINTS, many), (MILLION, million))
            }
            urls = {"10,000 points": server.url} | urls
            openings = [Opening("st.write('hello') (baseline)", *3 * [hello(browser, Path(folder))])]
            openings += [opening(browser, url, name) for name, url in urls.items()]
            page = opened(browser, server.url)
            latency = terrain(page, 40)
            sweeps = [sweep(page, "10,000 points, terrain, while the wheel zooms", seconds, zooming=True)]
            soon = page.evaluate("() => zooms")
            sweeps.append(frames("of them, in the 0.4 s after a zoom", soon, sum(soon["intervals"]) / 1000))
            choose(page, "None", on=False)
            sweeps.append(sweep(page, "10,000 points, nothing behind them (baseline)", seconds))
            fields = overlays(page)
            page.close()
            page = opened(browser, urls[f"{POINTS:,} points"])
            choose(page, "Density of the images", on=True)
            sweeps.append(sweep(page, "70,000 points, terrain, density overlay", seconds))
            tab = memory(page, zooms, switches)
            page.close()
            page = opened(browser, urls[f"{MILLION:,} points"])
            sweeps.append(sweep(page, "1,000,000 points, terrain", seconds))
            page.close()
    return openings, latency, fields, sweeps, tab


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, prints tables or JSON, and returns 2 if there is no Chromium."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.map", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--zooms", type=int, default=200, metavar="N", help="for the memory (default: %(default)s)")
    parser.add_argument("--switches", type=int, default=20, metavar="N", help="likewise (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=6, metavar="S", help="of a sweep (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    if min(options.zooms, options.switches, options.seconds) <= 0:
        parser.error("--zooms, --switches and --seconds: more than nothing")
    if CHROMIUM is None:
        print("No Chromium here; get it with apt-get install chromium (or your system's package).", file=sys.stderr)
        return 2
    with chromium() as browser:
        openings, zooms, fields, sweeps, tab = measure(browser, options.zooms, options.switches, options.seconds)
        where = surroundings(browser)
    if options.json:
        tables = {"openings": openings, "overlays": fields, "sweeps": sweeps, "memory": tab}
        records = {name: [row._asdict() for row in rows] for name, rows in tables.items()}
        print(json.dumps({"machine": where, **records, "terrain": zooms._asdict()}))
        return 0
    print(", ".join(f"{name} {value}" for name, value in where.items()))
    show(openings, zooms, fields, sweeps, tab)
    return 0


def show(
    openings: Sequence[Opening],
    zooms: Zooms,
    fields: Sequence[Shown],
    sweeps: Sequence[Sweep],
    tab: Sequence[Memory],
) -> None:
    print(f"\n{'seconds from opening, warm server':46}{'picture':>10}{'usable':>10}{'ready':>10}")
    for name, picture, usable, ready in openings:
        print(f"{name:46}{picture:10.2f}{usable:10.2f}{ready:10.2f}")
    print("aims: usable under 3 s with 70,000 points and under 5 s with 1,000,000")
    print(f"\n{f'milliseconds from the end of a zoom, {zooms.zooms} zooms':46}{'median':>10}{'p95':>10}")
    print(f"{'covered by pictures':46}{zooms.covered:10.0f}{zooms.covered_p95:10.0f}")
    print(f"{'every place with its own':46}{zooms.settled:10.0f}{zooms.settled_p95:10.0f}")
    print("aims: covered within 100 ms, all there within 300 ms")
    print(f"\n{'milliseconds from the choice of an overlay':46}{'median':>10}")
    for overlay, fine in fields:
        print(f"{overlay:46}{fine:10.0f}")
    print(
        f"\n{'frames in a sweep':46}{'per s':>10}{'p50 ms':>10}{'p95 ms':>10}{'over 20 ms':>12}{'pictures per s':>16}"
    )
    for row in sweeps:
        numbers = f"{row.fps:10.1f}{row.p50:10.1f}{row.p95:10.1f}{100 * row.slow:10.1f} %"
        print(f"{row.name:46}{numbers}{row.pictures:16.1f}")
    print("aim: 60 frames a second")
    print(f"\n{'MB that the tab holds':46}{'heap before':>14}{'after':>10}{'resident before':>18}{'after':>10}")
    for what, heap, resident in tab:
        print(f"{what:46}{heap[0]:14.1f}{heap[1]:10.1f}{resident[0]:18.0f}{resident[1]:10.0f}")
    print("aim: no growth")


if __name__ == "__main__":
    sys.exit(main())
