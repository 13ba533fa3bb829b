from __future__ import annotations

import io
import json
import pickle
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.numpy import load, save
from tiny import CASES, checkpoint, config, image_set

import vae
import vae.checkpoints.checkpoint
from vae.checkpoints.checkpoint import VERSION, Checkpoint, find, peek, read, read_bytes, write
from vae.errors import CheckpointError, VAEError
from vae.latents.layouts import lay_out, measured, saved_layouts, with_plane
from vae.models.config import ModelConfig
from vae.models.likelihoods import Gaussian
from vae.models.objectives import ELBO
from vae.models.priors import StandardNormal
from vae.models.vae import VAE
from vae.projections import TSNE
from vae.projections.projection import MIN_LATENTS, Scattered

FILES = Path(__file__).parent / "files"

Tensors = dict[str, NDArray[Any]]
Metadata = dict[str, str]


def assert_same(actual: Checkpoint, wanted: Checkpoint) -> None:
    assert actual.config == wanted.config
    assert actual.summary == wanted.summary
    assert actual.points.classes == wanted.points.classes
    for one, other in zip(actual.points[:3], wanted.points[:3], strict=True):
        assert one.dtype == other.dtype
        assert np.array_equal(one, other)
    assert (actual.keyframes is None) == (wanted.keyframes is None)
    for one, other in zip(actual.keyframes or (), wanted.keyframes or (), strict=True):
        assert one.dtype == other.dtype
        assert np.array_equal(one, other)
    assert actual.weights.keys() == wanted.weights.keys()
    for name, array in wanted.weights.items():
        assert np.array_equal(actual.weights[name], array), name


@pytest.mark.parametrize("latent_dim", [1, 2, 20])
@pytest.mark.parametrize(("network", "shape"), CASES)
def test_a_checkpoint_is_read_as_it_was_written(
    network: str, shape: tuple[int, int, int], latent_dim: int, tmp_path: Path
) -> None:
    path = tmp_path / "model.safetensors"
    wanted = checkpoint(config(network, shape, latent_dim))
    write(path, wanted)
    assert_same(read(path), wanted)
    assert_same(read_bytes(path.read_bytes(), "upload"), wanted)
    assert peek(path) == (wanted.config, wanted.summary, wanted.points.classes)


def test_a_loaded_model_encodes_and_decodes_as_the_one_that_was_written(network: str, tmp_path: Path) -> None:
    wanted = checkpoint(ModelConfig((1, 8, 8), 3, config(network).network, Gaussian(0.3)))
    write(tmp_path / "model", wanted)
    model = VAE(wanted.config)
    model.load_state_dict({name: torch.from_numpy(array) for name, array in wanted.weights.items()})
    loaded = vae.load(tmp_path / "model")
    assert not loaded.training
    assert loaded.device.type == "cpu"
    assert loaded.config == wanted.config
    x = image_set(9).floats(slice(None))
    for one, other in zip(loaded.encode(x), model.encode(x), strict=True):
        assert torch.equal(one, other)
    assert torch.equal(loaded.decode(wanted.points.mean), model.decode(wanted.points.mean))
    origin = torch.zeros(1, 3)
    assert torch.equal(loaded.likelihood(origin).log_prob(x), model.likelihood(origin).log_prob(x))
    assert torch.equal(loaded.prior.log_prob(origin), model.prior.log_prob(origin))
    assert (loaded.latent_prior.prior, loaded.latent_prior.latent_dim) == (wanted.prior.prior, 3)


def test_a_model_does_not_share_its_weights_with_the_checkpoint(tmp_path: Path) -> None:
    write(tmp_path / "model", checkpoint())
    loaded = read(tmp_path / "model")
    with torch.no_grad():
        for parameter in loaded.model().parameters():
            parameter.zero_()
    assert_same(loaded, checkpoint())


def test_classes_and_versions_keep_any_script(tmp_path: Path) -> None:
    wanted = checkpoint()
    wanted = wanted._replace(points=wanted.points._replace(classes=("お", "T-shirt/top")))
    write(tmp_path / "model", wanted)
    assert read(tmp_path / "model").points.classes == ("お", "T-shirt/top")


# --- Where checkpoints are found


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of shipped checkpoints, with one that is called `ours`."""
    folder = tmp_path / "shipped"
    write(folder / "ours.safetensors", checkpoint())
    monkeypatch.setattr(vae.checkpoints.checkpoint, "SHIPPED_FOLDER", folder)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return folder


def test_a_bare_name_is_a_shipped_checkpoint(shipped: Path) -> None:
    assert find("ours") == shipped / "ours.safetensors"
    assert_same(read("ours"), checkpoint())
    assert vae.load("ours").config == checkpoint().config


def test_a_file_counts_for_more_than_a_shipped_name(shipped: Path) -> None:
    write("ours", checkpoint(config("conv")))
    assert read("ours").config == config("conv")
    assert find(Path("ours")).resolve() != shipped / "ours.safetensors"


def test_the_home_folder_is_expanded(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(shipped))
    monkeypatch.setenv("USERPROFILE", str(shipped))
    assert find("~/ours.safetensors") == shipped / "ours.safetensors"


@pytest.mark.parametrize(
    "name",
    ["theirs", "./ours", "../shipped/theirs.safetensors", "ours.pt", ".", "~nobody-of-that-name/x", "x" * 5000],
    ids=lambda name: name[:20],
)
@pytest.mark.parametrize("reader", [find, read, peek, vae.load])
def test_a_file_that_is_not_there_is_named(reader: Callable[[str], object], name: str, shipped: Path) -> None:
    with pytest.raises(CheckpointError) as caught:
        reader(name)
    assert str(caught.value).startswith(f"{name}: ")


def test_an_empty_name_is_not_taken_for_the_current_folder() -> None:
    with pytest.raises(CheckpointError, match=r"^The name of the checkpoint is empty\. Give a \.safetensors file"):
        find("")


def test_who_misses_a_file_is_told_which_are_shipped(shipped: Path) -> None:
    with pytest.raises(CheckpointError, match=r"no such file.*\(ours\)"):
        read("theirs")


def test_a_folder_is_not_a_file(shipped: Path) -> None:
    with pytest.raises(CheckpointError, match=r"is a folder.*\.safetensors file"):
        read(shipped)


# --- Files that aren't checkpoints at all


def pickled(**options: Any) -> bytes:
    out = io.BytesIO()
    torch.save({"encoder.1.weight": torch.ones(3, 3)}, out, **options)
    return out.getvalue()


def good(network: str = "mlp") -> bytes:
    with TemporaryDirectory() as folder:
        write(Path(folder) / "model", checkpoint(config(network)))
        return (Path(folder) / "model").read_bytes()


def header_of(content: bytes) -> int:
    """Where the header ends."""
    return 8 + int.from_bytes(content[:8], "little")


def metadata_of(content: bytes) -> Metadata:
    return json.loads(content[8 : header_of(content)])["__metadata__"]


GOOD = good()
RANGED = good("mlp-range")
HEADER = header_of(GOOD)
FOREIGN: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "not a whole .safetensors file"),
    "one byte": (b"\0", "not a whole .safetensors file"),
    "truncated in its length": (GOOD[:5], "not a whole .safetensors file"),
    "truncated in its header": (GOOD[: HEADER // 2], "not a whole .safetensors file"),
    "header alone": (GOOD[:HEADER], "not a whole .safetensors file"),
    "truncated by a byte": (GOOD[:-1], "not a whole .safetensors file"),
    "with a tail": (GOOD + b"\0", "not a whole .safetensors file"),
    "random bytes": (np.random.default_rng(0).bytes(5000), "not a whole .safetensors file"),
    "zeros": (bytes(5000), "not a whole .safetensors file"),
    "text": (b"<!doctype html><title>Not found</title>", "not a whole .safetensors file"),
    "a header of two exabytes": (b"\0" * 7 + b"\x1f" + GOOD[8:], "not a whole .safetensors file"),
    "a header that is no JSON": (GOOD[:8] + b"}" + GOOD[9:], "not a whole .safetensors file"),
    "torch.save": (pickled(), "this is a pickle"),
    "torch.save of old": (pickled(_use_new_zipfile_serialization=False), "this is a pickle"),
    **{f"pickle {n}": (pickle.dumps({"a": 1.5}, n), "this is a pickle") for n in (2, 3, 4, 5)},
    "pickle 0": (pickle.dumps({"a": 1.5}, 0), "not a whole .safetensors file"),
    "another safetensors": (save({"weight": np.ones((3, 3), np.float32)}, None), 'metadata field "format" is None'),
    "another's metadata": (save({"weight": np.ones(3, np.float32)}, {"format": "pt"}), "field \"format\" is 'pt'"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_of_another_kind_is_refused(name: str, tmp_path: Path) -> None:
    content, message = FOREIGN[name]
    assert_refused(content, message, tmp_path, (read, peek, vae.load))


def assert_refused(content: bytes, message: str, folder: Path, readers: tuple[Callable[[Path], object], ...]) -> None:
    """Every reader names the file and says what is wrong with it; an upload is named as its owner named it."""
    path = folder / "model.safetensors"
    path.write_bytes(content)
    for reader in readers:
        with pytest.raises(CheckpointError) as caught:
            reader(path)
        assert str(caught.value).startswith(f"{path}: ")
        assert message in str(caught.value)
    with pytest.raises(CheckpointError) as caught:
        read_bytes(content, "mine.safetensors")
    assert str(caught.value).startswith("mine.safetensors: ")
    assert message in str(caught.value)


@pytest.mark.parametrize("length", [0x280, 0x580, 0x4480])
@pytest.mark.parametrize("size", [2, 4, 8, 20])
def test_a_header_whose_length_begins_like_a_pickle_is_no_pickle(length: int, size: int, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes((length.to_bytes(8, "little") + b"[" * length)[:size])
    with pytest.raises(CheckpointError, match=r"not a whole \.safetensors file"):
        read(path)


def test_a_model_is_saved_as_the_readme_shows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is what is advised where somebody has saved it in another way; the README's example goes on in docs/library.md."""
    library = (Path(__file__).parent.parent / "docs" / "library.md").read_text("utf-8")
    (code,) = [
        block.partition("```")[0] for block in library.split("```python\n")[1:] if "vae.checkpoints.write" in block
    ]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("builtins.print", lambda *values: None)
    assert "epochs=100" in code
    exec(compile(code.replace("epochs=100", "epochs=1"), "library.md", "exec"), {})
    model = vae.load(tmp_path / "mine.safetensors")
    assert model.config.image_shape == (1, 8, 8)


def test_a_pickle_is_not_run(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return Path.touch, (tmp_path / "sprung",)

    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(CheckpointError):
            read_bytes(pickle.dumps(Trap(), protocol), "trap")
    assert not (tmp_path / "sprung").exists()


# --- Files that would be checkpoints but for one thing

Damage = Callable[[Tensors, Metadata], object]


def entry(name: str, *path: str | int, value: Any) -> Damage:
    """Sets one value in the JSON of a metadata field."""

    def apply(tensors: Tensors, metadata: Metadata) -> None:
        content = json.loads(metadata[name])
        place = content
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        metadata[name] = json.dumps(content)

    return apply


def text(name: str, value: str | None) -> Damage:
    """Replaces a metadata field, or takes it away."""
    return lambda tensors, metadata: metadata.pop(name) if value is None else metadata.update({name: value})


def tensor(name: str, change: Callable[[NDArray[Any]], NDArray[Any] | None]) -> Damage:
    """Replaces a tensor, or takes it away."""

    def apply(tensors: Tensors, metadata: Metadata) -> None:
        changed = change(tensors.pop(name))
        if changed is not None:
            tensors[name] = changed

    return apply


def first(value: float) -> Callable[[NDArray[Any]], NDArray[Any]]:
    def change(array: NDArray[Any]) -> NDArray[Any]:
        array = array.copy()
        array.flat[0] = value
        return array

    return change


def fewer(array: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(array[:-1])


def gone(array: NDArray[Any]) -> None:
    return None


def extra(tensors: Tensors, metadata: Metadata) -> None:
    tensors["decoder.99.weight"] = np.ones(1, np.float32)


def no_points(tensors: Tensors, metadata: Metadata) -> None:
    for name in ("points.mean", "points.std", "points.label"):
        tensors[name] = np.ascontiguousarray(tensors[name][:0])


WEIGHT = "decoder.0.weight"
# What a peek sees too, and then what takes a look at the values.
STATED: dict[str, tuple[Damage, str]] = {
    "format missing": (text("format", None), 'field "format"'),
    "another format": (text("format", "zscape-gan"), 'field "format"'),
    "version missing": (text("version", None), 'field "version"'),
    "version zero": (text("version", "0"), 'field "version"'),
    "version of words": (text("version", "one"), 'field "version"'),
    "version in another script": (text("version", "¹"), 'field "version"'),
    "version of endless digits": (text("version", "9" * 5000), 'field "version"'),
    "future version": (text("version", "6"), 'field "version" is 6, and this Zscape reads up to 5. Update'),
    "config missing": (text("config", None), 'field "config" is missing'),
    "config not JSON": (text("config", "{"), 'field "config" is not JSON'),
    "config not an object": (text("config", "[]"), 'field "config" is not a JSON dict'),
    "config nested too deep": (text("config", "[" * 100_000), 'field "config" is not JSON'),
    "config with an endless number": (text("config", "1" * 5000), 'field "config" is not JSON'),
    "config empty": (text("config", "{}"), "config.image_shape: is missing"),
    "absurd image": (entry("config", "image_shape", value=[1, 10**9, 10**9]), "config.image_shape: "),
    "absurd latent": (entry("config", "latent_dim", value=10**12), "config.latent_dim: "),
    "absurd width": (entry("config", "network", "hidden", value=[10**9]), "config.network.hidden: "),
    "absurd depth": (entry("config", "network", "hidden", value=[9] * 10**5), "config.network.hidden: "),
    "absurd total": (entry("config", "network", "hidden", value=[16_384] * 32), "config.network: "),
    "large but possible": (entry("config", "network", "hidden", value=[6000, 6000]), "tensor encoder.1.weight"),
    "half a character": (entry("summary", "data", value="a\ud800b"), "summary.data: a text of up to 200 characters"),
    "an escape sequence": (entry("summary", "date", value="2025\x1b[2J"), "summary.date: a text"),
    "another direction": (entry("summary", "images", value="a\u202eb"), "summary.images: a text"),
    "an endless text": (entry("summary", "data", value="x" * 201), "summary.data: a text"),
    "half a character in versions": (entry("summary", "versions", value={"a": "\udfff"}), "summary.versions: a text"),
    "a control character in versions": (entry("summary", "versions", value={"a\0": "1"}), "summary.versions: a text"),
    "endless versions": (entry("summary", "versions", value={str(n): "1" for n in range(101)}), "summary.versions: "),
    "an endless count": (entry("summary", "epochs", value=10**4000), "summary.epochs: a whole number"),
    "half a character in a class": (entry("classes", 0, value="\ud800"), 'field "classes": names are texts'),
    "two lines in a class": (entry("classes", 0, value="a\n# b"), 'field "classes": names are texts'),
    "another latent_dim": (entry("config", "latent_dim", value=3), "tensor encoder.5.weight: shape (4, 8)"),
    "another image_shape": (entry("config", "image_shape", value=[1, 8, 7]), "tensor encoder.1.weight: shape"),
    "unknown network": (entry("config", "network", "kind", value="transformer"), "config.network.kind: "),
    "another network": (entry("config", "network", value={"kind": "conv"}), "tensor encoder.0.weight is missing"),
    "unknown likelihood": (entry("config", "likelihood", "kind", value="cauchy"), "config.likelihood.kind: "),
    "unknown field": (entry("config", "colour", value=True), "config.colour: "),
    "summary missing": (text("summary", None), 'field "summary" is missing'),
    "summary not JSON": (text("summary", "summary"), 'field "summary" is not JSON'),
    "summary empty": (text("summary", "{}"), "summary.train: "),
    "summary without a field": (text("summary", '{"train": {}}'), "summary.data: is missing"),
    "loss that is no number": (entry("summary", "neg_elbo", value=float("nan")), "summary.neg_elbo: "),
    "loss of text": (entry("summary", "neg_elbo", value="small"), "summary.neg_elbo: "),
    "loss too large for a number": (entry("summary", "neg_elbo", value=10**400), "summary.neg_elbo: "),
    "negative count": (entry("summary", "test_size", value=-1), "summary.test_size: "),
    "half an epoch": (entry("summary", "epochs", value=0.5), "summary.epochs: "),
    "endless name": (entry("summary", "data", value="x" * 201), "summary.data: "),
    "date of numbers": (entry("summary", "date", value=2025), "summary.date: "),
    "versions of text": (entry("summary", "versions", value="1.0"), "summary.versions: "),
    "version of a number": (entry("summary", "versions", value={"torch": 2}), "summary.versions: "),
    "training out of bounds": (entry("summary", "train", "beta", value=-1), "summary.train.beta: "),
    "unknown schedule": (entry("summary", "train", "schedule", value="fast"), "summary.train.schedule.kind: "),
    "schedule out of bounds": (
        entry("summary", "train", "schedule", "over", value=2),
        "summary.train.schedule.over: ",
    ),
    "classes missing": (text("classes", None), 'field "classes" is missing'),
    "classes an object": (text("classes", "{}"), 'field "classes" is not a JSON list'),
    "classes of numbers": (text("classes", "[1, 2]"), 'field "classes": '),
    "too many classes": (text("classes", json.dumps(["x"] * 1001)), 'field "classes": '),
    "endless class": (text("classes", json.dumps(["x" * 101, "y"])), 'field "classes": '),
    "weight missing": (tensor(WEIGHT, gone), f"tensor {WEIGHT} is missing"),
    "points missing": (tensor("points.mean", gone), "tensor points.mean is missing"),
    "std missing": (tensor("points.std", gone), "tensor points.std is missing"),
    "labels missing": (tensor("points.label", gone), "tensor points.label is missing"),
    "extra tensor": (extra, "tensor decoder.99.weight is not part of"),
    "weight of another shape": (tensor(WEIGHT, fewer), f"tensor {WEIGHT}: shape (7, 2)"),
    "weight transposed": (tensor(WEIGHT, lambda a: np.ascontiguousarray(a.T)), f"tensor {WEIGHT}: shape (2, 8)"),
    "weight of doubles": (tensor(WEIGHT, lambda a: a.astype(np.float64)), f"tensor {WEIGHT}: type F64"),
    "weight of integers": (tensor(WEIGHT, lambda a: a.astype(np.int32)), f"tensor {WEIGHT}: type I32"),
    "labels of floats": (tensor("points.label", lambda a: a.astype(np.float32)), "tensor points.label: type F32"),
    "fewer labels": (tensor("points.label", fewer), "tensor points.label: shape (6,)"),
    "fewer deviations": (tensor("points.std", fewer), "tensor points.std: shape (6, 2)"),
    "points in a row": (tensor("points.mean", np.ravel), "tensor points.mean: shape [14]"),
    "no points": (no_points, "tensor points.mean: shape [0, 2]"),
}
HELD: dict[str, tuple[Damage, str]] = {
    "weight not a number": (tensor(WEIGHT, first(np.nan)), f"tensor {WEIGHT} has values that are not finite"),
    "weight infinite": (tensor(WEIGHT, first(-np.inf)), f"tensor {WEIGHT} has values that are not finite"),
    "point infinite": (tensor("points.mean", first(np.inf)), "tensor points.mean has values that are not finite"),
    "deviation not a number": (tensor("points.std", first(np.nan)), "tensor points.std "),
    "deviation zero": (tensor("points.std", first(0)), "tensor points.std: "),
    "deviation negative": (tensor("points.std", first(-1)), "tensor points.std: "),
    "label beyond the classes": (tensor("points.label", first(2)), "tensor points.label: labels run from -1 to 2"),
    "label below none": (tensor("points.label", first(-2)), "tensor points.label: labels run from -2 to 1"),
    "fewer classes": (text("classes", '["one"]'), "tensor points.label: "),
}


# The same for a model for a range of betas.
RANGED_STATED: dict[str, tuple[Damage, str]] = {
    "range of one": (entry("config", "network", "beta_range", value=[1]), "config.network.beta_range: "),
    "range upside down": (entry("config", "network", "beta_range", value=[2, 1]), "config.network.beta_range: "),
    "range of words": (entry("config", "network", "beta_range", value=["a", "b"]), "config.network.beta_range: "),
    "range of a word": (entry("config", "network", "beta_range", value="ab"), "config.network.beta_range: "),
    "range forgotten": (entry("config", "network", "beta_range", value=None), "tensor encoder.3.weight"),
    "beta beside the range": (entry("summary", "train", "beta", value=20), "summary.train.beta: 20 is not in"),
    "gate missing": (tensor("encoder.3.weight", gone), "tensor encoder.3.weight is missing"),
    "betas missing": (tensor("keyframes.beta", gone), "tensor keyframes.beta is missing"),
    "one beta": (tensor("keyframes.beta", lambda a: a[:1].copy()), "tensor keyframes.beta: shape [1]"),
    "betas in a square": (tensor("keyframes.beta", lambda a: a.reshape(2, 2)), "tensor keyframes.beta: shape [2, 2]"),
    "means missing": (tensor("keyframes.mean", gone), "tensor keyframes.mean is missing"),
    "fewer frames": (tensor("keyframes.mean", fewer), "tensor keyframes.mean: shape (3, 7, 2)"),
    "fewer betas": (tensor("keyframes.beta", fewer), "keyframes.recon: shape (4,)"),
    "frames of doubles": (tensor("keyframes.std", lambda a: a.astype(np.float64)), "tensor keyframes.std: type F64"),
    "curve missing": (tensor("keyframes.recon", gone), "tensor keyframes.recon is missing"),
    "kl missing": (tensor("keyframes.kl", gone), "tensor keyframes.kl is missing"),
    "changes missing": (tensor("keyframes.changes", gone), "tensor keyframes.changes is missing"),
    "changes of floats": (
        tensor("keyframes.changes", lambda a: a.astype(np.float32)),
        "tensor keyframes.changes: type F32",
    ),
    "changes in threes": (
        tensor("keyframes.changes", lambda a: np.repeat(a, 3, 1)),
        "tensor keyframes.changes: shape (2, 6)",
    ),
    "too many changes": (
        tensor("keyframes.changes", lambda a: np.tile(a, (50, 1))),
        "tensor keyframes.changes: shape (100, 2)",
    ),
}
RANGED_HELD: dict[str, tuple[Damage, str]] = {
    "betas that fall": (
        tensor("keyframes.beta", lambda a: a[[0, 2, 1, 3]]),
        "keyframes.beta: must rise from 0.1 to 10",
    ),
    "betas that end early": (tensor("keyframes.beta", lambda a: a / 2), "keyframes.beta: must rise from 0.1 to 10"),
    "beta not a number": (tensor("keyframes.beta", first(np.nan)), "tensor keyframes.beta has values"),
    "mean infinite": (tensor("keyframes.mean", first(np.inf)), "tensor keyframes.mean has values"),
    "deviation zero": (tensor("keyframes.std", first(0)), "tensor keyframes.std: "),
    "curve not a number": (tensor("keyframes.recon", first(np.nan)), "tensor keyframes.recon has values"),
    "kl not a number": (tensor("keyframes.kl", first(np.nan)), "tensor keyframes.kl has values"),
    "change after the last": (
        tensor("keyframes.changes", lambda a: a + np.array([2, 0], np.int32)),
        "tensor keyframes.changes: ",
    ),
    "change of nobody": (
        tensor("keyframes.changes", lambda a: a + np.array([0, 6], np.int32)),
        "tensor keyframes.changes: ",
    ),
    "change before the first": (
        tensor("keyframes.changes", lambda a: a - np.array([2, 0], np.int32)),
        "tensor keyframes.changes: ",
    ),
}


def damaged(damage: Damage, content: bytes = GOOD) -> bytes:
    tensors, metadata = load(content), metadata_of(content)
    damage(tensors, metadata)
    return save(tensors, metadata)


@pytest.mark.parametrize("name", STATED)
def test_a_file_that_says_something_wrong_is_refused_by_field(name: str, tmp_path: Path) -> None:
    damage, message = STATED[name]
    assert_refused(damaged(damage), message, tmp_path, (read, peek, vae.load))


@pytest.mark.parametrize("name", HELD)
def test_a_file_that_holds_something_wrong_is_refused_by_tensor(name: str, tmp_path: Path) -> None:
    damage, message = HELD[name]
    assert_refused(damaged(damage), message, tmp_path, (read, vae.load))


@pytest.mark.parametrize("name", RANGED_STATED)
def test_a_range_that_is_said_wrongly_is_refused_by_field(name: str, tmp_path: Path) -> None:
    damage, message = RANGED_STATED[name]
    assert_refused(damaged(damage, RANGED), message, tmp_path, (read, peek, vae.load))


@pytest.mark.parametrize("name", RANGED_HELD)
def test_keyframes_that_hold_something_wrong_are_refused_by_tensor(name: str, tmp_path: Path) -> None:
    damage, message = RANGED_HELD[name]
    assert_refused(damaged(damage, RANGED), message, tmp_path, (read, vae.load))


def test_a_model_for_one_beta_has_no_keyframes() -> None:
    extra = damaged(lambda tensors, metadata: tensors.update({"keyframes.beta": np.ones(3, np.float32)}))
    with pytest.raises(CheckpointError, match=r"tensor keyframes\.beta is not part of the model"):
        read_bytes(extra, "extra")


# --- Planes


PLACES, INDEX = "planes.0.places", "planes.0.index"


def few_places(count: int) -> Damage:
    """Only so many points lie in the plane."""

    def damage(tensors: Tensors, metadata: Metadata) -> None:
        for name in (PLACES, INDEX):
            tensors[name] = tensors[name][:count].copy()

    return damage


PLANES_STATED: dict[str, tuple[Damage, str]] = {
    "planes not JSON": (text("planes", "["), 'field "planes" is not JSON'),
    "planes an object": (text("planes", "{}"), 'field "planes" is not a JSON list'),
    "too many planes": (text("planes", json.dumps([{}] * 9)), 'field "planes": at most 8'),
    "plane of nothing": (text("planes", "[3]"), "planes.0: a JSON object with settings"),
    "unknown method": (entry("planes", 0, "settings", "kind", value="magic"), "planes.0.settings.kind: one of umap"),
    "method of a list": (entry("planes", 0, "settings", "kind", value=[]), "planes.0.settings.kind: one of umap"),
    "straight method": (entry("planes", 0, "settings", value={"kind": "pca"}), "planes.0.settings.kind: one of umap"),
    "setting out of bounds": (entry("planes", 0, "settings", "seed", value=-1), "planes.0.settings.seed: "),
    "unknown setting": (entry("planes", 0, "settings", "speed", value=1), "planes.0.settings.speed: unknown field"),
    "another beta": (entry("planes", 0, "beta", value=2), "planes.0.beta: 2 is no beta of the model"),
    "beta of a word": (entry("planes", 0, "beta", value="one"), "planes.0.beta: a number"),
    "one name": (entry("planes", 0, "names", value=["x"]), "planes.0.names: two short texts"),
    "endless name": (entry("planes", 0, "names", value=["x" * 101, "y"]), "planes.0.names: two short texts"),
    "name with an escape": (entry("planes", 0, "names", value=["\x1b[31m", "y"]), "planes.0.names: two short texts"),
    "name of half a letter": (entry("planes", 0, "names", value=["\ud800", "y"]), "planes.0.names: two short texts"),
    "share over one": (entry("planes", 0, "measured", "knn_accuracy", value=1.5), "planes.0.measured.knn_accuracy: "),
    "share not a number": (
        entry("planes", 0, "measured", "knn_of_latents", value=float("nan")),
        "planes.0.measured.knn_of_latents: ",
    ),
    "figures of a text": (entry("planes", 0, "measured", value="good"), "planes.0.measured: "),
    "figure of a text": (
        entry("planes", 0, "measured", "quality", "continuity", value="good"),
        "planes.0.measured.quality.continuity: ",
    ),
    "figures missing": (entry("planes", 0, "measured", "quality", value={}), "planes.0.measured.quality: "),
    "places missing": (tensor(PLACES, gone), f"tensor {PLACES} is missing"),
    "places in a row": (tensor(PLACES, np.ravel), f"tensor {PLACES}: 80 places, and a plane has 8 or more, of the 60"),
    "places in space": (tensor(PLACES, lambda a: a.reshape(20, 4)), f"tensor {PLACES}: shape (20, 4)"),
    "no places": (tensor(PLACES, lambda a: a[:0].copy()), f"tensor {PLACES}: 0 places"),
    "one place": (few_places(1), f"tensor {PLACES}: 1 places, and a plane has 8 or more"),
    "too few places": (few_places(7), f"tensor {PLACES}: 7 places, and a plane has 8 or more"),
    "places of doubles": (tensor(PLACES, lambda a: a.astype(np.float64)), f"tensor {PLACES}: type F64"),
    "numbers missing": (tensor(INDEX, gone), f"tensor {INDEX} is missing"),
    "fewer numbers": (tensor(INDEX, fewer), f"tensor {INDEX}: shape (39,)"),
    "a plane that isn't stated": (text("planes", None), "is not part of"),
}
PLANES_HELD: dict[str, tuple[Damage, str]] = {
    "place infinite": (tensor(PLACES, first(np.inf)), f"tensor {PLACES} has values that are not finite"),
    "number below zero": (tensor(INDEX, first(-1)), f"tensor {INDEX}: must rise from 0"),
    "numbers that fall": (tensor(INDEX, lambda a: a[::-1].copy()), f"tensor {INDEX}: must rise from 0"),
    "number beyond the points": (tensor(INDEX, lambda a: a + 60), f"tensor {INDEX}: must rise from 0"),
}


def planed(network: str = "mlp") -> Checkpoint:
    """A model of five dimensions with a plane of 40 of its 60 points."""
    model = checkpoint(config(network, latent_dim=5), 60)
    return with_plane(model, measured(lay_out(model, TSNE(perplexity=5), 1.0, most=40), model))


@pytest.fixture(scope="module")
def with_planes() -> bytes:
    with TemporaryDirectory() as folder:
        write(Path(folder) / "planes", planed())
        return (Path(folder) / "planes").read_bytes()


@pytest.mark.parametrize("name", PLANES_STATED)
def test_a_plane_that_is_said_wrongly_is_refused_by_field(name: str, with_planes: bytes, tmp_path: Path) -> None:
    damage, message = PLANES_STATED[name]
    assert_refused(damaged(damage, with_planes), message, tmp_path, (read, peek))


@pytest.mark.parametrize("name", PLANES_HELD)
def test_a_plane_that_holds_something_wrong_is_refused_by_tensor(name: str, with_planes: bytes, tmp_path: Path) -> None:
    damage, message = PLANES_HELD[name]
    assert_refused(damaged(damage, with_planes), message, tmp_path, (read,))


@pytest.mark.parametrize("network", ["mlp", "mlp-range"])
def test_planes_come_back_from_their_file(network: str, tmp_path: Path) -> None:
    wanted = planed(network)
    write(tmp_path / "model", wanted)
    loaded = read(tmp_path / "model")
    assert_same(loaded, wanted)
    ((one, other),) = zip(loaded.planes, wanted.planes, strict=True)
    said = [(plane.settings, plane.beta, plane.names, plane.measured) for plane in (one, other)]
    assert said[0] == said[1]
    np.testing.assert_array_equal(one.index, other.index)
    np.testing.assert_array_equal(one.places, other.places)
    (layout,), made = saved_layouts(loaded), lay_out(wanted, TSNE(perplexity=5), 1.0, most=40)
    assert layout.key == made.key
    places = made.projection.plane[:5] + 0.1
    np.testing.assert_array_equal(
        layout.projection.inverse_transform(places).latents, made.projection.inverse_transform(places).latents
    )


def test_a_plane_of_as_few_points_as_may_be_is_shown(with_planes: bytes) -> None:
    (layout,) = saved_layouts(read_bytes(damaged(few_places(MIN_LATENTS), with_planes), "few"))
    assert isinstance(layout.projection, Scattered)
    latents = layout.projection.latents
    inverse, trust = layout.projection.inverse_transform(layout.projection.plane)
    np.testing.assert_allclose(inverse, latents, atol=1e-4)
    assert (trust == 1).all()
    assert np.isfinite(layout.projection.reconstruction_error(latents)).all()


def test_latents_of_two_dimensions_have_no_planes_in_their_file() -> None:
    damage = text("planes", json.dumps([{}]))
    with pytest.raises(CheckpointError, match=r'"planes": at most 8, of three dimensions'):
        read_bytes(damaged(damage), "flat")


def test_a_file_that_the_first_zscape_wrote_is_read() -> None:
    path = FILES / "version-1.safetensors"
    assert metadata_of(path.read_bytes())["version"] == "1"
    loaded, wanted = read(path), checkpoint(config("mlp", (1, 4, 4)))
    assert_same(loaded, wanted._replace(summary=loaded.summary))  # what is said of a training has grown since
    assert (loaded.summary.recon, loaded.summary.kl) == (wanted.summary.recon, wanted.summary.kl)


def as_written_before_ranges(tensors: Tensors, metadata: Metadata) -> None:
    metadata["version"] = "1"
    content = json.loads(metadata["config"])
    del content["network"]["beta_range"]
    metadata["config"] = json.dumps(content)


def test_a_file_from_before_there_were_ranges_is_read() -> None:
    assert_same(read_bytes(damaged(as_written_before_ranges), "old"), checkpoint())


def test_a_file_from_before_points_kept_their_modes_is_read_and_acts_as_it_did(tmp_path: Path) -> None:
    """A file as it was written then, of a model that refines; `tests/files` keeps it."""
    loaded = read(FILES / "version-2.safetensors")
    assert (loaded.config.refinement, loaded.config.places) == (2, 0)
    frames = loaded.keyframes
    assert frames is not None
    assert frames.changes.shape == (0, 2)
    each = zip(frames.mean, frames.std, strict=True)
    expected = [loaded.prior.kl_of_each(mean, std).mean() for mean, std in each]
    np.testing.assert_allclose(frames.kl, expected, rtol=1e-6)
    write(tmp_path / "again.safetensors", loaded)
    assert_same(read(tmp_path / "again.safetensors"), loaded)


def test_a_file_from_before_priors_were_a_choice_is_read_and_acts_as_it_did(tmp_path: Path) -> None:
    """A file as it was written then, with what its model decoded and encoded at the time; `tests/files` keeps both."""
    loaded = read(FILES / "version-3.safetensors")
    assert (loaded.config.refinement, loaded.config.places) == (2, 160)
    assert loaded.config.prior == StandardNormal()
    assert loaded.summary.train.objective == ELBO()
    model = loaded.model()
    with np.load(FILES / "version-3.npz") as then:
        for beta in (0.5, 1.0, 3.0):
            np.testing.assert_allclose(model.decode(then["z"], beta), then[f"pixels.{beta}"], atol=1e-6)
            for part, was in zip(model.encode(then["x"], beta), ("mean", "std"), strict=True):
                np.testing.assert_allclose(part, then[f"{was}.{beta}"], atol=1e-3)
    write(tmp_path / "again.safetensors", loaded)
    assert_same(read(tmp_path / "again.safetensors"), loaded)


def test_a_file_from_before_minus_the_elbo_had_its_name_is_read(tmp_path: Path) -> None:
    """A file as it was written then; `tests/files` keeps it."""
    loaded = read(FILES / "version-4.safetensors")
    assert loaded.summary.neg_elbo == loaded.summary.recon + loaded.summary.kl
    write(tmp_path / "again.safetensors", loaded)
    assert_same(read(tmp_path / "again.safetensors"), loaded)


def test_a_file_of_todays_format_is_read_for_ever() -> None:
    """With all that one can hold: keyframes and a plane; `tests/files` keeps it, and a new format adds another."""
    path = FILES / f"version-{VERSION}.safetensors"
    loaded = read(path)
    assert metadata_of(path.read_bytes())["version"] == str(VERSION)
    assert loaded.keyframes is not None
    assert [plane.settings for plane in loaded.planes] == [TSNE(perplexity=3)]
    wanted = checkpoint(config("mlp-range", (1, 4, 4), latent_dim=3), points=12)
    assert_same(loaded, wanted._replace(planes=loaded.planes))  # t-SNE is not the same on every machine
    (layout,) = saved_layouts(loaded)
    assert layout.projection.plane.shape == (12, 2)


# --- Points at a beta


def test_at_a_keyframe_the_points_are_its_own() -> None:
    saved = checkpoint(config("mlp-range"))
    assert saved.keyframes is not None
    for beta, mean, std in zip(saved.keyframes.beta.tolist(), saved.keyframes.mean, saved.keyframes.std, strict=True):
        points = saved.points_at(min(max(beta, 0.1), 10))
        np.testing.assert_allclose(points.mean, mean, atol=1e-5)
        np.testing.assert_allclose(points.std, std, atol=1e-5)
        assert points.labels is saved.points.labels


def test_points_of_one_beta_are_the_same_at_any() -> None:
    saved = checkpoint()
    assert saved.points_at(0.5) is saved.points


@pytest.mark.parametrize("beta", [0.01, 11])
def test_there_are_no_points_outside_the_range(beta: float) -> None:
    with pytest.raises(VAEError, match=r"^beta: this model is for betas from 0\.1 to 10"):
        checkpoint(config("mlp-range")).points_at(beta)


@pytest.mark.parametrize("name", [name for name in STATED if name.startswith(("absurd", "large"))])
def test_a_size_is_checked_before_there_is_room_made_for_it(name: str) -> None:
    content = damaged(STATED[name][0])
    tracemalloc.start()
    try:
        with pytest.raises(CheckpointError):
            read_bytes(content, "absurd")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20 * len(content) + 10_000_000


def test_the_undamaged_file_is_read() -> None:
    assert_same(read_bytes(damaged(lambda tensors, metadata: None), "good"), checkpoint())


def test_weights_may_be_halves() -> None:
    halved = damaged(tensor(WEIGHT, lambda array: array.astype(np.float16)))
    weight = read_bytes(halved, "halves").weights[WEIGHT]
    assert weight.dtype == np.float32
    np.testing.assert_allclose(weight, checkpoint().weights[WEIGHT], rtol=1e-3)


# --- Writing


def without(original: Checkpoint) -> Checkpoint:
    return original._replace(weights={name: array for name, array in original.weights.items() if name != WEIGHT})


def spoiled(original: Checkpoint) -> Checkpoint:
    return original._replace(weights=original.weights | {WEIGHT: first(np.nan)(original.weights[WEIGHT])})


def flat(original: Checkpoint) -> Checkpoint:
    return original._replace(points=original.points._replace(std=np.zeros_like(original.points.std)))


def unnamed(original: Checkpoint) -> Checkpoint:
    return original._replace(points=original.points._replace(classes=()))


@pytest.mark.parametrize("spoil", [without, spoiled, flat, unnamed])
def test_what_could_not_be_read_is_not_written(spoil: Callable[[Checkpoint], Checkpoint], tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    write(path, checkpoint())
    before = path.read_bytes()
    with pytest.raises(CheckpointError) as caught:
        write(path, spoil(checkpoint()))
    assert str(caught.value).startswith(f"{path}: tensor ")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("cause", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=type)
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    cause: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, scratch = tmp_path / "model.safetensors", tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    write(path, checkpoint())

    def fail(*arguments: object) -> None:
        raise cause

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises((VAEError, KeyboardInterrupt)):
        write(path, checkpoint(config("conv")))
    assert_same(read(path), checkpoint())
    assert sorted(tmp_path.iterdir()) == [path, scratch]
    assert list(scratch.iterdir()) == []
