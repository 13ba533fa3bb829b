r"""The places of a line or a plane, decoded once: where the search for a posterior begins.

In one and two dimensions there are few enough places to decode a grid of them. Against all of these an image is scored by one product of
matrices, which tells every mode of its posterior at once. An encoder knows one, and not always the best: where two kinds of image look
alike it answers somewhere between, and no step that follows the slope finds out.

The weight of a place z, for the beta that the KL is weighed by, is that of the tempered posterior:

.. math::
    w(z) \propto p(x|z)^{1/\beta} p(z)
"""

__all__ = ["Places", "Search", "decode_places", "keep_mode"]

from itertools import product
from typing import NamedTuple

import torch
from torch import Tensor

from vae.models.distributions import DiagonalNormal, PixelDistribution
from vae.models.modules import PriorModule
from vae.models.priors.base import Pull
from vae.models.refinement import Decode, missed, refine

DECODE_BATCH = 500  # places that are decoded at once
MAX_SCORES = 2**24  # of images by places, at once
OBJECTIVE_TOLERANCE = 0.5  # nats, by which a mode that is kept may be worse than the best
MODE_RADIUS = 2.0  # standard deviations within which two posteriors are at one mode
SETTLING_STEPS = 16  # steps that bring a wide posterior to rest
MAX_COUPLING = 0.9  # of what two dimensions may pull at each other
LEAP = 0.4  # of a mean from one beta to the next: its mode has ended

# In distances between two places:
MIN_START_STD = 0.4  # standard deviation that a start has at least
STD_LIMIT = 0.7  # standard deviation of neighbouring places, from which on they can't tell how wide a posterior is
RESOLVED_STD = 0.8  # standard deviation from which on sums over places are expectations, within a ten-thousandth
GUESS_DISTANCE = (
    2.0  # from which on the encoder's guess is another place; and width from which on it may find another width
)


class Places(NamedTuple):
    """A grid of P places in D dimensions, evenly spaced from -`reach` to `reach`, and what is decoded there."""

    z: Tensor  # (P, D), the last dimension running fastest
    likelihood: PixelDistribution  # over (P, C, H, W)
    side: int  # places in each dimension
    reach: float  # the prior's edge (`LatentPrior.edge`), or some of them

    @property
    def spacing(self) -> float:
        """Distance between neighbouring places."""
        return 2 * self.reach / (self.side - 1)

    def moments(self, values: Tensor, q: DiagonalNormal) -> Tensor:
        """E_q[values u^k], with shape (B, 3^D), of what has `values` at the places, with shape (B, P), and u = (z - mean) / std: for powers
        k of 0, 1 and 2 in each dimension, those of the last running fastest."""
        line = torch.linspace(-self.reach, self.reach, self.side, device=values.device)
        sums = values.unsqueeze(2)  # (B, places of the dimensions to come, powers of those that are done)
        for mean, std in zip(q.mean.T.flip(0), q.std.T.flip(0), strict=True):  # the last dimension first
            u = (line - mean.unsqueeze(1)) / std.unsqueeze(1)
            share = (-0.5 * u.square()).softmax(1)
            powers = torch.stack([share, share * u, share * u.square()], 1)  # (B, 3, side)
            sums = torch.einsum("bpik,bji->bpjk", sums.unflatten(1, (-1, self.side)), powers).flatten(2)
        return sums.squeeze(1)


def decode_places(decode: Decode, dims: int, side: int, device: torch.device, reach: float) -> Places:
    """The grid with `side` places in each of `dims` dimensions, decoded by `decode`, which takes latents with shape (B, D) to p(x|z)."""
    line = torch.linspace(-reach, reach, side, device=device)
    z = torch.cartesian_prod(*[line] * dims).reshape(-1, dims)
    parts = [decode(part) for part in z.split(DECODE_BATCH)]
    return Places(z, type(parts[0]).cat(parts), side, reach)


class Search(NamedTuple):
    """How the posteriors of some images are looked for."""

    places: Places
    decode: Decode  # latents with shape (B, D) to p(x|z), as the places were decoded
    prior: PriorModule
    beta: float  # weight of the KL
    steps: int  # of `refine`

    def __call__(self, x: Tensor, guess: DiagonalNormal) -> DiagonalNormal:
        """The best posteriors of images x, with shape (B, C, H, W), that steps lead to: from the heaviest of all places, from the encoder's
        `guess` where that lies elsewhere, and from the mean and the width of all places' weights where places tell such a width."""
        parts = [part.split(max(1, MAX_SCORES // len(self.places.z))) for part in (x, *guess)]
        posteriors = [self._best(images, DiagonalNormal(*of_guess)) for images, *of_guess in zip(*parts, strict=True)]
        return DiagonalNormal(*(torch.cat(of_parts) for of_parts in zip(*posteriors, strict=True)))

    def _best(self, x: Tensor, guess: DiagonalNormal) -> DiagonalNormal:
        scores = self.places.likelihood.log_prob_of_all(x)  # (B, P)
        weight = scores / self.beta + self.prior.log_prob(self.places.z)
        best, least = self.follow(x, _heaviest(self.places, weight, guess.std), scores)
        apart = GUESS_DISTANCE * self.places.spacing
        elsewhere = ((guess.mean - best.mean).norm(dim=1) > apart) | (best.std > apart).any(1)
        (which,) = elsewhere.nonzero(as_tuple=True)
        _keep(best, least, *self.follow(x[which], _of(guess, which), scores[which]), which)
        whole = _spread(self.places, weight)
        (which,) = self._resolved(whole).nonzero(as_tuple=True)
        _keep(best, least, *self._converged(_of(whole, which), scores[which]), which)
        return best

    def follow(self, x: Tensor, start: DiagonalNormal, scores: Tensor) -> tuple[DiagonalNormal, Tensor]:
        """Where steps lead from `start`, and the objective there, with shape (B,): never worse. `scores`, with shape (B, P), are log p(x|z)
        at the places."""
        best = refine(self.decode, self.prior, x, start, self.beta, steps=self.steps)
        least, before = (self.objective(x, q, scores) for q in (best, start))
        _keep(best, least, start, before, torch.arange(len(x), device=x.device))  # steps may end worse where q is wide
        (which,) = self._resolved(best).nonzero(as_tuple=True)
        _keep(best, least, *self._converged(_of(best, which), scores[which]), which)
        return best, least

    def at_rest(self, x: Tensor, q: DiagonalNormal) -> DiagonalNormal:
        """Posteriors `q` of images x brought to rest at the modes where they are: wide ones by damped steps, which go downhill, and narrow
        ones by those of `refine`, which may cycle where a mode is bent. Never worse."""
        scores = self.places.likelihood.log_prob_of_all(x)
        best, least = DiagonalNormal(q.mean.clone(), q.std.clone()), self.objective(x, q, scores)
        resolved = self._resolved(q)
        (wide,), (narrow,) = resolved.nonzero(as_tuple=True), (~resolved).nonzero(as_tuple=True)
        _keep(best, least, *self._converged(_of(q, wide), scores[wide]), wide)
        _keep(best, least, *self.follow(x[narrow], _of(q, narrow), scores[narrow]), narrow)
        return best

    def _resolved(self, q: DiagonalNormal) -> Tensor:
        """Whether sums over the places are expectations, with shape (B,)."""
        return (q.std >= RESOLVED_STD * self.places.spacing).all(1)

    def _converged(self, q: DiagonalNormal, scores: Tensor) -> tuple[DiagonalNormal, Tensor]:
        """Wide posteriors brought to rest by damped steps of Newton's method, for which sums over the places have the derivatives; and the
        objective there."""
        highest = scores.amax(1, keepdim=True)  # near it nothing is lost to rounding
        best, least = q, torch.full_like(q.mean[:, 0], torch.inf)
        trial, share = q, torch.ones_like(least)
        step = DiagonalNormal(
            torch.zeros_like(q.mean), torch.zeros_like(q.std)
        )  # of the mean in deviations, and of log std
        for _ in range(SETTLING_STEPS):
            moments = self.places.moments(highest - scores, trial)
            cost = moments[:, 0] + self.beta * self.prior.kl(trial)
            better = (cost < least) & self._resolved(trial)
            best, least = _either(better, trial, best), torch.where(better, cost, least)
            step = _either(better, _newton(trial, self.prior.pull(trial), moments, self.beta), step)
            share = torch.where(better, (2 * share).clamp(max=1), share / 4)
            part = share.unsqueeze(1)
            trial = DiagonalNormal(best.mean + best.std * part * step.mean, best.std * (part * step.std).exp())
        return best, least - highest.squeeze(1)

    def objective(self, x: Tensor, q: DiagonalNormal, scores: Tensor | None = None) -> Tensor:
        """E_q[-log p(x|z)] + beta KL(q || p(z)) of images x, in nats, with shape (B,), without draws: a sum over the places where q is wide
        enough for that, and by `missed` elsewhere. `scores`, with shape (B, P), are log p(x|z) at the places where they are known."""
        if scores is None:
            scores = self.places.likelihood.log_prob_of_all(x)
        cost = self.beta * self.prior.kl(q)
        wide = self._resolved(q)
        cost[wide] -= self.places.moments(scores[wide], _of(q, wide))[:, 0]
        cost[~wide] += missed(self.decode, x[~wide], _of(q, ~wide))
        return cost


def keep_mode(search: Search, x: Tensor, best: DiagonalNormal, before: DiagonalNormal) -> tuple[DiagonalNormal, Tensor]:
    """Posteriors of images x that keep the mode of `before`, theirs for a beta nearby, where it is still there and its bound within
    `OBJECTIVE_TOLERANCE` nats of that of the `best`; and whether each had to leave it, with shape (B,)."""
    (which,) = (~_near(search, best, before)).nonzero(as_tuple=True)
    images, old, new = x[which], _of(before, which), _of(best, which)
    scores = search.places.likelihood.log_prob_of_all(images)
    followed, cost = search.follow(images, old, scores)
    ended = ((followed.mean - old.mean).norm(dim=1) > LEAP) & ~_near(search, followed, old)
    same = _near(search, new, followed)
    left = ended | ((cost > search.objective(images, new, scores) + OBJECTIVE_TOLERANCE) & ~same)
    keeps = ~left & ~same
    posteriors = DiagonalNormal(*(part.clone() for part in best))
    for part, of_followed in zip(posteriors, followed, strict=True):
        part[which[keeps]] = of_followed[keeps]
    changed = torch.zeros(len(x), dtype=torch.bool, device=x.device)
    changed[which[left]] = True
    return posteriors, changed


def _near(search: Search, one: DiagonalNormal, other: DiagonalNormal) -> Tensor:
    """Whether two posteriors of each image are at one mode, with shape (B,)."""
    away = one.mean - other.mean
    return (away.norm(dim=1) <= search.places.spacing) | ((away / other.std).norm(dim=1) <= MODE_RADIUS)


def _newton(q: DiagonalNormal, pull: Pull, moments: Tensor, beta: float) -> DiagonalNormal:
    """The way to where the objective is at rest, as its derivatives have it: of the mean in standard deviations, and of log std."""
    dims = q.mean.shape[1]
    place = 3 ** torch.arange(dims - 1, -1, -1, device=moments.device)  # of the power 1 of each dimension
    first = moments[:, place] + beta * pull.first
    second = moments[:, 2 * place] - moments[:, :1]
    weight = beta * pull.second
    stiff = second.clamp(min=0) + weight
    coupling = moments[:, place.unsqueeze(0) + place.unsqueeze(1)]
    bound = MAX_COUPLING * (stiff.unsqueeze(1) * stiff.unsqueeze(2)).sqrt()  # or the matrix might not be positive
    coupling = coupling.clamp(-bound, bound)
    coupling.diagonal(dim1=1, dim2=2).copy_(stiff)
    away = -torch.linalg.solve(coupling, first.unsqueeze(2)).squeeze(2)
    length = away.norm(dim=1, keepdim=True).clamp(min=1)
    narrower = (1 + second / weight).clamp(min=0.25)  # than the prior alone would have it, as a factor on the precision
    return DiagonalNormal(away / length, (-0.5 * narrower.log() - pull.second.sqrt().log()).clamp(-0.7, 0.7))


def _spread(places: Places, log_weight: Tensor) -> DiagonalNormal:
    """Mean and standard deviation of all weights, with shape (B, P)."""
    share = log_weight.softmax(1)
    mean = share @ places.z
    return DiagonalNormal(mean, (share @ places.z.square() - mean.square()).clamp(min=1e-12).sqrt())


def _either(one: Tensor, a: DiagonalNormal, b: DiagonalNormal) -> DiagonalNormal:
    """`a` where it is to be the one, with shape (B,), and else `b`."""
    return DiagonalNormal(*(torch.where(one.unsqueeze(1), x, y) for x, y in zip(a, b, strict=True)))


def _of(q: DiagonalNormal, which: Tensor) -> DiagonalNormal:
    return DiagonalNormal(q.mean[which], q.std[which])


def _keep(best: DiagonalNormal, least: Tensor, other: DiagonalNormal, bounds: Tensor, which: Tensor) -> None:
    """Puts what is better of `other`, posteriors of images `which` with these bounds, in place of those that were found with the least."""
    better = bounds < least[which]
    for part, of_other in zip(best, other, strict=True):
        part[which[better]] = of_other[better]
    least[which[better]] = bounds[better]


def _heaviest(places: Places, log_weight: Tensor, width: Tensor) -> DiagonalNormal:
    """Mean and standard deviation of the weights, with shape (B, P), at the heaviest place and next to it. `width`, with shape (B, D), is a
    standard deviation to begin with where it is wider than such a neighbourhood tells."""
    dims = places.z.shape[1]
    best = log_weight.argmax(1)
    strides = places.side ** torch.arange(dims - 1, -1, -1, device=best.device)
    at = best.unsqueeze(1) // strides % places.side  # (B, D)
    around = torch.tensor(list(product((-1, 0, 1), repeat=dims)), device=best.device)
    near = ((at.unsqueeze(1) + around).clamp(0, places.side - 1) * strides).sum(2)  # (B, 3^D)
    weight = log_weight.gather(1, near).softmax(1).unsqueeze(2)
    z = places.z[near]
    mean = (weight * z).sum(1)
    std = (weight * (z - mean.unsqueeze(1)).square()).sum(1).sqrt().clamp(min=MIN_START_STD * places.spacing)
    return DiagonalNormal(mean, torch.where(std > STD_LIMIT * places.spacing, torch.maximum(std, width), std))
