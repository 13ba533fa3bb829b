"""Training as a generator: the command line, the app and a notebook share this loop and draw their own progress."""

__all__ = ["best_device", "checkpoint_of", "train"]

import copy
import math
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime

import torch
from torch import Tensor, nn

from vae._version import __version__
from vae.checkpoints.checkpoint import Checkpoint, LatentPoints, TrainingSummary
from vae.checkpoints.keyframes import kl_by_dim
from vae.data.sources import ImageSet
from vae.errors import NOT_FINITE, TrainingError
from vae.evaluation.bounds import evaluate, posteriors, sweep, sweep_steps
from vae.models.config import TrainConfig
from vae.models.modules import GateModule
from vae.models.vae import VAE
from vae.progress import Curve, OnStep, Progress, part_of
from vae.training.objectives import PARTS, draw_betas, range_weight, terms, terms_apart, training_steps
from vae.training.state import Moving, TrainingState, purpose

# A second moment over some 100 steps rather than 1000, which follows sooner where the loss has just jumped.
ADAM_BETAS = (0.9, 0.99)


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

    A model whose network has a `beta_range` is trained for all of it: an eighth of every batch is at `config.beta`, which is what
    the yielded curves are of, and the rest all over the range.

    Where the model refines its posteriors and has four dimensions at most, or `config.augment` has images moved, each half learns
    by itself after `config.joint` of the training (`vae.training.objectives.terms_apart`), beginning with the learning rate at its peak
    again. The curves are then of posteriors refined as often as `vae.training.objectives.training_steps` says.

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
    device = model.device
    shuffle = torch.Generator().manual_seed(config.seed)
    noise = torch.Generator(device).manual_seed(config.seed)
    fit, held_out = _split(data, config, shuffle)
    images = data.images.to(device)

    model.trained_beta = config.beta
    # What the optimiser moves, and its moving average.
    learner, average = copy.deepcopy(model).train(), copy.deepcopy(model).eval()
    optimizer = torch.optim.AdamW(
        _decay_only_matrices(learner, config.weight_decay), lr=0.0, betas=ADAM_BETAS, fused=True
    )
    per_epoch = config.steps_per_epoch(len(data.images))
    steps = per_epoch * config.epochs
    peak = config.peak_rate(steps)
    together = round(config.joint * steps) if config.augment or training_steps(model) else steps
    moving = Moving(learner, average, optimizer, shuffle, noise)
    ours = purpose(model, data, config) if state is not None else {}
    done, seconds = _go_on(model, state, ours, moving)
    started = time.monotonic() - seconds
    step = done * per_epoch
    watch = watch or (lambda *_: None)
    if step == 0:
        watch(0, average, 0)
    for epoch in range(done + 1, config.epochs + 1):
        began = time.monotonic()
        totals = torch.zeros(4, dtype=torch.float64, device=device)
        order = fit[torch.randperm(len(fit), generator=shuffle)].to(device)
        drawn = _draw(model, config, per_epoch, shuffle)
        factor = rate = 0.0
        apart = False
        for place, which in enumerate(order.split(config.batch_size)):
            factor = config.schedule(step / steps)
            apart = step >= together
            rate = _set_learning_rate(
                optimizer, peak, (step - together) / (steps - together) if apart else step / together
            )
            x = images.index_select(0, which).float() / 255
            with _autocast(device):
                loss, watched = _loss(
                    learner, x, drawn[place], factor, noise, augment=config.augment if apart else None
                )
            norm = _descend(loss, learner, optimizer, config.max_grad_norm)
            step += 1
            _move_average(average, learner, config.ema, step)
            totals += torch.cat([watched, norm.double()[None]])
            watch(step, average, training_steps(model) if apart else 0)
            if on_step is not None and on_step(step, steps):
                return
        _check_finite(
            average, totals[:-1], f"epoch {epoch} (learning rate {rate:.2g}, beta {factor * config.beta:.2g})"
        )
        _hand_over(average, model)
        speed = len(fit) / (time.monotonic() - began)
        recon, kl, seen, norms = totals.tolist()
        # As the training curve has it.
        validation, by_dim = _validation(model, held_out, config, training_steps(model) if apart else 0)
        progress = Progress(
            epoch,
            config.epochs,
            factor * config.beta,
            rate,
            Curve(recon / seen, kl / seen),
            validation,
            time.monotonic() - started,
            by_dim,
            norms / per_epoch,
            speed,
        )
        if state is not None:
            state.take(ours, progress, moving)
        yield progress


def _go_on(model: VAE, state: TrainingState | None, purpose: dict[str, str], moving: Moving) -> tuple[int, float]:
    """Puts a training where its state has it: how many epochs are done, and how many seconds they took."""
    if state is None or state.progress is None:
        return 0, 0.0
    state.give(purpose, moving)
    _hand_over(moving.average, model)
    return state.progress.epoch, state.progress.seconds


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
        loss=result.recon + result.kl,
        samples=result.samples,
        seconds=progress.seconds,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        versions={"zscape": __version__, "torch": torch.__version__, "python": platform.python_version()},
        images=test.digest,
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
    model.config.check_beta(config.beta)
    if model.config.beta_range is not None and config.batch_size < PARTS:
        raise TrainingError(
            f"batch_size: a range of betas needs {PARTS} images a step or more, not {config.batch_size}, for each batch has "
            "that many betas."
        )


def _loss(
    model: VAE, x: Tensor, betas: float | Tensor, factor: float, noise: torch.Generator, *, augment: float | None
) -> tuple[Tensor, Tensor]:
    """The loss of a batch, and what its images at the beta that is watched add up to: reconstruction, KL, how many they are.

    `betas` is one for all, or one for each of the parts that the batch is split into; `factor` is the schedule's, and `augment` is None
    while both halves learn together.
    """
    batch, watched = len(x), len(x)
    told, weighted, weight = betas, factor * betas, 1.0
    if isinstance(betas, Tensor):
        parts = len(betas)
        each = betas[torch.arange(batch, device=x.device) * parts // batch]
        # Parts of one size can share their gates; those of an epoch's last batch may differ.
        told, weighted = each if batch % parts else betas, factor * each
        weight, watched = range_weight(weighted), -(-batch // parts)
    if augment is not None:
        encoders, found = terms_apart(model, x, told, weighted, augment=augment, generator=noise)
        loss = encoders.loss(weighted) + found.recon
    else:
        found = terms(model, x, told, noise)
        loss = found.loss(weighted)
    sums = [term.detach()[:watched].double().sum() for term in found]
    return (loss * weight).mean(), torch.stack([*sums, torch.full_like(sums[0], watched)])


def _draw(model: VAE, config: TrainConfig, steps: int, generator: torch.Generator) -> Sequence[float] | Tensor:
    """The beta of each of an epoch's batches, or the betas of its parts."""
    if model.config.beta_range is None:
        return [config.beta] * steps
    return draw_betas(model.config.beta_range, config.beta, steps, generator).to(model.device)


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
    model: VAE, held_out: ImageSet | None, config: TrainConfig, refinement: int
) -> tuple[Curve, tuple[float, ...]] | tuple[None, None]:
    """The terms on the held-out images, and the KL of each dimension."""
    if held_out is None:
        return None, None
    found = posteriors(model, held_out, config.beta, refinement=refinement)
    result = evaluate(model, held_out, config.beta, samples=1, refinement=refinement, given=found)
    return Curve(result.recon, result.kl), tuple(kl_by_dim(found.mean.numpy(), found.std.numpy()).tolist())


def _check_finite(average: VAE, totals: Tensor, where: str) -> None:
    """Raises `TrainingError` if a loss or a weight is not a number any more: once an epoch, because asking makes an accelerator
    wait, and what is not finite stays so."""
    sums = [parameter.detach().sum() for parameter in average.parameters()]
    if not torch.stack([totals.sum().float(), *sums]).isfinite().all():
        raise TrainingError(f"{NOT_FINITE} in {where}. Try a smaller learning_rate or max_grad_norm.")


def _split(data: ImageSet, config: TrainConfig, generator: torch.Generator) -> tuple[Tensor, ImageSet | None]:
    """Which images to fit, which stay where they are in memory, and those held out to watch."""
    held = config.held_out(len(data.images))
    if held == 0:
        return torch.arange(len(data.images)), None
    order = torch.randperm(len(data.images), generator=generator)
    return order[held:], data.subset(order[:held])


def _decay_only_matrices(model: VAE, weight_decay: float) -> list[dict[str, object]]:
    """Parameter groups: biases and gates are left alone, pulling them to zero helps nobody."""
    spared = {id(p) for module in model.modules() if isinstance(module, GateModule) for p in module.parameters()}
    spared |= {id(p) for p in model.parameters() if p.ndim <= 1}
    matrices = [p for p in model.parameters() if id(p) not in spared]
    others = [p for p in model.parameters() if id(p) in spared]
    return [{"params": matrices, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]


def _set_learning_rate(optimizer: torch.optim.Optimizer, peak: float, progress: float) -> float:
    """Linear over the first hundredth of training, then half a cosine down to zero."""
    rate = peak * min(1.0, (progress + 1e-4) / 0.01) * 0.5 * (1 + math.cos(math.pi * progress))
    for group in optimizer.param_groups:
        group["lr"] = rate
    return rate


@torch.no_grad()
def _move_average(average: VAE, learner: VAE, decay: float, step: int) -> None:
    """Exponential moving average of the weights, shorter at the start so that the first weights are soon forgotten."""
    weight = 1 - min(decay, step / (step + 10))
    old: list[Tensor] = list(average.parameters())
    torch._foreach_lerp_(old, list(learner.parameters()), weight)


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
