"""JavaScript against PyTorch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import Server
from playwright.sync_api import Page

import vae
from benchmarks.servers import ROOT

DECODER = (ROOT / "pages/components/latent_map/decoder.js").read_text(encoding="utf-8")
DECODE = """async ([code, url, latents]) => {
    const { Decoder, fetchBlock } = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
    const decoder = new Decoder(await fetchBlock(url));
    return latents.map(z => [...decoder.decode(z)]);
}"""


@pytest.mark.parametrize("name", ["mnist-2d", "digits-2d", "upload-mlp", "upload-conv", "upload-five"])
def test_the_page_decodes_what_pytorch_decodes(page: Page, server: Server, name: str) -> None:
    page.goto(f"{server.url}/sample?model={name}")
    page.wait_for_selector(".zs[data-ready]")
    url = page.get_attribute(".zs", "data-ready")
    uploaded = server.runs / "uploads" / f"{name}.safetensors"
    model = vae.load(uploaded if uploaded.is_file() else Path(name))
    z = (2 * np.random.default_rng(0).standard_normal((100, model.config.latent_dim))).astype(np.float32)
    decoded = np.array(page.evaluate(DECODE, [DECODER, url, z.tolist()]))
    expected = model.decode(z).flatten(1).numpy()
    assert decoded.shape == expected.shape
    assert np.ptp(expected) > 0
    np.testing.assert_allclose(decoded, expected, atol=1e-4)
