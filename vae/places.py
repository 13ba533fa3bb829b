r"""The places of a line or a plane, decoded once: where the search for a posterior begins.

In one and two dimensions there are few enough places to decode a grid of them. Against all of these an image is scored by one product of
matrices, which tells every mode of its posterior at once. An encoder knows one, and not always the best: where two kinds of image look
alike it answers somewhere between, and no step that follows the slope finds out.

The weight of a place z, for the beta that the KL is weighed by, is that of the tempered posterior:

.. math::
    w(z) \propto p(x|z)^{1/\beta} p(z)
"""

__all__ = ["REACH", "Places", "Search", "decode_places", "keep_mode"]

from itertools import product
from typing import NamedTuple

import torch
from torch import Tensor

from vae.distributions import DiagonalNormal, PixelDistribution
from vae.inference import Decode, missed, refine

REACH = 4.0  # standard deviations of the prior, out to which the grid goes
TOGETHER = 500  # places that are decoded at once
MAX_SCORES = 2**24  # of images by places, at once
NEARLY = 0.5  # nats, by which a mode that is kept may be worse than the best
SAME = 2.0  # standard deviations within which two posteriors are at one mode
LEAP = 0.4  # of a mean from one beta to the next: its mode has ended

# In distances between two places:
NARROWEST = 0.4  # standard deviation that a start has at least
FULL = 0.7  # standard deviation of places next to each other, from which on they can't tell how wide a posterior is
TOLD = 0.8  # standard deviation from which on sums over places are expectations, within a ten-thousandth
APART = 2.0  # from which on the encoder's guess is another place; and width from which on it may find another width


class Places(NamedTuple):
    """A grid of P places in D dimensions, evenly spaced from -`reach` to `reach`, and what is decoded there."""

    z: Tensor  # (P, D), the last dimension running fastest
    likelihood: PixelDistribution  # over (P, C, H, W)
    side: int  # places in each dimension
    reach: float = REACH

    @property
    def spacing(self) -> float:
        """Distance between neighbouring places."""
        return 2 * self.reach / (self.side - 1)

    def mean_of(self, values: Tensor, q: DiagonalNormal) -> Tensor:
        """E_q[values], with shape (B,), of what has `values` at the places, with shape (B, P)."""
        line = torch.linspace(-self.reach, self.reach, self.side, device=values.device)
        for mean, std in zip(q.mean.T.flip(0), q.std.T.flip(0), strict=True):  # the last dimension first
            share = (-0.5 * ((line - mean.unsqueeze(1)) / std.unsqueeze(1)).square()).softmax(1)
            values = torch.einsum("bpi,bi->bp", values.unflatten(1, (-1, self.side)), share)
        return values.squeeze(1)


def decode_places(decode: Decode, dims: int, side: int, device: torch.device, reach: float = REACH) -> Places:
    """The grid with `side` places in each of `dims` dimensions, decoded by `decode`, which takes latents with shape (B, D) to p(x|z)."""
    line = torch.linspace(-reach, reach, side, device=device)
    z = torch.cartesian_prod(*[line] * dims).reshape(-1, dims)
    parts = [decode(part) for part in z.split(TOGETHER)]
    return Places(z, type(parts[0]).cat(parts), side, reach)


class Search(NamedTuple):
    """How the posteriors of some images are looked for."""

    places: Places
    decode: Decode  # latents with shape (B, D) to p(x|z), as the places were decoded
    prior: DiagonalNormal
    beta: float  # weight of the KL
    steps: int  # of `refine`

    def __call__(self, x: Tensor, guess: DiagonalNormal) -> DiagonalNormal:
        """The best posteriors of images x, with shape (B, C, H, W), that steps lead to from two places: from the heaviest of all, and from
        the encoder's `guess` where that lies elsewhere. Where steps have made it worse, as they may where the posterior is wide, what
        they began at stays."""
        parts = [part.split(max(1, MAX_SCORES // len(self.places.z))) for part in (x, *guess)]
        found = [self._best(images, DiagonalNormal(*of_guess)) for images, *of_guess in zip(*parts, strict=True)]
        return DiagonalNormal(*(torch.cat(of_parts) for of_parts in zip(*found, strict=True)))

    def _best(self, x: Tensor, guess: DiagonalNormal) -> DiagonalNormal:
        scores = self.places.likelihood.log_prob_of_all(x)  # (B, P)
        start = _heaviest(self.places, scores / self.beta + self.prior.log_prob(self.places.z), guess.std)
        found = self._refined(x, start)
        least = self.objective(x, found, scores)
        _keep(found, least, start, self.objective(x, start, scores), torch.arange(len(x), device=x.device))
        apart = APART * self.places.spacing
        elsewhere = ((guess.mean - found.mean).norm(dim=1) > apart) | (found.std > apart).any(1)
        (which,) = elsewhere.nonzero(as_tuple=True)
        other = self._refined(x[which], _of(guess, which))
        _keep(found, least, other, self.objective(x[which], other, scores[which]), which)
        return found

    def _refined(self, x: Tensor, start: DiagonalNormal) -> DiagonalNormal:
        return refine(self.decode, x, start, self.beta, self.steps)

    def objective(self, x: Tensor, q: DiagonalNormal, scores: Tensor | None = None) -> Tensor:
        """E_q[-log p(x|z)] + beta KL(q || p(z)) of images x, in nats, with shape (B,), without draws: a sum over the places where q is wide
        enough for that, and by `missed` elsewhere. `scores`, with shape (B, P), are log p(x|z) at the places where they are known."""
        if scores is None:
            scores = self.places.likelihood.log_prob_of_all(x)
        found = self.beta * q.kl(self.prior)
        wide = (q.std >= TOLD * self.places.spacing).all(1)
        found[wide] -= self.places.mean_of(scores[wide], _of(q, wide))
        found[~wide] += missed(self.decode, x[~wide], _of(q, ~wide))
        return found


def keep_mode(search: Search, x: Tensor, best: DiagonalNormal, before: DiagonalNormal) -> tuple[DiagonalNormal, Tensor]:
    """Posteriors of images x that keep the mode of `before`, theirs for a beta nearby, where it is still there and its bound within
    `NEARLY` nats of that of the `best`; and whether each had to leave it, with shape (B,)."""
    (which,) = (~_near(search, best, before)).nonzero(as_tuple=True)
    images, old, new = x[which], _of(before, which), _of(best, which)
    followed = refine(search.decode, images, old, search.beta, search.steps)
    ended = (followed.mean - old.mean).norm(dim=1) > LEAP
    left = ended | (search.objective(images, followed) > search.objective(images, new) + NEARLY)
    left &= ~_near(search, new, followed)  # which found its way to the same
    keeps = ~left & ~_near(search, new, followed)
    kept = DiagonalNormal(*(part.clone() for part in best))
    for part, of_followed in zip(kept, followed, strict=True):
        part[which[keeps]] = of_followed[keeps]
    changed = torch.zeros(len(x), dtype=torch.bool, device=x.device)
    changed[which[left]] = True
    return kept, changed


def _near(search: Search, one: DiagonalNormal, other: DiagonalNormal) -> Tensor:
    """Whether two posteriors of each image are at one mode, with shape (B,)."""
    away = one.mean - other.mean
    return (away.norm(dim=1) <= search.places.spacing) | ((away / other.std).norm(dim=1) <= SAME)


def _of(q: DiagonalNormal, which: Tensor) -> DiagonalNormal:
    return DiagonalNormal(q.mean[which], q.std[which])


def _keep(found: DiagonalNormal, least: Tensor, other: DiagonalNormal, bounds: Tensor, which: Tensor) -> None:
    """Puts what is better of `other`, posteriors of images `which` with these bounds, in place of those that were found with the least."""
    better = bounds < least[which]
    for part, of_other in zip(found, other, strict=True):
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
    std = (weight * (z - mean.unsqueeze(1)).square()).sum(1).sqrt().clamp(min=NARROWEST * places.spacing)
    return DiagonalNormal(mean, torch.where(std > FULL * places.spacing, torch.maximum(std, width), std))
