"""Zscape's library: train, load, evaluate and explore variational autoencoders.

`import vae` costs nothing: what a name needs, such as PyTorch, is imported when the name is first used.
"""

from __future__ import annotations

__all__ = [
    "VAE",
    "CheckpointError",
    "ConfigError",
    "DataError",
    "ModelConfig",
    "RunError",
    "TrainConfig",
    "TrainingError",
    "VAEError",
    "evaluate",
    "load",
    "train",
]

from importlib import import_module

from vae._version import __version__ as __version__
from vae.errors import CheckpointError, ConfigError, DataError, RunError, TrainingError, VAEError

TYPE_CHECKING = False  # as in `typing`, whose import takes five times as long as all of this
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    import torch

    from vae.evaluation.bounds import evaluate
    from vae.models.config import ModelConfig, TrainConfig
    from vae.models.vae import VAE
    from vae.training.loop import train

_LAZY_MODULES = {
    "ModelConfig": "vae.models.config",
    "TrainConfig": "vae.models.config",
    "VAE": "vae.models.vae",
    "evaluate": "vae.evaluation.bounds",
    "train": "vae.training.loop",
}


def load(path: str | Path, device: str | torch.device = "cpu") -> VAE:
    """The model in a checkpoint file, or in a shipped checkpoint by its bare name (`mnist-2d`), in eval mode.

    Raises `CheckpointError` that names the file and the field if it can't be read.
    """
    from vae.checkpoints.checkpoint import read

    return read(path).model().to(device)


def __getattr__(name: str) -> Any:
    if name in _LAZY_MODULES:
        return getattr(import_module(_LAZY_MODULES[name]), name)
    raise AttributeError(f"module 'vae' has no attribute {name!r}")
