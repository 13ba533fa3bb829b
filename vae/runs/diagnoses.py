"""Diagnoses that were made before, a file each below `VAE_RUNS_DIR`, so that a server that starts anew need not make them again.

A file is named by all that a diagnosis follows from: what the checkpoint holds, the beta, how many draws, and the version of what is
said here. It holds the posteriors only where the checkpoint hasn't got them. Nothing here needs PyTorch.
"""

from __future__ import annotations

__all__ = ["cache_of", "digest"]

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae.cache import DiskCache
from vae.checkpoints.checkpoint import Checkpoint
from vae.errors import VAEError
from vae.evaluation.diagnostics import Decomposition, Diagnosis, Examples
from vae.evaluation.disentanglement import DCI, Disentanglement
from vae.evaluation.estimates import LOSSES, Exact, Starts
from vae.limits import MAX_DIAGNOSIS_FILES, MAX_DISK_CACHE_BYTES
from vae.models.config import to_dict
from vae.models.priors import LatentPrior
from vae.runs.store import runs_folder

VERSION = 8  # to be raised when diagnoses say something else, or say it otherwise
ARRAYS = ("errors", "bounds", "densities", "knn_right", "linear_right")
POSTERIOR = ("mean", "std")


def digest(checkpoint: Checkpoint, beta: float, samples: int, draws: int, starts: int = 1) -> str:
    """What stands for a diagnosis of the checkpoint's points, in its file's name."""
    about = [VERSION, to_dict(checkpoint.config), to_dict(checkpoint.summary), beta, samples, draws, starts]
    hasher = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    frames = {} if checkpoint.keyframes is None else checkpoint.keyframes._asdict()
    labelled = {name: getattr(checkpoint.points, name) for name in ("mean", "std", "labels")}
    _add(hasher, checkpoint.weights | labelled | frames)
    return hasher.hexdigest()[:40]


def cache_of(checkpoint: Checkpoint, beta: float) -> DiskCache[Diagnosis]:
    """Complete diagnoses of a checkpoint at a beta, by their `digest`."""
    return DiskCache(
        runs_folder() / "cache" / "diagnoses",
        ".safetensors",
        pack=lambda diagnosis: _pack(diagnosis, checkpoint.measured_at(beta) is None),
        unpack=lambda content: _unpack(content, checkpoint, beta),
        max_bytes=MAX_DISK_CACHE_BYTES,
        max_files=MAX_DIAGNOSIS_FILES,
    )


def _add(hasher: Any, arrays: Mapping[str, NDArray[Any]]) -> None:
    for name, array in sorted(arrays.items()):
        hasher.update(f"{name} {array.dtype} {array.shape}".encode())
        hasher.update(np.ascontiguousarray(array).data)


def _pack(diagnosis: Diagnosis, with_posteriors: bool) -> bytes:
    from safetensors.numpy import save

    assert diagnosis.examples is not None
    arrays = {name: getattr(diagnosis, name) for name in (*ARRAYS, *(POSTERIOR if with_posteriors else ()))}
    arrays |= {f"examples.{name}": array for name, array in diagnosis.examples._asdict().items()}
    facts = {field.name: getattr(diagnosis, field.name) for field in fields(diagnosis)}
    facts = {name: value for name, value in facts.items() if not isinstance(value, np.ndarray | Examples | LatentPrior)}
    scores: Disentanglement | None = facts["disentanglement"]
    if scores is not None:
        arrays["informations"] = scores.informations
        facts["disentanglement"] = [scores.mig, scores.dci, scores.sap, scores.sap_svm]
    if diagnosis.exact is not None:
        arrays |= {name: getattr(diagnosis.exact, name) for name in LOSSES}
        facts["exact"] = [diagnosis.exact.weight, diagnosis.exact.unresolved]
    if diagnosis.starts is not None:
        arrays["gain"] = diagnosis.starts.gain
        facts["starts"] = [diagnosis.starts.starts, diagnosis.starts.draws]
    text = json.dumps(facts)
    arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    return save(arrays, {"facts": text, "sum": _sum(text, arrays)})


def _unpack(content: bytes, checkpoint: Checkpoint, beta: float) -> Diagnosis:
    """Raises `VAEError` for what isn't what `_pack` has made."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays = load(content)
        length = int.from_bytes(content[:8], "little")
        metadata = json.loads(content[8 : 8 + length])["__metadata__"]
        text = metadata["facts"]
        if metadata["sum"] != _sum(text, arrays):
            raise VAEError("a diagnosis that was kept has been changed since.")
        facts = json.loads(text)
        scores = facts["disentanglement"]
        facts |= {name: tuple(value) for name, value in facts.items() if isinstance(value, list)}
        facts["parts"] = facts["parts"] and Decomposition(*facts["parts"])
        facts["exact"] = facts["exact"] and Exact(*facts["exact"], *(arrays[name] for name in LOSSES))
        facts["starts"] = facts["starts"] and Starts(*facts["starts"], gain=arrays["gain"])
        facts["disentanglement"] = scores and Disentanglement(
            scores[0], DCI(*scores[1]), scores[2], scores[3], arrays["informations"]
        )
        known: dict[str, Any] = facts | {name: arrays[name] for name in ARRAYS}
        points = checkpoint.measured_at(beta)
        known |= {name: arrays[name] if points is None else getattr(points, name) for name in POSTERIOR}
        return Diagnosis(
            **known,
            prior=checkpoint.prior,
            examples=Examples(*(arrays[f"examples.{name}"] for name in Examples._fields)),
        )
    except (SafetensorError, LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise VAEError(f"not a diagnosis that was kept ({error}).") from None


def _sum(text: str, arrays: Mapping[str, NDArray[Any]]) -> str:
    hasher = hashlib.sha256(text.encode())
    _add(hasher, arrays)
    return hasher.hexdigest()
