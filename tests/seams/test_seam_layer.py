"""A layer of one's own, with a weight and with layers inside, one of which is conditioned."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import proof
import pytest
import torch
from apptest import Downloads
from torch import nn

import vae
from vae.models import layers as L
from vae.models.condition import Knots
from vae.models.modules import Stack
from vae.models.networks import MLP, NETWORKS


@dataclass(frozen=True)
class Weighed(L.Layer):
    """y = x + scale f(x), where f keeps the shape, with a scale for each feature."""

    layers: tuple[L.Layer, ...]
    features: int
    kind: ClassVar[str] = "weighed"

    @property
    def inner(self):
        return self.layers

    def tensors(self) -> dict[str, tuple[int, ...]]:
        return {"scale": (self.features,)}

    def module(self):
        return WeighedModule(self.features, *L.build(self.layers))


class WeighedModule(Stack):
    def __init__(self, features, *modules):
        super().__init__(*modules)
        self.scale = nn.Parameter(torch.full((features,), 0.5))

    def forward(self, input, condition=None):  # noqa: A002 (PyTorch's name)
        return input + self.scale * super().forward(input, condition)


# An entry of `LAYERS` in the page's network.js.
IN_PAGE = """const { LAYERS } = await load("nn/network.js");
    LAYERS.weighed = (layer, tensors, incoming, place) => {
        const inside = LAYERS.residual(layer, tensors, incoming, place);
        const run = () => {
            inside.run();
            const [x, y] = [incoming.values.values, inside.values.values];
            for (let i = 0; i < x.length; i++) y[i] = x[i] + tensors.scale[Math.floor(i / place.lanes)] * (y[i] - x[i]);
        };
        return { ...inside, run };
    };"""


@dataclass(frozen=True)
class Deep(MLP):
    kind: ClassVar[str] = "deep"

    def decoder(self, latent_dim, image_shape):
        first, *others = super().decoder(latent_dim, image_shape)
        return first, Weighed((L.Linear(32, 32), L.ReLU(), L.Gate(32, Knots.of_label(10))), 32), *others


def test_layers_in_a_layer(runs_dir: Path, downloads: Downloads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NETWORKS, "deep", Deep)
    monkeypatch.setattr(proof, "DECODE", proof.DECODE.replace("=> {", f"=> {{ {IN_PAGE}", 1))
    config = vae.ModelConfig((1, 8, 8), 2, Deep((32,)))
    assert config.classes == 10, "by the gate inside"
    proven = proof.prove(config, vae.TrainConfig(epochs=1, batch_size=64), runs_dir, downloads)
    assert (proven.model.get_parameter("decoder.1.scale") - 0.5).abs().max() > 1e-4, "its weight is learned"
