"""What does each plane of a model's latents keep, and how far is the way back?

    python -m benchmarks.projections [--model NAME] [--points N] [--pixels] [--json]

Posterior means of the test images are put into a plane by their two dimensions with the largest KL, by PCA, by UMAP and by t-SNE. Of each:
seconds to fit, trustworthiness and continuity (10 neighbours, 1 at best), the share of images whose 10 nearest others know their class, and
the error of the way back, the root mean square distance from a latent to what its place decodes from, as a share of the latents' spread:
for the images that the plane was fitted to (of UMAP and t-SNE without a point's own part in it), and for a tenth that was held out and
placed afterwards, which t-SNE cannot do.

The baselines are the latents themselves, and with `--pixels` UMAP of the raw pixels. How far off a way back is can be judged by two guesses
that need no plane: every latent as the mean of all, an error of 1, and each as its nearest other in all dimensions, which says how far
apart even neighbours are.
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
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

import vae.checkpoints
from benchmarks.machine import load, machine
from vae.data import sources
from vae.errors import VAEError
from vae.latents.layouts import Layout, lay_out, measured
from vae.latents.paths import dimensions
from vae.projections import PCA, TSNE, UMAP, Axes
from vae.projections.neighbours import knn_accuracy
from vae.projections.projection import Settings, fit, trustworthiness

HELD_OUT = 10  # one in so many

Latents = NDArray[np.float32]  # (N, D)


class Row(NamedTuple):
    """One plane, or what stands in for one."""

    plane: str
    seconds: float | None = None
    trustworthiness: float | None = None
    continuity: float | None = None
    knn_accuracy: float | None = None
    reconstruction_error: float | None = None
    way_back_held_out: float | None = None


def row_of(settings: Settings, checkpoint: vae.checkpoints.Checkpoint, beta: float) -> Row:
    """A plane as Explore shows it, and the way back of points that it was not fitted to."""
    began = time.perf_counter()
    layout: Layout = lay_out(checkpoint, settings, beta)
    took = time.perf_counter() - began
    figures = measured(layout, checkpoint).measured
    assert figures is not None
    assert figures.quality is not None
    latents = checkpoint.points_at(beta).mean[layout.index]
    away = held_out(settings, latents) if settings.places else None
    quality = figures.quality
    return Row(
        settings.title,
        took,
        quality.trustworthiness,
        quality.continuity,
        figures.knn_accuracy,
        quality.reconstruction_error,
        away,
    )


def held_out(settings: Settings, latents: Latents) -> float:
    """The error of the way back for a tenth of the latents, placed in a plane that was fitted to the others."""
    out = np.arange(len(latents)) % HELD_OUT == 0
    plane = fit(settings, latents[~out])
    return error(latents[out], plane.inverse_transform(plane.transform(latents[out])).latents, latents)


def error(latents: Latents, guesses: Latents, every: Latents) -> float:
    """Root mean square distance from latents to what they were guessed to be, as a share of the spread of all."""
    spread = np.square(every - every.mean(0)).sum(1).mean()
    return float(np.sqrt(np.square(latents - guesses).sum(1).mean() / spread))


def without_a_plane(latents: Latents, labels: NDArray[np.int64]) -> list[Row]:
    """What the latents know themselves, and how far off guesses at them are."""
    out = np.arange(len(latents)) % HELD_OUT == 0
    rest = latents[~out]
    nearest = np.asarray(NearestNeighbors(n_neighbors=1).fit(latents).kneighbors(return_distance=False))[:, 0]
    near_rest = np.asarray(NearestNeighbors(n_neighbors=1).fit(rest).kneighbors(latents[out], return_distance=False))[
        :, 0
    ]
    mean, mean_of_rest = (np.broadcast_to(some.mean(0), some.shape[1:]) for some in (latents, rest))
    return [
        Row(f"none: {latents.shape[1]} dimensions", knn_accuracy=knn_accuracy(latents, labels)),
        Row(
            "guess: the mean",
            reconstruction_error=error(latents, mean, latents),
            way_back_held_out=error(latents[out], mean_of_rest, latents),
        ),
        Row(
            "guess: the nearest",
            reconstruction_error=error(latents, latents[nearest], latents),
            way_back_held_out=error(latents[out], rest[near_rest], latents),
        ),
    ]


def of_pixels(name: str, count: int, labels: NDArray[np.int64]) -> Row:
    """UMAP of the raw test images. Raises `VAEError` where the data set isn't there."""
    pixels = np.asarray(sources.load(name).images[:count].flatten(1).numpy() / 255, np.float32)
    began = time.perf_counter()
    plane = fit(UMAP(), pixels).plane
    took = time.perf_counter() - began
    both = trustworthiness(pixels, plane), trustworthiness(plane, pixels)
    return Row("UMAP of the pixels", took, *both, knn_accuracy(plane, labels))


def first_points(checkpoint: vae.checkpoints.Checkpoint, count: int) -> vae.checkpoints.Checkpoint:
    """The checkpoint with no more points than that."""
    points, keyframes = checkpoint.points, checkpoint.keyframes
    points = points._replace(mean=points.mean[:count], std=points.std[:count], labels=points.labels[:count])
    if keyframes is not None:
        keyframes = keyframes._replace(mean=keyframes.mean[:, :count], std=keyframes.std[:, :count])
    return checkpoint._replace(points=points, keyframes=keyframes)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, and prints a table or JSON; returns 2 where the model or its data set can't be read."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.projections", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--model", default="mnist-20d", help="a checkpoint (default: %(default)s)")
    parser.add_argument("--points", type=int, default=10_000, metavar="N", help="at most (default: %(default)s)")
    parser.add_argument("--pixels", action="store_true", help="UMAP of the pixels, too; needs the data set")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    try:
        checkpoint = first_points(vae.checkpoints.read(options.model), options.points)
        rows = measure(checkpoint, options.pixels)
    except VAEError as problem:
        print(problem, file=sys.stderr)
        return 2
    count = len(checkpoint.points.labels)
    where = {**machine(), "load": load()}
    if options.json:
        table = {"rows": [row._asdict() for row in rows]}
        print(json.dumps({"machine": where, "model": options.model, "points": count, **table}))
        return 0
    print(", ".join(f"{name} {value}" for name, value in where.items()))
    print(f"{options.model}, posterior means of {count:,} test images\n")
    heads = ("seconds", "trust", "continuity", "kNN", "way back", "held out")
    print(f"{'plane':24}" + "".join(f"{head:>12}" for head in heads))
    for name, took, *shares in rows:
        cells = [
            None if took is None else f"{took:.1f}",
            *(None if share is None else f"{share:.3f}" for share in shares),
        ]
        print(f"{name:24}" + "".join(f"{cell or '–':>12}" for cell in cells))
    return 0


def measure(checkpoint: vae.checkpoints.Checkpoint, pixels: bool) -> list[Row]:
    """Every plane, after what needs none."""
    beta = checkpoint.summary.train.beta
    points = checkpoint.points_at(beta)
    first, second = dimensions(points, checkpoint.prior).order[:2].tolist()
    rows = without_a_plane(points.mean, points.labels)
    rows += [row_of(settings, checkpoint, beta) for settings in (Axes(first, second), PCA(), UMAP(), TSNE())]
    if pixels:
        rows.append(of_pixels(checkpoint.summary.data, len(points.labels), points.labels))
    return rows


if __name__ == "__main__":
    sys.exit(main())
