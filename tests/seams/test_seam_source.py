"""A source of one's own: stripes that are drawn as they are read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from apptest import Downloads, checked, open_page
from proof import prove

import vae
from vae.data.images import ImageSet, Source
from vae.data.sources import DATASETS
from vae.models.networks import MLP


@dataclass(frozen=True)
class Stripes(Source):
    title: str = "Stripes"
    image_shape: tuple[int, int, int] = (1, 8, 12)
    counts: tuple[int, int] | None = (600, 200)

    def read(self, split, root, download):
        generator = torch.Generator().manual_seed(len(split))
        labels = torch.arange(600 if split == "train" else 200) % 2
        phase = 6 * torch.rand(len(labels), 1, 1, 1, generator=generator)
        down, across = torch.arange(8.0)[:, None], torch.arange(12.0)
        along = torch.where(labels[:, None, None, None] == 0, down + 0 * across, across + 0 * down)
        pixels = (127.5 + 127.5 * (along + phase).sin()).round().byte()
        return ImageSet(pixels, labels, ("level", "upright"))


def test_stripes(runs_dir: Path, downloads: Downloads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DATASETS, "stripes", Stripes())
    config = vae.ModelConfig((1, 8, 12), 2, MLP((32,)))
    proven = prove(config, vae.TrainConfig(epochs=1, batch_size=64), runs_dir, downloads, data="stripes")
    assert proven.checkpoint.points.classes == ("level", "upright")
    assert "200 test images of Stripes" in proven.page
    assert proven.report["n"] == 200
    app = open_page("train")
    assert "Stripes" in app.selectbox(key="train_data").options
    checked(app.selectbox(key="train_data").select("stripes").run())
