r"""A tighter bound where latents have too many dimensions to integrate over: draws from several posteriors of each image.

The importance-weighted bound draws around one posterior, and can't tell of a mode that lies elsewhere. Here an image has S of them:
its own, and those that steps lead to from the latents of the other images that explain it best. The draws come from all alike, and
are weighed by the mixture of the S,

.. math::
    -\log p(x) \le -E \log \frac{1}{SK} \sum_{s=1}^S \sum_{k=1}^K \frac{p(x|z_{sk}) p(z_{sk})}{\frac{1}{S} \sum_r q_r(z_{sk}|x)}
    \qquad z_{sk} \sim q_s(z|x)

which is as much of a bound as any: how the posteriors were found only makes it tighter or looser.

Optimally Combining Sampling Techniques for Monte Carlo Rendering (Veach and Guibas, 1995)
https://doi.org/10.1145/218380.218498
"""

__all__ = ["COST", "COUNT", "STARTS", "bound_from_starts"]

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from vae.checks import check_whole
from vae.data.images import ImageSet, evenly_spaced
from vae.errors import VAEError
from vae.evaluation.bounds import condition_of, map_batches, posteriors
from vae.evaluation.estimates import Starts
from vae.models.config import MAX_STARTS, PLACES_ROOM
from vae.models.distributions import DiagonalNormal
from vae.models.refinement import Decode, refine
from vae.models.vae import VAE
from vae.progress import OnStep, part_of

COUNT = 300  # images that are looked at
COST = 200  # times as long as decoding an image takes finding one more posterior of it, roughly
STARTS = 4  # posteriors of an image, where nobody says how many
STEPS = 6  # of refinement from each start
MAX_CANDIDATES = 4096  # images whose latents are tried, at most
DECODE_BATCH = 500  # latents that are decoded at once


@torch.no_grad()
def bound_from_starts(
    model: VAE,
    data: ImageSet,
    draws: int,
    beta: float = 1.0,
    *,
    starts: int = STARTS,
    count: int = COUNT,
    given: DiagonalNormal | None = None,
    seed: int = 0,
    on_step: OnStep | None = None,
) -> Starts:
    """How much the bound falls, on `count` images of `data`, where `draws` of z come from each of so many posteriors of an image, rather
    than all from its own; `given` has what `vae.evaluation.bounds.posteriors` has found of all images. `on_step(done, n)` is called after
    each batch.

    Raises `VAEError` for fewer starts than one, and for more than `vae.models.config.MAX_STARTS` or there are images.
    """
    n, device = len(data.images), model.device
    check_whole("starts", starts, 1, min(MAX_STARTS, n))
    if model.config.lower_dim:
        raise VAEError(
            "starts: posteriors of two levels are the encoder's, and there is no search for them to begin elsewhere."
        )
    given = posteriors(model, data, beta) if given is None else given
    which = evenly_spaced(n, count)
    tried = evenly_spaced(n, max(starts, min(MAX_CANDIDATES, PLACES_ROOM // math.prod(model.config.image_shape))))
    some, own = data.subset(which), DiagonalNormal(*(part[which] for part in given))
    z, width = (part[tried].to(device) for part in given)
    prior = model.prior.log_prob(z)
    gains, done = torch.empty(len(which)), 0
    for condition, rows in model.relevant(condition_of(some, slice(None), beta)).groups(len(which)):
        decode = partial(model.likelihood, condition=condition)
        parts = [decode(latents) for latents in z.split(DECODE_BATCH)]
        pictures = type(parts[0]).cat(parts)

        def gain(
            at: slice, x: Tensor, rows: Tensor = rows, decode: Decode = decode, pictures: Any = pictures
        ) -> Tensor:
            """How much the bound of each image x falls, with shape (B,)."""
            images = rows[at]
            q = DiagonalNormal(*(part[images].to(device) for part in own))
            score = pictures.log_prob_of_all(x) + prior
            score[which[images].unsqueeze(1) == tried] = -math.inf  # its own latent is a start anyway
            heaviest = score.topk(starts - 1, 1).indices
            begun = [DiagonalNormal(z[start], width[start]) for start in heaviest.unbind(1)]
            refined = [refine(decode, model.prior, x, start, 1.0, steps=STEPS) for start in begun]
            generator = torch.Generator(device).manual_seed(seed + int(images[0]))
            bound = partial(_bound, model, decode, x, generator=generator)
            return (bound([q], draws * starts) - bound([q, *refined], draws)).cpu()

        on_part = part_of(on_step, done, len(which))
        gains[rows] = torch.cat(list(map_batches(model, some.subset(rows), gain, on_part, 50))).float()
        done += len(rows)
    return Starts(starts, draws * starts, gains.double().numpy())


def _bound(
    model: VAE,
    decode: Decode,
    x: Tensor,
    posteriors: Sequence[DiagonalNormal],
    each: int,
    *,
    generator: torch.Generator,
) -> Tensor:
    """Minus the bound of each image x, with shape (B,), by `each` draws from each of its posteriors."""
    weights: list[Tensor] = []
    for q in posteriors:
        for _ in range(each):
            z = q.rsample(generator)
            mixture = torch.stack([r.log_prob(z) for r in posteriors]).logsumexp(0) - math.log(len(posteriors))
            weights.append(decode(z).log_prob(x) + model.prior.log_prob(z) - mixture)
    return math.log(len(weights)) - torch.stack(weights).double().logsumexp(0)
