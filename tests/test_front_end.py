"""What the front end's build leaves in `vae/web/dist/`."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
import wasmtime
from node import ROOT, SOURCE

from vae.web.export import DIST, built

SCRIPTS = ("latent_map.js", "training_player.js", "live_chart.js")


def test_the_build_is_that_of_the_sources() -> None:
    """Without Node, which users and some who develop don't have: the build leaves a digest of what it read."""
    files = [path for path in SOURCE.rglob("*") if path.is_file() and not path.name.endswith(".test.js")]
    files += [ROOT / "pages" / "components" / "build.mjs", ROOT / "package-lock.json"]
    digest = hashlib.sha256()
    for name, path in sorted((path.relative_to(ROOT).as_posix(), path) for path in files):
        content = path.read_bytes()
        digest.update(f"{name}\n{len(content)}\n".encode() + content)
    assert built("sources.sha256").strip() == digest.hexdigest(), "vae/web/dist/ is stale: npm ci && npm run build"


def test_the_library_reads_nothing_of_the_pages() -> None:
    for path in (ROOT / "vae").rglob("*.py"):
        assert not re.search(r"""["']pages["'/]""", path.read_text("utf-8")), path


def test_the_build_holds_what_pages_ask_for_and_nothing_else() -> None:
    assert {path.name for path in DIST.iterdir()} == {
        *SCRIPTS,
        "latent_map.css",
        "training_player.css",
        "sources.sha256",
    }


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_one_module_with_one_export(name: str) -> None:
    script = built(name)
    assert not re.search(r"^\s*import\b", script, flags=re.MULTILINE)
    (export,) = re.findall(r"^export .*?;$", script, flags=re.MULTILINE | re.DOTALL)
    assert re.fullmatch(r"export \{\s*\w+ as default\s*\};", export)


@pytest.mark.parametrize("name", [*SCRIPTS, "latent_map.css", "training_player.css"])
def test_nothing_is_one_line_which_streamlit_would_take_for_a_path(name: str) -> None:
    assert len(built(name).splitlines()) > 1


@pytest.mark.parametrize("name", ["latent_map.js", "training_player.js"])
def test_what_decodes_carries_the_kernel(name: str) -> None:
    assert base64.b64encode((SOURCE / "nn" / "kernel.wasm").read_bytes()).decode() in built(name)


def test_the_kernel_is_what_its_source_says() -> None:
    folder = SOURCE / "nn"
    assert bytes(wasmtime.wat2wasm((folder / "kernel.wat").read_text("utf-8"))) == (folder / "kernel.wasm").read_bytes()
