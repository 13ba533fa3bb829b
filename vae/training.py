"""Training as a generator: the command line, the app and a notebook share this loop and draw their own progress."""

__all__ = ["best_device", "checkpoint_of", "train"]

import copy
import math
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime

import torch
from torch import Tensor, nn

import vae
from vae.checkpoint import Checkpoint, LatentPoints, TrainingSummary
from vae.config import TrainConfig
from vae.data import ImageSet
from vae.errors import TrainingError
from vae.metrics import evaluate, posteriors
from vae.model import VAE
from vae.objective import terms
from vae.progress import Curve, Progress


def train(
    model: VAE,
    data: ImageSet,
    config: TrainConfig,
    *,
    on_step: Callable[[int, int], bool | None] | None = None,
) -> Iterator[Progress]:
    """Trains `model` on `data` where the model lies, and yields once an epoch.

    At each yield, and after the last, `model` holds the moving average of the weights, in eval mode: the caller may
    evaluate or save it, and may stop by not asking for more. `on_step(done, steps)` is called after each batch and stops
    training by returning true; the model then holds the average of the last whole epoch.

    Raises `TrainingError` when the loss or the weights are no longer finite; the model holds those of the last whole epoch.
    """
    if len(data.images) == 0:
        raise TrainingError("data: there are no images to train on.")
    if data.image_shape != model.config.image_shape:
        raise TrainingError(
            f"data: images have shape {data.image_shape}, but the model takes {model.config.image_shape}."
        )
    _keep_freed_memory()
    device = model.device
    shuffle = torch.Generator().manual_seed(config.seed)
    noise = torch.Generator(device).manual_seed(config.seed)
    fit, held_out = _split(data, config, shuffle)
    images = fit.images.to(device)

    learner = copy.deepcopy(model).train()  # what the optimiser moves; `model` is its average
    average = copy.deepcopy(model)
    optimizer = torch.optim.AdamW(
        _decay_only_matrices(learner, config.weight_decay), lr=config.learning_rate, fused=True
    )
    per_epoch = math.ceil(len(images) / config.batch_size)
    steps = per_epoch * config.epochs
    started = time.monotonic()
    step = 0
    for epoch in range(1, config.epochs + 1):
        totals = torch.zeros(2, dtype=torch.float64, device=device)
        order = torch.randperm(len(images), generator=shuffle).to(device)
        beta = rate = 0.0
        for which in order.split(config.batch_size):
            beta = config.beta * config.schedule(step / steps)
            rate = _set_learning_rate(optimizer, config.learning_rate, step / steps)
            x = images.index_select(0, which).float() / 255
            with _autocast(device):
                recon, kl = terms(learner, x, beta, noise)
            loss = recon.mean() + beta * kl.mean()
            optimizer.zero_grad()
            loss.backward()
            norm = nn.utils.get_total_norm([p.grad for p in learner.parameters() if p.grad is not None])
            # Both numbers in one trip, because an accelerator stands still while it is asked for one.
            now, size = torch.stack([loss.detach(), norm]).tolist()
            if not math.isfinite(now) or not math.isfinite(size):
                raise TrainingError(
                    f"the loss is no longer finite in epoch {epoch} (learning rate {rate:.2g}, beta {beta:.2g}). "
                    "Try a smaller learning_rate or max_grad_norm."
                )
            if size > config.max_grad_norm:
                nn.utils.clip_grads_with_norm_(learner.parameters(), config.max_grad_norm, norm)
            optimizer.step()
            step += 1
            _move_average(average, learner, config.ema, step)
            totals += torch.stack([recon.detach().sum(), kl.detach().sum()])
            if on_step is not None and on_step(step, steps):
                return
        model.load_state_dict(average.state_dict())
        model.eval()
        recon_total, kl_total = (totals / len(images)).tolist()
        validation = None
        if held_out is not None:
            result = evaluate(model, held_out, samples=1)
            validation = Curve(result.recon, result.kl)
        yield Progress(
            epoch,
            config.epochs,
            beta,
            rate,
            Curve(recon_total, kl_total),
            validation,
            time.monotonic() - started,
        )


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
    on_step: Callable[[int, int], None] | None = None,
) -> Checkpoint:
    """The trained model as a checkpoint: evaluated at beta 1 on the whole test split, whose posteriors become its map.

    `data` is the name of the data set, `train_size` the number of images in its training split, and `progress` the last that
    `train` yielded.
    """
    result = evaluate(model, test, on_step=on_step)
    summary = TrainingSummary(
        data=data,
        train_size=train_size - int(train_size * config.validation_fraction),
        test_size=result.n,
        epochs=progress.epoch,
        train=config,
        recon=result.recon,
        kl=result.kl,
        loss=result.loss,
        samples=result.samples,
        seconds=progress.seconds,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        versions={"zscape": vae.__version__, "torch": torch.__version__, "python": platform.python_version()},
    )
    posterior = posteriors(model, test)
    points = LatentPoints(posterior.mean.numpy(), posterior.std.numpy(), test.labels.numpy(), test.classes)
    # Copied, so that a checkpoint stays what it is while the model is trained further.
    weights = {name: tensor.numpy(force=True).copy() for name, tensor in model.state_dict().items()}
    return Checkpoint(model.config, summary, weights, points)


def _split(data: ImageSet, config: TrainConfig, generator: torch.Generator) -> tuple[ImageSet, ImageSet | None]:
    """The images to fit, and those held out to watch."""
    held = int(len(data.images) * config.validation_fraction)
    if held == 0:
        return data, None
    order = torch.randperm(len(data.images), generator=generator)
    return data.subset(order[held:]), data.subset(order[:held])


def _decay_only_matrices(model: VAE, weight_decay: float) -> list[dict[str, object]]:
    """Parameter groups: biases are left alone, pulling them to zero helps nobody."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    biases = [p for p in model.parameters() if p.ndim <= 1]
    return [{"params": matrices, "weight_decay": weight_decay}, {"params": biases, "weight_decay": 0.0}]


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
