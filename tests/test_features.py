"""Zscape's features: a network that learns from training images alone, the same one for the same images."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tiny import image_set

from vae.data.images import ImageSet
from vae.data.sources import load
from vae.errors import DataError, VAEError
from vae.evaluation import features
from vae.evaluation.features import FEATURES, STEPS, Features, from_bytes, held_out, to_bytes, train_features


@pytest.fixture(scope="module")
def train() -> ImageSet:
    return load("digits", "train")


@pytest.fixture(scope="module")
def learned(train: ImageSet) -> Features:
    return train_features(train)


@pytest.fixture
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "STEPS", 5)


def same(one: Features, other: Features) -> bool:
    return all(torch.equal(one.weights[name], other.weights[name]) for name in one.weights)


def test_it_tells_the_classes_of_images_that_it_has_not_seen(learned: Features, train: ImageSet) -> None:
    assert learned.task == "classes"
    assert learned.outputs == 10
    assert learned.accuracy > 0.95
    counts = train.labels[held_out(len(train.images))].bincount()
    assert learned.chance == pytest.approx(int(counts.max()) / int(counts.sum()))


def test_features_are_in_standard_deviations_of_what_it_learned_from(learned: Features, train: ImageSet) -> None:
    seen = np.delete(np.arange(len(train.images)), held_out(len(train.images)).numpy())
    found = learned.extract(train.images[torch.from_numpy(seen)])
    assert found.shape == (len(seen), FEATURES)
    np.testing.assert_allclose(found.mean(0), 0, atol=1e-4)
    np.testing.assert_allclose(found.std(0, ddof=1), 1, atol=1e-4)


@pytest.mark.usefixtures("few_steps")
def test_it_is_the_same_for_the_same_seed_however_many_threads_there_are(train: ImageSet) -> None:
    first, count = train_features(train, 3), torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        assert same(train_features(train, 3), first)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(count)
    assert not same(train_features(train, 4), first)


@pytest.mark.usefixtures("few_steps")
def test_it_learns_nothing_from_images_that_are_held_out(train: ImageSet) -> None:
    out = held_out(len(train.images))
    assert len(out) == len(out.unique()) == len(train.images) // 2
    images, labels = train.images.clone(), train.labels.clone()
    images[out], labels[out] = 255 - images[out], labels[out].flip(0)
    assert same(train_features(train._replace(images=images, labels=labels)), train_features(train))
    images[:], labels[:] = train.images, train.labels
    images[np.setdiff1d(np.arange(len(images)), out.numpy())] += 1
    assert not same(train_features(train._replace(images=images)), train_features(train))


def test_of_images_without_labels_it_tells_turns(train: ImageSet) -> None:
    unlabelled = train._replace(labels=torch.full_like(train.labels, -1))
    found = train_features(unlabelled)
    assert found.task.startswith("quarter turns")
    assert found.outputs == 4
    assert found.accuracy > 0.8
    assert found.chance < 0.35


@pytest.mark.usefixtures("few_steps")
@pytest.mark.parametrize(
    ("shape", "outputs"), [((1, 8, 8), 4), ((3, 9, 20), 2), ((1, 1, 3), 2), ((2, 64, 64), 4), ((3, 5, 130), 2)]
)
def test_images_may_have_any_shape(shape: tuple[int, int, int], outputs: int) -> None:
    data = image_set(20, shape)
    found = train_features(data)  # so few labels that they aren't learned
    assert found.outputs == outputs
    values = found.extract(data.images)
    assert values.shape == (20, FEATURES)
    assert np.isfinite(values).all()


@pytest.mark.usefixtures("few_steps")
def test_labels_may_be_missing_here_and_there(train: ImageSet) -> None:
    some = train.labels.clone()
    some[::3] = -1
    found = train_features(train._replace(labels=some))
    assert found.task == "classes"
    assert 0 <= found.accuracy <= 1
    images = train.images.clone()
    images[some < 0] = 0
    assert same(train_features(train._replace(labels=some, images=images)), found), "nothing is learned of those"


@pytest.mark.usefixtures("few_steps")
def test_what_is_kept_is_what_was_made_or_nothing(train: ImageSet) -> None:
    made = train_features(train)
    content = to_bytes(made)
    again = from_bytes(content)
    assert again._replace(weights={}) == made._replace(weights={})
    assert same(again, made)
    generator = np.random.default_rng(0)
    for place in [0, 9, 100, *generator.integers(0, len(content), 30).tolist()]:
        damaged = content[:place] + bytes([content[place] ^ 0x15]) + content[place + 1 :]
        try:
            other = from_bytes(damaged)
        except VAEError:
            continue
        assert same(other, made), "a bit that says nothing, such as a space of the header's padding, may change"
    with pytest.raises(VAEError, match="not features"):
        from_bytes(content[:1000])
    with pytest.raises(VAEError, match="another network"):
        from_bytes(to_bytes(made._replace(outputs=11)))


def test_it_says_how_far_it_is_and_can_be_stopped(train: ImageSet) -> None:
    class StoppedError(Exception):
        pass

    seen: list[tuple[int, int]] = []

    def on_step(done: int, of: int) -> None:
        seen.append((done, of))
        if done == 3:
            raise StoppedError

    threads = torch.get_num_threads()
    with pytest.raises(StoppedError):
        train_features(train, on_step=on_step)
    assert seen == [(1, STEPS), (2, STEPS), (3, STEPS)]
    assert torch.get_num_threads() == threads


def test_what_cannot_be_is_told(learned: Features) -> None:
    with pytest.raises(DataError, match="3 training images are too few"):
        train_features(image_set(3))
    with pytest.raises(DataError, match=r"\(1, 8, 8\), not \(3, 8, 8\)"):
        learned.extract(image_set(3, (3, 8, 8)).images)
