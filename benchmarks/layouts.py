"""Does the page answer while a plane of many dimensions is made, and how long does that take?

    python -m benchmarks.layouts [--method umap|tsne] [--model NAME] [--seconds S] [--json]

The real app in a real browser, with an empty folder of runs, on Explore. Five things are done in turn, one every quarter of a second:

- the pointer moves: until the picture at its place is painted and the frame committed, as in `benchmarks.live_decode`;
- a pin is set, or removed: until the number of pins below the map, which Python writes, has changed. The map's part of the script runs;
- another page is chosen, and then Explore again, both only now and then: until its heading is there. The page's whole script runs;
- the server's `/_stcore/health` is fetched;
- the decoder's weights are, past the browser's cache.

This is done for some seconds while nothing is made, which is the baseline, and then from the click on UMAP or t-SNE until the plane is
there. All is noted in the page itself, so it waits, as an eye would, for a main thread that is busy.

How long the plane takes is told for the first one ever, when nothing has been compiled; and, while nobody asks for anything, for another
seed with the compiled code kept, for a second visitor, and for a server that was started anew and finds the plane as a file.
"""

from __future__ import annotations

__all__ = ["main"]

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from playwright.sync_api import Browser, Page

from benchmarks.live_decode import WATCH
from benchmarks.machine import load
from benchmarks.servers import CHROMIUM, ROOT, WINDOW, chromium, quantile, serve, surroundings
from vae.projections.planes import scattering

PAUSE = 0.25  # seconds between two askings
SWITCH = 6.0  # seconds on Explore before another page is chosen
LIMIT = 600_000  # milliseconds
READY = ".zs[data-ready]"
AIM = 200  # milliseconds
METHODS = {name: kind.title for name, kind in scattering().items()}

# Runs before the page's own scripts.
WATCH_TRIPS = """
(() => {
  const settled = async () => new Promise((resolve) => watch.committed(resolve));
  const changed = (is) => new Promise((resolve) => {
    if (is()) return resolve();
    const observer = new MutationObserver(() => is() && (observer.disconnect(), resolve()));
    observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  });
  const pins = () =>
    [...document.querySelectorAll("[data-testid=stDownloadButton]")].find((one) => one.textContent.includes("Pins"))?.textContent;
  const timed = async (act, done) => {
    const began = performance.now();
    act();
    await done();
    return performance.now() - began;
  };
  window.trips = {
    fetched: (url) => timed(() => {}, async () => {
      const answer = await fetch(url, { cache: "no-store" });
      if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
      await answer.arrayBuffer();
    }),
    switched: (name) => timed(
      () => [...document.querySelectorAll("a")].find((link) => link.textContent.includes(name)).click(),
      async () => {
        await changed(() => [...document.querySelectorAll("h3")].some((heading) => heading.textContent === name));
        await settled();
      },
    ),
    pins,
    // Begins at the next press of a pointer's button.
    pinned: () => {
      const before = pins();
      window.trips.taken = new Promise((resolve) => {
        window.addEventListener("pointerup", async () => {
          const began = performance.now();
          await changed(() => ![before, undefined].includes(pins()));
          await settled();
          resolve(performance.now() - began);
        }, { capture: true, once: true });
      });
    },
  };
})();
"""

# The map says what its axes are.
SHOWS = "name => document.querySelector('.zs[data-ready] .zs-axis-name')?.textContent.startsWith(name)"


class Row(NamedTuple):
    """One kind of asking."""

    what: str
    samples: int
    p50: float  # milliseconds
    p95: float
    worst: float
    late: float  # share of those that took longer than `AIM`, from 0 to 1


class Made(NamedTuple):
    """One plane."""

    how: str
    seconds: float  # from the click until it is on the map
    load: float  # processes that wanted to run, over the last minute


class Asking:
    """Asks the page for one thing after the other."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.took: dict[str, list[float]] = {}
        self.generator = np.random.default_rng(1)
        self.block = page.evaluate(
            "performance.getEntriesByType('resource').map((entry) => entry.name).find((name) => name.includes('/zscape/block/'))"
        )
        self.switched = time.monotonic()

    def until(self, done: Callable[[], bool]) -> list[Row]:
        """Rows of all that was asked for until then."""
        self.took = {}
        self.switched = time.monotonic()
        turns = (self.move, self.pin, self.health, self.weights)
        turn = 0
        while not done():
            began = time.monotonic()
            if began - self.switched > SWITCH:
                self.switch()
            else:
                turns[turn % len(turns)]()
                turn += 1
            self.page.wait_for_timeout(1000 * max(0.0, PAUSE - (time.monotonic() - began)))
        return [row_of(what, took) for what, took in self.took.items()]

    def note(self, what: str, milliseconds: float) -> None:
        self.took.setdefault(what, []).append(milliseconds)

    def place(self) -> tuple[float, float]:
        box = self.page.locator(".zs-plot").bounding_box()
        assert box is not None
        across, down = self.generator.uniform(0.3, 0.7, 2)
        return box["x"] + across * box["width"], box["y"] + down * box["height"]

    def move(self) -> None:
        self.page.evaluate(
            "() => Object.assign(watch, { samples: [], sampling: true, place: watch.placeOf(), picture: watch.pictureOf() })"
        )
        self.page.mouse.move(*self.place())
        self.page.wait_for_function("() => watch.samples.length", polling=20)
        sample = self.page.evaluate("() => { watch.sampling = false; return watch.samples[0]; }")
        if sample["changed"]:
            self.note("pointer to picture", sample["took"])

    def pin(self) -> None:
        self.page.mouse.move(*self.place())
        self.page.evaluate("() => trips.pinned()")
        remove = self.page.get_by_role("button", name="Remove pin 1")
        if remove.count():
            remove.click()
        else:
            self.page.mouse.down()
            self.page.mouse.up()
        took = self.page.evaluate(
            "() => Promise.race([trips.taken, new Promise((resolve) => setTimeout(resolve, 10000))])"
        )
        if took is not None:
            self.note("pin, through the script", took)

    def health(self) -> None:
        self.note("/_stcore/health", self.page.evaluate("() => trips.fetched('/_stcore/health')"))

    def weights(self) -> None:
        self.note("the decoder's weights", self.page.evaluate("url => trips.fetched(url)", self.block))

    def switch(self) -> None:
        for name in ("Models", "Explore"):
            self.note(f"to {name}, its heading", self.page.evaluate("name => trips.switched(name)", name))
            self.page.wait_for_timeout(1000 * PAUSE)
        self.page.wait_for_selector(READY, timeout=LIMIT)
        self.switched = time.monotonic()


def row_of(what: str, took: Sequence[float]) -> Row:
    late = sum(one > AIM for one in took) / len(took)
    return Row(what, len(took), quantile(took, 0.5), quantile(took, 0.95), max(took), late)


def opened(browser: Browser, url: str) -> Page:
    """A visitor that was never here, on Explore with a plane of principal components."""
    page = browser.new_context(viewport=WINDOW).new_page()
    page.set_default_timeout(LIMIT)
    page.add_init_script(WATCH)
    page.add_init_script(WATCH_TRIPS)
    page.goto(url)
    page.wait_for_selector(".zs-map:not(.zs-dirty)")
    page.wait_for_function("() => document.querySelector('.zs').textContent.match(/Trustworthiness[^%]*%/)")
    page.wait_for_timeout(2000)  # what Streamlit does after its first paint
    return page


def choose(page: Page, method: str) -> float:
    """Clicks, and returns when, by `time.monotonic`."""
    button = page.get_by_test_id("stButtonGroup").get_by_text(METHODS[method], exact=True)
    began = time.monotonic()
    button.click()
    return began


def there(page: Page, method: str) -> bool:
    return bool(page.evaluate(SHOWS, METHODS[method]))


def visit(browser: Browser, url: str, method: str, how: str) -> Made:
    """A visitor who chooses the method and waits."""
    page = opened(browser, url)
    began = choose(page, method)
    page.wait_for_function(SHOWS, arg=METHODS[method], polling=20)
    made = Made(how, time.monotonic() - began, load())
    page.context.close()
    return made


def another(page: Page, method: str) -> Made:
    """Another seed."""
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("spinbutton", name="Seed").fill("1")
    began = time.monotonic()
    page.get_by_role("button", name="Lay out").click()
    page.get_by_role("progressbar").first.wait_for(state="attached")
    page.get_by_role("progressbar").first.wait_for(state="detached")
    return Made(f"{METHODS[method]}, another seed", time.monotonic() - began, load())


def measure(browser: Browser, model: str, method: str, seconds: float) -> tuple[list[Row], list[Row], list[Made]]:
    """What is asked for while nothing is made, and while the plane is; and how long planes took."""
    title = METHODS[method]
    with tempfile.TemporaryDirectory() as folder:
        environment = {"VAE_RUNS_DIR": folder, "VAE_DATA_DIR": folder, "NUMBA_CACHE_DIR": str(Path(folder, "numba"))}
        address = f"/?model={model}"
        with serve(ROOT / "app.py", environment) as server:
            page = opened(browser, server.url + address)
            asking = Asking(page)
            ends = time.monotonic() + seconds
            before = asking.until(lambda: time.monotonic() > ends)
            began = choose(page, method)
            during = asking.until(lambda: there(page, method))
            made = [Made(f"{title}, the first ever", time.monotonic() - began, load())]
            made.append(another(page, method))
            page.context.close()
            made.append(visit(browser, server.url + address, method, f"{title}, another visitor"))
        with serve(ROOT / "app.py", environment) as server:
            made.append(visit(browser, server.url + address, method, f"{title}, server started anew"))
    return before, during, made


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, prints tables or JSON, and returns 2 if there is no Chromium."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.layouts", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--method", choices=METHODS, default="umap", help="(default: %(default)s)")
    parser.add_argument("--model", default="mnist-20d", help="a shipped checkpoint (default: %(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=30, metavar="S", help="length of the baseline (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    if options.seconds <= 0:
        parser.error("--seconds: more than 0")
    if CHROMIUM is None:
        print("No Chromium here; get it with apt-get install chromium (or your system's package).", file=sys.stderr)
        return 2
    with chromium() as browser:
        before, during, made = measure(browser, options.model, options.method, options.seconds)
        where = surroundings(browser)
    if options.json:
        tables = {"before": before, "during": during, "made": made}
        records = {name: [row._asdict() for row in rows] for name, rows in tables.items()}
        print(json.dumps({"machine": where, "model": options.model, "method": options.method, **records}))
        return 0
    print(", ".join(f"{name} {value}" for name, value in where.items()) + "\n")
    show(before, during, made, METHODS[options.method])
    return 0


def show(before: Sequence[Row], during: Sequence[Row], made: Sequence[Made], title: str) -> None:
    heads = f"{'samples':>9}{'p50':>8}{'p95':>8}{'worst':>8}{'late':>8}"
    for name, rows in ((f"{'ms, nothing is made (baseline)':36}", before), (f"{f'ms, {title} is made':36}", during)):
        print(name + heads + (f"{'times slower':>14}" if rows is during else ""))
        known = {row.what: row.p50 for row in before}
        for row in rows:
            numbers = f"{row.samples:9}{row.p50:8.1f}{row.p95:8.1f}{row.worst:8.1f}{100 * row.late:6.0f} %"
            slower = f"{row.p50 / known[row.what]:14.1f}" if rows is during and row.what in known else ""
            print(f"{row.what:36}{numbers}{slower}")
        print()
    print(f"late: over {AIM} ms, which is the aim; times slower at the median\n")
    print(f"{'until the plane is there':36}{'seconds':>9}{'load':>8}")
    for how, seconds, busy in made:
        print(f"{how:36}{seconds:9.1f}{busy:8.1f}")


if __name__ == "__main__":
    sys.exit(main())
