"""What a variant of a model has to stand, wherever it was written: all that Zscape does with one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from apptest import Downloads, checked, open_page, save, texts
from node import as_url, run
from tiny import integrate_over_few

import vae.data
from pages.components.services import diagnoses
from vae.checkpoints.checkpoint import Checkpoint, read
from vae.models.condition import Condition
from vae.models.config import ModelConfig, TrainConfig
from vae.progress import Progress
from vae.training.loop import checkpoint_of
from vae.web.payloads import decoder_program

DECODE = """async (load, url, z, labels, image) => {
    const { Decoder } = await load("nn/decoder.js");
    const { fetchBlock } = await load("shared/blocks.js");
    const decoder = new Decoder(await fetchBlock(url));
    return labels.map((label, n) => {
        decoder.tune({ beta: 1, label });
        const pixels = [...decoder.decode(z.subarray(n * decoder.latentDim, (n + 1) * decoder.latentDim))];
        return [...pixels, decoder.errorOf(image)];
    });
}"""


class Proven(NamedTuple):
    """A model that has come all the way."""

    model: vae.VAE  # as it was trained
    checkpoint: Checkpoint  # as it was read again
    progress: Progress  # of its epoch
    page: str  # what Explore says
    report: dict  # what Diagnose says, as JSON


def prove(config: ModelConfig, train: TrainConfig, runs: Path, downloads: Downloads, data: str = "digits") -> Proven:
    """Trains an epoch, saves and loads, and shows the model on Explore and in Diagnose."""
    images, test = vae.data.load(data, "train"), vae.data.load(data)
    model = vae.VAE(config)
    (progress,) = vae.train(model, images, train)
    made = checkpoint_of(model, data, len(images.images), config=train, progress=progress, test=test)
    path = save(made, runs, "upload-variant")
    again, loaded = read(path), vae.load(path)
    assert again.config == config
    assert again.summary.train == train
    z, labels = torch.randn(9, config.latent_dim), torch.arange(9)
    with torch.no_grad():
        torch.testing.assert_close(loaded.decode(z, label=labels), model.decode(z, label=labels))
        for mine, other in zip(
            loaded.posterior(test.floats(slice(0, 50)), Condition(1.0, test.labels[:50])),
            model.posterior(test.floats(slice(0, 50)), Condition(1.0, test.labels[:50])),
            strict=True,
        ):
            torch.testing.assert_close(mine, other, rtol=1e-3, atol=1e-3)
    in_page = np.array(run(DECODE, as_url(decoder_program(again)), z.numpy(), labels.tolist(), test.images[0].numpy()))
    with torch.no_grad():
        p = model.likelihood(z, Condition(1.0, labels))
    np.testing.assert_allclose(in_page[:, :-1], p.mean.flatten(1), atol=1e-5)
    np.testing.assert_allclose(in_page[:, -1], -p.log_prob(test.floats(slice(0, 1)).expand(9, -1, -1, -1)), rtol=1e-4)
    page = texts(open_page("explore", "upload-variant"))
    with pytest.MonkeyPatch.context() as patch:
        integrate_over_few(patch)
        app = open_page("diagnose", "upload-variant")
        diagnoses._jobs.all()[-1].future.exception(timeout=120)
    checked(app.run())
    assert not app.error, [error.value for error in app.error]
    return Proven(model, again, progress, page, json.loads(downloads.content(app, "Report as JSON")))
