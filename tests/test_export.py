"""The map as a file."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import pytest
from blocks import unpack
from tiny import checkpoint, config

from vae.errors import VAEError
from vae.latents.layouts import lay_out, with_plane
from vae.projections import PCA, TSNE, Axes
from vae.web.export import to_html


def test_a_page_holds_all_it_needs() -> None:
    page = to_html(checkpoint(config()), "A </SCRIPT> & <b>title</b>")
    own = page[: page.index("<script>")] + page[page.index("mount({") :]
    assert "A &lt;/SCRIPT&gt; &amp; &lt;b&gt;title&lt;/b&gt;" in own
    assert page.lower().count("</script") == 2
    assert not re.search(r"^\s*(import|export)\b", page, flags=re.MULTILINE)
    assert len(re.findall(r"^const mount = ", page, flags=re.MULTILINE)) == 1
    assert not re.search(r"""(?:src|href)=["']?http""", own)
    assert own.count("data:application/octet-stream;base64,") == 3


@pytest.mark.parametrize("settings", [None, Axes(1, 4)])
def test_more_than_two_dimensions_are_laid_out(settings: Axes | None) -> None:
    model = checkpoint(config(latent_dim=5), points=12)
    page = to_html(model, "mine", settings)
    (data,) = re.findall(r"^const data = (.*);$", page, flags=re.MULTILINE)
    values = json.loads(data)
    assert values["projected"]
    header, arrays = unpack(base64.b64decode(values["points"].partition(",")[2]))
    wanted = lay_out(model, settings or PCA(), 1.0).projection
    np.testing.assert_array_equal(arrays["mean"], wanted.plane)
    assert header["space"]["axes"] == list(wanted.names)
    assert "5 dimensions are laid out by" in page


def test_a_plane_that_the_checkpoint_holds_is_the_one_that_is_exported() -> None:
    model = checkpoint(config(latent_dim=5), points=60)
    layout = lay_out(model, TSNE(5.0), 1.0, most=40)
    model = with_plane(model, layout)
    for settings, wanted in ((None, layout), (PCA(), lay_out(model, PCA(), 1.0))):
        (data,) = re.findall(r"^const data = (.*);$", to_html(model, "mine", settings), flags=re.MULTILINE)
        _, arrays = unpack(base64.b64decode(json.loads(data)["points"].partition(",")[2]))
        np.testing.assert_array_equal(arrays["mean"][wanted.index], wanted.projection.plane)


@pytest.mark.parametrize(
    ("dims", "settings", "reason"), [(1, None, "one latent dimension"), (2, PCA(), "a plane already")]
)
def test_what_has_no_map_is_refused_by_name(dims: int, settings: PCA | None, reason: str) -> None:
    with pytest.raises(VAEError, match=f"mine: .*{reason}"):
        to_html(checkpoint(config(latent_dim=dims)), "mine", settings)
