"""What a training looked like on its way, against the training itself."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny
import torch

from vae.data.images import ImageSet
from vae.errors import RunError, VAEError
from vae.evaluation.bounds import posteriors
from vae.models.config import ModelConfig, TrainConfig
from vae.models.networks import MLP
from vae.models.vae import VAE
from vae.runs.snapshots import (
    ABOUT_STEM,
    FOLDER,
    MAX_DECODERS,
    MAX_MOMENTS,
    SnapshotReader,
    SnapshotWriter,
    moments,
    with_decoder,
)
from vae.training.loop import train

CONFIG = TrainConfig(epochs=3, batch_size=16, validation_fraction=0.2)


@pytest.fixture
def data() -> tuple[ImageSet, ImageSet]:
    return tiny.image_set(100), tiny.image_set(30, seed=1)


def filmed(folder: Path, data: tuple[ImageSet, ImageSet], model: VAE, config: TrainConfig = CONFIG) -> SnapshotReader:
    """The film of a training, whose model is then trained."""
    per_epoch = config.steps_per_epoch(len(data[0].images))
    writer = SnapshotWriter(folder, model, data[1], beta=config.beta, epochs=config.epochs, per_epoch=per_epoch)
    for _ in train(model, data[0], config, watch=writer.take):
        pass
    return SnapshotReader(folder)


@pytest.mark.parametrize(("epochs", "per_epoch"), [(1, 1), (1, 400), (20, 223), (100, 45), (5000, 3)])
def test_a_snapshot_is_taken_after_each_epoch_and_more_often_in_the_first(epochs: int, per_epoch: int):
    steps = moments(epochs, per_epoch)
    assert steps == sorted(set(steps))
    assert steps[0] == 0
    assert steps[-1] == epochs * per_epoch
    ends = [step for step in steps if step and step % per_epoch == 0]
    assert len(ends) == min(epochs, MAX_MOMENTS)
    if per_epoch > 40:
        assert sum(0 < step < per_epoch for step in steps) >= 7
        assert all(step % per_epoch == 0 for step in steps if step > per_epoch)


def test_decoders_are_kept_at_up_to_sixty_which_get_rarer():
    few = moments(40, 223)
    assert with_decoder(few) == set(few)
    for epochs in (60, 100, 400, 5000):
        many = moments(epochs, 223)
        decoder_steps = sorted(with_decoder(many))
        assert MAX_DECODERS - 12 < len(decoder_steps) <= MAX_DECODERS
        assert {0, many[-1]} <= set(decoder_steps)
        apart = np.diff([many.index(step) for step in decoder_steps])
        assert (apart[:12] == 1).all()
        assert apart[-5:].mean() > apart[:20].mean()


def test_the_last_snapshot_shows_the_model_that_was_trained(tmp_path: Path, data: tuple[ImageSet, ImageSet]):
    model = VAE(tiny.config())
    film = filmed(tmp_path, data, model)
    assert film.steps == moments(3, 5)
    about, last = film.about, film.read(film.steps[-1])
    assert film.epoch(last.step) == 3
    assert about.classes == data[1].classes
    assert (about.labels == data[1].labels.numpy()[about.images]).all()
    assert (about.originals == data[1].images.numpy()[about.images[about.rows]]).all()
    np.testing.assert_array_equal(last.mean, posteriors(model, data[1]).mean.numpy()[about.images])
    for z, pixels in ((about.z, last.samples), (last.mean[about.rows], last.reconstructions)):
        np.testing.assert_allclose(pixels, 255 * model.decode(z).numpy(), atol=0.51)

    again = VAE(model.config, seed=5)
    again.decoder.load_state_dict(
        {name.removeprefix("decoder."): torch.from_numpy(array) for name, array in film.decoder(last.step).items()}
    )
    assert (again.decode(about.z) - model.decode(about.z)).abs().max() < 1e-3


def test_the_first_snapshot_shows_the_model_before_it_was_trained(tmp_path: Path, data: tuple[ImageSet, ImageSet]):
    film = filmed(tmp_path, data, VAE(tiny.config(), seed=4))
    fresh = VAE(tiny.config(), seed=4)
    snapshot = film.read(0)
    np.testing.assert_array_equal(snapshot.mean, posteriors(fresh, data[1]).mean.numpy()[film.about.images])
    assert np.abs(snapshot.mean - film.read(film.steps[-1]).mean).max() > 0.01


def test_a_camera_changes_nothing(tmp_path: Path, data: tuple[ImageSet, ImageSet]):
    watched, alone = (VAE(replace(tiny.config(), refinement=2)) for _ in range(2))
    filmed(tmp_path, data, watched)
    for _ in train(alone, data[0], CONFIG):
        pass
    for name, tensor in alone.state_dict().items():
        assert torch.equal(tensor, watched.state_dict()[name]), name


def test_a_plane_is_decoded_all_over_and_more_dimensions_at_draws(tmp_path: Path, data: tuple[ImageSet, ImageSet]):
    model = VAE(tiny.config())
    plane = SnapshotWriter(tmp_path / "a", model, data[1], beta=1, epochs=1, per_epoch=5).about.z
    side = round(len(plane) ** 0.5)
    assert side * side == len(plane)
    rows = plane.reshape(side, side, 2)
    assert (np.diff(rows[:, 0, 1]) < 0).all()  # from the top
    assert (np.diff(rows[0, :, 0]) > 0).all()
    # The squares around these middles cover the plane to three standard deviations.
    np.testing.assert_allclose(rows[0, 0] + [-3 / side, 3 / side], [-3, 3], atol=1e-6)
    many = VAE(tiny.config(latent_dim=20))
    draws = SnapshotWriter(tmp_path / "b", many, data[1], beta=1, epochs=1, per_epoch=5).about.z
    assert draws.shape == (len(plane), 20)
    assert abs(draws.std() - 1) < 0.05


def test_large_images_are_fewer(tmp_path: Path):
    model = VAE(ModelConfig((3, 64, 64), 2, MLP((4,))))
    test = tiny.image_set(5, (3, 64, 64))
    assert len(SnapshotWriter(tmp_path, model, test, beta=1, epochs=1, per_epoch=5).about.z) == 16


def test_what_is_not_finite_is_not_shown(tmp_path: Path, data: tuple[ImageSet, ImageSet]):
    model = VAE(tiny.config())
    writer = SnapshotWriter(tmp_path, model, data[1], beta=1, epochs=1, per_epoch=5)
    with torch.no_grad():
        next(model.encoder.parameters()).fill_(torch.nan)
    assert writer.take(0, model) is None
    assert SnapshotReader(tmp_path).steps == []


def test_weights_beyond_half_precision_are_kept_whole(tmp_path: Path, data: tuple[ImageSet, ImageSet]):
    model = VAE(tiny.config())
    with torch.no_grad():
        next(model.decoder.parameters()).fill_(1e6)
    SnapshotWriter(tmp_path, model, data[1], beta=1, epochs=1, per_epoch=5).take(0, model)
    assert max(np.abs(weight).max() for weight in SnapshotReader(tmp_path).decoder(0).values()) == 1e6


def test_a_file_that_can_not_be_read_is_named(tmp_path: Path, data: tuple[ImageSet, ImageSet]):
    with pytest.raises(RunError, match="about"):
        _ = SnapshotReader(tmp_path).about
    film = filmed(tmp_path, data, VAE(tiny.config()))
    path = tmp_path / FOLDER / "000000005.safetensors"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(RunError, match=r"000000005.*damaged"):
        film.read(5)
    with pytest.raises(RunError, match="000000006"):
        film.read(6)
    (tmp_path / FOLDER / f"{ABOUT_STEM}.safetensors").write_bytes(path.read_bytes())
    with pytest.raises(RunError, match="about"):
        _ = SnapshotReader(tmp_path).about


def test_a_folder_that_can_not_be_written_is_named(tmp_path: Path, data: tuple[ImageSet, ImageSet]):
    (tmp_path / FOLDER).write_text("a file")
    with pytest.raises(VAEError, match=FOLDER):
        SnapshotWriter(tmp_path, VAE(tiny.config()), data[1], beta=1, epochs=1, per_epoch=5)
