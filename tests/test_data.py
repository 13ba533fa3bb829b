from __future__ import annotations

import gzip
import hashlib
import io
import socket
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import URLError

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from vae.data.idx import Idx
from vae.data.sources import DATASETS, is_on_disk, load, root_folder
from vae.errors import DataError


def family(name: str) -> Idx:
    source = DATASETS[name]
    assert isinstance(source, Idx)
    return source


ON_DISK = [name for name, source in DATASETS.items() if isinstance(source, Idx)]
COUNTS = {"train": 12, "test": 5}


def idx(array: np.ndarray) -> bytes:
    """The array as MNIST's files hold it: type and rank, sizes in big-endian, bytes."""
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes() + array.astype(np.uint8).tobytes()


def contents(split: str) -> tuple[np.ndarray, np.ndarray]:
    """Pixels that differ from those of the other split, and labels from the first class to the last."""
    generator = np.random.default_rng(len(split))
    count = COUNTS[split]
    return generator.integers(256, size=(count, 28, 28)), np.linspace(9, 0, count).astype(int)


def files(name: str) -> dict[str, bytes]:
    """The set's four files by their names."""
    return {
        file: idx(array)
        for split in ("train", "test")
        for file, array in zip(family(name).files(split), contents(split), strict=True)
    }


def put(name: str, root: Path) -> Path:
    """Writes the set into `root` in torchvision's layout."""
    folder = root / family(name).folder
    folder.mkdir(parents=True)
    for file, content in files(name).items():
        (folder / file).write_bytes(content)
    return folder


def whole_digits() -> list[bytes]:
    images, _ = load_digits(return_X_y=True)
    return sorted(row.tobytes() for row in np.round(np.asarray(images) * 255 / 16).astype(np.uint8))


def test_digits_are_split_without_loss_or_overlap() -> None:
    both = [load("digits", split).images for split in ("train", "test")]
    assert sorted(image.numpy().tobytes() for images in both for image in images) == whole_digits()


def test_digits_of_each_class_are_split_alike() -> None:
    train, test = (load("digits", split) for split in ("train", "test"))
    for label in range(10):
        counts = [int((part.labels == label).sum()) for part in (train, test)]
        assert counts[1] == pytest.approx(sum(counts) / 5, abs=1)


def test_digits_are_the_same_every_time() -> None:
    first, second = load("digits"), load("digits")
    assert torch.equal(first.images, second.images)
    assert torch.equal(first.labels, second.labels)


@pytest.mark.parametrize("split", ["train", "test"])
def test_digits_have_the_labels_that_scikit_learn_gives_them(split: Any) -> None:
    images, labels = load_digits(return_X_y=True)
    known = dict(zip([np.round(row * 255 / 16).astype(np.uint8).tobytes() for row in images], labels, strict=True))
    data = load("digits", split)
    assert [known[image.numpy().tobytes()] for image in data.images] == data.labels.tolist()
    assert data.images.max() == 255


def test_floats_are_pixels_from_zero_to_one() -> None:
    data = load("digits")
    floats = data.floats(slice(3, 9))
    assert floats.dtype == torch.float32
    torch.testing.assert_close(floats * 255, data.images[3:9].float())
    assert torch.equal(data.floats(torch.tensor([8, 3])), floats[[5, 0]])


def test_a_subset_keeps_images_with_their_labels() -> None:
    data = load("digits")
    which = torch.tensor([7, 2, 2])
    part = data.subset(which)
    assert torch.equal(part.images, data.images[which])
    assert torch.equal(part.labels, data.labels[which])
    assert part.classes == data.classes


@pytest.mark.parametrize("name", ["", "MNIST", "cifar10", "../digits", "x" * 1000])
def test_an_unknown_name_is_refused_with_those_that_are_known(name: str) -> None:
    with pytest.raises(DataError, match=r"^data: there is no data set .*mnist, fashion-mnist, .*digits"):
        load(name)
    assert not is_on_disk(name)


def test_an_unknown_split_is_refused() -> None:
    with pytest.raises(DataError, match=r"^split: train or test, not 'validation'"):
        load("digits", "validation")  # pyrefly: ignore[bad-argument-type] (refused)


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("name", ON_DISK)
def test_files_in_torchvisions_layout_are_read(name: str, split: Any, tmp_path: Path) -> None:
    put(name, tmp_path)
    pixels, labels = contents(split)
    data = load(name, split, tmp_path, download=False)
    # EMNIST's files hold the columns of an image where the others hold its rows.
    upright = pixels.transpose(0, 2, 1) if name == "emnist-digits" else pixels
    assert data.images.dtype == torch.uint8
    assert np.array_equal(data.images.numpy(), upright[:, None])
    assert data.labels.dtype == torch.int64
    assert data.labels.tolist() == labels.tolist()
    assert len(set(data.classes)) == 10
    assert data.image_shape == DATASETS[name].image_shape
    assert data.images.is_contiguous()


def test_the_environment_says_where_data_sets_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put("mnist", tmp_path / "there")
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "there"))
    assert len(load("mnist", download=False).images) == COUNTS["test"]
    assert not is_on_disk("mnist", tmp_path)  # an argument counts for more
    monkeypatch.delenv("VAE_DATA_DIR")
    assert root_folder() == Path("data")


@pytest.mark.parametrize("name", ON_DISK)
def test_a_set_is_on_disk_when_all_its_files_are(name: str, tmp_path: Path) -> None:
    assert not is_on_disk(name, tmp_path)
    folder = put(name, tmp_path)
    assert is_on_disk(name, tmp_path)
    for file in files(name):
        content = (folder / file).read_bytes()
        (folder / file).unlink()
        assert not is_on_disk(name, tmp_path)
        (folder / file).write_bytes(content)


@contextmanager
def serve_nothing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everything is to be downloaded from a port of this machine where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        point_downloads_at(taken.getsockname()[1], monkeypatch)
        yield


@contextmanager
def cut_off(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No name of a server is found, as without any network."""

    def fail(*arguments: object, **options: object) -> None:
        raise URLError("Temporary failure in name resolution")

    monkeypatch.setattr("torchvision.datasets.mnist.download_and_extract_archive", fail)
    yield


def point_downloads_at(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from torchvision import datasets

    monkeypatch.setenv("no_proxy", "127.0.0.1")
    for kind in (datasets.MNIST, datasets.FashionMNIST, datasets.KMNIST):
        monkeypatch.setattr(kind, "mirrors", [f"http://127.0.0.1:{port}/"])
    monkeypatch.setattr(datasets.EMNIST, "url", f"http://127.0.0.1:{port}/gzip.zip")


@pytest.mark.parametrize("network", [serve_nothing, cut_off])
@pytest.mark.parametrize("name", ON_DISK)
def test_without_network_a_missing_set_says_which_files_belong_where(
    name: str,
    network: Callable[[pytest.MonkeyPatch], AbstractContextManager[None]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with network(monkeypatch), pytest.raises(DataError, match=f"^{name}: could not be downloaded") as caught:
        load(name, "test", tmp_path)
    assert_says_where(name, tmp_path, str(caught.value))


@pytest.mark.parametrize("name", ON_DISK)
def test_a_missing_set_is_only_downloaded_when_asked(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[object] = []
    monkeypatch.setattr("torchvision.datasets.mnist.download_and_extract_archive", tried.append)
    with pytest.raises(DataError, match=f"^{name}: not on disk") as caught:
        load(name, "test", tmp_path, download=False)
    assert tried == []
    assert_says_where(name, tmp_path, str(caught.value))


def assert_says_where(name: str, root: Path, message: str) -> None:
    assert str(root / family(name).folder) in message
    assert "VAE_DATA_DIR" in message
    for file in files(name):
        assert file in message


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder from which torchvision downloads."""
    folder = tmp_path / "served"
    folder.mkdir()

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: object, **__: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as http:
        thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        point_downloads_at(http.server_port, monkeypatch)
        yield folder
        http.shutdown()
        thread.join()


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def publish(name: str, server: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts the set on the server, packed as its owners pack it, and tells torchvision the sums."""
    from torchvision import datasets

    packed = {f"{file}.gz": gzip.compress(content) for file, content in files(name).items()}
    if name == "emnist-digits":
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as whole:
            for file, content in packed.items():
                whole.writestr(f"gzip/{file}", content)
        packed = {"gzip.zip": archive.getvalue()}
        monkeypatch.setattr(datasets.EMNIST, "md5", md5(packed["gzip.zip"]))
    else:
        monkeypatch.setattr(datasets.MNIST, "resources", [(file, md5(content)) for file, content in packed.items()])
    for file, content in packed.items():
        (server / file).write_bytes(content)


@pytest.mark.parametrize("name", ["mnist", "emnist-digits"])
def test_a_missing_set_is_downloaded_once(
    name: str, server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(name, server, monkeypatch)
    first = load(name, "train", tmp_path)
    assert len(first.images) == COUNTS["train"]
    for file in server.iterdir():
        file.unlink()
    assert is_on_disk(name, tmp_path)
    assert torch.equal(load(name, "train", tmp_path).images, first.images)


@pytest.mark.parametrize("name", ["mnist", "emnist-digits"])
def test_a_download_that_arrives_damaged_is_refused(
    name: str, server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(name, server, monkeypatch)
    for file in server.iterdir():
        file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(DataError, match=f"^{name}: could not be downloaded") as caught:
        load(name, "test", tmp_path)
    assert_says_where(name, tmp_path, str(caught.value))


IMAGES, LABELS = contents("test")
DAMAGES: dict[str, tuple[int, bytes]] = {
    "empty images": (0, b""),
    "truncated images": (0, idx(IMAGES)[:-1]),
    "images with a tail": (0, idx(IMAGES) + b"\0"),
    "a header and nothing else": (0, idx(IMAGES)[:16]),
    "half a header": (0, idx(IMAGES)[:6]),
    "random bytes": (0, np.random.default_rng(0).bytes(4000)),
    "a web page": (0, b"<!doctype html><title>Sign in</title>"),
    "still packed": (0, gzip.compress(idx(IMAGES))),
    "no images": (0, idx(IMAGES[:0])),
    "fewer images than labels": (0, idx(IMAGES[:-1])),
    "images of another size": (0, idx(IMAGES[:, :20, :20])),
    "labels for images": (0, idx(LABELS)),
    "truncated labels": (1, idx(LABELS)[:-1]),
    "images for labels": (1, idx(IMAGES)),
    "a label of no class": (1, idx(LABELS + 1)),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_files_are_refused_and_say_where_they_lie(damage: str, tmp_path: Path) -> None:
    folder = put("mnist", tmp_path)
    which, content = DAMAGES[damage]
    (folder / family("mnist").files("test")[which]).write_bytes(content)
    with pytest.raises(DataError, match=r"^mnist: its files in .* are damaged \(.+\)\. Delete") as caught:
        load("mnist", "test", tmp_path)
    assert str(folder) in str(caught.value)


@pytest.mark.mnist
@pytest.mark.parametrize(("split", "count", "first"), [("train", 60_000, 5), ("test", 10_000, 7)])
def test_the_real_mnist(split: Any, count: int, first: int) -> None:
    if not is_on_disk("mnist"):
        pytest.skip("MNIST is not in VAE_DATA_DIR")
    data = load("mnist", split, download=False)
    assert data.images.shape == (count, 1, 28, 28)
    assert data.labels.shape == (count,)
    assert data.labels[0] == first
    assert data.labels.unique().tolist() == list(range(10))


def test_sprites_are_split_without_overlap_and_know_what_they_were_made_from() -> None:
    train, test = load("sprites", "train"), load("sprites", "test")
    assert len(train.images) + len(test.images) == 6144
    assert len(test.images) == 1229
    everything = torch.cat([train.images, test.images]).flatten(1)
    assert len(everything.unique(dim=0)) == 6144
    for split in (train, test):
        assert split.values is not None
        assert split.values.shape == (len(split.images), len(split.factors))
        assert torch.equal(split.values[:, 0], split.labels)
        some = split.subset(torch.tensor([3, 1]))
        assert some.values is not None
        assert torch.equal(some.values, split.values[[3, 1]])
        assert some.factors == split.factors
    assert test.classes == ("square", "ellipse", "heart")
    assert torch.equal(load("sprites").images, test.images)
