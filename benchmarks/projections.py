"""What does each plane of a model's latents keep, and how far is the way back?

    python -m benchmarks.projections [--model NAME] [--points N] [--pixels] [--json]

Posterior means of the test images are put into a plane by their two dimensions with the largest KL, by PCA, by UMAP and by t-SNE. Of each:
seconds to fit, trustworthiness and continuity (10 neighbours, 1 at best), the share of images whose 10 nearest others know their class, and
the error of the way back, the root mean square distance from a latent to what its place decodes from, as a share of the latents' spread:
for the images that the plane was fitted to (of UMAP and t-SNE without a point's own part in it), and for a tenth that was held out and
placed afterwards, which t-SNE cannot do. The baseline is the latents themselves, and with `--pixels` UMAP of the raw pixels.
"""

from __future__ import annotations

__all__ = ["main"]

import argparse
import json
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

import vae.checkpoint
from benchmarks.machine import machine
from vae import data
from vae.diagnostics import probe
from vae.errors import VAEError
from vae.keyframes import kl_by_dim
from vae.projection import PCA, TSNE, UMAP, Axes, Settings, fit, quality

HELD_OUT = 10  # one in so many


class Row(NamedTuple):
    """One plane."""

    plane: str
    seconds: float
    trustworthiness: float | None
    continuity: float | None
    knn_accuracy: float | None
    way_back: float | None
    way_back_held_out: float | None


def row_of(settings: Settings, latents: np.ndarray, labels: np.ndarray) -> Row:
    began = time.perf_counter()
    plane = fit(settings, latents)
    took = time.perf_counter() - began
    kept = quality(plane, latents)
    held_out = np.arange(len(latents)) % HELD_OUT == 0
    try:
        others = fit(settings, latents[~held_out])
        back = others.lift(others.place(latents[held_out])).latents
        spread = np.square(latents - latents.mean(0)).sum(1).mean()
        away = float(np.sqrt(np.square(latents[held_out] - back).sum(1).mean() / spread))
    except VAEError:  # it places nobody else
        away = None
    found = probe(plane.plane, labels)
    known = found and found.knn_accuracy
    return Row(settings.title, took, kept.trustworthiness, kept.continuity, known, kept.way_back, away)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, and prints a table or JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.projections", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--model", default="mnist-20d", help="a checkpoint (default: %(default)s)")
    parser.add_argument("--points", type=int, default=10_000, metavar="N", help="at most (default: %(default)s)")
    parser.add_argument("--pixels", action="store_true", help="UMAP of the pixels, too; needs the data set")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    checkpoint = vae.checkpoint.read(options.model)
    points = checkpoint.points
    latents, labels = points.mean[: options.points], points.labels[: options.points]
    first, second = sorted(int(d) for d in np.argsort(kl_by_dim(points.mean, points.std))[-2:])
    own = probe(latents, labels)
    rows = [Row(f"none: {latents.shape[1]} dimensions", 0.0, None, None, own and own.knn_accuracy, 0.0, 0.0)]
    rows += [row_of(settings, latents, labels) for settings in (Axes(first, second), PCA(), UMAP(), TSNE())]
    if options.pixels:
        images = data.load(checkpoint.summary.data).images[: options.points]
        pixels = np.asarray(images.flatten(1).numpy() / 255, np.float32)
        began = time.perf_counter()
        plane = fit(UMAP(), pixels).plane
        took = time.perf_counter() - began
        found = probe(plane, labels)
        rows.append(Row("UMAP of the pixels", took, None, None, found and found.knn_accuracy, None, None))
    if options.json:
        table = {"rows": [row._asdict() for row in rows]}
        print(json.dumps({"machine": machine(), "model": options.model, "points": len(latents), **table}))
        return 0
    print(f"{options.model}, posterior means of {len(latents):,} test images\n")
    heads = ("seconds", "trust", "continuity", "kNN", "way back", "held out")
    print(f"{'plane':24}" + "".join(f"{head:>12}" for head in heads))
    for name, took, *shares in rows:
        cells = "".join(f"{'–' if share is None else f'{share:.3f}':>12}" for share in shares)
        print(f"{name:24}{took:12.1f}{cells}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
