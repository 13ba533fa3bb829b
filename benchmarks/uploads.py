"""Do pages get slower with the number of models?

    python -m benchmarks.uploads [--counts N [N ...]] [--reruns N] [--json]

The processor time of a rerun of Explore and of Models, without a browser, with so many uploads beside what ships, and with so many finished
runs that have a model each. The baseline is the same rerun with none. Medians.
"""

from __future__ import annotations

__all__ = ["main"]

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from benchmarks.machine import load, machine
from benchmarks.servers import ROOT
from vae.runs import store
from vae.runs.status import Status
from vae.runs.suggested import suggested

MODEL = ROOT / "checkpoints" / "digits-2d.safetensors"


def upload(folder: Path, count: int) -> None:
    """Lays copies of a model among the uploads."""
    (folder / "uploads").mkdir(parents=True)
    for number in range(count):
        shutil.copy(MODEL, folder / "uploads" / f"upload-{number}.safetensors")


def train(folder: Path, count: int) -> None:
    """Makes runs that have ended, each with a model."""
    folder.mkdir(parents=True)
    for _ in range(count):
        run = store.create(suggested("digits"))
        (run.folder / "status.json").write_text(json.dumps(Status("finished")._asdict()))
        shutil.copy(MODEL, run.folder / "model.safetensors")


def rerun(page: str, make: Callable[[Path, int], None], count: int, times: int) -> float:
    """Milliseconds of processor time that a rerun of a page takes with so many models."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VAE_RUNS_DIR"] = str(Path(folder) / "runs")
        make(Path(folder) / "runs", count)
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=600).run()
        if page != "explore":
            app.switch_page(f"pages/{page}.py").run()
        app.run()
        took = []
        for _ in range(times):
            began = time.process_time()
            app.run()
            took.append(1000 * (time.process_time() - began))
        assert not app.exception
        return statistics.median(took)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.uploads", description=__doc__)
    parser.add_argument("--counts", type=int, nargs="+", default=[200, 700], help="numbers of models")
    parser.add_argument("--reruns", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = []
    for page in ("explore", "models"):
        alone = rerun(page, upload, 0, options.reruns)
        rows.append({"page": page, "models": "none", "ms": round(alone, 1), "ratio": 1.0})
        for kind, make in (("uploads", upload), ("runs", train)):
            for count in options.counts:
                took = rerun(page, make, count, options.reruns)
                rows.append(
                    {
                        "page": page,
                        "models": f"{count:,} {kind}",
                        "ms": round(took, 1),
                        "ratio": round(took / alone, 2),
                    }
                )
    if options.json:
        print(json.dumps({**machine(), "load": load(), "rows": rows}))
        return
    print(" · ".join(f"{name} {value}" for name, value in {**machine(), "load": load()}.items()))
    print(f"{'page':<10}{'models':>16}{'ms a rerun':>12}{'ratio':>8}")
    for row in rows:
        print(f"{row['page']:<10}{row['models']:>16}{row['ms']:>12}{row['ratio']:>8}")


if __name__ == "__main__":
    main()
