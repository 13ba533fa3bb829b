"""Does the app stay quick while a run trains on every core?

    python -m benchmarks.beside [--data mnist] [--moves N] [--seconds S] [--rounds N] [--json]

The real app in a real browser, with its shipped model of MNIST. The pointer jumps about the map and then moves without pause for some
seconds, as in `benchmarks.live_decode`; then every page is chosen in turn, some rounds long: until its heading is there and the
frame committed, as in `benchmarks.layouts`. The last page is Train, which has the player of the run on it once there is one.

This is done while nothing trains, which is the baseline, and again while a background run trains what the Train page suggests, with as many
threads as PyTorch takes by itself, one for each core. The run yields to a map that is being moved (`vae/runs/yielding.py`), so its steps
are counted as well: for some seconds with nobody there, and from the first to the last move of the pointer, with rests in between.
"""

from __future__ import annotations

__all__ = ["main"]

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

from playwright.sync_api import Browser

from benchmarks.layouts import WATCH_TRIPS
from benchmarks.live_decode import WATCH, Row, Sweep, live
from benchmarks.machine import load
from benchmarks.servers import CHROMIUM, ROOT, WINDOW, chromium, quantile, serve, surroundings
from vae.data.sources import root_folder
from vae.runs import store
from vae.runs.store import Run
from vae.runs.suggested import suggested

PAGES = ("Sample", "Traverse", "Models", "Train", "Explore")
BEGUN = 300.0  # seconds that a run may take to begin
PAUSE = 500  # milliseconds between two page switches


class Switch(NamedTuple):
    """To one page, from the one before."""

    page: str
    samples: int
    p50: float  # milliseconds
    worst: float


class Measurement(NamedTuple):
    """All that was measured in one state of the machine."""

    state: str
    pointer: Row
    frames: list[Sweep]
    switches: list[Switch]
    load: float
    alone: float | None = None  # steps that the run does in a second with nobody there
    meanwhile: float | None = None  # and while the pointer moves and rests on the map


def measure(
    browser: Browser, url: str, state: str, run: Run | None = None, *, moves: int, seconds: float, rounds: int
) -> Measurement:
    with counted(run) as alone:
        time.sleep(seconds if run else 0)
    with counted(run) as meanwhile:
        pointer, frames = live(browser, url, state, moves, seconds)
    page = browser.new_page(viewport=WINDOW)
    page.set_default_timeout(60_000)
    page.add_init_script(WATCH)
    page.add_init_script(WATCH_TRIPS)
    page.goto(url)
    page.wait_for_selector(".zs[data-ready]")
    page.wait_for_timeout(2000)  # what Streamlit does after its first paint
    took: dict[str, list[float]] = {name: [] for name in PAGES}
    for _ in range(rounds):
        for name in PAGES:
            took[name].append(page.evaluate("name => trips.switched(name)", name))
            page.wait_for_timeout(PAUSE)
    page.close()
    switches = [Switch(name, len(each), quantile(each, 0.5), max(each)) for name, each in took.items()]
    return Measurement(state, pointer, frames, switches, load(), *alone, *meanwhile)


@contextmanager
def counted(run: Run | None) -> Iterator[list[float | None]]:
    """The steps that a run does in a second, once it is over."""
    rates: list[float | None] = []
    began, before = time.monotonic(), run.status().step if run else 0
    yield rates
    rates.append((run.status().step - before) / (time.monotonic() - began) if run else None)


def both(browser: Browser, data: str, moves: int, seconds: float, rounds: int) -> list[Measurement]:
    """While nothing trains, and while a run does."""
    request = suggested(data)
    request = replace(request, train=replace(request.train, epochs=10_000))
    with tempfile.TemporaryDirectory() as folder:
        environment = {"VAE_RUNS_DIR": folder, "VAE_DATA_DIR": str(root_folder().resolve())}
        os.environ |= environment
        with serve(ROOT / "app.py", environment) as server:
            states = [measure(browser, server.url, "nothing trains", moves=moves, seconds=seconds, rounds=rounds)]
            run = store.start(request)
            try:
                until = time.monotonic() + BEGUN
                while not run.status().step:
                    if not run.status().active or time.monotonic() > until:
                        raise SystemExit(f"The run didn't begin: {run.status().message}")
                    time.sleep(0.1)
                states.append(
                    measure(browser, server.url, "a run trains", run, moves=moves, seconds=seconds, rounds=rounds)
                )
                if not run.status().active:
                    raise SystemExit(f"The run ended meanwhile: {run.status().message}")
            finally:
                run.stop()
                while run.status().active:
                    time.sleep(0.1)
    return states


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, prints tables or JSON, and returns 2 if there is no Chromium."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.beside", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", default="mnist", help="what is trained (default: %(default)s)")
    parser.add_argument("--moves", type=int, default=200, metavar="N", help="of the pointer (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=8, metavar="S", help="of a sweep (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=6, metavar="N", help="over all pages (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    if CHROMIUM is None:
        print("No Chromium here; get it with apt-get install chromium (or your system's package).", file=sys.stderr)
        return 2
    with chromium() as browser:
        states = both(browser, options.data, options.moves, options.seconds, options.rounds)
        where = surroundings(browser)
    if options.json:
        print(json.dumps({"machine": where, "found": [state._asdict() for state in states]}))
        return 0
    print(", ".join(f"{name} {value}" for name, value in where.items()))
    for state in states:
        print(f"\n{state.state}, load {state.load}")
        print(
            f"  pointer to picture, ms p50 / p95 / worst: {state.pointer.p50:.1f} / {state.pointer.p95:.1f} / {state.pointer.worst:.1f}"
        )
        for row in state.frames:
            print(
                f"  {row.name.rpartition(', ')[2]:10} {row.fps:5.1f} fps, {100 * row.slow:.1f} % of the intervals over 20 ms"
            )
        if state.alone and state.meanwhile:
            print(f"  the run: {state.alone:.1f} steps a second with nobody there, {state.meanwhile:.1f} meanwhile")
        for switch in state.switches:
            print(f"  to {switch.page:9} ms p50 / worst: {switch.p50:6.0f} / {switch.worst:6.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
