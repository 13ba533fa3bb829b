"""JavaScript against PyTorch."""

from __future__ import annotations

import base64
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from conftest import Server
from playwright.sync_api import Page

import vae
from vae.web.export import NETWORKS, bundle

KINDS = ("mlp", "conv", "five", "range", "conv-range", "five-range")
CODE = bundle(NETWORKS) + "\nexport { Decoder, fetchBlock, SOURCES };"
# All that is decoded goes over as one string: numbers one by one would take longer than the decoding.
DECODE = """async ([code, url, latents, betas, kernel, many]) => {
    const { Decoder, fetchBlock, SOURCES } = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
    if (!kernel) SOURCES.kernel = "";
    const decoder = new Decoder(await fetchBlock(url), many);
    const all = betas.flatMap(beta => {
        if (beta !== null) decoder.tune(beta);
        const found = [];
        if (many) decoder.decodeMany(new Float32Array(latents.flat()), latents.length, (index, pixels) => (found[index] = [...pixels]));
        return many ? found.flat() : latents.flatMap(z => [...decoder.decode(z)]);
    });
    return new Uint8Array(new Float32Array(all).buffer).toBase64();
}"""


@pytest.mark.parametrize("name", ["mnist-2d", "digits-2d", *(f"upload-{kind}" for kind in KINDS)])
def test_the_page_decodes_what_pytorch_decodes(page: Page, server: Server, name: str) -> None:
    page.goto(f"{server.url}/sample?model={name}")
    page.wait_for_selector(".zs[data-ready]")
    url = page.get_attribute(".zs", "data-ready")
    uploaded = server.runs / "uploads" / f"{name}.safetensors"
    model = vae.load(uploaded if uploaded.is_file() else Path(name))
    z = (2 * np.random.default_rng(0).standard_normal((99, model.config.latent_dim))).astype(np.float32)
    # Where there is a range, its ends, some place between, and what it decodes at before it is told anything.
    low, high = model.config.beta_range or (1, 1)
    betas = [None, low, 0.7 * (low * high) ** 0.5, high] if model.config.beta_range else [None]
    expected = np.stack([model.decode(z, 1.0 if beta is None else beta).flatten(1).numpy() for beta in betas])
    assert np.ptp(expected) > 0
    assert all(np.abs(one - other).max() > 1e-3 for one, other in pairwise(expected))
    for kernel, many in product((True, False), (True, False)):  # four numbers at a time or one, eight latents or one
        content = base64.b64decode(page.evaluate(DECODE, [CODE, url, z.tolist(), betas, kernel, many]))
        decoded = np.frombuffer(content, np.float32).reshape(expected.shape)
        np.testing.assert_allclose(decoded, expected, atol=1e-4)
