"""dSprites, of a file of its kind with fewer images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vae.data.dsprites import FACTORS, FILE, DSprites
from vae.data.images import ImageSet
from vae.data.sources import DATASETS, is_on_disk, load, source_of
from vae.errors import DataError

COUNTS = (50, 10)


def arrays() -> dict[str, Any]:
    generator = np.random.default_rng(0)
    sizes = [1, *(factor.size for factor in FACTORS)]
    images = (generator.random((60, 64, 64)) < 0.1).astype(np.uint8)
    return {
        "imgs": images,
        "latents_classes": np.stack([generator.integers(size, size=60) for size in sizes], 1),
        "latents_values": generator.random((60, 6)),
        "metadata": np.array({"pickled": True}, dtype=object),
    }


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(DATASETS, "dsprites", DSprites(counts=COUNTS))
    np.savez_compressed(tmp_path / FILE, **arrays())
    return tmp_path


def test_every_image_is_in_one_split_with_its_factors(folder: Path) -> None:
    held = arrays()
    splits: list[ImageSet] = [load("dsprites", split, folder) for split in ("train", "test")]
    assert [len(data.images) for data in splits] == list(COUNTS)
    seen = {}
    for data in splits:
        assert data.image_shape == (1, 64, 64)
        assert data.factors == FACTORS
        assert data.values is not None
        for image, values, label in zip(data.images, data.values, data.labels, strict=True):
            seen[image.numpy().tobytes()] = values.tolist()
            assert label == values[0]
    wanted = zip(held["imgs"] * np.uint8(255), held["latents_classes"][:, 1:].tolist(), strict=True)
    assert seen == {image.tobytes(): values for image, values in wanted}
    assert is_on_disk("dsprites", folder)


def test_the_published_file_has_as_many_images_as_its_factors_have_combinations() -> None:
    assert sum(DSprites().counts) == np.prod([factor.size for factor in FACTORS])


@pytest.mark.parametrize("broken", ["missing", "short", "cut", "others", "grey"])
def test_what_is_no_such_file_says_where_to_get_it(folder: Path, broken: str) -> None:
    path = folder / FILE
    changed = arrays()
    if broken == "missing":
        path.unlink()
    elif broken == "cut":
        path.write_bytes(path.read_bytes()[:-500])
    elif broken == "others":
        np.savez_compressed(path, other=changed["imgs"])
    else:
        changed["imgs"] = changed["imgs"][:20] if broken == "short" else changed["imgs"] * np.uint8(7)
        np.savez_compressed(path, **changed)
    with pytest.raises(DataError, match=r"dsprites_nd.*\.npz: .*Put https://github.com/google-deepmind"):
        load("dsprites", "train", folder)
    assert not source_of("dsprites", folder).downloads
