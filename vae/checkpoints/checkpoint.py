"""Checkpoints: one `.safetensors` file with the weights, what the model is, how it was trained, and its map.

The file holds the tensors `encoder.*`, `decoder.*` and, of a prior with parameters, `prior.*` (float32) and the posterior of every test
image: `points.mean` and `points.std` (float32, (N, D)) and `points.label` (int64, (N,), -1 for none). A model for a range of betas also has
its posteriors at several of them: `keyframes.beta`, `keyframes.recon` and `keyframes.kl` (float32, (K,)), `keyframes.mean` and
`keyframes.std` (float32, (K, N, D)), and `keyframes.changes` (int32, (J, 2)), as `vae.checkpoints.keyframes.Keyframes` has them. Planes in
which more than two dimensions are shown, number 0 first, have the places of M of the points: `planes.0.places` (float32, (M, 2)) and
`planes.0.index` (int32, (M,), which they are, ascending). The metadata are strings of JSON: `config`, `summary`, `classes` and, where there
are any, `planes`. Nothing here needs PyTorch, so the map of a checkpoint opens without it.
"""

from __future__ import annotations

__all__ = [
    "SHIPPED_FOLDER",
    "Checkpoint",
    "LatentPoints",
    "TrainingSummary",
    "find",
    "peek",
    "read",
    "read_bytes",
    "write",
]

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae.checkpoints.keyframes import Keyframes
from vae.checks import check_text, check_whole
from vae.errors import CheckpointError, ConfigError
from vae.files import write_atomic
from vae.installation import APP_FOLDER
from vae.limits import MAX_CLASS_NAME, MAX_CLASSES
from vae.models.config import ModelConfig, TrainConfig, from_dict, to_dict
from vae.models.layers import Shape
from vae.models.priors import LatentPrior, StandardNormal
from vae.projections.planes import Plane, about, from_about
from vae.projections.projection import MIN_LATENTS
from vae.texts import is_showable

if TYPE_CHECKING:
    from vae.models.vae import VAE
    from vae.projections.planes import Measured
    from vae.projections.projection import Settings

FORMAT = "zscape-vae"
# 1 knew no ranges of betas; 2 one mode of each posterior (no `keyframes.kl` and `keyframes.changes`), and no planes; 3 one prior and one
# objective, which it didn't name; 4 recon + KL as `loss`.
VERSION = 5
SHIPPED_FOLDER = APP_FOLDER / "checkpoints"
MAX_POINTS = 10_000_000
MAX_KEYFRAMES = 1000
MAX_VERSIONS = 100
MAX_TERMS = 100  # of an objective
MAX_COUNT = 10**15
MAX_PLANES = 8
TYPES = {"F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4"}  # those that a tensor of a checkpoint may have


class LatentPoints(NamedTuple):
    """The posteriors q(z|x) of the test images: the points of the map."""

    mean: NDArray[np.float32]  # (N, D)
    std: NDArray[np.float32]  # (N, D)
    labels: NDArray[np.int64]  # (N,), -1 where there is none
    classes: tuple[str, ...]  # names of the labels


@dataclass(frozen=True)
class TrainingSummary:
    """How a checkpoint came to be and how good it is, as it is shown to people."""

    data: str  # name of the data set
    train_size: int  # images the weights were fitted to
    test_size: int  # images `recon` and `kl` average over
    epochs: int  # completed; fewer than train.epochs when training was stopped
    train: TrainConfig
    recon: float  # nats per image, E_q[-log p(x|z)]; of a model for a range of betas, at `train.beta`
    kl: float  # nats per image, KL(q(z|x) || p(z)); likewise
    neg_elbo: float  # recon + kl
    samples: int  # draws of z per image in that estimate
    seconds: float  # spent training
    date: str  # ISO 8601, UTC
    versions: dict[str, str] = field(default_factory=dict)
    images: str | None = None  # the test images' digest; None in files of before there was one
    # What the objective has beside recon and kl, by name: of the last epoch's validation images, or training images where there are none.
    others: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("train_size", "test_size", "epochs", "samples"):
            check_whole(name, getattr(self, name), 0, MAX_COUNT)
        for name in ("recon", "kl", "neg_elbo", "seconds"):
            object.__setattr__(self, name, _finite(name, getattr(self, name)))
        if not isinstance(self.others, dict) or len(self.others) > MAX_TERMS:
            raise ConfigError(f"others: a JSON object of up to {MAX_TERMS} numbers, not {self.others!r:.80}.")
        for name in self.others:
            check_text("others", name)
        object.__setattr__(
            self, "others", {name: _finite(f"others.{name}", value) for name, value in self.others.items()}
        )
        for name in ("data", "date"):
            check_text(name, getattr(self, name))
        if self.images is not None:
            check_text("images", self.images)
        if not isinstance(self.versions, dict) or len(self.versions) > MAX_VERSIONS:
            raise ConfigError(f"versions: a JSON object of up to {MAX_VERSIONS} texts, not {self.versions!r:.80}.")
        for text in (*self.versions, *self.versions.values()):
            check_text("versions", text)

    @property
    def stopped(self) -> bool:
        """Whether training was stopped before its last epoch."""
        return self.epochs < self.train.epochs


def _finite(name: str, value: Any) -> float:
    """A number as floats are, for whole numbers of JSON may have any number of digits. Raises `ConfigError` for what is none."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= sys.float_info.max:
        raise ConfigError(f"{name}: a finite number, not {value!r:.80}.")
    return float(value)


class Header(NamedTuple):
    """What a checkpoint says of itself, read without its tensors."""

    config: ModelConfig
    summary: TrainingSummary
    classes: tuple[str, ...]


class Checkpoint(NamedTuple):
    """A model as it lies on disk."""

    config: ModelConfig
    summary: TrainingSummary
    weights: dict[str, NDArray[np.float32]]
    points: LatentPoints  # of a model for a range of betas, at `summary.train.beta`
    keyframes: Keyframes | None = None  # of a model for a range of betas
    planes: tuple[Plane, ...] = ()  # that more than two dimensions are shown in, the one to show first in front

    @property
    def prior(self) -> LatentPrior:
        """p(z), as NumPy sees it."""
        weights = {
            name.removeprefix("prior."): array for name, array in self.weights.items() if name.startswith("prior.")
        }
        return LatentPrior(self.config.prior, self.config.latent_dim, weights, self.config.lower_dim)

    def points_at(self, beta: float) -> LatentPoints:
        """The points of the map at a beta. A model for one beta has them at that alone.

        Raises `VAEError` for a beta outside the model's range.
        """
        self.config.check_beta(beta)
        if self.keyframes is None:
            return self.points
        mean, std = self.keyframes.at(beta)
        return self.points._replace(mean=mean, std=std)

    def measured_at(self, beta: float) -> LatentPoints | None:
        """The points at a beta as the model has them: at the one it was trained at or watched at, and at keyframes. None in between, where
        `points_at` goes straight, and at keyframes at which points may keep a mode that isn't the best.

        Raises `VAEError` for a beta outside the model's range.
        """
        self.config.check_beta(beta)
        if self.keyframes is None or beta == self.summary.train.beta:
            return self.points
        measured = np.float32(beta) in self.keyframes.beta and not self.config.places
        return self.points_at(beta) if measured else None

    def model(self) -> VAE:
        """The model, in eval mode on the CPU. Raises `CheckpointError` where its prior isn't its encoder's."""
        import torch

        from vae.models.vae import VAE

        model = VAE(self.config)
        model.trained_beta = self.summary.train.beta
        # Copied, because the arrays may be read-only views of the file.
        model.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in self.weights.items()})
        model.check_prior()
        return model.eval()


def find(name: str | Path) -> Path:
    """The file that a path, or the bare name of a shipped checkpoint, stands for.

    Raises `CheckpointError` if there is none.
    """
    try:
        path = Path(name).expanduser()
        if path.is_file():
            return path
    except (OSError, RuntimeError) as error:  # a name too long for the file system, or the home of nobody
        raise CheckpointError(f"{name}: could not be read ({error}).") from None
    shipped = SHIPPED_FOLDER / f"{name}.safetensors"
    if path.name == str(name) and shipped.is_file():
        return shipped
    names = ", ".join(sorted(file.stem for file in SHIPPED_FOLDER.glob("*.safetensors"))) or "none"
    problem = f"{name}: {'is a folder' if path.is_dir() else 'no such file'}"
    if not str(name):  # as a path it is the current folder
        problem = "The name of the checkpoint is empty"
    raise CheckpointError(f"{problem}. Give a .safetensors file, or the name of a shipped one ({names}).")


def peek(path: str | Path) -> Header:
    """What the checkpoint says of itself. Checks names and shapes of its tensors, but doesn't read them."""
    with _Opened(find(path)) as opened:
        return opened.header()


def read(path: str | Path) -> Checkpoint:
    """Reads and checks a checkpoint; nothing in it is trusted.

    Raises `CheckpointError` that names the file and the field.
    """
    with _Opened(find(path)) as opened:
        return opened.checkpoint()


def read_bytes(content: bytes, name: str) -> Checkpoint:
    """Reads a checkpoint from memory, an upload say; `name` stands for the file in errors."""
    with _Opened(content, name) as opened:
        return opened.checkpoint()


def write(path: str | Path, checkpoint: Checkpoint) -> None:
    """Writes the checkpoint to one file, whole or not at all.

    Raises `CheckpointError` for one that `read` would refuse, and `VAEError` if the file can't be written.
    """
    from safetensors.numpy import save

    points = checkpoint.points
    tensors: dict[str, NDArray[Any]] = {
        name: np.ascontiguousarray(array, np.float32) for name, array in checkpoint.weights.items()
    }
    for name, array in tensors.items():
        _check_finite(str(path), name, array)
    with np.errstate(over="ignore"):
        halves: dict[str, NDArray[Any]] = {name: array.astype(np.float16) for name, array in tensors.items()}
    if all(np.array_equal(half, tensors[name]) for name, half in halves.items()):
        tensors = halves  # which lose nothing
    tensors |= {
        "points.mean": np.ascontiguousarray(points.mean, np.float32),
        "points.std": np.ascontiguousarray(points.std, np.float32),
        "points.label": np.ascontiguousarray(points.labels, np.int64),
    }
    if checkpoint.keyframes is not None:
        tensors |= {
            f"keyframes.{name}": np.ascontiguousarray(array, np.int32 if name == "changes" else np.float32)
            for name, array in checkpoint.keyframes._asdict().items()
        }
    metadata = {
        "format": FORMAT,
        "version": str(VERSION),
        "config": json.dumps(to_dict(checkpoint.config)),
        "summary": json.dumps(to_dict(checkpoint.summary)),
        "classes": json.dumps(list(points.classes)),
    }
    if checkpoint.planes:
        metadata["planes"] = json.dumps(
            [about(plane.settings, plane.beta, plane.names, plane.measured) for plane in checkpoint.planes]
        )
    for number, plane in enumerate(checkpoint.planes):
        tensors[f"planes.{number}.places"] = np.ascontiguousarray(plane.places, np.float32)
        tensors[f"planes.{number}.index"] = np.ascontiguousarray(plane.index, np.int32)
    content = save(tensors, metadata)
    read_bytes(content, str(path))
    write_atomic(path, content)


class _Memory:
    """A checkpoint in memory, with the methods of `safe_open` that are used here. Raises `SafetensorError` for what is none."""

    def __init__(self, content: bytes) -> None:
        from safetensors import deserialize

        self.tensors: dict[str, dict[str, Any]] = dict(deserialize(content))
        length = int.from_bytes(content[:8], "little")  # of the header, which is known to be one by now
        self.words: dict[str, str] | None = json.loads(content[8 : 8 + length]).get("__metadata__")

    def metadata(self) -> dict[str, str] | None:
        return self.words

    def keys(self) -> list[str]:
        return list(self.tensors)

    def get_slice(self, name: str) -> _Slice:
        return _Slice(self.tensors[name]["shape"], self.tensors[name]["dtype"])

    def get_tensor(self, name: str) -> NDArray[Any]:
        tensor = self.tensors[name]
        return np.frombuffer(tensor["data"], TYPES[tensor["dtype"]]).reshape(tensor["shape"])


class _Slice(NamedTuple):
    """What is known of a tensor before it is read."""

    shape: list[int]
    dtype: str

    def get_shape(self) -> list[int]:
        return self.shape

    def get_dtype(self) -> str:
        return self.dtype


class _Opened:
    """An open checkpoint, a file or one in memory, and the checks that every reader shares."""

    def __init__(self, source: Path | bytes, name: str | None = None) -> None:
        self.source = source
        self.name = name or str(source)

    def __enter__(self) -> _Opened:
        from safetensors import SafetensorError, safe_open

        try:
            if isinstance(self.source, bytes):
                start = self.source[:9]
            else:
                with self.source.open("rb") as file:
                    start = file.read(9)
            # PyTorch's own format is a zip, or a bare pickle before 1.6. Unpickling runs whatever the file says.
            # The length of a .safetensors header can begin like one too, but then a zero follows, which no pickle has there.
            bare = start[:1] == b"\x80" and start[2:3] not in (b"", b"\0")
            if start.startswith(b"PK\x03\x04") or (bare and not start.endswith(b"\0\0\0\0{")):
                raise self.error(
                    "this is a pickle (a PyTorch .pt file?), which can run code when it is opened, so Zscape never opens one. Train "
                    "the model here, or save it as docs/library.md shows: by vae.checkpoints.write and vae.training.loop.checkpoint_of."
                )
            if isinstance(self.source, bytes):
                self.file = _Memory(self.source)
            else:
                self.file = safe_open(str(self.source), framework="numpy").__enter__()
        except SafetensorError as error:
            raise self.error(f"not a whole .safetensors file ({error}). Copy or download it again.") from None
        except OSError as error:
            raise self.error(f"could not be read ({error.strerror or error}).") from None
        return self

    def __exit__(self, *error: object) -> None:
        if not isinstance(self.file, _Memory):
            self.file.__exit__(None, None, None)

    def error(self, message: str) -> CheckpointError:
        return CheckpointError(f"{self.name}: {message}")

    def header(self) -> Header:
        metadata = self.file.metadata() or {}
        if metadata.get("format") != FORMAT:
            raise self.error(
                f'not a Zscape checkpoint: its metadata field "format" is {metadata.get("format")!r:.80}, not {FORMAT!r}. '
                "It may hold another kind of model; Zscape opens the ones it trains."
            )
        version = metadata.get("version", "")
        if not version.isdecimal() or not version.isascii() or len(version) > 6 or int(version) < 1:
            raise self.error(f'its metadata field "version" is {version!r:.80}, not a number.')
        if int(version) > VERSION:
            raise self.error(
                f'its metadata field "version" is {version}, and this Zscape reads up to {VERSION}. Update Zscape to open it.'
            )
        self.modes = int(version) >= 3  # whether the file knows of several modes of a posterior
        try:
            config = from_dict(ModelConfig, self._json(metadata, "config"), "config")
            values = self._json(metadata, "summary")
            if "loss" in values:  # as files of earlier versions call it
                values["neg_elbo"] = values.pop("loss")
            train = from_dict(TrainConfig, values.pop("train", None), "summary.train")
            summary = from_dict(TrainingSummary, values | {"train": train}, "summary")
        except ConfigError as error:
            raise self.error(str(error)) from None
        if config.nearest_beta(train.beta) != train.beta:
            raise self.error(f"summary.train.beta: {train.beta:g} is not in config.network.beta_range.")
        classes = self._json(metadata, "classes", list)
        if len(classes) > MAX_CLASSES:
            raise self.error(f'metadata field "classes": at most {MAX_CLASSES} names.')
        for name in classes:
            if not is_showable(name, MAX_CLASS_NAME):
                raise self.error(
                    f'metadata field "classes": names are texts of up to {MAX_CLASS_NAME} characters, without control characters and '
                    f"halves of characters, not {name!r:.80}."
                )
        self._planes = self._read_planes(metadata, config, train.beta)
        self._check_tensors(config)
        return Header(config, summary, tuple(classes))

    def checkpoint(self) -> Checkpoint:
        config, summary, classes = self.header()
        weights = {name: self._floats(name) for name in config.tensor_shapes()}
        labels = np.asarray(self.file.get_tensor("points.label"))
        if labels.size and (labels.min() < -1 or labels.max() >= len(classes)):
            raise self.error(
                f"tensor points.label: labels run from {labels.min()} to {labels.max()}, but there are {len(classes)} classes."
            )
        std = self._floats("points.std")
        if std.size and std.min() <= 0:
            raise self.error("tensor points.std: standard deviations must be positive.")
        points = LatentPoints(self._floats("points.mean"), std, labels, classes)
        keyframes = None if config.beta_range is None else self._keyframes(*config.beta_range)
        planes = tuple(self._plane(number, len(labels)) for number in range(len(self._planes)))
        return Checkpoint(config, summary, weights, points, keyframes, planes)

    def _plane(self, number: int, count: int) -> Plane:
        settings, beta, names, measured = self._planes[number]
        index = np.asarray(self.file.get_tensor(f"planes.{number}.index"), np.int64)
        if index[0] < 0 or index[-1] >= count or (np.diff(index) <= 0).any():
            raise self.error(f"tensor planes.{number}.index: must rise from 0 or more to less than {count:,}.")
        return Plane(settings, beta, names, index, self._floats(f"planes.{number}.places"), measured)

    def _keyframes(self, low: float, high: float) -> Keyframes:
        floats = {name: self._floats(f"keyframes.{name}") for name in ("beta", "mean", "std", "recon")}
        if self.modes:
            kl = self._floats("keyframes.kl")
            changes = np.asarray(self.file.get_tensor("keyframes.changes"))
            limits = len(floats["beta"]) - 1, floats["mean"].shape[1]
            if changes.size and ((changes < 0).any() or (changes >= limits).any()):
                raise self.error(f"tensor keyframes.changes: pairs of 0 to {limits[0] - 1} and 0 to {limits[1] - 1}.")
        else:
            # In those days there was one prior, which has no weights.
            prior = LatentPrior(StandardNormal(), floats["mean"].shape[2], {})
            each = zip(floats["mean"], floats["std"], strict=True)
            kl = np.array([prior.kl_of_each(mean, std).mean() for mean, std in each], np.float32)
            changes = np.empty((0, 2), np.int32)
        keyframes = Keyframes(**floats, kl=kl, changes=changes)
        beta = keyframes.beta
        if not np.allclose(beta[[0, -1]], (low, high), rtol=1e-3) or (np.diff(beta) <= 0).any():
            raise self.error(f"tensor keyframes.beta: must rise from {low:g} to {high:g}, the range in its config.")
        if keyframes.std.size and keyframes.std.min() <= 0:
            raise self.error("tensor keyframes.std: standard deviations must be positive.")
        return keyframes

    def _read_planes(
        self, metadata: dict[str, str], config: ModelConfig, beta: float
    ) -> list[tuple[Settings, float, tuple[str, str], Measured | None]]:
        """What the file says of its planes."""
        if "planes" not in metadata:
            return []
        values = self._json(metadata, "planes", list)
        if len(values) > MAX_PLANES or (values and config.latent_dim < 3):
            raise self.error(f'metadata field "planes": at most {MAX_PLANES}, of three dimensions or more.')
        try:
            planes = [from_about(each, f"planes.{number}") for number, each in enumerate(values)]
        except ConfigError as error:
            raise self.error(str(error)) from None
        for number, (_, at, _, _) in enumerate(planes):
            if at != beta and (config.beta_range is None or config.nearest_beta(at) != at):
                raise self.error(f"planes.{number}.beta: {at:g} is no beta of the model.")
        return planes

    def _json(self, metadata: dict[str, str], name: str, kind: type = dict) -> Any:
        try:
            value = json.loads(metadata[name])
        except KeyError:
            raise self.error(f'its metadata field "{name}" is missing.') from None
        except (ValueError, RecursionError) as error:
            raise self.error(f'its metadata field "{name}" is not JSON ({error}).') from None
        if not isinstance(value, kind):
            raise self.error(f'its metadata field "{name}" is not a JSON {kind.__name__}.')
        return value

    def _check_tensors(self, config: ModelConfig) -> None:
        """Names, shapes and types, from the file's header alone: before anything large is read."""
        present = {name: self.file.get_slice(name) for name in self.file.keys()}  # noqa: SIM118 (not a dict)
        if "points.mean" not in present:
            raise self.error("tensor points.mean is missing.")
        shape = present["points.mean"].get_shape()
        count = shape[0] if len(shape) == 2 else 0
        if not 1 <= count <= MAX_POINTS:
            raise self.error(
                f"tensor points.mean: shape {shape}, and 1 to {MAX_POINTS:,} rows are what a map can have."
            )
        expected: dict[str, tuple[Shape, tuple[str, ...]]] = {
            name: (shape, ("F32", "F16")) for name, shape in config.tensor_shapes().items()
        }
        expected["points.mean"] = expected["points.std"] = ((count, config.latent_dim), ("F32",))
        expected["points.label"] = ((count,), ("I64",))
        if config.beta_range is not None:
            frames = present["keyframes.beta"].get_shape() if "keyframes.beta" in present else [2]
            if len(frames) != 1 or not 2 <= frames[0] <= MAX_KEYFRAMES:
                raise self.error(
                    f"tensor keyframes.beta: shape {frames}, and 2 to {MAX_KEYFRAMES:,} betas are what it can hold."
                )
            for name in ("beta", "recon", *(["kl"] if self.modes else [])):
                expected[f"keyframes.{name}"] = ((frames[0],), ("F32",))
            if self.modes:
                pairs = present["keyframes.changes"].get_shape()[:1] if "keyframes.changes" in present else []
                expected["keyframes.changes"] = ((min([*pairs, frames[0] * count]), 2), ("I32",))
            for name in ("mean", "std"):
                expected[f"keyframes.{name}"] = ((frames[0], count, config.latent_dim), ("F32",))
        for number in range(len(self._planes)):
            name = f"planes.{number}.places"
            laid_out = self._laid_out(name, present[name].get_shape() if name in present else [MIN_LATENTS], count)
            expected[name] = ((laid_out, 2), ("F32",))
            expected[f"planes.{number}.index"] = ((laid_out,), ("I32",))
        for name, (wanted, types) in expected.items():
            if name not in present:
                raise self.error(f"tensor {name} is missing.")
            shape = tuple(present[name].get_shape())
            if shape != wanted:
                raise self.error(f"tensor {name}: shape {shape}, but its config asks for {wanted}.")
            if present[name].get_dtype() not in types:
                raise self.error(
                    f"tensor {name}: type {present[name].get_dtype()}, but it must be {' or '.join(types)}."
                )
        for name in present:
            if name not in expected:
                raise self.error(f"tensor {name:.80} is not part of the model that its config describes.")

    def _laid_out(self, name: str, shape: list[int], count: int) -> int:
        """How many points the plane whose places are the tensor `name` may have: as many as it says."""
        rows = shape[0] if shape else 0
        if not MIN_LATENTS <= rows <= count:
            raise self.error(
                f"tensor {name}: {rows:,} places, and a plane has {MIN_LATENTS} or more, of the {count:,} points that there are."
            )
        return rows

    def _floats(self, name: str) -> NDArray[np.float32]:
        array = np.asarray(self.file.get_tensor(name), np.float32)
        _check_finite(self.name, name, array)
        return array


def _check_finite(path: str, name: str, array: NDArray[np.float32]) -> None:
    if not np.isfinite(array).all():
        raise CheckpointError(f"{path}: tensor {name} has values that are not finite (NaN or infinity).")
