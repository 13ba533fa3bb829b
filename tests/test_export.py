"""The map as a file, and the script that pages and file share."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import pytest
import wasmtime
from tiny import checkpoint, config

from vae.errors import VAEError
from vae.latents.layouts import lay_out, with_plane
from vae.projections.projection import PCA, TSNE, Axes
from vae.web.export import COMPONENT as FOLDER
from vae.web.export import MODULES as FILES
from vae.web.export import WORKER, bundle, to_html
from vae.web.payloads import unpack

MODULES = tuple(path.stem for path in FILES)
WORKERS = tuple(path.stem for path in WORKER)


def test_every_script_of_the_folder_is_a_module_of_the_bundle():
    assert {*MODULES, *(path.stem for path in WORKER)} == {path.stem for path in FOLDER.glob("*.js")}
    assert len(set(MODULES)) == len(MODULES)


def test_the_bundle_is_one_module():
    lines = bundle().splitlines()
    assert not [line for line in lines if re.match(r"\s*import\b", line)]
    (export,) = [line for line in lines if re.match(r"\s*export\b", line)]
    assert export.startswith("export default function")


def test_the_bundle_leaves_nothing_else_out():
    def rest(text: str) -> list[str]:
        return [line.removeprefix("export ") for line in text.splitlines() if not line.startswith("import ")]

    parts = [(FOLDER / f"{name}.js").read_text("utf-8") for name in MODULES if name != "sources"]
    expected = [line for part in parts for line in [*rest(part), ""]][:-1]
    assert rest(bundle())[-len(expected) :] == expected


def test_the_bundle_carries_the_kernel_and_the_worker():
    head = bundle().partition("\n};")[0]
    (kernel,) = re.findall(r'kernel: "(.*)",', head)
    (worker,) = re.findall(r'worker: (".*"),', head)
    assert base64.b64decode(kernel) == (FOLDER / "kernel.wasm").read_bytes()
    assert json.loads(worker) == bundle(WORKER)
    assert not re.search(r"^\s*(import|export)\b", bundle(WORKER), flags=re.MULTILINE)


def test_the_kernel_is_what_its_source_says():
    assert bytes(wasmtime.wat2wasm((FOLDER / "kernel.wat").read_text("utf-8"))) == (FOLDER / "kernel.wasm").read_bytes()


def test_no_two_modules_declare_the_same_name():
    names = re.findall(r"^(?:async )?(?:function\*?|class|const|let|var) (\w+)", bundle(), flags=re.MULTILINE)
    assert "Decoder" in names
    assert len(set(names)) == len(names), sorted(names)


@pytest.mark.parametrize(
    ("name", "order"), [*((name, MODULES) for name in MODULES), *((path.stem, WORKERS) for path in WORKER)]
)
def test_a_module_imports_only_what_an_earlier_one_exports(name: str, order: tuple[str, ...]):
    text = (FOLDER / f"{name}.js").read_text("utf-8")
    for names, source in re.findall(r'^import \{ (.*) \} from "\./(\w+)\.js";$', text, flags=re.MULTILINE):
        assert order.index(source) < order.index(name), "the bundle runs from top to bottom"
        exported = re.findall(
            r"^export (?:async )?(?:function|class|const|let) (\w+)",
            (FOLDER / f"{source}.js").read_text("utf-8"),
            flags=re.MULTILINE,
        )
        assert {*names.split(", ")} <= {*exported}
    assert len(re.findall(r"^\s*import\b", text, flags=re.MULTILINE)) == len(
        re.findall(r'^import \{ .* \} from "\./\w+\.js";$', text, flags=re.MULTILINE)
    )


def test_a_page_holds_all_it_needs() -> None:
    page = to_html(checkpoint(config()), "A </SCRIPT> & <b>title</b>")
    own = page[: page.index("<script>")] + page[page.index("mount({") :]
    assert "A &lt;/SCRIPT&gt; &amp; &lt;b&gt;title&lt;/b&gt;" in own
    assert page.lower().count("</script") == 2
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
