"""How good a model is, on a whole split, in nats per image."""

__all__ = [
    "Bounds",
    "Evaluation",
    "ImportanceBound",
    "batches",
    "bounds",
    "condition_of",
    "evaluate",
    "followed",
    "importance_bound",
    "map_batches",
    "posteriors",
    "sweep",
    "sweep_steps",
]

import math
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from vae.checkpoints.keyframes import COUNT, Followed, Keyframes, first_betas, placed_betas
from vae.checks import check_whole
from vae.data.images import ImageSet
from vae.errors import VAEError
from vae.evaluation.estimates import standard_error
from vae.models.condition import Condition
from vae.models.config import MAX_DRAWS
from vae.models.distributions import DiagonalNormal
from vae.models.places import keep_mode
from vae.models.vae import VAE
from vae.progress import OnStep, part_of

PLANE = 2  # dimensions, up to which keyframes are for the eye
BATCH = 500  # images at once
PIECE = 5000  # latents that are decoded, at most, before there is a report
QUEUED_DRAWS = 4  # draws that wait for each core

T = TypeVar("T")

SAMPLE = 1000  # images by which the place of a keyframe is chosen


class Evaluation(NamedTuple):
    """The bound on a whole split."""

    n: int  # images
    beta: float
    recon: float  # nats per image, E_q[-log p(x|z)]
    kl: float  # nats per image, KL(q(z|x) || p(z)), as `LatentPrior.kl_estimator` says
    loss: float  # recon + beta kl
    samples: int  # draws of z for each image in the estimate of recon
    refinement: int  # steps to the posteriors that were used
    recon_standard_error: float  # over images
    kl_standard_error: float  # over images
    loss_standard_error: float  # over images
    draws_standard_error: float | None  # of recon, over draws of z; None with one draw
    kl_draws_standard_error: float | None  # of kl, over the draws of its own; None where it needs none
    floor: (
        float | None
    )  # of recon, nats that even a perfect decoder pays, because pixels are grey; None where they are no draws of 0 or 1
    kl_top: float | None = None  # the part of kl that the top of two levels has; None where there is one level

    @property
    def levels(self) -> dict[str, float]:
        """The KL of each of two levels, in nats per image, by what its curve is called."""
        return {} if self.kl_top is None else {"kl_top": self.kl_top, "kl_lower": self.kl - self.kl_top}


def evaluate(
    model: VAE,
    data: ImageSet,
    beta: float = 1.0,
    *,
    samples: int = 4,
    refinement: int | None = None,
    given: DiagonalNormal | None = None,
    seed: int = 0,
    batch_size: int = BATCH,
    on_step: OnStep | None = None,
) -> Evaluation:
    """The terms of the ELBO averaged over every image of `data`. The model acts for `beta`, if it can act for several. The
    posteriors are the model's own, or the encoder's refined by `refinement` steps (`VAE.posterior`); or `given` has what `posteriors`
    has found already, which of two levels is no more than a summary and not used.

    Reconstruction is a Monte-Carlo estimate with `samples` draws of z for each image. The KL takes no part in these draws: it is in
    closed form where the prior has one, and as `Prior.expected_kl` finds it elsewhere, by draws of its own; of two levels it is the
    average of that over the draws of the top. `on_step(done, n)` is called
    after each batch, and after every `PIECE` latents that were decoded. Raises `VAEError` for fewer samples than one, and for more than
    `vae.models.config.MAX_DRAWS`.
    """
    check_whole("samples", samples, 1, MAX_DRAWS)
    return _bounds(
        model,
        data,
        beta,
        draws=1,
        samples=samples,
        refinement=refinement,
        given=given,
        seed=seed,
        batch_size=batch_size,
        on_step=on_step,
    ).terms


class ImportanceBound(NamedTuple):
    """A bound on the likelihood of a whole split."""

    n: int  # images
    beta: float  # that the model acts for
    draws: int  # K, of z for each image
    nll: float  # nats per image, minus the bound: which -log p(x) is no more than where pixels are draws
    standard_error: float  # of `nll` as an estimate over draws, in nats
    image_standard_error: float  # of `nll` over images


def importance_bound(
    model: VAE,
    data: ImageSet,
    draws: int,
    beta: float = 1.0,
    *,
    given: DiagonalNormal | None = None,
    seed: int = 0,
    batch_size: int = BATCH,
    on_step: OnStep | None = None,
) -> ImportanceBound:
    """Minus the importance-weighted bound, -log 1/K sum_k p(x, z_k) / q(z_k|x) with z_k from q(z|x), averaged over every image of
    `data`. It falls towards -log p(x) as K, the number of `draws`, rises; with one draw it is minus the ELBO. `given` has what
    `posteriors` has found already.

    The standard error is that of the delta method, from the spread of the weights of each image; with one draw it is NaN.

    Importance Weighted Autoencoders (Burda et al., 2016)
    https://arxiv.org/abs/1509.00519
    """
    check_whole("draws", draws, 1, MAX_DRAWS)
    return _bounds(
        model,
        data,
        beta,
        draws=draws,
        samples=draws,
        refinement=None,
        given=given,
        seed=seed,
        batch_size=batch_size,
        on_step=on_step,
    ).importance


class Bounds(NamedTuple):
    """Both bounds, and what they say of each image."""

    terms: Evaluation
    importance: ImportanceBound
    errors: NDArray[np.float32]  # (N,), nats, E_q[-log p(x|z)] of each image; their average is `terms.recon`
    nll: NDArray[np.float32]  # (N,), minus the importance-weighted bound of each image


def bounds(
    model: VAE,
    data: ImageSet,
    draws: int,
    beta: float = 1.0,
    *,
    samples: int = 1,
    given: DiagonalNormal | None = None,
    seed: int = 0,
    batch_size: int = BATCH,
    on_step: OnStep | None = None,
) -> Bounds:
    """What `evaluate` and `importance_bound` find, from the same draws of z: one pass through the decoder for each. The reconstruction
    is averaged over all of them, which are `draws`, or `samples` where that is more.

    Raises `VAEError` for fewer draws than one, and for more than `vae.models.config.MAX_DRAWS`.
    """
    check_whole("draws", draws, 1, MAX_DRAWS)
    check_whole("samples", samples, 1, MAX_DRAWS)
    return _bounds(
        model,
        data,
        beta,
        draws=draws,
        samples=samples,
        refinement=None,
        given=given,
        seed=seed,
        batch_size=batch_size,
        on_step=on_step,
    )


class _Scores(NamedTuple):
    """K draws of z for each of the B images of a batch."""

    log_prob: torch.Tensor  # (K, B), log p(x|z_k), float64
    log_ratio: torch.Tensor  # (K, B), log p(z_k) / q(z_k|x), float64
    kl: torch.Tensor  # (B,), of the posterior to the prior, whatever was drawn
    kl_by_pair: (
        torch.Tensor | None
    )  # (P, B), as pairs of its own draws find it, or as each draw of the top does; they are independent
    kl_top: torch.Tensor | None  # (B,), the part of the KL that the top of two levels has


@torch.no_grad()
def _bounds(
    model: VAE,
    data: ImageSet,
    beta: float,
    *,
    draws: int,
    samples: int,
    refinement: int | None,
    given: DiagonalNormal | None,
    seed: int,
    batch_size: int,
    on_step: OnStep | None,
) -> Bounds:
    n, samples = len(data.images), max(draws, samples)
    tally = _Tally(n, draws)
    scored = _scores(
        model,
        data,
        beta,
        draws=samples,
        refinement=refinement,
        given=given,
        seed=seed,
        batch_size=batch_size,
        report=(lambda _: None) if on_step is None else (lambda images: on_step(int(images), n)),
    )
    # Whoever keeps the exception that stops it would keep its threads, too.
    with closing(scored):
        for which, scores in scored:
            tally.add(which, scores, model.config.likelihood.floor(data.floats(which)))
            if on_step is not None:
                on_step(min(which.stop, n), n)
    return tally.bounds(beta, samples, model.config.refinement if refinement is None else refinement)


class _Tally:
    """What both bounds are made of, added up batch by batch."""

    def __init__(self, n: int, draws: int) -> None:
        self.n = n  # images
        self.draws = draws  # of z for each image, in the importance-weighted bound
        self.errors, self.kl, self.nll = (np.empty(n) for _ in range(3))  # (N,) each, nats
        # Sums over images: the variances, over draws, of `nll` and of `errors`, NaN for one draw; and the floor, NaN where there is none.
        self.nll_variance = self.errors_variance = self.floor = 0.0
        self.kl_by_pair: np.ndarray | None = None  # (P,), sums over images
        self.kl_top: float | None = None  # sum over images

    def add(self, which: slice, scores: _Scores, floor: torch.Tensor | None) -> None:
        """A batch: the draws that were scored, and the floor of each image's reconstruction."""
        self.errors[which] = -scores.log_prob.mean(0).numpy(force=True)
        self.kl[which] = scores.kl.numpy(force=True)
        if scores.kl_by_pair is not None:
            pairs = scores.kl_by_pair.double().sum(1).numpy(force=True)
            self.kl_by_pair = pairs if self.kl_by_pair is None else self.kl_by_pair + pairs
        if scores.kl_top is not None:
            self.kl_top = (self.kl_top or 0.0) + scores.kl_top.double().sum().item()
        log_weights = scores.log_prob[: self.draws] + scores.log_ratio[: self.draws]
        log_mean = log_weights.logsumexp(0) - math.log(self.draws)
        self.nll[which] = -log_mean.numpy(force=True)
        # Var(log mean w) is about Var(w) / (K E[w]^2).
        relative = (log_weights - log_mean).exp()
        self.nll_variance += (relative.var(0) / self.draws).sum().item() if self.draws > 1 else math.nan
        count = len(scores.log_prob)
        self.errors_variance += (scores.log_prob.var(0) / count).sum().item() if count > 1 else math.nan
        self.floor += math.nan if floor is None else floor.double().sum().item()

    def bounds(self, beta: float, samples: int, refinement: int) -> Bounds:
        """The averages over all images, and their errors."""
        n, errors, kl, nll = self.n, self.errors, self.kl, self.nll
        loss = errors + beta * kl
        terms = Evaluation(
            n,
            beta,
            float(errors.mean()),
            float(kl.mean()),
            float(loss.mean()),
            samples,
            refinement,
            recon_standard_error=standard_error(errors),
            kl_standard_error=standard_error(kl),
            loss_standard_error=standard_error(loss),
            draws_standard_error=None if math.isnan(self.errors_variance) else math.sqrt(self.errors_variance) / n,
            kl_draws_standard_error=_over_draws(self.kl_by_pair, n),
            floor=None if math.isnan(self.floor) else self.floor / n,
            kl_top=None if self.kl_top is None else self.kl_top / n,
        )
        error = math.sqrt(self.nll_variance) / n
        bound = ImportanceBound(n, beta, self.draws, float(nll.mean()), error, standard_error(nll))
        return Bounds(terms, bound, errors.astype(np.float32), nll.astype(np.float32))


def _over_draws(sums: np.ndarray | None, n: int) -> float | None:
    """The standard error over draws of an average over n images, of what each draw makes of their sum; None of one draw."""
    return None if sums is None or len(sums) < 2 else standard_error(sums / n)


def _scores(
    model: VAE,
    data: ImageSet,
    beta: float,
    *,
    draws: int,
    refinement: int | None,
    given: DiagonalNormal | None,
    seed: int,
    batch_size: int,
    report: Callable[[float], object],
) -> Generator[tuple[slice, _Scores]]:
    """Batch by batch. The draws are the same on any number of cores. `report(images)` is called after every `PIECE` latents or so, with how
    many images that makes, and may raise what ends it."""
    generator = torch.Generator(model.device).manual_seed(seed)

    def score(z: torch.Tensor, x: torch.Tensor, condition: Condition, into: torch.Tensor) -> None:
        with torch.inference_mode():  # of this thread
            into.copy_(model.likelihood(z, condition).log_prob(x))

    waiting: deque[tuple[slice, _Scores]] = deque()
    under_way: deque[tuple[int, Future[None] | None]] = deque()  # which draw of its batch each is

    def drain(most: int) -> Iterator[tuple[slice, _Scores]]:
        """Waits until no more than `most` draws are under way; gives the batches that are done with."""
        while len(under_way) > most:
            k, work = under_way.popleft()
            if work is not None:
                work.result()
            which, scores = waiting[0]
            if k + 1 == draws:
                yield waiting.popleft()
            elif (k + 1) % max(1, PIECE // batch_size) == 0:
                report(which.start + (k + 1) / draws * scores.log_prob.shape[1])

    with _evaluating(model), _cores(model.device) as (count, pool):
        for which, x in _images(model, data, batch_size):
            condition = condition_of(data, which, beta)
            known = None if model.config.lower_dim else given
            posterior = model.posterior(x, condition, refinement) if known is None else _part(known, which, x.device)
            log_prob, log_ratio = (torch.empty(draws, len(x), dtype=torch.float64, device=x.device) for _ in range(2))
            pairs = model.prior.kl_by_pair(posterior)
            kl = model.prior.kl(posterior) if pairs is None else pairs.mean(0)
            top = torch.zeros_like(kl) if model.config.lower_dim else None
            pairs = kl.new_empty(draws, len(x)) if model.config.lower_dim else pairs
            waiting.append((which, _Scores(log_prob, log_ratio, kl, pairs, top)))
            for k in range(draws):
                drawn_from, z = posterior.draw(generator)
                log_ratio[k] = model.prior.log_prob(z) - drawn_from.log_prob(z)
                if top is not None and pairs is not None:
                    pairs[k] = model.prior.kl(drawn_from)
                    kl += (pairs[k] - kl) / (k + 1)
                    top += (model.kl_of_levels(drawn_from)["kl_top"] - top) / (k + 1)
                if pool is None:
                    score(z, x, condition, log_prob[k])
                under_way.append((k, pool.submit(score, z, x, condition, log_prob[k]) if pool else None))
                yield from drain(0 if pool is None else QUEUED_DRAWS * count)
        yield from drain(0)


@contextmanager
def _cores(device: torch.device) -> Iterator[tuple[int, ThreadPoolExecutor | None]]:
    """A pool of as many threads as PyTorch may use, to give a batch each. Where they share a batch instead, each waits for all others at
    the end of every layer, and as soon as another program wants a core too, that is most of the time. None where there is no choice."""
    count = torch.get_num_threads()
    if device.type != "cpu" or count == 1:
        yield 1, None
        return
    pool = ThreadPoolExecutor(count, "batches", lambda: torch.set_num_threads(1))
    try:
        yield count, pool
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(count)  # threads to come begin with what was said last


@torch.no_grad()
def posteriors(
    model: VAE,
    data: ImageSet,
    beta: float = 1.0,
    *,
    refinement: int | None = None,
    batch_size: int = BATCH,
    on_step: OnStep | None = None,
) -> DiagonalNormal:
    """q(z|x) of every image of `data`: means and standard deviations, each with shape (N, D), on the CPU: the model's own, or the
    encoder's refined by `refinement` steps. `on_step(done, n)` is called after each batch."""
    by_batch = map_batches(
        model,
        data,
        lambda which, x: model.posterior(x, condition_of(data, which, beta), refinement),
        on_step,
        batch_size,
    )
    return DiagonalNormal(*(torch.cat(parts).cpu() for parts in zip(*by_batch, strict=True)))


def map_batches(
    model: VAE,
    data: ImageSet,
    work: Callable[[slice, torch.Tensor], T],
    on_step: OnStep | None,
    batch_size: int = BATCH,
) -> Iterator[T]:
    """What `work` makes of each batch of images, in their order; several at a time where there are cores for them."""
    n = len(data.images)

    @torch.no_grad()
    def alone(which: slice, x: torch.Tensor) -> T:
        return work(which, x)

    def report(which: slice) -> None:
        if on_step is not None:
            on_step(min(which.stop, n), n)

    under_way: deque[tuple[slice, Future[T]]] = deque()
    with _evaluating(model), _cores(model.device) as (count, pool):
        for which, x in _images(model, data, batch_size):
            if pool is None:
                yield alone(which, x)
                report(which)
                continue
            under_way.append((which, pool.submit(alone, which, x)))
            if len(under_way) > count:
                done, future = under_way.popleft()
                yield future.result()
                report(done)
        for done, future in under_way:
            yield future.result()
            report(done)


@torch.no_grad()
def sweep(
    model: VAE,
    data: ImageSet,
    watched: float = 1.0,
    *,
    samples: int = 4,
    on_step: OnStep | None = None,
) -> Keyframes:
    """What a model for a range of betas does with every image of `data` at the betas of its keyframes, of which `watched` is one. On
    a line or a plane whose modes are searched, points keep theirs from there on (`vae.checkpoints.keyframes`).

    Reconstruction is estimated as `evaluate` does it. `on_step(done, n)` is called after each batch, n being `sweep_steps`. Raises
    `VAEError` for a model for a single beta.
    """
    if model.config.beta_range is None:
        raise VAEError("This model was trained at a single beta, so there is no range to sweep.")
    betas = first_betas(*model.config.beta_range, watched, model.config.latent_dim)
    n = len(data.images)
    steps, done = sweep_steps(model, n, watched), 0
    if model.config.latent_dim <= PLANE:
        some = data.subset(torch.arange(0, n, max(1, n // SAMPLE)))
        at: dict[float, DiagonalNormal] = {}

        def follow(beta: float, before: float | None) -> Followed:
            nonlocal done
            came = None if before is None else at[before]
            seen = list(followed(model, some, beta, came, part_of(on_step, done, steps)))
            at[beta] = DiagonalNormal(*(torch.cat(parts) for parts in zip(*(one.tracked for one in seen), strict=True)))
            done += len(some.images)
            return Followed(at[beta].mean.numpy(), torch.cat([one.changed for one in seen]).numpy())

        betas = placed_betas(betas, watched, follow)
    mean, std = (np.empty((len(betas), n, model.config.latent_dim), np.float32) for _ in range(2))
    recon, kl = np.zeros(len(betas)), np.zeros(len(betas))
    changes: list[NDArray[np.int32]] = []
    first = betas.index(watched)
    outward = [(first, None), *((k, k - 1) for k in range(first + 1, len(betas)))]
    outward += [(k, k + 1) for k in range(first - 1, -1, -1)]
    for k, before in outward:
        beta = betas[k]
        came = None if before is None else DiagonalNormal(torch.from_numpy(mean[before]), torch.from_numpy(std[before]))
        generator = torch.Generator(model.device).manual_seed(0)
        for which, x, best, tracked, changed in followed(model, data, beta, came, part_of(on_step, done, steps)):
            mean[k, which], std[k, which] = (part.numpy() for part in tracked)
            if before is not None and changed.any():
                (points,) = changed.numpy().nonzero()
                changes.append(
                    np.stack([np.full(len(points), min(k, before)), which.start + points], 1).astype(np.int32)
                )
            kl[k] += model.prior.kl(best).double().sum().item() / n
            for _ in range(samples):
                likelihood = model.likelihood(best.rsample(generator), condition_of(data, which, beta))
                recon[k] -= likelihood.log_prob(x).double().sum().item() / (n * samples)
        done += n
    pairs = np.concatenate(changes) if changes else np.empty((0, 2), np.int32)
    pairs = pairs[np.lexsort(pairs.T[::-1])]
    return Keyframes(np.array(betas, np.float32), mean, std, recon.astype(np.float32), kl.astype(np.float32), pairs)


class Seen(NamedTuple):
    """Some images at a beta."""

    which: slice
    x: torch.Tensor  # (B, C, H, W)
    best: DiagonalNormal  # where the model lies
    tracked: DiagonalNormal  # at the mode from which they came, on the CPU
    changed: torch.Tensor  # (B,), on the CPU


def followed(
    model: VAE, data: ImageSet, beta: float, came: DiagonalNormal | None, on_step: OnStep | None = None
) -> Iterator[Seen]:
    """The images of `data` at a beta: their best posteriors, and those that keep the mode from which they `came`, if any."""
    searching = bool(model.config.places and model.config.refinement)

    def see(which: slice, x: torch.Tensor) -> Seen:
        condition = condition_of(data, which, beta)
        best = model.posterior(x, condition)
        tracked, changed = best, torch.zeros(len(x), dtype=torch.bool)
        if came is not None and searching:
            tracked, changed = _track(model, condition, x, best, _part(came, which, x.device))
        return Seen(which, x, best, DiagonalNormal(*(part.cpu() for part in tracked)), changed.cpu())

    return map_batches(model, data, see, on_step)


def _track(
    model: VAE, condition: Condition, x: torch.Tensor, best: DiagonalNormal, before: DiagonalNormal
) -> tuple[DiagonalNormal, torch.Tensor]:
    """`keep_mode` of images under conditions of their own."""
    tracked = DiagonalNormal(best.mean.clone(), best.std.clone())
    changed = torch.zeros(len(x), dtype=torch.bool, device=x.device)
    for each, rows in model.relevant(condition).groups(len(x)):
        parts = (DiagonalNormal(q.mean[rows], q.std[rows]) for q in (best, before))
        (tracked.mean[rows], tracked.std[rows]), changed[rows] = keep_mode(model.search(each), x[rows], *parts)
    return tracked, changed


def condition_of(data: ImageSet, which: slice | torch.Tensor, beta: float) -> Condition:
    """What a model is conditioned on for these images of `data`: the beta, and a class-conditional one on the image's own."""
    return Condition(beta, data.labels[which])


def sweep_steps(model: VAE, count: int, watched: float = 1.0) -> int:
    """How often a sweep looks at one of `count` images."""
    assert model.config.beta_range is not None
    if model.config.latent_dim > PLANE:
        return count * len(first_betas(*model.config.beta_range, watched, model.config.latent_dim))
    return count * COUNT + len(range(0, count, max(1, count // SAMPLE))) * (2 * COUNT - 1)


def _part(posterior: DiagonalNormal, which: slice, device: torch.device) -> DiagonalNormal:
    return DiagonalNormal(posterior.mean[which].to(device), posterior.std[which].to(device))


@contextmanager
def _evaluating(model: VAE) -> Iterator[None]:
    """The model is in eval mode meanwhile, and then again as it was."""
    was_training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(was_training)


def _images(model: VAE, data: ImageSet, batch_size: int) -> Iterator[tuple[slice, torch.Tensor]]:
    for start in range(0, len(data.images), batch_size):
        which = slice(start, start + batch_size)
        yield which, data.floats(which).to(model.device)


def batches(
    model: VAE, data: ImageSet, batch_size: int = BATCH, on_step: OnStep | None = None
) -> Iterator[tuple[slice, torch.Tensor]]:
    """Every image of `data` where the model lies, with shape (B, C, H, W), and which they are. The model is in eval mode
    meanwhile, and then again as it was."""
    n = len(data.images)
    with _evaluating(model):
        for which, x in _images(model, data, batch_size):
            yield which, x
            if on_step is not None:
                on_step(min(which.stop, n), n)
