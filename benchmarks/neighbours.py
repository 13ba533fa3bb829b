"""How well do the neighbours of an image in the plane know its class, next to PCA and UMAP?

    python -m benchmarks.neighbours [--model NAME] [--neighbours K] [--umap] [--json]

The class of each test image is guessed by a vote of its k nearest training images, once by where the model's encoder puts them
(posterior means, no labels used), once by the first two principal components of the pixels, and with `--umap` by UMAP's plane of the
pixels (it must be installed; fitted to the training images, the test images placed into it afterwards). The share that is right is
printed, over the whole test split.
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
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsClassifier

import vae
import vae.data
from vae.data.sources import is_on_disk, root_folder
from vae.evaluation.bounds import posteriors


class Row(NamedTuple):
    """One plane."""

    name: str
    dimensions: int
    accuracy: float
    seconds: float  # to place training and test images, fitting included where the plane is fitted here


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, prints a table or JSON, and returns 2 if MNIST isn't there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.neighbours", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--model", default="mnist-2d", help="a checkpoint of MNIST (default: %(default)s)")
    parser.add_argument("--neighbours", type=int, default=10, metavar="K", help="that vote (default: %(default)s)")
    parser.add_argument("--umap", action="store_true", help="UMAP as well, which takes minutes")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    if not is_on_disk("mnist"):
        print(
            f"MNIST isn't in {root_folder().resolve()}. Set VAE_DATA_DIR to the folder that holds MNIST/raw.",
            file=sys.stderr,
        )
        return 2
    train, test = vae.data.load("mnist", "train"), vae.data.load("mnist", "test")
    pixels = [split.images.flatten(1).float().numpy() / 255 for split in (train, test)]

    def accuracy(places: NDArray[np.float32], others: NDArray[np.float32]) -> float:
        voters = KNeighborsClassifier(options.neighbours).fit(places, train.labels.numpy())
        return float(voters.score(others, test.labels.numpy()))

    rows: list[Row] = []
    model = vae.load(options.model)
    began = time.perf_counter()
    means = [posteriors(model, split, model.config.nearest_beta()).mean.numpy() for split in (train, test)]
    took = time.perf_counter() - began
    rows.append(Row(options.model, means[0].shape[1], accuracy(*means), took))
    began = time.perf_counter()
    pca = PCA(2, random_state=0).fit(pixels[0])
    planes = [pca.transform(split) for split in pixels]
    took = time.perf_counter() - began
    rows.append(Row("PCA", 2, accuracy(*planes), took))
    if options.umap:
        from umap import UMAP

        began = time.perf_counter()
        plane = UMAP(random_state=0).fit(pixels[0])
        places = [np.asarray(plane.embedding_), np.asarray(plane.transform(pixels[1]))]
        took = time.perf_counter() - began
        rows.append(Row("UMAP", 2, accuracy(places[0], places[1]), took))
    if options.json:
        print(json.dumps({"neighbours": options.neighbours, "rows": [row._asdict() for row in rows]}))
        return 0
    print(f"share of test images whose class {options.neighbours} training images guess right\n")
    print(f"{'plane':24}{'dimensions':>12}{'accuracy':>10}{'seconds':>10}")
    for row in rows:
        print(f"{row.name:24}{row.dimensions:12}{row.accuracy:10.3f}{row.seconds:10.0f}")
    print("\naim: 0.90 for mnist-2d")
    return 0


if __name__ == "__main__":
    sys.exit(main())
