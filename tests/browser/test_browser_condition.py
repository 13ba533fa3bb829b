"""A model that is told a class, on the map."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch
from playwright.sync_api import Page
from test_browser_explore import pixels, place, point
from tiny import checkpoint

from vae.checkpoints.checkpoint import Checkpoint
from vae.models.condition import NO_LABEL, Knots
from vae.models.config import ModelConfig
from vae.models.layers import Gate, Layer
from vae.models.networks import MLP, NETWORKS
from vae.web.export import to_html
from vae.web.payloads import decoder_program


@dataclass(frozen=True)
class Labelled(MLP):
    """A decoder that is told one of three classes before its last layer."""

    kind: ClassVar[str] = "labelled"

    def decoder(self, latent_dim: int, image_shape: tuple[int, int, int]) -> tuple[Layer, ...]:
        *layers, last, shape = super().decoder(latent_dim, image_shape)
        return (*layers, Gate(self.hidden[0], Knots.of_label(3)), last, shape)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Checkpoint:
    """A model of this network."""
    monkeypatch.setitem(NETWORKS, "labelled", Labelled)
    return checkpoint(ModelConfig((1, 8, 8), 2, Labelled((12, 8))))


def open_labelled(page: Page, folder: Path, made: Checkpoint, label: int | None) -> None:
    """Opens the map of a model, with a label in use and all images in the drawer, as the tab remembers them."""
    remembered = {"selected": base64.b64encode(bytes([2 ** len(made.points.labels) - 1])).decode()}
    file = folder / "map.html"
    file.write_text(to_html(made, "Labelled"), encoding="utf-8")
    name = hashlib.sha256(decoder_program(made)).hexdigest()[:16]
    for key, value in ((f"condition:{name}", {"beta": 1, "label": label}), (f"explore:{name}", remembered)):
        page.add_init_script(f"sessionStorage.setItem('zscape:{key}', '{json.dumps(value)}')")
    page.goto(file.as_uri())
    page.wait_for_selector(".zs[data-ready]")


@pytest.mark.parametrize("label", [None, 0, 2])
def test_pointer_and_terrain_are_of_the_class_that_is_told_and_reconstructions_of_that_of_the_image(
    label: int | None, page: Page, tmp_path: Path, made: Checkpoint
) -> None:
    # What the worker is asked for, which draws the terrain by the same decoder.
    page.add_init_script("""
        window.conditions = [];
        const post = Worker.prototype.postMessage;
        Worker.prototype.postMessage = function (job, ...more) {
            if (job.condition) window.conditions.push([job.kind, job.condition]);
            return post.call(this, job, ...more);
        };
    """)
    open_labelled(page, tmp_path, made, label)
    point(page, 0.35, 0.4)
    z = [place(page)]
    wanted, others = (made.model().decode(z, label=each).numpy().ravel() * 255 for each in (label, 1))
    assert np.abs(wanted - others).max() > 3
    assert np.abs(pixels(page) - wanted).max() < 1.01
    page.wait_for_function(
        """label => {
            const asked = window.conditions.filter(([kind]) => kind === "tiles").pop()?.[1];
            return asked && asked.beta === 1 && asked.label === label;
        }""",
        arg=label,
    )
    page.wait_for_selector(".zs-terrain[data-settled]", state="attached")

    model, points = made.model(), made.points
    own, in_use = (
        model.decode(points.mean, label=torch.as_tensor(labels)).numpy().reshape(len(points.labels), -1) * 255
        for labels in (points.labels, np.full(len(points.labels), NO_LABEL if label is None else label))
    )
    assert np.abs(own - in_use).max() > 3
    for index, wanted in enumerate(own):
        tile = page.locator(f".zs-chosen-tile:nth-child({index + 1})")
        tile.hover()  # has the map's cursor go to it, whose nearest point it is
        page.wait_for_function(
            "index => document.querySelector('.zs-facts').textContent.includes(`no. ${index}`)", arg=index
        )
        assert np.abs(pixels(page, f".zs-chosen-tile:nth-child({index + 1}) canvas:last-of-type") - wanted).max() < 1.01
        assert np.abs(pixels(page, "[aria-label='Its reconstruction']") - wanted).max() < 1.01
