"""Models that are told the class of an image: blends of classes, labels that are dropped in training, and what is scored."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from node import as_url, run
from tiny import checkpoint, image_set

from vae.checkpoints.checkpoint import read, write
from vae.cli.parser import main
from vae.data.sources import classes_of
from vae.errors import ConfigError, DataError, TrainingError
from vae.evaluation.bounds import evaluate
from vae.evaluation.terms import scored_in
from vae.models.condition import NO_LABEL, Condition, Knots, blend
from vae.models.config import ModelConfig, TrainConfig, from_dict, to_dict
from vae.models.layers import Gate, Shift
from vae.models.networks import MLP, NETWORKS, Conv, Hybrid
from vae.models.vae import VAE
from vae.runs.suggested import suggested
from vae.training.loop import _told, train
from vae.training.state import TrainingState
from vae.web.payloads import classes_told, decoder_program

SHAPE, CLASSES = (1, 8, 8), 3
TOLD = ModelConfig(SHAPE, 2, MLP((12, 8), classes=CLASSES))
RANGED = ModelConfig(SHAPE, 2, MLP((12, 8), (0.5, 4.0), CLASSES))


def told(config: ModelConfig = TOLD) -> VAE:
    """A model that tells classes apart, which a fresh one doesn't."""
    return checkpoint(config).model()


@pytest.mark.parametrize("layer", [Gate(5, Knots.of_label(CLASSES)), Shift(5, Knots.of_label(CLASSES))], ids=str)
def test_a_blend_adds_up_the_weights_of_its_classes_in_their_shares(layer: Gate | Shift) -> None:
    module = layer.module()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(generator=generator)
    x, state = torch.randn(4, 5, generator=generator), module.state_dict()
    shares = torch.tensor([blend(0, 2, 0.25, CLASSES), blend(1, 1, 0.3, CLASSES), blend(NO_LABEL, 1, 0.5, CLASSES)])
    torch.testing.assert_close(shares, torch.tensor([[0.75, 0, 0.25], [0, 1, 0], [0, 0.5, 0]]))
    sums = shares @ state["weight"].T
    wanted = x[:3] + sums if isinstance(layer, Shift) else x[:3] * 2 * torch.sigmoid(sums + state["bias"])
    with torch.no_grad():
        torch.testing.assert_close(module(x[:3], {"label": shares}), wanted)
        torch.testing.assert_close(module(x[:1], {"label": torch.ones(1)}), module(x[:1], {"label": shares[1:2]}))


@pytest.mark.parametrize("config", [TOLD, RANGED], ids=["one beta", "a range"])
def test_a_blend_ends_in_its_classes_and_goes_from_one_to_the_other(config: ModelConfig) -> None:
    model, z = told(config), torch.randn(6, 2, generator=torch.Generator().manual_seed(0))
    for start, end in ((0, 2), (1, 0), (NO_LABEL, 1)):
        between = [model.decode(z, label=blend(start, end, t, CLASSES)) for t in np.linspace(0, 1, 51)]
        torch.testing.assert_close(between[0], model.decode(z, label=start))
        torch.testing.assert_close(between[-1], model.decode(z, label=end))
        whole = (between[0] - between[-1]).abs().max()
        assert whole > 0.01
        assert max((one - other).abs().max() for one, other in pairwise(between)) < whole / 5
    several = torch.tensor([blend(0, 1, 0.5, CLASSES), blend(2, 1, 0.1, CLASSES)])
    apart = [model.decode(half, label=tuple(shares)) for half, shares in zip(z.chunk(2), several.tolist(), strict=True)]
    torch.testing.assert_close(model.decode(z, label=several), torch.cat(apart))


def test_groups_are_of_one_condition_each_blends_among_them() -> None:
    ((alone, rows),) = Condition(2.0, (0.5, 0.5, 0)).groups(3)
    assert (alone, rows.tolist()) == (Condition(2.0, (0.5, 0.5, 0.0)), [0, 1, 2])
    shares = torch.tensor([[1.0, 0, 0], [0, 0.5, 0.5], [1, 0, 0]])
    groups = {each.label: rows.tolist() for each, rows in Condition(1.0, shares).groups(6)}
    assert groups == {(1, 0, 0): [0, 1, 4, 5], (0, 0.5, 0.5): [2, 3]}
    labels = {each.label: rows.tolist() for each, rows in Condition(1.0, torch.tensor([2, 0, 2])).groups(3)}
    assert labels == {0: [1], 2: [0, 2]}


def test_posteriors_that_are_searched_for_under_a_blend_are_between_those_of_its_classes() -> None:
    searching = replace(TOLD, refinement=1, places=9)
    model, x = told(searching), image_set(4).floats(slice(None))
    with torch.no_grad():
        by_shares = model.posterior(x, Condition(label=blend(1, 1, 0.5, CLASSES)))
        by_label = model.posterior(x, Condition(label=1))
    torch.testing.assert_close(by_shares.mean, by_label.mean)


@pytest.mark.parametrize("label", [3, -2, (0.5, 0.5), (0.5, 0.5, 1.5), (-0.1, 1, 0)])
def test_what_is_no_label_of_the_model_is_refused(label: int | tuple[float, ...]) -> None:
    with pytest.raises(ConfigError, match=r"^label: "):
        told().decode(torch.zeros(1, 2), label=label)


@pytest.mark.parametrize("classes", [1, -1, 1001, 2.5, True, "3"])
@pytest.mark.parametrize("kind", [MLP, Conv, Hybrid])
def test_classes_are_none_or_two_and_more(kind: type, classes: object) -> None:
    with pytest.raises(ConfigError, match=r"^network\.classes: "):
        kind(classes=classes)


@pytest.mark.parametrize("kind", NETWORKS)
def test_every_network_is_told_classes_with_a_range_of_betas_and_without(kind: str) -> None:
    for beta_range in (None,) if kind == "ladder" else (None, (0.5, 4.0)):  # which has one beta
        config = suggested("digits", kind, 2, beta_range, classes=10).model
        assert (config.classes, config.beta_range) == (10, beta_range)
        for layers in (config.encoder(), config.decoder()):
            kinds = [layer.kind for layer in layers]
            assert kinds.count("shift") == kinds.count("silu") > 0
            assert kinds.count("gate") == (kinds.count("silu") if beta_range else 0)
        assert suggested("digits", kind, 2, beta_range).model.classes == 0


def test_labels_are_dropped_at_their_rate_anew_in_each_epoch() -> None:
    labels, generator = torch.arange(100_000) % CLASSES, torch.Generator().manual_seed(0)
    model = VAE(TOLD)
    first, second = (_told(model, TrainConfig(label_dropout=0.3), labels, generator) for _ in range(2))
    for drawn in (first, second):
        kept = drawn != NO_LABEL
        assert torch.equal(drawn[kept], labels[kept])
        assert abs((~kept).double().mean() - 0.3) < 4 * (0.3 * 0.7 / len(labels)) ** 0.5
    both = ((first == NO_LABEL) & (second == NO_LABEL)).double().mean()
    assert abs(both - 0.09) < 4 * (0.09 * 0.91 / len(labels)) ** 0.5
    assert (_told(model, TrainConfig(label_dropout=1.0), labels, generator) == NO_LABEL).all()


@pytest.mark.parametrize(("config", "rate"), [(ModelConfig(SHAPE, 2, MLP((12, 8))), 0.3), (TOLD, 0.0)])
def test_where_no_label_is_dropped_nothing_is_drawn(config: ModelConfig, rate: float) -> None:
    generator = torch.Generator().manual_seed(0)
    before, labels = generator.get_state(), torch.arange(9) % CLASSES
    assert _told(VAE(config), TrainConfig(label_dropout=rate), labels, generator) is labels
    assert torch.equal(generator.get_state(), before)


def test_a_model_without_classes_is_trained_alike_whatever_labels_there_are() -> None:
    data, config = image_set(64), TrainConfig(epochs=2, batch_size=16, label_dropout=0.5)
    trained = []
    for images in (data, data.unlabelled()):
        model = VAE(ModelConfig(SHAPE, 2, MLP((12, 8))))
        list(train(model, images, config))
        trained.append(model.state_dict())
    for name, tensor in trained[0].items():
        assert torch.equal(tensor, trained[1][name]), name


def test_a_model_whose_labels_are_all_dropped_is_trained_as_without_them() -> None:
    data, config = image_set(64), TrainConfig(epochs=2, batch_size=16, label_dropout=1.0, validation_fraction=0.0)
    model = VAE(TOLD)
    list(train(model, data, config))
    for name, tensor in model.state_dict().items():
        if name.endswith("weight") and tensor.shape[1:] == (CLASSES,):
            assert not tensor.any(), name
    x = data.floats(slice(None))
    with torch.no_grad():
        torch.testing.assert_close(model.posterior(x, Condition(1.0, data.labels)).mean, model.posterior(x).mean)


@pytest.mark.parametrize("config", [TOLD, RANGED, replace(TOLD, refinement=1)], ids=["one", "range", "refined"])
def test_a_training_with_labels_that_is_resumed_ends_with_the_same_weights(config: ModelConfig) -> None:
    data = image_set(80)
    training = TrainConfig(epochs=4, batch_size=16, label_dropout=0.4, augment=0.5, joint=0.5)
    whole, state = VAE(config), TrainingState()
    list(train(whole, data, training))
    for done, _ in enumerate(train(VAE(config), data, training, state=state), 1):
        if done == 2:
            break
    again = VAE(config)
    list(train(again, data, training, state=state))
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name]), name
    assert any(tensor.any() for name, tensor in whole.state_dict().items() if tensor.shape[1:] == (CLASSES,))


def test_images_that_the_model_cannot_be_told_of_are_refused() -> None:
    data = image_set(40)
    with pytest.raises(TrainingError, match="these images have no labels"):
        next(train(VAE(TOLD), data.unlabelled(), TrainConfig(epochs=1)))
    with pytest.raises(TrainingError, match="labels go up to 2, and the model knows classes from 0 to 1"):
        next(train(VAE(replace(TOLD, network=MLP((12, 8), classes=2))), data, TrainConfig(epochs=1)))


def test_without_labels_a_model_is_scored_as_under_no_label() -> None:
    model, data = told(), image_set(50)
    own, none = evaluate(model, data), evaluate(model, data.unlabelled())
    by_hand = evaluate(model, data._replace(labels=torch.full_like(data.labels, NO_LABEL)))
    assert none == by_hand
    assert abs(own.recon - none.recon) > 0.01
    plain = told(ModelConfig(SHAPE, 2, MLP((12, 8))))
    assert evaluate(plain, data) == evaluate(plain, data.unlabelled())


def test_a_file_of_before_there_were_classes_is_of_a_model_without(tmp_path: Path) -> None:
    made = checkpoint(ModelConfig(SHAPE, 2, MLP((12, 8), (0.5, 4.0))))
    values, training = to_dict(made.config), to_dict(made.summary.train)
    assert values["network"].pop("classes") == 0
    assert training.pop("label_dropout") == 0.1
    assert from_dict(ModelConfig, values) == made.config
    assert from_dict(TrainConfig, training) == made.summary.train
    told_of = checkpoint(TOLD)
    write(tmp_path / "told.safetensors", told_of)
    assert read(tmp_path / "told.safetensors").config == TOLD


def test_what_is_known_of_classes_is_said() -> None:
    made, plain = checkpoint(TOLD), checkpoint()
    assert classes_told(plain) is None
    known = classes_told(made)
    assert known is not None
    assert len(known["names"]) == CLASSES
    assert known["none"]
    never = made._replace(summary=replace(made.summary, train=replace(made.summary.train, label_dropout=0.0)))
    assert classes_told(never) == {**known, "none": False}
    given = "given the label of each image"
    assert given in scored_in([made])
    assert given not in scored_in([plain])
    assert "of the models that are told the class" in scored_in([made, plain])


IN_PAGE = """async (load, url, z, labels, pairs, many) => {
    const { Decoder } = await load("nn/decoder.js");
    const { fetchBlock } = await load("shared/blocks.js");
    const { blend } = await load("nn/condition.js");
    const decoder = new Decoder(await fetchBlock(url), many);
    const count = decoder.conditioning.label.count, dims = decoder.latentDim;
    const each = [...labels, ...pairs.map(([start, end, t]) => blend(start, end, t, count))];
    return new Float32Array(each.flatMap((label) => {
        if (!many) {
            const images = [];
            for (let n = 0; n < z.length / dims; n++) images.push(...decoder.decodeAs(z.subarray(n * dims, (n + 1) * dims), label));
            return images;
        }
        decoder.tune({ beta: 1, label });
        const images = [];
        decoder.decodeMany(z, z.length / dims, (index, pixels) => (images[index] = [...pixels]));
        return images.flat();
    }));
}"""


@pytest.mark.parametrize(
    "network",
    [MLP((12, 8), classes=CLASSES), Conv((4, 6), 10, None, CLASSES), Hybrid((2, 3), (8,), (6, 5), (0.5, 4), CLASSES)],
    ids=["mlp", "conv", "hybrid, range"],
)
def test_the_page_decodes_every_class_blends_and_no_class_as_pytorch(network: MLP | Conv | Hybrid) -> None:
    made = checkpoint(ModelConfig(SHAPE, 2, network))
    model, z = made.model(), np.random.default_rng(0).standard_normal((9, 2)).astype(np.float32)
    labels: list[int | None] = [None, NO_LABEL, *range(CLASSES)]
    pairs = [(0, 2, 0.3), (1, 0, 0.5), (2, 2, 0.7), (NO_LABEL, 1, 0.4)]
    every = [*labels, *(blend(start, end, t, CLASSES) for start, end, t in pairs)]
    wanted = np.stack([model.decode(z, label=label).flatten(1).numpy() for label in every])
    assert np.ptp(wanted, axis=0).max() > 1e-2
    for many in (False, True):
        seen = run(IN_PAGE, as_url(decoder_program(made)), z, labels, pairs, many).reshape(wanted.shape)
        np.testing.assert_allclose(seen, wanted, atol=1e-4)


def own_data(folder: Path, **arrays: Any) -> None:
    images = np.arange(2 * 64, dtype=np.uint8).reshape(2, 8, 8)
    np.savez(folder / "own.npz", train_images=images, test_images=images, **arrays)


def test_classes_are_counted_and_data_that_has_none_says_so(tmp_path: Path) -> None:
    assert classes_of("digits") == 10
    own_data(tmp_path, train_labels=np.array([0, 1]), test_labels=np.array([1, 0]))
    assert classes_of("own", tmp_path) == 2
    own_data(tmp_path)
    with pytest.raises(DataError, match="own: its training images have no labels"):
        classes_of("own", tmp_path)
    own_data(tmp_path, train_labels=np.array([0, 0]), test_labels=np.array([0, 0]))
    with pytest.raises(DataError, match="all of its images are of one class"):
        classes_of("own", tmp_path)


QUICK = ["train", "--data", "digits", "--epochs", "2", "--hidden", "16"]


def test_the_command_line_trains_and_scores_with_labels_and_without(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "runs"))
    path, always = tmp_path / "told.safetensors", tmp_path / "always.safetensors"
    assert main([*QUICK, "--conditional", "--label-dropout", "0.25", "--out", str(path)]) == 0
    made = read(path)
    assert (made.config.classes, made.summary.train.label_dropout) == (10, 0.25)
    capsys.readouterr()
    said = {}
    for label in ("own", "none"):
        assert main(["evaluate", str(path), "--label", label, "--json"]) == 0
        said[label] = json.loads(capsys.readouterr().out)
        assert said[label]["label"] == label
    assert said["own"]["recon"] != said["none"]["recon"]
    assert main(["evaluate", str(path)]) == 0
    assert "nats per image, given the label" in capsys.readouterr().out
    assert main([*QUICK, "--conditional", "--label-dropout", "0", "--out", str(always)]) == 0
    assert main(["evaluate", str(always), "--label", "none"]) == 2
    assert "was told the class of every image in training" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([*QUICK, "--label-dropout", "0.5", "--out", "{}"], "so give --conditional, too"),
        ([*QUICK, "--conditional", "--label-dropout", "2", "--out", "{}"], "label_dropout: a number from 0 to 1"),
        (["evaluate", "digits-2d", "--label", "none"], "isn't told the class of an image"),
    ],
)
def test_what_makes_no_sense_with_classes_is_said(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([argument.format(tmp_path / "model.safetensors") for argument in arguments]) == 2
    assert message in capsys.readouterr().err
