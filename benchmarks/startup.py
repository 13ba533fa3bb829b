"""How long until the first decoded picture, and how much of that is Streamlit's own?

    python -m benchmarks.startup [--repeats N] [--json]

From the command: `streamlit run app.py` is started, a Chromium that is already there asks again and again until the port
answers, and opens the page with an empty cache. From opening: the server is warm, and the page is opened in a browser
that was never there (cold cache), then a second time (warm cache). The baseline is the smallest app there is,
`st.write("hello")`, on the same server with the same settings, up to its text.

Everything is noted in the page, in the frame that shows it: a script that runs before the page's own looks once a frame for
the heading, for a picture with content on the canvas, and for the map that calls itself ready. So a moment is late by up
to a frame, and waits, as an eye would, for a main thread that is busy.
"""

from __future__ import annotations

__all__ = ["main"]

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

from benchmarks.servers import CHROMIUM, ROOT, WINDOW, Server, chromium, serve, surroundings

Times = dict[str, float]  # milestone -> seconds

# `moments` are in milliseconds since the navigation began.
WATCH = """
(() => {
  const moments = (window.moments = {});
  const note = (name) => (moments[name] ??= performance.now());
  window.WebSocket = class extends window.WebSocket {
    constructor(...parts) {
      super(...parts);
      this.addEventListener("open", () => note("socket"));
      this.addEventListener("message", () => note("message"));
    }
  };
  const shown = (selector, text) =>
    [...document.querySelectorAll(selector)].some((element) => element.textContent.includes(text) && element.clientHeight > 0);
  const painted = () => {
    const canvas = document.querySelector(".zs-readout canvas");
    if (!canvas || canvas.width < 2) return false;
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.some((value, place) => place % 4 === 0 && value !== data[0]);
  };
  const seen = {
    hello: () => shown("[data-testid=stMarkdown] p", "hello"),
    frame: () => shown("h3", "Explore"),
    component: () => document.querySelector(".zs-body") !== null,
    picture: painted,
    map: () => document.querySelector(".zs[data-ready]") !== null,
  };
  const look = () => {
    for (const [name, is] of Object.entries(seen)) if (!(name in moments) && is()) note(name);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""

# What the browser itself knows of the fetches.
FETCHES = """() => {
  const found = { began: performance.timeOrigin };
  const page = performance.getEntriesByType("navigation")[0];
  found["html fetched"] = page.responseEnd;
  for (const { name, startTime, responseEnd } of performance.getEntriesByType("resource")) {
    const kind = name.includes("/zscape/plotly") ? "plotly" : name.includes("/zscape/block/") ? "block" : null;
    if (kind) (found[`${kind} asked for`] ??= startTime);
    if (kind) found[`${kind} fetched`] = Math.max(found[`${kind} fetched`] ?? 0, responseEnd);
    if (name.includes("/static/js/") && startTime < (window.moments.socket ?? Infinity)) {
      found["bundle fetched"] = Math.max(found["bundle fetched"] ?? 0, responseEnd);
    }
  }
  return { ...found, ...window.moments };
}"""

# The milestones in words, in the order they are expected.
WORDS = {
    "html fetched": "Streamlit's page fetched",
    "bundle fetched": "its JavaScript fetched",
    "socket": "it has run and opened its socket",
    "message": "first message from the server",
    "frame": "the page's heading is visible",
    "component": "our component is in the page",
    "plotly asked for": "plotly.js asked for",
    "block asked for": "weights and points asked for",
    "block fetched": "weights and points fetched",
    "picture": "first decoded picture",
    "plotly fetched": "plotly.js fetched",
    "map": "the map is drawn",
}


def tab(context: BrowserContext) -> Page:
    """An empty tab that will note its milestones."""
    page = context.new_page()
    page.add_init_script(WATCH)
    return page


def visit(page: Page, url: str, last: str) -> Times:
    """Opens the page and waits for its last milestone: seconds since the navigation began."""
    page.goto(url, wait_until="commit")
    page.wait_for_function("name => window.moments?.[name] !== undefined", arg=last, timeout=60_000)
    moments = page.evaluate(FETCHES)
    began = moments.pop("began") / 1000
    return {"began": began} | {name: value / 1000 for name, value in moments.items()}


def from_command(browser: Browser, script: Path, environment: dict[str, str], last: str) -> tuple[Times, Times, Times]:
    """One start of the server: seconds since the command, then since opening with a cold cache, then with a warm one."""
    context = browser.new_context(viewport=WINDOW)
    page = tab(context)  # before the command, as a browser is open already when somebody gives it
    with serve(script, environment) as server:
        first = since_command(visit(page, server.url, last), server)
        context.close()
        context = browser.new_context(viewport=WINDOW)
        page = tab(context)
        cold = visit(page, server.url, last)
        page.wait_for_timeout(500)  # the cache is written behind the page's back
        page.close()
        warm = visit(tab(context), server.url, last)
        context.close()
    return first, cold, warm


def since_command(times: Times, server: Server) -> Times:
    shift = times["began"] - server.launched
    return {"port": server.answering - server.launched} | {name: value + shift for name, value in times.items()}


def medians(repeats: Sequence[Times]) -> Times:
    """Milestone by milestone; only those that every repeat saw."""
    return {
        name: statistics.median(times[name] for times in repeats)
        for name in repeats[0]
        if name != "began" and all(name in times for times in repeats)
    }


def measure(browser: Browser, repeats: int) -> dict[str, dict[str, Times]]:
    """App and baseline take turns, so that a busy machine disturbs both alike."""
    starts: dict[str, list[tuple[Times, Times, Times]]] = {"app": [], "hello": []}
    with tempfile.TemporaryDirectory() as folder:
        hello = Path(folder, "hello.py")
        hello.write_text('import streamlit as st\n\nst.write("hello")\n')
        environment = {"VAE_RUNS_DIR": folder, "VAE_DATA_DIR": folder}
        for turn in range(repeats):
            starts["app"].append(from_command(browser, ROOT / "app.py", environment, "map"))
            starts["hello"].append(from_command(browser, hello, {}, "hello"))
            print(f"repeat {turn + 1} of {repeats}", file=sys.stderr)
    return {
        name: {
            way: medians(times) for way, times in zip(("command", "cold", "warm"), zip(*rows, strict=True), strict=True)
        }
        for name, rows in starts.items()
    }


def show(seconds: dict[str, dict[str, Times]]) -> None:
    """The table, and the way there milestone by milestone."""
    app, hello = seconds["app"], seconds["hello"]
    columns = ("from the command", "opened, cold cache", "opened, warm cache")
    print(f"{'seconds until':42}" + "".join(f"{column:>20}" for column in columns))
    rows = {
        "st.write('hello'): its text (baseline)": [hello[way]["hello"] for way in hello],
        "Zscape: the page's frame": [app[way]["frame"] for way in app],
        "Zscape: first decoded picture": [app[way]["picture"] for way in app],
        "Zscape: the map": [app[way]["map"] for way in app],
        "the picture over the baseline": [app[way]["picture"] - hello[way]["hello"] for way in app],
    }
    for name, values in rows.items():
        print(f"{name:42}" + "".join(f"{value:20.2f}" for value in values))
    print("\npromised: picture under 6 s from the command and 3 s from opening; frame under 1 s from opening")

    print(f"\n{'where it goes: Zscape, since the start':42}" + "".join(f"{column:>20}" for column in columns))
    print(f"{'the server answers':42}{app['command']['port']:20.2f}{'-':>20}{'-':>20}")
    for name, words in sorted(WORDS.items(), key=lambda item: app["cold"].get(item[0], 0)):
        values = [app[way].get(name) for way in app]
        print(f"{words:42}" + "".join(f"{'-':>20}" if value is None else f"{value:20.2f}" for value in values))
    print(f"{'the same for the baseline: server answers':42}{hello['command']['port']:20.2f}{'-':>20}{'-':>20}")
    print(f"{'its socket is open':42}" + "".join(f"{hello[way]['socket']:20.2f}" for way in hello))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, prints a table or JSON, and returns 2 if there is no Chromium."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--repeats", type=int, default=5, metavar="N", help="starts measured (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    if options.repeats < 1:
        parser.error("--repeats: at least 1")
    if CHROMIUM is None:
        print("No Chromium here; get it with apt-get install chromium (or your system's package).", file=sys.stderr)
        return 2
    with chromium() as browser:
        seconds = measure(browser, options.repeats)
        where = surroundings(browser)
    if options.json:
        print(json.dumps({"machine": where, "repeats": options.repeats, "seconds": seconds}))
        return 0
    print(", ".join(f"{name} {value}" for name, value in where.items()))
    print(f"medians of {options.repeats} starts\n")
    show(seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
