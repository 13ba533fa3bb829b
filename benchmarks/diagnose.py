"""How long until a model's diagnosis is all there: numbers, charts and reconstructions?

    python -m benchmarks.diagnose [--models NAME ...] [--repeats N] [--json]

Each time the Diagnose page is opened by its URL in a browser that was never there. Cold: a fresh server that has imported nothing,
with no diagnosis on its disk. From disk: another fresh server that finds the diagnosis which the first one left. Reloaded: the same
page again on that server, which has it in memory. The baseline is `st.write("hello")` on a server of its own, opened and reloaded
likewise, up to its text.

Everything is noted in the page, once a frame, and counts from the start of the navigation; the server answers by then. Test images
are read from VAE_DATA_DIR; a model whose images aren't there is left out.
"""

from __future__ import annotations

__all__ = ["main"]

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks.servers import CHROMIUM, ROOT, WINDOW, chromium, serve, surroundings
from vae.checkpoints.checkpoint import SHIPPED_FOLDER, peek
from vae.data.sources import is_on_disk, root_folder

Times = dict[str, float]  # milestone -> seconds
WAYS = ("cold", "disk", "reload")
TIMEOUT = 180_000  # ms
MILESTONES = {
    "frame": "the page's heading",
    "some": "numbers that need no decoder",
    "numbers": "the numbers",
    "charts": "the charts",
    "sheets": "the reconstructions",
    "full": "all of it",
}
WATCH = """
(() => {
  const moments = (window.moments = {});
  const all = (selector) => [...document.querySelectorAll(selector)];
  const drawn = (chart) => chart.querySelector(".barlayer path, .scatterlayer path, .heatmaplayer image") !== null;
  const loaded = (image) => image.complete && image.naturalWidth > 0;
  const known = () => all("[data-testid=stMetricValue]");
  const seen = {
    some: () => known().length >= 10,
    hello: () => all("[data-testid=stMarkdown] p").some((element) => element.textContent === "hello"),
    frame: () => all("h3").some((element) => element.textContent.includes("Diagnose")),
    numbers: () => known().length >= 10 && known().every((element) => !element.textContent.includes("…")),
    charts: () => all(".js-plotly-plot").length === 4 && all(".js-plotly-plot").every(drawn),
    sheets: () => all("[data-testid=stImage] img").length === 3 && all("[data-testid=stImage] img").every(loaded),
    full: () => ["numbers", "charts", "sheets"].every((name) => name in moments),
  };
  const look = () => {
    for (const [name, is] of Object.entries(seen)) if (!(name in moments) && is()) moments[name] = performance.now();
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""


def wait(page: Page, last: str) -> Times:
    """Seconds from the start of the navigation to each milestone, once the last has been seen."""
    page.wait_for_function("name => window.moments?.[name] !== undefined", arg=last, timeout=TIMEOUT)
    return {name: value / 1000 for name, value in page.evaluate("window.moments").items()}


def opened(browser: Browser, script: Path, environment: Mapping[str, str], path: str, last: str) -> tuple[Times, Times]:
    """The page on a fresh server: opened, and then reloaded."""
    with serve(script, environment) as server:
        context = browser.new_context(viewport=WINDOW)
        page = context.new_page()
        page.add_init_script(WATCH)
        page.goto(server.url + path, wait_until="commit")
        first = wait(page, last)
        page.wait_for_timeout(500)  # the cache is written behind the page's back
        page.reload(wait_until="commit")
        again = wait(page, last)
        context.close()
    return first, again


def measure(browser: Browser, models: Sequence[str], repeats: int) -> dict[str, dict[str, Times]]:
    """Models and baseline take turns, so that a busy machine disturbs all alike."""
    times: dict[str, list[dict[str, Times]]] = {name: [] for name in ("hello", *models)}
    data = str(root_folder().resolve())
    for turn in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            hello = Path(folder, "hello.py")
            hello.write_text('import streamlit as st\n\nst.write("hello")\n')
            first, again = opened(browser, hello, {}, "", "hello")
            times["hello"].append({"cold": first, "disk": first, "reload": again})
        for name in models:
            with tempfile.TemporaryDirectory() as runs:
                environment = {"VAE_RUNS_DIR": runs, "VAE_DATA_DIR": data}
                path = f"/diagnose?model={name}"
                cold, _ = opened(browser, ROOT / "app.py", environment, path, "full")
                disk, again = opened(browser, ROOT / "app.py", environment, path, "full")
                times[name].append({"cold": cold, "disk": disk, "reload": again})
            print(f"repeat {turn + 1} of {repeats}: {name}, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    return {
        name: {way: {step: statistics.median(row[way][step] for row in rows) for step in rows[0][way]} for way in WAYS}
        for name, rows in times.items()
    }


def show(seconds: Mapping[str, Mapping[str, Times]]) -> None:
    """A table for each way of opening the page."""
    titles = {"cold": "cold, nothing kept", "disk": "fresh server, kept on disk", "reload": "reloaded, in memory"}
    for way, title in titles.items():
        models = [name for name in seconds if name != "hello"]
        print(f"{title + ': seconds until':46}" + "".join(f"{name:>12}" for name in models))
        hello = seconds["hello"][way]["hello"]
        baseline = 'st.write("hello"): its text (baseline)'
        print(f"  {baseline:44}" + f"{hello:12.2f}" * len(models))
        for step, words in MILESTONES.items():
            print(f"  {words:44}" + "".join(f"{seconds[name][way][step]:12.2f}" for name in models))
        over = "".join(f"{seconds[name][way]['full'] - hello:12.2f}" for name in models)
        print(f"  {'all of it, over the baseline':44}{over}\n")
    print("promised: all of it under 10 s cold, under 1 s where it is kept")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, prints a table or JSON, and returns 2 if there is no Chromium."""
    shipped = [path.stem for path in sorted(SHIPPED_FOLDER.glob("*.safetensors"))]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.diagnose", description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--models", nargs="+", default=shipped, choices=shipped, metavar="NAME", help="default: all that ship"
    )
    parser.add_argument("--repeats", type=int, default=3, metavar="N", help="of each (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    if options.repeats < 1:
        parser.error("--repeats: at least 1")
    if CHROMIUM is None:
        print("No Chromium here; get it with apt-get install chromium (or your system's package).", file=sys.stderr)
        return 2
    models = [name for name in options.models if is_on_disk(peek(name).summary.data)]
    for name in sorted(set(options.models) - set(models)):
        print(f"{name} is left out: its test images are not in {root_folder().resolve()}.", file=sys.stderr)
    with chromium() as browser:
        seconds = measure(browser, models, options.repeats)
        where = surroundings(browser)
    if options.json:
        print(json.dumps({"machine": where, "repeats": options.repeats, "seconds": seconds}))
        return 0
    print(", ".join(f"{name} {value}" for name, value in where.items()))
    print(f"medians of {options.repeats}\n")
    show(seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
