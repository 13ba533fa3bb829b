r"""What the browser gets: the decoder as a small program, and the points of the map, each as one block of bytes.

A block is `ZSC1`, the length of a JSON header (uint32), the header, padding to a multiple of four, and the arrays that the
header names, one after another: little-endian, float32 unless the header says otherwise. The four letters at its start tell
it from the page that Streamlit answers with for a route it doesn't know.
"""

__all__ = ["decoder_program", "keyframes", "map_points", "pack", "unpack"]

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae.checkpoint import Checkpoint
from vae.layers import Layer

MAGIC = b"ZSC1"


def decoder_program(checkpoint: Checkpoint) -> bytes:
    """The decoder: a list of layers with the names of their constants, and the constants, for `decoder.js` to run.

    It maps a latent with shape (D,), and a beta where there is a range of them, to pixel means in [0, 1] with shape (C, H, W).
    """
    config = checkpoint.config
    layers = [*config.decoder(), config.likelihood.mean_layer]
    header = {
        "latent_dim": config.latent_dim,
        "image_shape": list(config.image_shape),
        "beta_range": config.beta_range,
        "layers": [_describe(layer, f"decoder.{place}") for place, layer in enumerate(layers)],
    }
    arrays = {name: array for name, array in checkpoint.weights.items() if name.startswith("decoder.")}
    return pack(header, arrays)


def map_points(checkpoint: Checkpoint) -> bytes:
    """The posterior means (N, D) and labels (N,) of the test images, and the names of the classes."""
    points = checkpoint.points
    header = {"count": len(points.labels), "latent_dim": checkpoint.config.latent_dim, "classes": list(points.classes)}
    return pack(header, {"mean": points.mean, "label": points.labels.astype(np.int32)})


def keyframes(checkpoint: Checkpoint) -> bytes:
    """Of a model for a range of betas: the betas of its keyframes with rate, distortion (both in nats per image) and active
    dimensions at each, and for a plane the posterior means (K, N, 2), between which points go linearly in log(beta)."""
    frames = checkpoint.keyframes
    assert frames is not None
    header = {
        "range": checkpoint.config.beta_range,
        "beta": frames.beta.tolist(),
        "rate": frames.rate.tolist(),
        "distortion": frames.recon.tolist(),
        "active": frames.active,
        "latent_dim": checkpoint.config.latent_dim,
    }
    return pack(header, {"mean": frames.mean} if checkpoint.config.latent_dim == 2 else {})


def pack(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """One block of a header and float32 or int32 arrays."""
    parts: list[bytes] = []
    index: dict[str, Any] = {}
    offset = 0
    for name, array in arrays.items():
        kind = "int32" if array.dtype.kind == "i" else "float32"
        index[name] = {"type": kind, "offset": offset, "shape": list(array.shape)}
        parts.append(np.ascontiguousarray(array, np.dtype(kind).newbyteorder("<")).tobytes())
        offset += len(parts[-1])
    text = json.dumps({**header, "arrays": index}, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)  # typed arrays in the browser start at multiples of four
    return b"".join([MAGIC, len(text).to_bytes(4, "little"), text, *parts])


def unpack(block: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """The header and arrays of a block that `pack` made."""
    if block[:4] != MAGIC:
        raise ValueError("not a block of ours")
    start = 8 + int.from_bytes(block[4:8], "little")
    header = json.loads(block[8:start])
    arrays = {}
    for name, item in header.pop("arrays").items():
        count = int(np.prod(item["shape"]))
        kind = np.dtype(item["type"]).newbyteorder("<")
        arrays[name] = np.frombuffer(block, kind, count, start + item["offset"]).reshape(item["shape"])
    return header, arrays


def _describe(layer: Layer, prefix: str) -> dict[str, Any]:
    tensors = {name: f"{prefix}.{name}" for name in layer.tensors()}
    constants = {name: getattr(layer, name) for name in ("kernel", "stride", "padding") if hasattr(layer, name)}
    return {"kind": layer.kind, **asdict(layer), **constants, **tensors}  # type: ignore[call-overload]
