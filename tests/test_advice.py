from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny import Coin, config, image_set

from vae.checkpoints.checkpoint import read
from vae.cli.parser import build_parser
from vae.data.images import ImageSet
from vae.data.sources import load
from vae.errors import TrainingError
from vae.models.config import ModelConfig, TrainConfig
from vae.models.likelihoods import LIKELIHOODS, Gaussian
from vae.models.networks import MLP
from vae.models.schedules import Constant, Cyclical, Schedule, Warmup
from vae.models.vae import VAE
from vae.progress import Curve, Progress
from vae.runs import store, worker
from vae.runs.request import Request
from vae.training import advice as advice_module
from vae.training.advice import EMPTY_NATS, UNUSED_NATS, Advice, Adviser, advise_again
from vae.training.loop import train
from vae.training.passes import Pass, joint

PLANE, MANY = config(), config(latent_dim=20)
HUNDRED = TrainConfig(epochs=100, schedule=Constant())
FAILURE = (
    "the loss is no longer finite in epoch 8 (learning rate 1, beta 1). Try a smaller learning_rate or max_grad_norm."
)


def falling(epoch: int) -> float:
    """A loss in nats that goes to 100."""
    return 100 + 40 * math.exp(-epoch / 10)


def history(
    training: TrainConfig = HUNDRED,
    *,
    kl: Callable[[int], Sequence[float]] = lambda epoch: (1.5, 1.4),
    fit: Callable[[int], float] = falling,
    held_out: Callable[[int], float] | None = falling,
    epochs: int | None = None,
) -> list[Progress]:
    """Progress whose losses at the final beta, and the KL of each dimension, are these functions of the epoch."""
    made = []
    for epoch in range(1, (epochs or training.epochs) + 1):
        by_dim = tuple(kl(epoch))
        total = sum(by_dim)
        beta = training.beta * training.schedule(epoch / training.epochs - 1e-6)
        curves = [Curve(loss(epoch) - training.beta * total, total) if loss else None for loss in (fit, held_out)]
        assert curves[0] is not None
        made.append(
            Progress(
                epoch, training.epochs, beta, 1e-3, curves[0], curves[1], float(epoch), by_dim if held_out else None
            )
        )
    return made


def advise(progress: Iterable[Progress], model: ModelConfig, training: TrainConfig, failure: str = "") -> list[Advice]:
    """What a new adviser has to say after these epochs."""
    adviser = Adviser(model, training)
    for epoch in progress:
        adviser.update(epoch)
    return adviser.advice(failure)


def kinds(advice: Sequence[Advice]) -> list[str]:
    return [each.kind for each in advice]


def turns(progress: Sequence[Progress], model: ModelConfig, training: TrainConfig, kind: str) -> list[int]:
    """The epochs at which advice of a kind comes or goes."""
    adviser, there, epochs = Adviser(model, training), False, []
    for epoch in progress:
        adviser.update(epoch)
        if (kind in kinds(adviser.advice())) != there:
            there = not there
            epochs.append(epoch.epoch)
    return epochs


def noisy(curve: Callable[[int], float], width: float, seed: int = 0) -> Callable[[int], float]:
    return lambda epoch: curve(epoch) + random.Random(1000 * seed + epoch).gauss(0, width)


def overfit(lowest: int, slope: float = 0.1) -> Callable[[int], float]:
    """A loss that falls up to an epoch and then rises by so much in each."""
    return lambda epoch: falling(min(epoch, lowest)) + slope * max(0, epoch - lowest)


@pytest.mark.parametrize("schedule", [Constant(), Warmup(), Cyclical()], ids=lambda schedule: schedule.kind)
@pytest.mark.parametrize("beta", [0.0, 0.5, 4.0])
@pytest.mark.parametrize("epochs", [1, 5, 15, 100])
@pytest.mark.parametrize("seed", range(3))
def test_a_training_that_goes_well_has_none_at_any_epoch(
    schedule: Schedule, beta: float, epochs: int, seed: int
) -> None:
    training = TrainConfig(beta=beta, epochs=epochs, schedule=schedule)
    made = history(training, held_out=noisy(falling, 0.2 * seed, seed), fit=noisy(falling, 0.1 * seed, seed + 1))
    adviser = Adviser(PLANE, training)
    for progress in made:
        adviser.update(progress)
        assert adviser.advice() == []


@pytest.mark.parametrize("seed", range(5))
def test_noise_around_a_loss_that_stands_still_is_not_overfitting(seed: int) -> None:
    long = replace(HUNDRED, epochs=500)
    made = history(long, held_out=noisy(lambda _: 100, 3, seed), fit=lambda epoch: 100 - epoch / 100)
    assert not turns(made, PLANE, long, "overfitting")


def test_no_history_and_no_images_held_out_are_no_reason_for_advice() -> None:
    assert advise([], PLANE, HUNDRED) == []
    assert advise(history(held_out=None), PLANE, HUNDRED) == []


@pytest.mark.parametrize("ends", [{}, {"validation": Curve(math.nan, math.nan)}, {"kl_by_dim": None}])
def test_what_a_line_lacks_is_not_judged(ends: dict[str, Any]) -> None:
    made = [progress._replace(**ends) for progress in history()]
    assert advise(made, PLANE, HUNDRED) == []


def test_a_lost_direction_of_a_plane_is_a_warning_that_names_it() -> None:
    (advice,) = advise(history(kl=lambda epoch: (2.0, 0.004 if epoch > 40 else 0.3)), PLANE, HUNDRED)
    assert advice.kind == "unused dimensions"
    assert advice.title == "1 of 2 dimensions is not used"
    assert "z₂ has less than 0.01 nats" in advice.text
    assert "the map has lost a direction" in advice.text
    assert "smaller β than 1" in advice.to_try
    assert "warms up" in advice.to_try
    assert advice.epoch == 41
    assert not advice.harmless


def test_among_many_dimensions_it_is_harmless() -> None:
    (advice,) = advise(history(kl=lambda _: (1, 0.001, 0.002, 0.001, *[0.5] * 15, 0.009)), MANY, HUNDRED)
    assert advice.title == "4 of 20 dimensions are not used"
    assert "z₂ to z₄ and z₂₀ have less than" in advice.text
    assert "harmless" in advice.text
    assert advice.harmless


def test_of_many_dimensions_it_is_told_once_no_more_of_them_fall_out_of_use() -> None:
    made = history(kl=lambda epoch: [1.0] * 5 + [0.001 if epoch > 5 * d else 0.2 for d in range(10)] + [1.0] * 5)
    (turn,) = turns(made, MANY, HUNDRED, "unused dimensions")
    assert 55 <= turn <= 75
    assert advise(made[:turn], MANY, HUNDRED)[0].title.startswith("10 of 20")


@pytest.mark.parametrize("model", [PLANE, MANY], ids=["2", "20"])
def test_an_empty_latent_is_told_as_a_whole(model: ModelConfig) -> None:
    training = replace(HUNDRED, beta=50.0)
    (advice,) = advise(history(training, kl=lambda _: [0.001] * model.latent_dim), model, training)
    assert advice.kind == "empty latent"
    assert f"{0.001 * model.latent_dim:.2f} nats of KL per image" in advice.text
    assert "smaller β than 50" in advice.to_try
    assert advice.epoch == 1
    without = advise(history(training, kl=lambda _: [0.001] * model.latent_dim, held_out=None), model, training)
    assert kinds(without) == ["empty latent"], "the training images tell where none are held out"


@pytest.mark.parametrize("schedule", [Constant(), Warmup(), Warmup(start=1), Cyclical()], ids=str)
def test_warming_up_is_advised_where_the_schedule_begins_with_all_of_beta(schedule: Schedule) -> None:
    training = replace(HUNDRED, schedule=schedule)
    (advice,) = advise(history(training, kl=lambda _: (0.001, 0.001)), PLANE, training)
    assert ("schedule" in advice.options) == (schedule(0.0) == 1)


def test_one_dimension_in_use_is_not_an_empty_latent() -> None:
    assert kinds(advise(history(kl=lambda _: (1.0, *[0.0] * 19)), MANY, HUNDRED)) == ["unused dimensions"]


@pytest.mark.parametrize("threshold", [UNUSED_NATS, EMPTY_NATS])
def test_a_kl_that_wavers_around_a_threshold_does_not_flicker(threshold: float) -> None:
    def wavering(epoch: int) -> tuple[float, ...]:
        nats = threshold * math.exp(random.Random(epoch).gauss(0, 0.3))
        return (2.0, nats) if threshold == UNUSED_NATS else (nats / 2, nats / 2)

    made = history(kl=wavering)
    for kind in ("unused dimensions", "empty latent"):
        assert len(turns(made, PLANE, HUNDRED, kind)) <= 1


def test_a_dimension_that_wakes_is_in_use_again() -> None:
    made = history(kl=lambda epoch: (2.0, 0.3 if epoch > 50 else 0.001))
    on, off = turns(made, PLANE, HUNDRED, "unused dimensions")
    assert on < 50 < off <= 60


@pytest.mark.parametrize(
    ("schedule", "full"), [(Warmup(), range(31, 101)), (Warmup(0.8), range(81, 101)), (Constant(), range(1, 101))]
)
def test_a_latent_is_judged_at_the_full_beta_alone(schedule: Schedule, full: range) -> None:
    training = replace(HUNDRED, schedule=schedule)
    on = turns(history(training, kl=lambda _: (0.001, 0.001)), PLANE, training, "empty latent")
    assert on
    assert full[0] + 2 <= on[0] <= full[0] + 10


def test_a_cycle_that_ends_at_the_full_beta_is_judged_there() -> None:
    cyclical = replace(HUNDRED, schedule=Cyclical())

    def asleep(epoch: int) -> tuple[float, float]:
        """Wakes whenever a new cycle frees it."""
        return (2.0, 0.5) if (epoch - 1) % 25 < 12 else (2.0, 0.001)

    assert len(turns(history(cyclical, kl=asleep), PLANE, cyclical, "unused dimensions")) == 1
    rising = history(
        cyclical, held_out=lambda epoch: falling(epoch) + (epoch - 1) % 25 * (0.5 if (epoch - 1) % 25 < 12 else 0)
    )
    assert advise(rising, PLANE, cyclical) == []


@pytest.mark.parametrize("lowest", [20, 50, 70])
@pytest.mark.parametrize("width", [0.0, 0.05, 0.2])
def test_overfitting_since_the_epoch_of_the_lowest_validation_loss(lowest: int, width: float) -> None:
    made = history(held_out=noisy(overfit(lowest), width), fit=lambda epoch: 100 - epoch / 10)
    (advice,) = advise(made, PLANE, HUNDRED)
    assert advice.kind == "overfitting"
    assert abs(advice.epoch - lowest) <= 5 + 40 * width
    assert f"lowest in epoch {advice.epoch} " in advice.text
    assert "nats" in advice.text
    assert "moved images" in advice.to_try
    assert len(turns(made, PLANE, HUNDRED, "overfitting")) == 1
    (moved,) = advise(made, PLANE, replace(HUNDRED, augment=0.3))
    assert "moved images" not in moved.to_try


def test_a_validation_loss_that_rises_together_with_the_training_loss_is_not_overfitting() -> None:
    assert advise(history(held_out=overfit(50), fit=overfit(50)), PLANE, HUNDRED) == []


def test_a_loss_that_only_rises_while_the_schedule_does_is_not_overfitting() -> None:
    training = replace(HUNDRED, schedule=Warmup(0.5))
    rises_first = lambda epoch: 100 + min(epoch, 50) / 10 - max(0, epoch - 50) / 100  # noqa: E731
    assert advise(history(training, held_out=rises_first, fit=falling), PLANE, training) == []


def test_overfitting_is_over_once_the_validation_loss_is_as_low_again() -> None:
    long = replace(HUNDRED, epochs=200)

    def back(epoch: int) -> float:
        return overfit(40)(epoch) if epoch <= 80 else 95.0

    on, off = turns(history(long, held_out=back, fit=lambda epoch: 100 - epoch / 10), PLANE, long, "overfitting")
    assert 45 < on < 80 < off < 100


@pytest.mark.parametrize("shift", [-5000.0, 3.0])
def test_a_constant_in_the_reconstruction_changes_nothing(shift: float) -> None:
    """The density of Gaussian pixels has one, which says nothing of the model."""
    made = history(held_out=noisy(overfit(50), 0.1), fit=lambda epoch: 100 - epoch / 10, kl=lambda _: (1.0, 0.002))
    moved = [
        progress._replace(
            **{
                name: curve._replace(recon=curve.recon + shift)
                for name in ("train", "validation")
                if (curve := getattr(progress, name)) is not None
            }
        )
        for progress in made
    ]
    assert kinds(advise(made, PLANE, HUNDRED)) == ["unused dimensions", "overfitting"]
    assert advise(moved, PLANE, HUNDRED) == advise(made, PLANE, HUNDRED)


def test_the_order_of_dimensions_changes_only_their_names() -> None:
    one, other = (advise(history(kl=lambda _, kl=kl: kl), PLANE, HUNDRED)[0] for kl in ((2.0, 0.001), (0.001, 2.0)))
    assert one.text.replace("z₂", "z₁") == other.text
    assert one._replace(text="") == other._replace(text="")


def test_the_speed_of_the_machine_changes_nothing() -> None:
    made = history(held_out=overfit(50), fit=lambda epoch: 100 - epoch / 10)
    slow = [
        progress._replace(seconds=99.0 * progress.epoch, images_per_second=0.1, gradient_norm=5.0) for progress in made
    ]
    assert advise(slow, PLANE, HUNDRED) == advise(made, PLANE, HUNDRED)


def test_what_is_heard_one_by_one_is_what_is_said_of_the_whole() -> None:
    made = history(held_out=noisy(overfit(50), 0.1), fit=lambda epoch: 100 - epoch / 10, kl=lambda _: (1.0, 0.002))
    adviser = Adviser(PLANE, HUNDRED)
    for end, progress in enumerate(made, 1):
        adviser.update(progress)
        assert adviser.advice() == advise(made[:end], PLANE, HUNDRED)


def test_a_loss_that_is_not_finite_names_the_epoch_that_was_kept() -> None:
    made = history(held_out=overfit(4), epochs=7)
    (advice,) = advise(made, PLANE, HUNDRED, failure=f"{FAILURE} The model of epoch 4 was saved.")
    assert advice.kind == "not finite"
    assert advice.epoch == 8
    assert "model of epoch 4" in advice.text
    assert "smaller learning rate" in advice.to_try
    assert "β" not in advice.to_try
    (other,) = advise(made, replace(PLANE, likelihood=Gaussian()), replace(HUNDRED, beta=50.0), failure=FAILURE)
    assert "Bernoulli pixels" in other.to_try
    assert "smaller β than 50" in other.to_try


def test_every_likelihood_of_two_is_less_steep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIKELIHOODS, Coin.kind, Coin)
    (advice,) = advise([], replace(PLANE, likelihood=Gaussian()), HUNDRED, failure=FAILURE)
    assert "Bernoulli or Coin pixels" in advice.to_try
    (advice,) = advise([], replace(PLANE, likelihood=Coin()), HUNDRED, failure=FAILURE)
    assert "pixels" not in advice.to_try


def test_words_name_things_and_the_options_beside_them_are_those_of_the_command_line() -> None:
    failed = advise(
        history(held_out=overfit(4), epochs=7), replace(PLANE, likelihood=Gaussian()), HUNDRED, failure=FAILURE
    )
    constant = replace(HUNDRED, schedule=Constant())
    made = history(held_out=overfit(50), fit=lambda epoch: 100 - epoch / 10, kl=lambda _: (2.0, 0.001))
    advice = [*failed, *advise(made, PLANE, constant), *advise(history(kl=lambda _: (0.01, 0.001)), PLANE, constant)]
    assert set(kinds(advice)) == {"not finite", "unused dimensions", "overfitting", "empty latent"}
    known = vars(build_parser().parse_args(["train", "--out", "x"]))
    for each in advice:
        assert each.options
        assert {option.replace("-", "_") for option in each.options} <= known.keys()
        assert "--" not in each.text + each.to_try


def test_one_in_the_first_epoch_says_that_there_is_no_model() -> None:
    (advice,) = advise([], PLANE, HUNDRED, failure=FAILURE.replace("8", "1"))
    assert advice.epoch == 1
    assert "first epoch, so there is no model" in advice.text


def test_another_failure_is_not_taken_for_it() -> None:
    assert advise(history(), PLANE, HUNDRED, failure="The training process ended before it was done.") == []


@pytest.mark.parametrize("good", [0, 3])
def test_a_run_whose_loss_explodes_keeps_the_epoch_that_the_advice_names(
    good: int, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Request("digits", ModelConfig((1, 8, 8), 2, MLP((16,))), TrainConfig(epochs=6, batch_size=512))
    per_epoch = request.train.steps_per_epoch(len(load("digits", "train").images))
    steps = 0

    def spoiled(*arguments: Any, **options: Any) -> Pass:
        nonlocal steps
        steps += 1
        result = joint(*arguments, **options)
        terms = result.terms | {"recon": result.terms["recon"] * math.inf}
        return result if steps <= good * per_epoch else result._replace(terms=terms)

    monkeypatch.setattr("vae.training.loop.joint", spoiled)
    run = store.create(request)
    if good == 0:
        with pytest.raises(TrainingError, match="in epoch 1 "):
            worker.work(run.folder, worker.Watcher())
    else:
        worker.work(run.folder, worker.Watcher())
    status, progress = run.status(), run.progress()
    assert status.state == "failed"
    assert len(progress) == good
    (advice,) = advise(progress, request.model, request.train, failure=status.message)
    assert advice.epoch == good + 1
    assert (run.checkpoint is not None) == (good > 0)
    if run.checkpoint is None:
        assert "no model" in advice.text
        return
    checkpoint = read(run.checkpoint)
    assert f"model of epoch {checkpoint.summary.epochs}," in advice.text
    assert all(map(math.isfinite, (checkpoint.summary.neg_elbo, checkpoint.summary.kl)))
    # The very weights of that epoch, as a training that stops there has them.
    model = VAE(request.model, request.train.seed)
    steps = -(10**9)
    for last in train(model, load("digits", "train"), request.train):
        if last.epoch == checkpoint.summary.epochs:
            break
    assert all(
        torch.equal(torch.tensor(checkpoint.weights[name]), tensor) for name, tensor in model.state_dict().items()
    )


def test_real_trainings_that_go_wrong_are_told(digits: ImageSet) -> None:
    collapsed = TrainConfig(beta=50.0, epochs=8, batch_size=64, schedule=Constant(), learning_rate=1e-2)
    model = VAE(PLANE)
    assert kinds(advise(train(model, digits, collapsed), model.config, collapsed)) == ["empty latent"]
    # Random images have nothing in common that could be learned.
    learned = TrainConfig(
        beta=0.1, epochs=60, batch_size=16, schedule=Constant(), learning_rate=1e-2, validation_fraction=0.5
    )
    wide = replace(PLANE, network=MLP((64,)))
    advice = advise(train(VAE(wide), image_set(64), learned), wide, learned)
    assert kinds(advice) == ["overfitting"]
    fine = TrainConfig(epochs=20, batch_size=64, learning_rate=5e-3)
    assert advise(train(VAE(wide), digits, fine), wide, fine) == []


@pytest.fixture
def updates(monkeypatch: pytest.MonkeyPatch) -> list[Progress]:
    """Every epoch that an adviser is told of, with nothing known from before."""
    epochs: list[Progress] = []
    update = Adviser.update
    monkeypatch.setattr(advice_module, "_advisers", {})
    monkeypatch.setattr(Adviser, "update", lambda adviser, epoch: (epochs.append(epoch), update(adviser, epoch))[1])
    return epochs


def ill() -> list[Progress]:
    """A history that gets advice of two kinds on its way."""
    return history(kl=lambda epoch: (2.0, 0.004 if epoch > 40 else 0.3), held_out=overfit(50))


def test_who_asks_again_hears_the_same_and_each_epoch_is_looked_at_once(updates: list[Progress]) -> None:
    made = ill()
    answers = []
    for count in (0, 1, 1, 30, 31, 60, 100, 100):
        # As lines that are read anew from a file.
        again = [progress._replace() for progress in made[:count]]
        answers.append(advise_again("a", again, PLANE, HUNDRED))
    assert updates == made
    assert answers == [advise(made[:count], PLANE, HUNDRED) for count in (0, 1, 1, 30, 31, 60, 100, 100)]
    assert len(answers[-1]) == 2
    failed = advise_again("a", made, PLANE, HUNDRED, failure=FAILURE)
    assert failed == advise(made, PLANE, HUNDRED, failure=FAILURE)
    assert advise_again("a", made, PLANE, HUNDRED) == answers[-1], "a failure is not kept"


@pytest.mark.parametrize(
    ("then", "training"),
    [
        (ill()[:45], HUNDRED),
        ([], HUNDRED),
        (history(), HUNDRED),
        ([history()[0], *ill()[1:]], HUNDRED),
        (ill(), replace(HUNDRED, epochs=1000)),
    ],
    ids=["resumed", "begun again", "another", "another first line", "another plan"],
)
def test_a_history_that_has_changed_is_looked_at_from_its_beginning(
    then: list[Progress], training: TrainConfig, updates: list[Progress]
) -> None:
    advise_again("a", ill(), PLANE, HUNDRED)
    updates.clear()
    advice = advise_again("a", then, PLANE, training)
    assert updates == then
    assert advice == advise(then, PLANE, training)


def test_trainings_are_kept_apart_and_only_a_few_of_them(updates: list[Progress]) -> None:
    healthy, many = history(), advice_module.MAX_TRAININGS + 3
    for _ in range(2):
        assert len(advise_again("ill", ill(), PLANE, HUNDRED)) == 2
        assert advise_again("healthy", healthy, PLANE, HUNDRED) == []
    assert len(updates) == 200
    for number in range(many):
        advise_again(number, healthy[:2], PLANE, HUNDRED)
        advise_again("ill", ill(), PLANE, HUNDRED)
    assert len(advice_module._advisers) == advice_module.MAX_TRAININGS
    assert len(updates) == 200 + 2 * many, "the one that is asked for all the time stays"
    advise_again("healthy", healthy, PLANE, HUNDRED)
    assert len(updates) == 300 + 2 * many


def test_threads_that_ask_together_hear_the_same(updates: list[Progress]) -> None:
    made = ill()
    expected = [advise(made[:count], PLANE, HUNDRED) for count in range(101)]
    updates.clear()

    def ask(seed: int) -> bool:
        counts = random.Random(seed).choices(range(101), k=60)
        return all(advise_again("a", made[:count], PLANE, HUNDRED) == expected[count] for count in counts)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(ask, range(4)))


def test_an_error_on_the_way_leaves_nothing_half_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    made, update = ill(), Adviser.update
    advise_again("a", made[:40], PLANE, HUNDRED)

    def broken(adviser: Adviser, epoch: Progress) -> None:
        if epoch.epoch == 70:
            raise KeyboardInterrupt
        update(adviser, epoch)

    monkeypatch.setattr(Adviser, "update", broken)
    with pytest.raises(KeyboardInterrupt):
        advise_again("a", made, PLANE, HUNDRED)
    monkeypatch.setattr(Adviser, "update", update)
    assert advise_again("a", made, PLANE, HUNDRED) == advise(made, PLANE, HUNDRED)
