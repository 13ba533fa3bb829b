"""Training as a generator: the command line, the app and a notebook share this loop and draw their own progress."""

__all__ = ["best_device", "checkpoint_of", "train"]

import copy
import math
import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from vae._version import __version__
from vae.checkpoints.checkpoint import Checkpoint, LatentPoints, TrainingSummary
from vae.data.images import ImageSet
from vae.errors import NOT_FINITE_MESSAGE, TrainingError
from vae.evaluation.bounds import batches, condition_of, evaluate, posteriors, sweep, sweep_steps
from vae.models.condition import NO_LABEL, Condition
from vae.models.config import TrainConfig
from vae.models.distributions import DiagonalNormal
from vae.models.objectives import Batch
from vae.models.schedules import Constant
from vae.models.vae import VAE
from vae.progress import Curve, OnStep, Progress, part_of
from vae.training.passes import PARTS, Pass, decoupled, draw_betas, joint, range_weight, training_steps
from vae.training.state import TrainerState, TrainingState, fingerprint

# A second moment over some 100 steps rather than 1000, which follows sooner where the loss has just jumped.
ADAM_BETAS = (0.9, 0.99)
COMPANION_BETAS = (0.5, 0.9)  # of what an objective owns, which has to follow the encoder


def train(
    model: VAE,
    data: ImageSet,
    config: TrainConfig,
    *,
    on_step: Callable[[int, int], bool | None] | None = None,
    watch: Callable[[int, VAE, int], object] | None = None,
    state: TrainingState | None = None,
) -> Iterator[Progress]:
    """Trains `model` on `data` where the model lies, and yields once an epoch.

    A model whose network has `classes` is told the label of each image, but in each epoch for `config.label_dropout` of them none, which it
    so learns to do without. The curves are of images with their labels.

    A model whose network has a `beta_range` is trained for all of it: an eighth of every batch is at `config.beta`, which is what
    the yielded curves are of, and the rest all over the range.

    Where the model refines its posteriors and has four dimensions at most, or `config.augment` has images moved, each half learns
    by itself after `config.joint` of the training (`vae.training.passes.decoupled`), beginning with the learning rate at its peak
    again. The curves are then of posteriors refined as often as `vae.training.passes.training_steps` says.

    At each yield, and after the last, `model` holds the moving average of the weights, in eval mode: the caller may
    evaluate or save it, and may stop by not asking for more. `on_step(done, steps)` is called after each batch and stops
    training by returning true; the model then holds the average of the last whole epoch. `watch(done, average, refinement)` is called
    before the first batch and after each with the moving average, which it must leave as it is, and by how many steps posteriors are
    refined at that moment.

    A `state` is filled before each yield. Given again, or after it was written and read, training goes on after the epoch it is
    of, and on the same machine ends with the very weights that it would have ended with.

    Raises `TrainingError` when the loss or the weights are no longer finite; the model holds those of the last whole epoch. Also
    for a `state` of another model, other data or another configuration.
    """
    _check(model, data, config)
    _keep_freed_memory()
    model.trained_beta = config.beta
    trainer, plan = _trainer(model, config), _Plan(model, config, len(data.images))
    fit, held_out = _split(data, config, trainer.shuffle)
    images, labels = data.images.to(model.device), data.labels.to(model.device)
    ours = fingerprint(model, data, config) if state is not None else {}
    done, seconds = _go_on(model, state, ours, trainer)
    if done == 0:
        _begin_prior(trainer, images, fit, config.seed)
    started = time.monotonic() - seconds
    step = done * plan.per_epoch
    if watch is not None and step == 0:
        watch(0, trainer.average, 0)
    for epoch in range(done + 1, config.epochs + 1):
        began = time.monotonic()
        sums, norms, now = _Sums(), torch.zeros((), dtype=torch.float64, device=model.device), plan.at(step)
        order = fit[torch.randperm(len(fit), generator=trainer.shuffle)].to(model.device)
        betas = _draw(model, config, plan.per_epoch, trainer.shuffle)
        told = _told(model, config, labels, trainer.shuffle)
        for which, beta in zip(order.split(config.batch_size), betas, strict=True):
            now = plan.at(step)
            x = images.index_select(0, which).float() / 255
            condition = Condition(beta, told.index_select(0, which))
            terms, watched, norm = _step(trainer, x, condition, config, len(fit), now, drawn=data.drawn)
            sums.add(terms, watched)
            norms += norm.double()
            step += 1
            _move_average(trainer.average, trainer.learner, config.ema, step)
            if watch is not None:
                watch(step, trainer.average, now.refinement)
            if on_step is not None and on_step(step, plan.steps):
                return
        beta = now.factor * config.beta
        _check_finite(trainer.average, sums, f"epoch {epoch} (learning rate {now.rate:.2g}, beta {beta:.2g})")
        trainer.average.settle_prior()
        _hand_over(trainer.average, model)
        speed = len(fit) / (time.monotonic() - began)
        # As the training curve has it.
        validation, by_dim = _validation(model, held_out, config, len(fit), now.refinement, trainer.companion)
        progress = Progress(
            epoch,
            config.epochs,
            beta,
            now.rate,
            sums.curve(),
            validation,
            time.monotonic() - started,
            by_dim,
            float(norms) / plan.per_epoch,
            speed,
        )
        if state is not None:
            state.capture(ours, progress, trainer)
        yield progress


class _StepPlan(NamedTuple):
    """What a step depends on besides its images."""

    progress: float  # share of training that is done
    factor: float  # of beta, by the schedule
    rate: float  # of learning
    apart: bool  # whether both halves learn by themselves
    refinement: int  # steps to the posteriors of the moment


class _Plan:
    """A training from its first step to its last."""

    def __init__(self, model: VAE, config: TrainConfig, count: int) -> None:
        # Of what beta has no part in, there is nothing to warm up.
        self.schedule = config.schedule if config.objective.takes_beta else Constant()
        self.per_epoch = config.steps_per_epoch(count)
        self.steps = self.per_epoch * config.epochs
        self.peak = config.peak_rate(self.steps)
        self.refinement = training_steps(model)
        self.together = round(config.joint * self.steps) if config.augment or self.refinement else self.steps  # steps

    def at(self, step: int) -> _StepPlan:
        """The step after so many others."""
        apart = step >= self.together
        progress = (step - self.together) / (self.steps - self.together) if apart else step / self.together
        # Linear over the first hundredth, then half a cosine down to zero.
        rate = self.peak * min(1.0, (progress + 1e-4) / 0.01) * 0.5 * (1 + math.cos(math.pi * progress))
        done = step / self.steps
        return _StepPlan(done, self.schedule(done), rate, apart, self.refinement if apart else 0)


def _trainer(model: VAE, config: TrainConfig) -> TrainerState:
    """What a training begins with."""
    learner, average = copy.deepcopy(model).train(), copy.deepcopy(model).eval()
    groups = _decay_only_matrices(learner, config.weight_decay)
    return TrainerState(
        learner,
        average,
        torch.optim.AdamW(groups, lr=0.0, betas=ADAM_BETAS, fused=True),
        torch.Generator().manual_seed(config.seed),
        torch.Generator(model.device).manual_seed(config.seed),
        *_companion(config, model),
    )


def _go_on(
    model: VAE, state: TrainingState | None, fingerprint: dict[str, str], trainer: TrainerState
) -> tuple[int, float]:
    """Puts a training where its state has it: how many epochs are done, and how many seconds they took."""
    if state is None or state.progress is None:
        return 0, 0.0
    state.restore(fingerprint, trainer)
    _hand_over(trainer.average, model)
    return state.progress.epoch, state.progress.seconds


def _begin_prior(trainer: TrainerState, images: Tensor, fit: Tensor, seed: int) -> None:
    """Lets the prior begin with some of the images that are trained on, `fit` saying which."""
    generator = torch.Generator().manual_seed(seed)

    def draw(count: int) -> Tensor:
        which = fit[torch.randperm(len(fit), generator=generator)[torch.arange(count) % len(fit)]]
        return images.index_select(0, which.to(images.device)).float() / 255

    learner, average = trainer.learner, trainer.average
    learner.config.prior.begin(learner.prior.weights, draw)
    learner.settle_prior()
    average.prior.load_state_dict(learner.prior.state_dict())


def best_device() -> torch.device:
    """A CUDA device where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def checkpoint_of(
    model: VAE,
    data: str,
    train_size: int,
    *,
    config: TrainConfig,
    progress: Progress,
    test: ImageSet,
    on_step: OnStep | None = None,
) -> Checkpoint:
    """The trained model as a checkpoint: evaluated on the whole test split, whose posteriors become its map. A model for a range
    of betas acts at `config.beta` there, and has its keyframes added.

    `data` is the name of the data set, `train_size` the number of images in its training split, and `progress` the last that
    `train` yielded. `on_step(done, n)` is called after each batch, n counting an image as often as it is looked at.
    """
    beta_range, count = model.config.beta_range, len(test.images)
    every = count if beta_range is None else count + sweep_steps(model, count, config.beta)
    posterior = posteriors(model, test, config.beta, on_step=part_of(on_step, 0, every))
    result = evaluate(model, test, config.beta, given=posterior)
    summary = TrainingSummary(
        data=data,
        train_size=train_size - config.held_out(train_size),
        test_size=result.n,
        epochs=progress.epoch,
        train=config,
        recon=result.recon,
        kl=result.kl,
        neg_elbo=result.recon + result.kl,
        samples=result.samples,
        seconds=progress.seconds,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        versions={"zscape": __version__, "torch": torch.__version__, "python": platform.python_version()},
        images=test.digest,
        # One that is no number is left out, rather than the model lost.
        others={
            name: nats for name, nats in (progress.validation or progress.train).others.items() if math.isfinite(nats)
        }
        | result.levels,
    )
    points = LatentPoints(posterior.mean.numpy(), posterior.std.numpy(), test.labels.numpy(), test.classes)
    # Copied, so that a checkpoint stays what it is while the model is trained further.
    weights = {name: tensor.numpy(force=True).copy() for name, tensor in model.state_dict().items()}
    keyframes = None
    if beta_range is not None:
        keyframes = sweep(model, test, config.beta, samples=result.samples, on_step=part_of(on_step, count, every))
    return Checkpoint(model.config, summary, weights, points, keyframes)


def _check(model: VAE, data: ImageSet, config: TrainConfig) -> None:
    """Raises `TrainingError`, or `ConfigError`, for what can't be trained."""
    if len(data.images) == 0:
        raise TrainingError("data: there are no images to train on.")
    if data.image_shape != model.config.image_shape:
        raise TrainingError(
            f"data: images have shape {data.image_shape}, but the model takes {model.config.image_shape}."
        )
    config.check(model.config)
    _check_labels(data, model.config.classes)
    if model.config.beta_range is not None and config.batch_size < PARTS:
        raise TrainingError(
            f"batch_size: a range of betas needs {PARTS} images a step or more, not {config.batch_size}, for each batch has "
            "that many betas."
        )


def _check_labels(data: ImageSet, classes: int) -> None:
    """Raises `TrainingError` where a model for so many classes can't be told those of the images."""
    if not classes:
        return
    most = int(data.labels.max())
    if most == NO_LABEL:
        raise TrainingError("data: the model is told the class of an image, and these images have no labels.")
    if most >= classes:
        raise TrainingError(f"data: labels go up to {most}, and the model knows classes from 0 to {classes - 1}.")


def _step(
    trainer: TrainerState,
    x: Tensor,
    condition: Condition,
    config: TrainConfig,
    total: int,
    now: _StepPlan,
    *,
    drawn: bool,
) -> tuple[dict[str, Tensor], int, Tensor]:
    """One step on a batch: its terms, how many of its images, which come first, are at the beta that is watched, and the norm of the
    gradient. The condition's beta is one for all, or one for each of the parts that the batch is split into."""
    with _autocast(x.device), trainer.learner.live_prior():
        loss, watched, forward = _loss(trainer, x, condition, config, total, now, drawn=drawn)
    _set_learning_rate(trainer.optimizer, now.rate)
    norm = _descend(loss, trainer.learner, trainer.optimizer, config.max_grad_norm)
    _accompany(trainer, now, forward, total)
    return forward.terms, watched, norm


def _loss(
    trainer: TrainerState,
    x: Tensor,
    condition: Condition,
    config: TrainConfig,
    total: int,
    now: _StepPlan,
    *,
    drawn: bool,
) -> tuple[Tensor, int, Pass]:
    """The loss of a batch, how many of its images are at the beta that is watched, and what its terms are of."""
    batch, watched, betas, objective = len(x), len(x), condition.beta, config.objective
    weighted, weight = now.factor * betas, 1.0
    own: dict[str, Any] = {
        "generator": trainer.noise,
        "companion": trainer.companion,
        "drawn": drawn,
        "progress": now.progress,
    }
    if isinstance(betas, Tensor):
        parts = len(betas)
        each = betas[torch.arange(batch, device=x.device) * parts // batch]
        # Parts of one size can share their gates; those of an epoch's last batch may differ.
        condition, weighted = replace(condition, beta=each if batch % parts else betas), now.factor * each
        weight, watched = range_weight(weighted), -(-batch // parts)
    if now.apart:
        encoders, forward = decoupled(
            trainer.learner, x, condition, objective, total, weight=weighted, augment=config.augment, **own
        )
        # The decoder has no say in anything else.
        loss = objective.loss(encoders.terms, weighted) + forward.terms["recon"]
    else:
        forward = joint(trainer.learner, x, condition, objective, total, **own)
        loss = objective.loss(forward.terms, weighted)
    return (loss * weight).mean(), watched, forward


def _companion(config: TrainConfig, model: VAE) -> tuple[nn.Module | None, torch.optim.Optimizer | None]:
    """What the objective owns, begun from the training's seed, and its optimiser."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        companion = config.objective.companion(model.config.latent_dim)
    if companion is None:
        return None, None
    return companion.to(model.device), torch.optim.Adam(companion.parameters(), lr=0.0, betas=COMPANION_BETAS)


def _accompany(trainer: TrainerState, now: _StepPlan, forward: Pass, total: int) -> None:
    """One step of what the objective owns, at the learning rate of the model."""
    companion, optimizer = trainer.companion, trainer.companions
    if companion is None or optimizer is None:
        return
    _set_learning_rate(optimizer, now.rate)
    q, z = DiagonalNormal(*(part.detach() for part in forward.posterior)), forward.z.detach()
    batch = Batch(len(z), total, forward.decode, trainer.noise, companion, now.progress)
    optimizer.zero_grad()
    companion.learn(q, z, batch).backward()  # pyrefly: ignore[not-callable] (a `Companion`)
    optimizer.step()


class _Sums:
    """Sums of the terms of the images at the beta that is watched, over an epoch."""

    def __init__(self) -> None:
        # float64, where the images are, so that an accelerator is not asked at each step.
        self.terms: dict[str, Tensor] = {}
        self.count = 0

    def add(self, terms: Mapping[str, Tensor], count: int) -> None:
        """Those of the first `count` images of a batch."""
        self.count += count
        for name, term in terms.items():
            total = term.detach()[:count].double().sum()
            self.terms[name] = self.terms[name] + total if name in self.terms else total

    def curve(self) -> Curve:
        """Averages over the images."""
        others = {name: total.item() / self.count for name, total in self.terms.items()}
        return Curve(others.pop("recon"), others.pop("kl"), others)


def _draw(model: VAE, config: TrainConfig, steps: int, generator: torch.Generator) -> Sequence[float] | Tensor:
    """The beta of each of an epoch's batches, or the betas of its parts."""
    if model.config.beta_range is None:
        return [config.beta] * steps
    return draw_betas(model.config.beta_range, config.beta, steps, generator).to(model.device)


def _told(model: VAE, config: TrainConfig, labels: Tensor, generator: torch.Generator) -> Tensor:
    """The labels with shape (N,) that the model is told in an epoch: of one with classes some are dropped by chance, anew in each."""
    if not model.config.classes or not config.label_dropout:
        return labels
    dropped = torch.rand(len(labels), generator=generator) < config.label_dropout
    return labels.masked_fill(dropped.to(labels.device), NO_LABEL)


def _descend(loss: Tensor, learner: VAE, optimizer: torch.optim.Optimizer, most: float) -> Tensor:
    """One step along the gradient, whose norm is clipped; returns what it was before."""
    optimizer.zero_grad()
    loss.backward()
    norm = nn.utils.get_total_norm([p.grad for p in learner.parameters() if p.grad is not None])
    # On a CPU it costs nothing to ask and mostly saves the work; an accelerator would stand still for the answer.
    if learner.device.type != "cpu" or norm > most:
        nn.utils.clip_grads_with_norm_(learner.parameters(), most, norm)
    optimizer.step()
    return norm


def _hand_over(average: VAE, model: VAE) -> None:
    model.load_state_dict(average.state_dict())
    model.eval()


def _validation(
    model: VAE,
    held_out: ImageSet | None,
    config: TrainConfig,
    total: int,
    refinement: int,
    companion: nn.Module | None,
) -> tuple[Curve, tuple[float, ...]] | tuple[None, None]:
    """The objective's terms on the held-out images, and the KL of each dimension. The images stand for as many as are trained on, `total`,
    so that what an objective says of them all is of the same thing in both curves."""
    if held_out is None:
        return None, None
    posterior = posteriors(model, held_out, config.beta, refinement=refinement)
    sums, generator = _Sums(), torch.Generator(model.device).manual_seed(0)
    for which, x in batches(model, held_out):
        condition = condition_of(held_out, which, config.beta)
        decode = partial(model.likelihood, condition=condition)
        batch = Batch(len(x), total, decode, generator, companion)
        with torch.no_grad():
            if model.config.lower_dim:
                q, z = model.amortized(x, condition).draw(generator)
            else:
                q, z = DiagonalNormal(*(part[which].to(x.device) for part in posterior)).draw(generator)
            terms = config.objective(q, z, decode(z), model.prior, x, batch)
            sums.add(terms | model.kl_of_levels(q), len(x))
    curve = sums.curve()
    return curve, tuple(model.latent_prior.kl_by_dim(posterior.mean.numpy(), posterior.std.numpy()).tolist())


def _check_finite(average: VAE, totals: _Sums, where: str) -> None:
    """Raises `TrainingError` if a loss or a weight is not a number any more: once an epoch, because asking makes an accelerator
    wait, and what is not finite stays so."""
    sums = [parameter.detach().sum().double() for parameter in average.parameters()]
    if not torch.stack([*totals.terms.values(), *sums]).isfinite().all():
        raise TrainingError(f"{NOT_FINITE_MESSAGE} in {where}. Try a smaller learning_rate or max_grad_norm.")


def _split(data: ImageSet, config: TrainConfig, generator: torch.Generator) -> tuple[Tensor, ImageSet | None]:
    """Which images to fit, which stay where they are in memory, and those held out to watch."""
    held_out = config.held_out(len(data.images))
    if held_out == 0:
        return torch.arange(len(data.images)), None
    order = torch.randperm(len(data.images), generator=generator)
    return order[held_out:], data.subset(order[:held_out]).as_seen(config.seed)


def _decay_only_matrices(model: VAE, weight_decay: float) -> list[dict[str, object]]:
    """Parameter groups: biases are left alone, for pulling them to zero helps nobody, and so are modules that say that nothing `decays`."""
    still = [module for module in model.modules() if not getattr(module, "decays", True)]
    spared = {id(p) for module in still for p in module.parameters()} | {
        id(p) for p in model.parameters() if p.ndim <= 1
    }
    matrices = [p for p in model.parameters() if id(p) not in spared]
    others = [p for p in model.parameters() if id(p) in spared]
    return [{"params": matrices, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]


def _set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate


@torch.no_grad()
def _move_average(average: VAE, learner: VAE, decay: float, step: int) -> None:
    """Exponential moving average of the weights, shorter at the start so that the first weights are soon forgotten."""
    weight = 1 - min(decay, step / (step + 10))
    old: list[Tensor] = list(average.parameters())
    new: list[Tensor] = list(learner.parameters())
    torch._foreach_lerp_(old, new, weight)
    for own, other in zip(average.buffers(), learner.buffers(), strict=True):  # averages over batches already
        own.copy_(other)


def _keep_freed_memory() -> None:
    """Lets glibc hold on to what a step frees, which it otherwise returns to the system and fetches again at the next one.

    It learns what to keep from the largest block it has seen freed, and heeds none above 32 MiB. Elsewhere this does nothing.
    """
    torch.empty(31 << 20, dtype=torch.uint8)


def _autocast(device: torch.device):
    """bfloat16 where the processor multiplies it natively; elsewhere it would only cost accuracy."""
    if device.type == "cuda":
        fast = torch.cuda.is_bf16_supported()
    else:
        fast = device.type == "cpu" and (torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
    return torch.autocast(device.type, torch.bfloat16) if fast else nullcontext()
