"""Training that is broken off and goes on."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tiny import config

import vae.files
from vae.data.images import ImageSet
from vae.errors import TrainingError, VAEError
from vae.models.config import ModelConfig, TrainConfig
from vae.models.objectives.capacity import Capacity
from vae.models.objectives.factor import Factor
from vae.models.objectives.infovae import InfoVAE
from vae.models.objectives.iwae import IWAE
from vae.models.priors import Flow, Mixture, Vamp
from vae.models.schedules import Warmup
from vae.models.vae import VAE
from vae.progress import Progress
from vae.training.loop import train
from vae.training.state import TrainingState, read_weights, write_weights

# 15 steps, and what learns apart does so from within the second epoch on.
SHORT = TrainConfig(epochs=3, batch_size=64, learning_rate=1e-2, schedule=Warmup(0.5), joint=0.5, seed=5)
CASES = {
    "mlp": (config(), SHORT),
    "conv": (config("conv"), replace(SHORT, weight_decay=0.1)),
    "hybrid for a range of betas": (config("hybrid-range"), replace(SHORT, validation_fraction=0)),
    "refined": (replace(config("mlp-range"), refinement=2), SHORT),
    "mixture": (replace(config(), prior=Mixture(4)), SHORT),
    "VampPrior": (replace(config(latent_dim=3), prior=Vamp(4)), SHORT),
    "refined VampPrior": (replace(config("conv"), prior=Vamp(4), refinement=1), SHORT),
    "flow": (replace(config(), prior=Flow(2, 8)), SHORT),
    "refined and moved": (replace(config("hybrid"), refinement=1), replace(SHORT, augment=0.5)),
    "to a capacity": (config(), replace(SHORT, objective=Capacity(over=1.0))),
    "with a discriminator": (config(), replace(SHORT, objective=Factor(width=8), augment=0.5)),
    "with draws of the prior": (config(), replace(SHORT, objective=InfoVAE())),
    "with several draws of each posterior": (config(), replace(SHORT, objective=IWAE(3))),
}


def timeless(curve: list[Progress]) -> list[Progress]:
    return [progress._replace(seconds=0, images_per_second=None) for progress in curve]


@pytest.fixture
def written(digits: ImageSet, tmp_path: Path) -> Path:
    """The state after the first epoch."""
    state = TrainingState()
    next(train(VAE(config(), SHORT.seed), digits, SHORT, state=state))
    state.write(tmp_path / "state.safetensors")
    return tmp_path / "state.safetensors"


@pytest.mark.parametrize("case", CASES)
def test_a_training_broken_off_at_every_epoch_ends_like_one_that_never_was(
    case: str, digits: ImageSet, tmp_path: Path
) -> None:
    model_config, training = CASES[case]
    whole = VAE(model_config, training.seed)
    curve = list(train(whole, digits, training))

    parts: list[Progress] = []
    path = tmp_path / "state.safetensors"
    seconds, state = 0.0, TrainingState()
    while len(parts) < training.epochs:
        # Each time in fresh objects, with a model of other weights, and a random number generator that somebody has used.
        torch.manual_seed(len(parts))
        model = VAE(model_config, seed=99 if parts else training.seed)
        state = TrainingState.read(path) if parts else state
        lost = 5 * len(parts) + 8  # three steps into the epoch after this one
        going = train(
            model,
            digits,
            training,
            state=state,
            on_step=lambda step, _, end=lost: step == end,
        )
        parts += going
        assert parts[-1].seconds >= seconds
        seconds = parts[-1].seconds
        assert state.progress == parts[-1]
        state.write(path)
        for name, tensor in model.state_dict().items():
            assert torch.equal(state.weights[name], tensor), name
    assert timeless(parts) == timeless(curve)
    for name, tensor in whole.state_dict().items():
        assert torch.equal(state.weights[name], tensor), name


def test_a_training_that_is_over_only_hands_back_its_model(digits: ImageSet) -> None:
    state = TrainingState()
    model, again = VAE(config(), SHORT.seed), VAE(config(), 99)
    list(train(model, digits, SHORT, state=state))
    assert list(train(again, digits, SHORT, state=state)) == []
    assert not again.training
    for name, tensor in model.state_dict().items():
        assert torch.equal(again.state_dict()[name], tensor), name


def test_a_state_stays_what_it_is_while_training_goes_on(digits: ImageSet) -> None:
    state = TrainingState()
    going = train(VAE(config(), SHORT.seed), digits, SHORT, state=state)
    next(going)
    snapshot = TrainingState(state.progress, state.tensors, state.fingerprint)
    copies = {name: tensor.clone() for name, tensor in snapshot.tensors.items()}
    next(going)
    assert all(torch.equal(snapshot.tensors[name], tensor) for name, tensor in copies.items())
    assert not all(torch.equal(state.tensors[name], tensor) for name, tensor in copies.items())


def test_a_file_gives_back_what_was_written(written: Path, digits: ImageSet) -> None:
    state = TrainingState.read(written)
    state.write(written.with_name("again"))
    again = TrainingState.read(written.with_name("again"))
    assert again.progress == state.progress
    assert again.fingerprint == state.fingerprint
    assert again.tensors.keys() == state.tensors.keys()
    assert all(torch.equal(again.tensors[name], tensor) for name, tensor in state.tensors.items())
    assert {name.split(".")[0] for name in state.tensors} == {"learner", "average", "optimizer", "shuffle", "noise"}


@pytest.mark.parametrize(
    ("model", "training", "reason"),
    [
        (config("conv"), SHORT, "another model"),
        (config(latent_dim=3), SHORT, "another model"),
        (config(), replace(SHORT, epochs=4), "other settings"),
        (config(), replace(SHORT, seed=6), "other settings"),
    ],
)
def test_the_state_of_another_training_is_refused(
    model: ModelConfig, training: TrainConfig, reason: str, written: Path, digits: ImageSet
) -> None:
    state = TrainingState.read(written)
    with pytest.raises(TrainingError, match=reason) as caught:
        next(train(VAE(model), digits, training, state=state))
    assert str(written) in str(caught.value)


def test_one_pixel_makes_other_images(written: Path, digits: ImageSet) -> None:
    images = digits.images.clone()
    images[7, 0, 3, 3] ^= 1
    for other in (digits._replace(images=images), digits.subset(torch.arange(299))):
        with pytest.raises(TrainingError, match="other images"):
            next(train(VAE(config()), other, SHORT, state=TrainingState.read(written)))


def test_a_damaged_file_is_named(written: Path) -> None:
    content = written.read_bytes()
    flipped = bytearray(content)
    flipped[-100] ^= 1  # which safetensors doesn't see
    for damaged in (b"", content[:5], content[: len(content) // 2], content[:-1], bytes(flipped), b"text" * 100):
        written.write_bytes(damaged)
        with pytest.raises(TrainingError) as caught:
            TrainingState.read(written)
        assert str(caught.value).startswith(f"{written}: damaged")
    written.unlink()
    with pytest.raises(TrainingError, match="could not be read"):
        TrainingState.read(written)
    (written.parent / "weights").write_bytes(content)
    assert read_weights(written.parent / "weights")[1].epoch == 1


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file({"a": torch.zeros(2)}, tmp_path / "foreign")
    with pytest.raises(TrainingError, match="foreign: not the state"):
        TrainingState.read(tmp_path / "foreign")


def test_weights_come_back_with_their_epoch(written: Path) -> None:
    state = TrainingState.read(written)
    assert state.progress is not None
    write_weights(written.with_name("best"), state.weights, state.progress)
    weights, progress = read_weights(written.with_name("best"))
    assert progress == state.progress
    VAE(config()).load_state_dict(weights)
    # Nothing says what they would be the state of.
    with pytest.raises(TrainingError, match="another model"):
        TrainingState.read(written.with_name("best")).check(state.fingerprint)


def test_a_full_disk_leaves_the_file_as_it_was(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = written.read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    state = TrainingState.read(written)
    monkeypatch.setattr(vae.files.os, "fsync", full)
    with pytest.raises(VAEError, match="No space left"):
        state.write(written)
    assert written.read_bytes() == before
    assert list(written.parent.iterdir()) == [written]
