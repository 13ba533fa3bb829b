"""What a variant has to stand, wherever it was written: all that Zscape does with one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from apptest import Downloads, checked, fetched, open_page, save, shown, texts
from node import as_url, run
from tiny import checkpoint, integrate_over_few
from tiny import config as tiny_config

import vae.data
from pages.components.services import diagnoses
from pages.components.services import layouts as page_layouts
from vae.checkpoints.checkpoint import Checkpoint, read
from vae.cli.options import to_arguments
from vae.cli.parser import main
from vae.latents import layouts
from vae.latents.layouts import Layout, lay_out, measured, with_plane
from vae.models.condition import Condition
from vae.models.config import ModelConfig, TrainConfig
from vae.progress import Progress
from vae.projections.projection import Settings
from vae.training.loop import checkpoint_of
from vae.web.payloads import decoder_program, layout_points

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

INVERSE = """async (load, url, places) => {
    const { spaceOf } = await load("geometry/space.js");
    const { fetchBlock } = await load("shared/blocks.js");
    const space = spaceOf(await fetchBlock(url));
    return places.map((place) => {
        const z = new Float32Array(space.dims);
        space.inverseTransform(place, z);
        return [...z];
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


def prove_projection(settings: Settings, runs: Path) -> Layout:
    """Lays a model's points out by the command line and reads them again where they are kept, in a file and in the checkpoint; then shows
    them on Explore with the projection's defaults, where the page goes back from places as Python does."""
    kind, model = type(settings), checkpoint(tiny_config(latent_dim=5), points=60)
    path, file = save(model, runs, "upload-five"), runs / "plane.npz"
    assert main(["project", str(path), f"--out={file}", *to_arguments(settings)]) == 0
    layout = measured(lay_out(model, settings, 1.0), model)
    with np.load(file) as arrays:
        np.testing.assert_array_equal(arrays["plane"], layout.projection.plane)
    if not kind.straight:
        holding = save(with_plane(model, layout), runs, "upload-holding")
        for again in (layouts.read(file, model), *layouts.saved_layouts(read(holding))):
            assert (again.settings, again.measured) == (settings, layout.measured)
            np.testing.assert_array_equal(again.projection.plane, layout.projection.plane)
        _, block = fetched(shown(open_page("explore", "upload-holding"))["points"])
        np.testing.assert_array_equal(block["mean"], layout.projection.plane)
    with pytest.MonkeyPatch.context() as patch:
        # A process that the app begins wouldn't know what a test has put into the table.
        patch.setattr(page_layouts, "by_process", lambda job, arguments, failed: main(arguments))
        app = checked(open_page("explore", "upload-five").segmented_control(key="plane_kind").select(kind.kind).run())
        if not kind.straight:
            page_layouts._jobs.all()[-1].wait(60)
            checked(app.run())
    assert kind.about in texts(app)
    usual = lay_out(model, kind(), 1.0)
    header, block = fetched(shown(app)["points"])
    assert header["space"]["axes"] == [*usual.projection.names]
    np.testing.assert_allclose(block["mean"], usual.projection.plane, rtol=1e-5, atol=1e-5)
    places = np.random.default_rng(0).standard_normal((20, 2)).astype(np.float32)
    back = run(INVERSE, as_url(layout_points(model, usual)), places.tolist())
    np.testing.assert_allclose(back, usual.projection.inverse_transform(places).latents, rtol=1e-4, atol=1e-5)
    return layout
