"""What a training that was broken off needs to go on, as if it had never been: one `.safetensors` file, no pickle.

It holds the weights that are being moved (`learner.*`), their moving average (`average.*`), AdamW's moments and steps
(`optimizer.*`), what the objective owns (`companion.*`, `companions.*`) and the states of both random number generators (`shuffle`,
`noise`). The metadata say after which epoch that was, for which model, settings and images, and give a checksum, so that a file that a disk
has spoiled is not taken for a whole one.
"""

from __future__ import annotations

__all__ = ["TrainerState", "TrainingState", "fingerprint", "read_weights", "write_weights"]

import json
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from vae.data.images import ImageSet
from vae.errors import TrainingError
from vae.files import write_atomic
from vae.models.config import TrainConfig, to_dict
from vae.models.vae import VAE
from vae.progress import Progress, from_json, to_json

FORMAT = "zscape-training 2"
FINGERPRINTS = {"model": "another model", "train": "other settings", "data": "other images"}


class TrainerState(NamedTuple):
    """What a step of training changes."""

    learner: VAE  # the weights that the optimiser moves
    average: VAE  # and their moving average
    optimizer: torch.optim.Optimizer
    shuffle: torch.Generator
    noise: torch.Generator
    companion: nn.Module | None = None  # what the objective owns
    companions: torch.optim.Optimizer | None = None  # its optimiser

    @property
    def parts(self) -> list[tuple[str, nn.Module, torch.optim.Optimizer | None, str]]:
        """The modules by name, with what moves them and the name of that."""
        parts = [
            ("learner", self.learner, self.optimizer, "optimizer"),
            ("average", self.average, None, ""),
            ("companion", self.companion, self.companions, "companions"),
        ]
        return [(name, module, mover, of) for name, module, mover, of in parts if module is not None]


@dataclass
class TrainingState:
    """Where a training stood after its last whole epoch. `vae.train` fills an empty one, and goes on from one that is not."""

    progress: Progress | None = None  # of that epoch; None while there is none
    tensors: dict[str, Tensor] = field(default_factory=dict)  # copies, on the CPU
    fingerprint: dict[str, str] = field(default_factory=dict)
    name: str = "state"  # of the file, in errors

    @property
    def weights(self) -> dict[str, Tensor]:
        """The moving average: the weights of the model, by name."""
        return _part(self.tensors, "average")

    def capture(self, fingerprint: dict[str, str], progress: Progress, trainer: TrainerState) -> None:
        """Copies what the rest of the training depends on."""
        tensors = {"shuffle": trainer.shuffle.get_state(), "noise": trainer.noise.get_state()}
        for part, module, mover, of in trainer.parts:
            tensors |= {f"{part}.{name}": tensor for name, tensor in module.state_dict().items()}
            moments = {} if mover is None else mover.state
            for name, parameter in module.named_parameters():
                tensors |= {f"{of}.{key}.{name}": tensor for key, tensor in moments.get(parameter, {}).items()}
        copies = {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()}
        self.progress, self.tensors, self.fingerprint = progress, copies, fingerprint

    def check(self, fingerprint: dict[str, str]) -> None:
        """Raises `TrainingError` where it is of another training. An empty one is of any."""
        if self.progress is None:
            return
        for what, other in FINGERPRINTS.items():
            if self.fingerprint.get(what) != fingerprint[what]:
                raise TrainingError(f"{self.name}: is of a training with {other} than this one. Start a new training.")

    def restore(self, fingerprint: dict[str, str], trainer: TrainerState) -> None:
        """Puts it back. Raises `TrainingError` where it is of another training."""
        self.check(fingerprint)
        try:
            trainer.shuffle.set_state(self.tensors["shuffle"])
            trainer.noise.set_state(self.tensors["noise"])
            for part, module, mover, of in trainer.parts:
                module.load_state_dict(_part(self.tensors, part))
                if mover is not None:
                    self._restore_moments(module, mover, of)
        except (KeyError, RuntimeError, TypeError) as error:
            raise TrainingError(f"{self.name}: doesn't fit its own training ({error}). Start a new training.") from None

    def _restore_moments(self, module: nn.Module, mover: torch.optim.Optimizer, of: str) -> None:
        """Puts back what an optimiser, called `of` in the file, knows of the parameters of a module."""
        for key in {name.split(".")[1] for name in self.tensors if name.startswith(f"{of}.")}:
            moments = _part(self.tensors, f"{of}.{key}")
            for name, parameter in module.named_parameters():
                if name in moments:
                    like = parameter.detach() if moments[name].ndim else moments[name].to(parameter.device)
                    mover.state[parameter][key] = torch.zeros_like(like).copy_(moments[name])

    def write(self, path: str | Path) -> None:
        """Writes it whole or not at all. Raises `VAEError` if the file can't be written."""
        assert self.progress is not None
        _write(Path(path), self.tensors, {**self.fingerprint, "progress": to_json(self.progress)})

    @classmethod
    def read(cls, path: str | Path) -> TrainingState:
        """Reads what `write` wrote. Raises `TrainingError` that names the file if it is missing, damaged, or something else."""
        tensors, fingerprint = _read(Path(path))
        return cls(_progress(path, fingerprint), tensors, fingerprint, str(path))


def fingerprint(model: VAE, data: ImageSet, config: TrainConfig) -> dict[str, str]:
    """What a training is of, in texts that differ where it does."""
    return {
        "model": json.dumps(to_dict(model.config), sort_keys=True),
        "train": json.dumps(to_dict(config), sort_keys=True),
        "data": data.digest,
    }


def write_weights(path: str | Path, weights: dict[str, Tensor], progress: Progress) -> None:
    """Writes a model's weights, and the epoch they are of, whole or not at all. Raises `VAEError` if that can't be."""
    _write(Path(path), weights, {"progress": to_json(progress)})


def read_weights(path: str | Path) -> tuple[dict[str, Tensor], Progress]:
    """Reads what `write_weights` wrote. Raises `TrainingError` that names the file if it is missing or damaged."""
    weights, metadata = _read(Path(path))
    return weights, _progress(path, metadata)


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name[len(prefix) + 1 :]: tensor for name, tensor in tensors.items() if name.startswith(f"{prefix}.")}


def _write(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    metadata = {"format": FORMAT, **metadata}
    metadata["checksum"] = _checksum(tensors, metadata)
    write_atomic(path, save(tensors, metadata))


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        with safe_open(str(path), framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != FORMAT:
                raise TrainingError(f"{path}: not the state of a training that this Zscape can resume.")
            # Copied, or they would be views of the file, which some systems then don't replace.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118 (not a dict)
    except SafetensorError as error:
        raise TrainingError(f"{path}: damaged, not a whole .safetensors file ({error}).") from None
    except OSError as error:
        raise TrainingError(f"{path}: could not be read ({error.strerror or error}).") from None
    if metadata.pop("checksum", None) != _checksum(tensors, metadata):
        raise TrainingError(f"{path}: damaged, its checksum is not that of what it holds.")
    return tensors, metadata


def _progress(path: str | Path, metadata: dict[str, str]) -> Progress:
    progress = from_json(metadata.pop("progress", ""))
    if progress is None:
        raise TrainingError(f"{path}: doesn't say which epoch it is of.")
    return progress


def _checksum(tensors: dict[str, Tensor], metadata: dict[str, str]) -> str:
    """The checksum of all that is in a file. CRC-32 finds what a disk spoils, in half the time of a cryptographic hash."""
    crc = zlib.crc32(json.dumps(metadata, sort_keys=True).encode())
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name].numpy(force=True))
        crc = zlib.crc32(f"{name} {array.dtype} {tuple(tensors[name].shape)}".encode(), crc)
        crc = zlib.crc32(array.data, crc)
    return f"{crc:08x}"
