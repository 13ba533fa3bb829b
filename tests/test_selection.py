from __future__ import annotations

import base64
import csv
import io

import numpy as np
import pytest
import torch
from tiny import checkpoint, config

from vae.latents.selection import from_bits, to_csv, to_npz

CHOSEN = np.array([0, 3, 8, 10])


def bits(chosen: np.ndarray, count: int) -> str:
    """As `bitsOf` of the page's selection.js writes it."""
    packed = bytearray(-(-count // 8))
    for index in chosen:
        packed[index >> 3] |= 1 << (index & 7)
    return base64.b64encode(packed).decode()


def test_what_was_chosen_survives_the_way_to_python() -> None:
    generator = np.random.default_rng(0)
    for count in (1, 8, 9, 1000):
        chosen = np.flatnonzero(generator.random(count) < 0.3)
        np.testing.assert_array_equal(from_bits(bits(chosen, count), count), chosen)
    np.testing.assert_array_equal(from_bits(bits(np.array([15]), 16), 12), [])  # of a model with more points


@pytest.mark.parametrize("text", [None, "", 3, "not base64!", "ä", ["AA=="]])
def test_what_is_no_selection_chooses_none(text: object) -> None:
    assert from_bits(text, 10).tolist() == []


@pytest.mark.parametrize("kind", ["mlp", "mlp-range"])
@pytest.mark.parametrize("there", [True, False], ids=["with images", "without"])
def test_a_table_and_arrays_say_the_same_of_each_image(kind: str, *, there: bool) -> None:
    made = checkpoint(config(kind), points=11)
    beta = 0.7
    images = np.random.default_rng(0).integers(256, size=(11, *made.config.image_shape)).astype(np.uint8)
    points, model = made.points_at(beta), made.model()
    arrays = np.load(io.BytesIO(to_npz(made, CHOSEN, beta, images if there else None)), allow_pickle=False)
    rows = list(csv.DictReader(io.StringIO(to_csv(made, CHOSEN, beta, images if there else None).decode())))
    np.testing.assert_array_equal(arrays["index"], CHOSEN)
    np.testing.assert_array_equal(arrays["mean"], points.mean[CHOSEN])
    np.testing.assert_array_equal(arrays["std"], points.std[CHOSEN])
    np.testing.assert_allclose(arrays["reconstruction"], model.decode(points.mean[CHOSEN], beta), atol=1e-6)
    assert arrays["classes"].tolist() == ["one", "two"]
    assert [int(row["index"]) for row in rows] == CHOSEN.tolist()
    assert [row["label"] for row in rows] == [
        "" if label < 0 else points.classes[label] for label in points.labels[CHOSEN]
    ]
    np.testing.assert_allclose([[float(row["z1"]), float(row["z2"])] for row in rows], points.mean[CHOSEN], rtol=1e-5)
    np.testing.assert_allclose(
        [[float(row["std1"]), float(row["std2"])] for row in rows], points.std[CHOSEN], rtol=1e-5
    )
    assert ("image" in arrays, "error" in arrays, "error_nats" in rows[0]) == (there, there, there)
    if there:
        np.testing.assert_array_equal(arrays["image"], images[CHOSEN])
        x = torch.from_numpy(images[CHOSEN]).float() / 255
        expected = torch.nn.functional.binary_cross_entropy(
            model.decode(points.mean[CHOSEN], beta), x, reduction="none"
        )
        np.testing.assert_allclose(arrays["error"], expected.flatten(1).sum(1), rtol=1e-4)
        np.testing.assert_allclose([float(row["error_nats"]) for row in rows], arrays["error"], rtol=1e-5)
