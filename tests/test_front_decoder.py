"""The page's networks against PyTorch."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from node import as_url, run
from tiny import CASES, checkpoint, config

import vae.checkpoints
from vae.checkpoints.checkpoint import Checkpoint
from vae.web.payloads import decoder_program

DECODE = """async (load, url, latents, betas, many) => {
    const { Decoder } = await load("nn/decoder.js");
    const { fetchBlock } = await load("shared/blocks.js");
    const decoder = new Decoder(await fetchBlock(url), many);
    const dims = decoder.latentDim;
    const count = latents.length / dims;
    return new Float32Array(betas.flatMap((beta) => {
        if (beta !== null) decoder.tune(beta);
        const found = [];
        if (many) decoder.decodeMany(latents, count, (index, pixels) => (found[index] = [...pixels]));
        else for (let n = 0; n < count; n++) found.push([...decoder.decode(latents.subarray(n * dims, (n + 1) * dims))]);
        return found.flat();
    }));
}"""


def decodes_what_pytorch_decodes(made: Checkpoint) -> None:
    model, beta_range = made.model(), made.config.beta_range
    z = (2 * np.random.default_rng(0).standard_normal((99, made.config.latent_dim))).astype(np.float32)
    # Where there is a range, its ends, some place between, and what it decodes at before it is told anything.
    low, high = beta_range or (1, 1)
    betas = [None, low, 0.7 * (low * high) ** 0.5, high] if beta_range else [None]
    expected = np.stack([model.decode(z, 1.0 if beta is None else beta).flatten(1).numpy() for beta in betas])
    assert np.ptp(expected) > 0
    assert all(np.abs(one - other).max() > 1e-3 for one, other in pairwise(expected))
    url = as_url(decoder_program(made))
    for kernel, many in product((True, False), (True, False)):  # four numbers at a time or one, eight latents or one
        decoded = run(DECODE, url, z, betas, many, kernel=kernel).reshape(expected.shape)
        np.testing.assert_allclose(decoded, expected, atol=1e-4)


@pytest.mark.parametrize("name", ["mnist-2d", "digits-2d"])
def test_what_ships_is_decoded_as_by_pytorch(name: str) -> None:
    decodes_what_pytorch_decodes(vae.checkpoints.read(name))


@pytest.mark.parametrize("dims", [2, 5])
@pytest.mark.parametrize(("network", "shape"), CASES)
def test_every_kind_of_network_decodes_as_in_pytorch(network: str, shape: tuple[int, int, int], dims: int) -> None:
    decodes_what_pytorch_decodes(checkpoint(config(network, shape, dims)))
