r"""What the bound is a bound of, by quadrature, on a line or a plane; and where the nats between the two are lost.

.. math::
    -\log p(x) = -\log \int p(x|z) p(z) dz
    \qquad
    F_\beta(x) = -\beta \log \int p(x|z)^{1/\beta} p(z) dz

No posterior q brings E_q[-log p(x|z)] + beta KL(q || p(z)) below F, which is -log p(x) at beta 1. What a model's posteriors cost
beyond it falls into three parts: what the best normal posterior with independent dimensions would still cost, the family's; what it
costs to be at another mode than that one; and what is missing to the best at the mode where it is, the encoder's.

The sum is over a grid that gets finer, image by image, for as long as its sums over every second place, which there are 2^D of,
disagree by more than `TOLERANCE` with it, or the sum over the grid before does, or one place has too much of the sum. The error over a
normal peak of width s falls as exp(-2 pi^2 s^2 / h^2) with the spacing h, so where halves agree within a twentieth, the sum over all
places is right within a millionth. What no place of the first grid sees, halves don't tell either, so the grid gets finer around
posteriors that were found by other means as well, until its places lie no further apart than these are wide.

Inference Suboptimality in Variational Autoencoders (Cremer et al., 2018)
https://arxiv.org/abs/1801.03558
"""

__all__ = ["COST", "COUNT", "Integral", "exact", "integrate"]

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from vae.data.images import ImageSet, evenly_spaced
from vae.errors import VAEError
from vae.evaluation.bounds import batches, condition_of, posteriors
from vae.evaluation.estimates import Exact
from vae.models.condition import Condition
from vae.models.config import INTEGRATION_REACH, PLACES
from vae.models.distributions import DiagonalNormal
from vae.models.places import RESOLVED_STD, Places, Search, decode_places
from vae.models.refinement import MIN_BETA
from vae.models.vae import VAE
from vae.progress import OnStep, part_of

Weigh = Callable[
    [Tensor, Tensor], Tensor
]  # of latents (P, D) for the images with numbers (P,): logarithms, with shape (P,)

TOLERANCE = 0.05  # nats
SHARE = (
    0.45  # of a sum that one place of a dimension may have; of a normal peak's 0.42, where it is as wide as the spacing
)
LEVELS = 6  # of grids, each twice as fine as the one before
FIRST_DEPTH = 30.0  # nats below the highest place, down to which a place of the first grid is looked at more closely: it may miss a peak
LATER_DEPTH = 16.0  # the same of the others
MAX_SCORES = 2**24  # of images by places, at once
COUNT = 500  # images that are integrated over
COST = 100  # times as long as decoding an image takes integrating over its latents, roughly
DECODE_BATCH = 2000  # places that are decoded at once
SETTLING_STEPS = 12  # steps after which a posterior has come to rest


class Integral(NamedTuple):
    """Logarithms of an integral over the latents for each of N images."""

    value: Tensor  # (N,), log of the integral of p(x|z)^power p(z)
    apart: Tensor  # (N,), nats by which sums over every second place disagree at the end


@torch.no_grad()
def integrate(
    model: VAE, x: Tensor, condition: Condition, power: float, places: Places, *, peaks: Sequence[DiagonalNormal] = ()
) -> Integral:
    """The integrals of p(x|z)^power p(z) for images x, with shape (B, C, H, W), under one condition. It begins at `places`, and
    doesn't miss what lies at the `peaks`, each with one posterior of each image."""
    weigh = partial(_weights, model, condition, power)
    size = max(1, MAX_SCORES // len(places.z))
    parts: list[Integral] = []
    for start in range(0, len(x), size):
        some = slice(start, start + size)
        at = [DiagonalNormal(q.mean[some], q.std[some]) for q in peaks]
        weight = power * places.likelihood.log_prob_of_all(x[some]) + model.prior.log_prob(places.z)  # (B, P)
        parts.append(_integrate(partial(weigh, x[some]), weight, places, at))
    return Integral(*(torch.cat(of_parts) for of_parts in zip(*parts, strict=True)))


def _integrate(weigh: Weigh, weight: Tensor, places: Places, peaks: Sequence[DiagonalNormal]) -> Integral:
    """The integral of what has the logarithms `weight`, with shape (B, P), at the places, and at others what `weigh` finds there."""
    dims, count, device = places.z.shape[1], len(weight), weight.device
    strides = places.side ** torch.arange(dims - 1, -1, -1, device=device)
    lattice = torch.arange(len(places.z), device=device).unsqueeze(1) // strides % places.side  # (P, D)
    spacing, origin = places.spacing, -places.reach
    values = weight.logsumexp(1) + dims * math.log(spacing)
    highest = weight.amax(1)
    halves = torch.stack([weight[:, half].logsumexp(1) for half in _halves(lattice)]) + dims * math.log(2 * spacing)
    apart = _apart(values, halves, highest + dims * math.log(spacing), dims)
    unseen, at = _narrower(peaks, origin, spacing, lattice[:0])
    apart[unseen] = math.inf
    image, place = ((weight > highest.unsqueeze(1) - FIRST_DEPTH) & (apart > TOLERANCE).unsqueeze(1)).nonzero(
        as_tuple=True
    )
    image, lattice = torch.cat([image, unseen]), torch.cat([lattice[place], at])
    for _ in range(LEVELS):
        if not len(image):
            break
        image, lattice = _finer(image, lattice)
        # The middles of the halves of a cell lie a quarter of it to both sides.
        origin, spacing = origin - spacing / 4, spacing / 2
        of_cells = weigh(image, origin + spacing * lattice)
        seen = image.unique()
        whole = _log_sums(of_cells, image, count) + dims * math.log(spacing)
        halves = torch.stack([_log_sums(of_cells[half], image[half], count) for half in _halves(lattice)])
        halves += dims * math.log(2 * spacing)
        highest = torch.full_like(values, -math.inf).scatter_reduce(0, image, of_cells, "amax")
        # The grid before has its say, too: peaks may lie so that all halves miss them alike.
        apart[seen] = _apart(whole, torch.cat([halves, values[None]]), highest + dims * math.log(spacing), dims)[seen]
        values[seen] = whole[seen]
        unseen, at = _narrower(peaks, origin, spacing, lattice[:0])
        apart[unseen] = math.inf
        counts = (of_cells > highest[image] - LATER_DEPTH) & (apart > TOLERANCE)[image]
        image, lattice = torch.cat([image[counts], unseen]), torch.cat([lattice[counts], at])
    return Integral(values, apart)


def _narrower(peaks: Sequence[DiagonalNormal], origin: float, spacing: float, none: Tensor) -> tuple[Tensor, Tensor]:
    """The peaks that are too narrow for places so far apart: numbers of their images, and whole coordinates of the places next to them,
    with shape (P, D); `none` has the shape (0, D)."""
    images, cells = [none[:, 0]], [none]
    for q in peaks:
        which = (q.std < RESOLVED_STD * spacing).any(1).nonzero().squeeze(1)
        images.append(which)
        cells.append(((q.mean[which] - origin) / spacing).round().long())
    return torch.cat(images), torch.cat(cells)


def _apart(whole: Tensor, halves: Tensor, largest: Tensor, dims: int) -> Tensor:
    """How far the logarithms of sums over every second place, with shape (2^D, B), are from that of the `whole`, with shape (B,); infinite
    where the `largest` place has so much of the sum that it is too narrow to tell: on both sides of a peak all halves are alike."""
    apart = (halves - whole).abs().amax(0)
    return torch.where(largest - whole > dims * math.log(SHARE), math.inf, apart)


def _halves(lattice: Tensor) -> Iterator[Tensor]:
    """Which of the places with these whole coordinates, with shape (P, D), are every second one, in each of the 2^D ways."""
    for corner in product((0, 1), repeat=lattice.shape[1]):
        yield (lattice % 2 == torch.tensor(corner, device=lattice.device)).all(1)


def _finer(image: Tensor, lattice: Tensor) -> tuple[Tensor, Tensor]:
    """The halves, in each dimension, of cells and of those next to them: images' numbers, and whole coordinates in the finer grid."""
    dims = lattice.shape[1]
    around = torch.tensor(list(product((-1, 0, 1), repeat=dims)), device=lattice.device)
    cells = torch.cat([image.unsqueeze(1), lattice], 1)
    near = (cells.unsqueeze(1) + F.pad(around, (1, 0))).flatten(0, 1).unique(dim=0)
    halves = torch.tensor(list(product((0, 1), repeat=dims)), device=lattice.device)
    return near[:, 0].repeat_interleave(len(halves)), (2 * near[:, None, 1:] + halves).flatten(0, 1)


def _weights(model: VAE, condition: Condition, power: float, *places: Tensor) -> Tensor:
    """log p(x|z)^power p(z), with shape (P,): `places` are the images x, the number of the one that each latent is for, with shape (P,),
    and the latents, with shape (P, D)."""
    x, image, z = places
    parts = [
        power * model.likelihood(some, condition).log_prob(x[which]) + model.prior.log_prob(some)
        for which, some in zip(image.split(DECODE_BATCH), z.split(DECODE_BATCH), strict=True)
    ]
    return torch.cat(parts)


def _log_sums(weight: Tensor, image: Tensor, count: int) -> Tensor:
    """The logarithm of the sum of the exponentials of each image's weights, with shape (count,)."""
    highest = torch.full((count,), -math.inf, device=weight.device).scatter_reduce(0, image, weight, "amax")
    sums = torch.zeros(count, dtype=torch.float64, device=weight.device)
    sums.index_add_(0, image, (weight - highest[image]).double().exp())
    return (sums.log() + highest).float()


@torch.no_grad()
def exact(
    model: VAE,
    data: ImageSet,
    beta: float = 1.0,
    *,
    count: int = COUNT,
    given: DiagonalNormal | None = None,
    on_step: OnStep | None = None,
) -> Exact:
    """Where the nats of the posteriors of `count` images of `data` are lost, for a model that acts for `beta`; `given` has what
    `vae.evaluation.bounds.posteriors` has found of all of them. `on_step(done, n)` is called after each batch.

    Raises `VAEError` for a model of more than two dimensions, and for images too large to sum over many places.
    """
    side = model.config.integration_side
    if side is None:
        raise VAEError(
            f"An integral over {model.config.latent_dim} latent dimensions and images of this size has too many places."
        )
    which = evenly_spaced(len(data.images), count)
    some = data.subset(which)
    own = posteriors(model, some, beta) if given is None else DiagonalNormal(*(part[which] for part in given))
    weight = max(MIN_BETA, model.trained_beta if model.config.beta_range is None else beta)
    lost = torch.empty(4, len(some.images))
    unresolved = done = 0
    everything = condition_of(some, slice(None), beta)
    for condition, rows in model.relevant(everything).groups(len(some.images)):
        q = DiagonalNormal(own.mean[rows], own.std[rows])
        on_part = part_of(on_step, done, len(some.images))
        lost[:, rows], open_ends = _lost(
            model, some.subset(rows), condition, weight=weight, side=side, given=q, on_step=on_part
        )
        unresolved, done = unresolved + open_ends, done + len(rows)
    return Exact(weight, unresolved, *lost.double().numpy())


def _lost(
    model: VAE,
    data: ImageSet,
    condition: Condition,
    *,
    weight: float,
    side: int,
    given: DiagonalNormal,
    on_step: OnStep | None,
) -> tuple[Tensor, int]:
    """What is lost of each image under one condition, as `Exact` has it, with shape (4, B); and of how many images sums disagree."""
    dims, decode = model.config.latent_dim, partial(model.likelihood, condition=condition)
    edge = model.latent_prior.edge
    wide = decode_places(decode, dims, side, model.device, INTEGRATION_REACH * edge)
    near = decode_places(decode, dims, max(2, min(PLACES, model.config.most_places)), model.device, edge)
    looking = Search(near, decode, model.prior, weight, SETTLING_STEPS)
    parts: list[Tensor] = []
    unresolved = 0
    for which, x in batches(model, data, 100, on_step):
        q = DiagonalNormal(*(part[which].to(x.device) for part in given))
        at_rest = looking.at_rest(x, q)
        best = looking(x, model.amortized(x, condition))
        cost, rest, least = (looking.objective(x, each) for each in (q, at_rest, best))
        rest = torch.minimum(cost, rest)
        least = torch.minimum(rest, least)
        peaks = q, at_rest, best
        tempered = integrate(model, x, condition, 1 / weight, wide, peaks=peaks)
        plain = tempered if weight == 1 else integrate(model, x, condition, 1.0, wide, peaks=peaks)
        bound = cost + (1 - weight) * model.prior.kl(q)
        # No posterior is better than the integral, so one that seems to be tells of a peak that wasn't seen.
        beyond = least + weight * tempered.value < -TOLERANCE
        unresolved += int((beyond | (tempered.apart > TOLERANCE) | (plain.apart > TOLERANCE)).sum())
        lost = [bound + plain.value, least + weight * tempered.value, rest - least, cost - rest]
        parts.append(torch.stack([each.cpu() for each in lost]))
    return torch.cat(parts, 1), unresolved
