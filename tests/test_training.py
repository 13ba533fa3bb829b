from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from tiny import config, image_set, stir
from torch import Tensor

import vae.training.loop
from vae.checkpoints.checkpoint import read, write
from vae.data.images import ImageSet
from vae.errors import TrainingError, VAEError
from vae.evaluation.bounds import Evaluation, evaluate, sweep, sweep_steps
from vae.models.condition import Condition
from vae.models.config import TrainConfig
from vae.models.modules import GateModule
from vae.models.schedules import Constant, Cyclical, Schedule, Warmup
from vae.models.vae import VAE
from vae.progress import Curve
from vae.training.loop import Progress, best_device, checkpoint_of, train
from vae.training.passes import PARTS, Pass, joint

Terms = dict[str, Tensor]

# Few steps, all of them ragged at an epoch's end: 300 images less 15 that are held out make 64 x 4 + 29.
SHORT = TrainConfig(epochs=3, batch_size=64, learning_rate=1e-2, schedule=Constant())


def vector(model: VAE) -> Tensor:
    """A copy of all weights."""
    return torch.nn.utils.parameters_to_vector(model.parameters()).detach().clone()


def trained(data: ImageSet, training: TrainConfig = SHORT, network: str = "mlp", **options: Any) -> VAE:
    model = VAE(config(network), training.seed)
    list(train(model, data, training, **options))
    return model


def held_out(data: ImageSet, training: TrainConfig = SHORT) -> ImageSet:
    """The images that training only watches."""
    validation = vae.training.loop._split(data, training, torch.Generator().manual_seed(training.seed))[1]
    assert validation is not None
    return validation


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[tuple[VAE, Tensor, Terms]]:
    """The model that the optimiser moves, its images and their terms, of each step that training took."""
    steps: list[tuple[VAE, Tensor, Terms]] = []

    def watch(model: VAE, x: Tensor, *arguments: Any, **options: Any) -> Pass:
        result = joint(model, x, *arguments, **options)
        steps.append((model, x, {name: term.detach() for name, term in result.terms.items()}))
        return result

    monkeypatch.setattr(vae.training.loop, "joint", watch)
    return steps


def flat(model: VAE, *arguments: Any, **options: Any) -> Pass:
    """A pass whose loss is nothing, with a gradient of nothing for every weight."""
    result = joint(model, *arguments, **options)
    nothing = 0 * sum(parameter.sum() for parameter in model.parameters())
    return result._replace(terms={name: torch.zeros_like(term) + nothing for name, term in result.terms.items()})


def close_to(expected: Evaluation) -> Any:
    """What equals the curve of an evaluation, but for the order in which images are summed up."""
    return pytest.approx({"recon": expected.recon, "kl": expected.kl}, rel=1e-6)


def test_the_seed_alone_makes_the_weights(network: str, digits: ImageSet) -> None:
    torch.manual_seed(1)
    first = vector(trained(digits, network=network))
    torch.manual_seed(2)
    assert torch.equal(vector(trained(digits, network=network)), first)
    assert not torch.equal(vector(trained(digits, replace(SHORT, seed=1), network)), first)


def test_the_seed_of_training_also_orders_and_draws(digits: ImageSet) -> None:
    models = [VAE(config()) for _ in range(2)]
    for seed, model in enumerate(models):
        list(train(model, digits, replace(SHORT, seed=seed)))
    assert not torch.equal(vector(models[0]), vector(models[1]))


def test_the_loss_falls_on_digits(network: str, digits: ImageSet, test_digits: ImageSet) -> None:
    model = VAE(config(network))
    before = evaluate(model, test_digits).loss
    curve = list(train(model, digits, replace(SHORT, epochs=15, ema=0.9)))
    after = evaluate(model, test_digits).loss
    assert curve[-1].train.neg_elbo < curve[0].train.neg_elbo
    validation = [progress.validation for progress in curve]
    assert validation[0] is not None
    assert validation[-1] is not None
    assert validation[-1].neg_elbo < validation[0].neg_elbo
    assert after < before - 5  # nats, of the 45 that an undecided decoder needs


def test_every_weight_moves_and_stays_finite(network: str, digits: ImageSet) -> None:
    model = VAE(config(network))
    start = copy.deepcopy(model)
    list(train(model, digits, SHORT))
    for (name, old), new in zip(start.named_parameters(), model.parameters(), strict=True):
        assert not torch.equal(old, new), name
        assert new.isfinite().all(), name


@pytest.mark.parametrize(("refinement", "augment"), [(0, 0.5), (2, 0.0), (2, 0.5)])
@pytest.mark.parametrize("network", ["mlp", "hybrid-range"])
def test_each_half_can_learn_by_itself(
    network: str, refinement: int, augment: float, digits: ImageSet, test_digits: ImageSet
) -> None:
    model = VAE(replace(config(network), refinement=refinement))
    start = copy.deepcopy(model)
    before = evaluate(model, test_digits).loss
    # A cycle begins with no KL at all.
    training = replace(SHORT, epochs=20, schedule=Cyclical(), joint=0.0, augment=augment)
    curve = list(train(model, digits, training))
    assert evaluate(model, test_digits).loss < before - 5
    for (name, old), new in zip(start.named_parameters(), model.parameters(), strict=True):
        assert not torch.equal(old, new), name
    validation = curve[-1].validation
    assert validation is not None
    # Both curves are of images as they are, after the same steps.
    assert abs(validation.neg_elbo - curve[-1].train.neg_elbo) < 3


def test_both_halves_learn_together_first(digits: ImageSet, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = vector(trained(digits))
    assert torch.equal(vector(trained(digits, replace(SHORT, augment=0.5, joint=1.0))), plain)
    calls = {"joint": 0, "decoupled": 0}

    def counted(name: str) -> Any:
        def count(*arguments: Any, **options: Any) -> Any:
            calls[name] += 1
            return original(*arguments, **options)

        original = getattr(vae.training.loop, name)
        return count

    for name in calls:
        monkeypatch.setattr(vae.training.loop, name, counted(name))
    trained(digits, replace(SHORT, augment=0.5, joint=0.4))  # of 15 steps
    assert calls == {"joint": 6, "decoupled": 9}


def test_the_curves_are_of_refined_posteriors_once_the_halves_learn_apart(digits: ImageSet) -> None:
    model = VAE(replace(config(), refinement=2))
    for progress in train(model, digits, replace(SHORT, joint=0.5)):
        steps = 1 if progress.epoch > 1 else 0
        expected = evaluate(model, held_out(digits), samples=1, refinement=steps)
        assert progress.validation is not None
        assert progress.validation.terms == close_to(expected)


def test_moving_images_changes_what_is_learned_and_the_seed_says_how(digits: ImageSet) -> None:
    plain, moved, again = (vector(trained(digits, replace(SHORT, augment=augment))) for augment in (0.0, 0.5, 0.5))
    assert torch.equal(moved, again)
    assert not torch.equal(moved, plain)


@pytest.mark.parametrize("beta", [0.25, 4.0])
@pytest.mark.parametrize("schedule", [Constant(), Warmup(0.5), Cyclical()], ids=lambda schedule: schedule.kind)
def test_progress_says_where_training_stands(schedule: Schedule, beta: float, digits: ImageSet) -> None:
    training = replace(SHORT, beta=beta, schedule=schedule)
    model = VAE(config())
    seconds, epoch = 0.0, 0
    for epoch, progress in enumerate(train(model, digits, training), start=1):
        assert (progress.epoch, progress.epochs) == (epoch, 3)
        assert progress.beta == pytest.approx(beta * schedule((5 * epoch - 1) / 15))
        assert progress.seconds >= seconds
        seconds = progress.seconds
        assert progress.train.loss(beta, training.objective) == progress.train.recon + beta * progress.train.kl
        assert not model.training
        assert progress.validation is not None
    assert epoch == 3


def test_the_curve_averages_over_images_not_batches(digits: ImageSet, watched: list[Any]) -> None:
    progress = next(train(VAE(config()), digits, SHORT))
    assert len({len(x) for _, x, _ in watched}) == 2
    terms = {
        name: torch.cat([step_terms[name] for _, _, step_terms in watched]).mean().item() for name in ("recon", "kl")
    }
    assert progress.train.terms == pytest.approx(terms, rel=1e-5)


def test_without_averaging_the_model_holds_the_weights_that_were_moved(
    digits: ImageSet, watched: list[tuple[VAE, Tensor, Terms]]
) -> None:
    model = VAE(config())
    for _ in train(model, digits, replace(SHORT, ema=0)):
        learner = watched[-1][0]
        assert learner is not model
        assert torch.equal(vector(model), vector(learner))


def test_the_average_lies_between_the_weights_it_averages(digits: ImageSet, monkeypatch: pytest.MonkeyPatch) -> None:
    model = VAE(config())
    learners: list[VAE] = []
    passed: list[Tensor] = []

    def watch(learner: VAE, *arguments: Any, **options: Any) -> Pass:
        learners.append(learner)
        passed.append(vector(learner))
        return joint(learner, *arguments, **options)

    monkeypatch.setattr(vae.training.loop, "joint", watch)
    list(train(model, digits, SHORT))
    visited = torch.stack([*passed, vector(learners[-1])])
    average = vector(model)
    assert ((average >= visited.amin(0) - 1e-6) & (average <= visited.amax(0) + 1e-6)).all()
    last, first = visited[-1], visited[0]
    assert (average - last).norm() > 0
    # Not stuck where it began either, though 0.999 would remember 15 steps for ever.
    assert (average - last).norm() < (first - last).norm()


def test_weight_decay_shrinks_matrices_and_leaves_biases(digits: ImageSet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vae.training.loop, "joint", flat)
    start = dict(VAE(config()).named_parameters())
    decayed = dict(trained(digits, replace(SHORT, weight_decay=1, ema=0)).named_parameters())
    undecayed = dict(trained(digits, replace(SHORT, weight_decay=0, ema=0)).named_parameters())
    for name, old in start.items():
        assert torch.equal(undecayed[name], old), name
        assert torch.equal(decayed[name], old) == (old.ndim == 1), name
        assert decayed[name].norm() <= old.norm(), name


def test_the_learning_rate_rises_to_its_peak_and_falls_to_nothing(digits: ImageSet) -> None:
    # One step an epoch, so that each progress tells the rate of a step.
    training = replace(SHORT, epochs=200, batch_size=512, learning_rate=0.01)
    rates = [progress.learning_rate for progress in train(VAE(config()), digits, training)]
    assert all(0 < rate <= 0.01 for rate in rates)
    peak = rates.index(max(rates))
    assert peak <= 3
    assert max(rates) > 0.0099
    assert rates[: peak + 1] == sorted(rates[: peak + 1])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert rates[100] == pytest.approx(0.005)
    assert rates[-1] < 1e-6


def test_the_learning_rate_has_a_second_peak_where_the_halves_learn_apart(digits: ImageSet) -> None:
    training = replace(SHORT, epochs=200, batch_size=512, learning_rate=0.01, joint=0.7, augment=0.1)
    rates = [progress.learning_rate for progress in train(VAE(config()), digits, training)]
    assert rates[139] < 1e-5
    peak = rates.index(max(rates[140:]))
    assert 140 <= peak <= 143
    assert rates[peak] > 0.0095
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert rates[170] == pytest.approx(0.005, rel=0.02)
    assert rates[-1] < 1e-4


def test_each_epoch_passes_over_every_image_once_in_another_order(watched: list[Any]) -> None:
    data = image_set(70)
    list(train(VAE(config()), data, replace(SHORT, epochs=2, batch_size=16, validation_fraction=0)))
    epochs = [torch.cat([x for _, x, _ in watched[start : start + 5]]) for start in (0, 5)]
    assert len(watched) == 10
    for epoch in epochs:
        assert rows(epoch) == rows(data.floats(slice(None)))
    assert not torch.equal(*epochs)


def rows(images: Tensor) -> list[bytes]:
    return sorted(image.numpy().tobytes() for image in images)


def test_held_out_images_are_never_trained_on(watched: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    data = image_set(60)
    seen: list[ImageSet] = []

    def watching(watch: Callable[..., Any]) -> Callable[..., Any]:
        def seeing(model: VAE, held_out: ImageSet, *arguments: Any, **options: Any) -> Any:
            seen.append(held_out)
            return watch(model, held_out, *arguments, **options)

        return seeing

    for name in ("posteriors", "batches"):
        monkeypatch.setattr(vae.training.loop, name, watching(getattr(vae.training.loop, name)))
    list(train(VAE(config()), data, replace(SHORT, batch_size=16, validation_fraction=0.25)))
    fitted = {row for _, x, _ in watched for row in rows(x)}
    held_out = [set(rows(part.floats(slice(None)))) for part in seen]
    assert len(held_out) == 6
    assert all(part == held_out[0] for part in held_out)
    assert len(held_out[0]) == 15
    assert not fitted & held_out[0]
    assert fitted | held_out[0] == set(rows(data.floats(slice(None))))


@pytest.mark.parametrize("fraction", [0, 0.001])
def test_where_nothing_is_held_out_there_is_no_validation(fraction: float, digits: ImageSet) -> None:
    curve = list(train(VAE(config()), digits, replace(SHORT, validation_fraction=fraction)))
    assert [progress.validation for progress in curve] == [None] * 3


def test_each_step_is_reported(digits: ImageSet) -> None:
    calls: list[tuple[int, int]] = []
    trained(digits, on_step=lambda done, steps: calls.append((done, steps)))
    assert calls == [(done, 15) for done in range(1, 16)]


@pytest.mark.parametrize("at", [1, 4, 6, 9, 14])
def test_stopping_keeps_the_weights_of_the_last_whole_epoch(at: int, digits: ImageSet) -> None:
    whole = VAE(config())
    weights = [vector(whole), *(vector(whole) for _ in train(whole, digits, SHORT))]
    model = VAE(config())
    calls: list[int] = []

    def stop(done: int, steps: int) -> bool:
        calls.append(done)
        return done == at

    curve = list(train(model, digits, SHORT, on_step=stop))
    assert calls[-1] == at
    assert len(curve) == at // 5
    assert torch.equal(vector(model), weights[at // 5])


def test_a_caller_stops_by_not_asking_for_more(digits: ImageSet) -> None:
    model = VAE(config())
    generator = train(model, digits, SHORT)
    next(generator)
    weights = vector(model)
    del generator
    assert torch.equal(vector(model), weights)


def not_a_number(model: VAE, terms: Terms) -> Terms:
    return terms | {"recon": terms["recon"] * float("nan")}


def infinite(model: VAE, terms: Terms) -> Terms:
    return terms | {"kl": terms["kl"] + float("inf")}


def steep(model: VAE, terms: Terms) -> Terms:
    """A finite loss whose gradient isn't."""
    weight = next(model.parameters())
    return terms | {"recon": terms["recon"] + (weight - weight.detach()).abs().sqrt().sum()}


@pytest.mark.parametrize("spoil", [not_a_number, infinite, steep])
@pytest.mark.parametrize("at", [1, 5, 8, 15])
def test_when_the_loss_is_no_longer_finite_the_last_good_weights_are_kept(
    at: int, spoil: Callable[[VAE, Terms], Terms], digits: ImageSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = 0

    def spoiled(model: VAE, *arguments: Any, **options: Any) -> Pass:
        nonlocal steps
        steps += 1
        result = joint(model, *arguments, **options)
        return result._replace(terms=spoil(model, result.terms)) if steps == at else result

    monkeypatch.setattr(vae.training.loop, "joint", spoiled)
    model = VAE(config())
    weights = vector(model)
    epoch = 0
    with pytest.raises(TrainingError, match=r"no longer finite in epoch \d .*learning_rate") as caught:  # noqa: PT012
        for progress in train(model, digits, SHORT):
            weights, epoch = vector(model), progress.epoch
    assert epoch == (at - 1) // 5
    assert f"in epoch {epoch + 1} " in str(caught.value)
    assert "epoch 0" not in str(caught.value)
    assert weights.isfinite().all()
    assert torch.equal(vector(model), weights)


def test_weights_that_overflow_are_refused_at_the_first_step(digits: ImageSet) -> None:
    model = VAE(config())
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1e25)
    with pytest.raises(TrainingError, match=r"in epoch 1 "):
        list(train(model, digits, SHORT))


def test_there_is_no_training_without_images(digits: ImageSet) -> None:
    with pytest.raises(TrainingError, match=r"^data: there are no images"):
        trained(digits.subset(torch.arange(0)))


def test_images_of_another_shape_are_refused(digits: ImageSet) -> None:
    with pytest.raises(TrainingError, match=r"^data: images have shape \(1, 8, 8\), but .* \(3, 8, 8\)"):
        list(train(VAE(config(shape=(3, 8, 8))), digits, SHORT))


@pytest.mark.parametrize("count", [1, 2])
def test_the_fewest_images_are_enough(count: int) -> None:
    curve = list(train(VAE(config()), image_set(count), replace(SHORT, validation_fraction=0.9)))
    assert [progress.epoch for progress in curve] == [1, 2, 3]


def finished(digits: ImageSet, test: ImageSet, model: VAE, steps: list[Progress]) -> Any:
    return checkpoint_of(model, "digits", len(digits.images), config=SHORT, progress=steps[-1], test=test)


def test_a_checkpoint_holds_the_model_how_it_was_trained_and_its_map(
    network: str, digits: ImageSet, test_digits: ImageSet, tmp_path: Any
) -> None:
    model = VAE(config(network))
    steps = list(train(model, digits, SHORT))
    write(tmp_path / "model", finished(digits, test_digits, model, steps))
    checkpoint = read(tmp_path / "model")
    summary = checkpoint.summary
    assert (summary.train_size, summary.test_size, summary.epochs) == (285, 100, 3)
    assert summary.train == SHORT
    assert not summary.stopped
    assert summary.neg_elbo == pytest.approx(summary.recon + summary.kl)
    assert (summary.recon, summary.kl) == pytest.approx(evaluate(model, test_digits)[2:4])
    mean, std = model.encode(test_digits.floats(slice(None)), label=test_digits.labels)
    torch.testing.assert_close(torch.from_numpy(checkpoint.points.mean), mean)
    torch.testing.assert_close(torch.from_numpy(checkpoint.points.std), std)
    assert checkpoint.points.labels.tolist() == test_digits.labels.tolist()
    assert checkpoint.points.classes == test_digits.classes
    assert torch.equal(vector(checkpoint.model()), vector(model))


def test_a_further_term_that_is_no_number_costs_no_model(
    digits: ImageSet, test_digits: ImageSet, tmp_path: Any
) -> None:
    model = VAE(config())
    done = list(train(model, digits, SHORT))[-1]
    curve = Curve(30, 2, {"pull": 0.5, "push": math.inf})
    write(tmp_path / "model", finished(digits, test_digits, model, [done._replace(validation=curve)]))
    assert read(tmp_path / "model").summary.others == {"pull": 0.5}


def test_a_checkpoint_stays_what_it_is_while_training_goes_on(digits: ImageSet, test_digits: ImageSet) -> None:
    model = VAE(config())
    generator = train(model, digits, SHORT)
    checkpoint = finished(digits, test_digits, model, [next(generator)])
    weights = vector(model)
    assert checkpoint.summary.stopped
    list(generator)
    assert not torch.equal(vector(model), weights)
    assert torch.equal(vector(checkpoint.model()), weights)


# --- A range of betas


@pytest.fixture(params=["mlp-range", "conv-range"])
def ranged(request: pytest.FixtureRequest) -> str:
    return request.param


def test_one_model_learns_every_beta_of_its_range(ranged: str, digits: ImageSet, test_digits: ImageSet) -> None:
    model = VAE(config(ranged))
    betas = (0.1, 1.0, 10.0)
    before = [evaluate(model, test_digits, beta).loss for beta in betas]
    list(train(model, digits, replace(SHORT, epochs=25, ema=0.9)))
    evaluations = [evaluate(model, test_digits, beta) for beta in betas]
    for result, loss in zip(evaluations, before, strict=True):
        assert result.loss < loss - 5
    # What a larger beta is for: less KL, at the price of reconstruction.
    assert evaluations[0].kl > evaluations[1].kl > evaluations[2].kl
    assert evaluations[0].recon < evaluations[2].recon


def test_gates_move_without_being_pulled_back(digits: ImageSet, monkeypatch: pytest.MonkeyPatch) -> None:
    model = trained(digits, network="mlp-range")
    gates = [module for module in model.modules() if isinstance(module, GateModule)]
    assert gates
    for gate in gates:
        assert all(parameter.abs().max() > 0 for parameter in gate.parameters())

    monkeypatch.setattr(vae.training.loop, "joint", flat)
    start = stir(VAE(config("mlp-range")))
    model = copy.deepcopy(start)
    list(train(model, digits, replace(SHORT, weight_decay=1, ema=0)))
    for one, other in zip(start.modules(), model.modules(), strict=True):
        if isinstance(one, GateModule):
            assert torch.equal(one.weight, other.get_parameter("weight"))


@pytest.mark.parametrize("beta", [0.5, 4.0])
def test_the_curves_are_of_the_watched_beta(
    beta: float, digits: ImageSet, watched: list[Any], seen_betas: list[Tensor]
) -> None:
    model = VAE(config("mlp-range"))
    training = replace(SHORT, beta=beta, schedule=Warmup(0.5))
    progress = list(train(model, digits, training))
    recon = []
    for (_, x, terms), betas in zip(watched[-5:], seen_betas[-5:], strict=True):
        each = betas[torch.arange(len(x)) * len(betas) // len(x)]
        assert (each == beta).float().mean() == pytest.approx(1 / PARTS, abs=0.02)
        recon.append(terms["recon"][each == beta])
    assert progress[-1].train.recon == pytest.approx(torch.cat(recon).mean().item(), rel=1e-5)
    assert progress[-1].beta == pytest.approx(beta)
    assert progress[0].beta == pytest.approx(beta * Warmup(0.5)(4 / 15))
    expected = evaluate(model, held_out(digits, training), beta, samples=1)
    assert progress[-1].validation is not None
    assert progress[-1].validation.terms == close_to(expected)


@pytest.fixture
def seen_betas(monkeypatch: pytest.MonkeyPatch, watched: list[Any]) -> list[Tensor]:
    """The betas that the model was told in each step."""
    seen: list[Tensor] = []
    inner = vae.training.loop.joint

    def watch(model: VAE, x: Tensor, condition: Condition, *arguments: Any, **options: Any) -> Pass:
        assert isinstance(condition.beta, Tensor)
        seen.append(condition.beta)
        return inner(model, x, condition, *arguments, **options)

    monkeypatch.setattr(vae.training.loop, "joint", watch)
    return seen


def test_the_whole_range_is_seen_in_every_batch(digits: ImageSet, seen_betas: list[Tensor]) -> None:
    trained(digits, network="mlp-range")
    for betas in seen_betas:
        assert len(betas.unique()) == PARTS
        assert betas.min() < 0.25
        assert betas.max() > 4


@pytest.mark.parametrize("count", [1, 2, 7, 9])
def test_a_range_takes_the_fewest_images(count: int) -> None:
    curve = list(train(VAE(config("mlp-range")), image_set(count), replace(SHORT, validation_fraction=0)))
    assert [progress.epoch for progress in curve] == [1, 2, 3]


def test_a_batch_must_hold_every_part_of_the_range(digits: ImageSet) -> None:
    with pytest.raises(TrainingError, match=r"^batch_size: a range of betas needs 8 images a step or more, not 7"):
        trained(digits, replace(SHORT, batch_size=7), "mlp-range")


def test_a_beta_outside_the_range_cannot_be_watched(digits: ImageSet) -> None:
    with pytest.raises(VAEError, match=r"^beta: this model is for betas from 0\.1 to 10, not for 20"):
        trained(digits, replace(SHORT, beta=20), "mlp-range")


def test_the_checkpoint_of_a_range_has_its_keyframes(digits: ImageSet, test_digits: ImageSet, tmp_path: Any) -> None:
    model = VAE(config("mlp-range"))
    training = replace(SHORT, beta=2.0)
    steps = list(train(model, digits, training))
    write(
        tmp_path / "model",
        checkpoint_of(model, "digits", len(digits.images), config=training, progress=steps[-1], test=test_digits),
    )
    checkpoint = read(tmp_path / "model")
    result = evaluate(model, test_digits, 2.0)
    assert (checkpoint.summary.recon, checkpoint.summary.kl) == pytest.approx((result.recon, result.kl))
    assert checkpoint.summary.neg_elbo == pytest.approx(result.recon + result.kl)  # minus the ELBO, whatever the beta
    np.testing.assert_allclose(checkpoint.points.mean, model.encode(test_digits.floats(slice(None)), 2.0)[0], atol=1e-6)
    expected = sweep(model, test_digits, 2.0)
    assert checkpoint.keyframes is not None
    for one, other in zip(checkpoint.keyframes, expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("there", [True, False])
def test_the_best_device_is_the_accelerator_where_there_is_one(there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    assert best_device().type == ("cuda" if there else "cpu")


@pytest.mark.parametrize("name", ["mlp", "mlp-range"])
def test_measuring_says_how_far_it_is(name: str, digits: ImageSet, test_digits: ImageSet) -> None:
    model = VAE(config(name))
    (progress,) = train(model, digits, replace(SHORT, epochs=1))
    calls: list[tuple[int, ...]] = []
    checkpoint_of(
        model,
        "digits",
        300,
        config=SHORT,
        progress=progress,
        test=test_digits,
        on_step=lambda *call: calls.append(call),
    )
    done, totals = zip(*calls, strict=True)
    count = len(test_digits.images)
    assert set(totals) == {count + (sweep_steps(model, count) if model.config.beta_range else 0)}
    assert list(done) == sorted(set(done))
    assert done[-1] == totals[0]
