from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import vae

MODULES = sorted(Path(vae.__file__).parent.glob("*.py"))


@pytest.mark.parametrize(
    "name",
    [
        "vae",
        "vae.checkpoint",
        "vae.browser",
        "vae.latent",
        "vae.config",
        "vae.data",
        "vae.comparison",
        "vae.advice",
        "vae.movie",
        "vae.poster",
    ],
)
def test_importing_it_does_not_wait_for_anything_heavy(name: str) -> None:
    code = f"import sys, {name}; print(*{{'torch', 'torchvision', 'sklearn', 'streamlit'}} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(vae.__file__).parent.parent
    )
    assert done.stdout.split() == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_the_library_knows_no_widget(path: Path) -> None:
    tree = ast.parse(path.read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {name for name in imported if name.split(".")[0] in ("streamlit", "pages")}


def test_every_public_name_is_there() -> None:
    assert {name for name in vae.__all__ if getattr(vae, name, None) is None} == set()


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = vae.nonsense  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", [name for name in vae.__all__ if name.endswith("Error")])
def test_every_error_is_one_that_a_caller_can_catch_at_once(name: str) -> None:
    assert issubclass(getattr(vae, name), vae.VAEError)
