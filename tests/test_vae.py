from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import vae


@pytest.mark.process
@pytest.mark.parametrize(
    "name",
    [
        "vae",
        "vae.checkpoints.checkpoint",
        "vae.web.payloads",
        "vae.latents.paths",
        "vae.models.config",
        "vae.data.sources",
        "vae.evaluation.comparison",
        "vae.training.advice",
        "vae.film.movie",
        "vae.film.frames",
    ],
)
def test_importing_it_does_not_wait_for_anything_heavy(name: str) -> None:
    code = f"import sys, {name}; print(*{{'torch', 'torchvision', 'sklearn', 'streamlit'}} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(vae.__file__).parent.parent
    )
    assert done.stdout.split() == []


def test_every_public_name_is_there() -> None:
    assert {name for name in vae.__all__ if getattr(vae, name, None) is None} == set()


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = vae.nonsense


@pytest.mark.parametrize("name", [name for name in vae.__all__ if name.endswith("Error")])
def test_every_error_is_one_that_a_caller_can_catch_at_once(name: str) -> None:
    assert issubclass(getattr(vae, name), vae.VAEError)
