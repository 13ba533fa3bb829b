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

__all__ = ["COST", "COUNT", "SEVERAL", "bound_from_starts"]

import math
from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from vae.data.sources import ImageSet, evenly_spaced
from vae.evaluation.bounds import map_batches, posteriors
from vae.evaluation.estimates import Starts
from vae.models.config import MAX_STARTS, PLACES_ROOM, check_whole
from vae.models.distributions import DiagonalNormal
from vae.models.refinement import refine
from vae.models.vae import VAE
from vae.progress import OnStep

COUNT = 300  # images that are looked at
COST = 200  # times as long as decoding an image takes finding one more posterior of it, roughly
SEVERAL = 4  # posteriors of an image, where nobody says how many
STEPS = 6  # of refinement from each start
TRIED = 4096  # images whose latents are tried, at most
TOGETHER = 500  # latents that are decoded at once


@torch.no_grad()
def bound_from_starts(
    model: VAE,
    data: ImageSet,
    draws: int,
    beta: float = 1.0,
    *,
    starts: int = SEVERAL,
    count: int = COUNT,
    given: DiagonalNormal | None = None,
    seed: int = 0,
    on_step: OnStep | None = None,
) -> Starts:
    """By how much the bound falls, on `count` images of `data`, where `draws` of z come from each of so many posteriors of an image, rather
    than all from its own; `given` has what `vae.evaluation.bounds.posteriors` has found of all images. `on_step(done, n)` is called after
    each batch.

    Raises `VAEError` for fewer starts than one, and for more than `vae.models.config.MAX_STARTS` or there are images.
    """
    n, device = len(data.images), model.device
    check_whole("starts", starts, 1, min(MAX_STARTS, n))
    given = posteriors(model, data, beta) if given is None else given
    which = evenly_spaced(n, count)
    tried = evenly_spaced(n, max(starts, min(TRIED, PLACES_ROOM // math.prod(model.config.image_shape))))
    decode = partial(model.likelihood, beta=beta)
    z, width = (part[tried].to(device) for part in given)
    parts = [decode(some) for some in z.split(TOGETHER)]
    pictures, prior = type(parts[0]).cat(parts), model.prior.log_prob(z)

    def gain(rows: slice, x: Tensor) -> Tensor:
        """Of each image x, with shape (B,)."""
        own = DiagonalNormal(*(part[which[rows]].to(device) for part in given))
        score = pictures.log_prob_of_all(x) + prior
        score[which[rows].unsqueeze(1) == tried] = -math.inf  # its own latent is a start anyway
        heaviest = score.topk(starts - 1, 1).indices
        found = [refine(decode, x, DiagonalNormal(z[at], width[at]), 1.0, STEPS) for at in heaviest.unbind(1)]
        generator = torch.Generator(device).manual_seed(seed + rows.start)

        def bound(posteriors: Sequence[DiagonalNormal], each: int) -> Tensor:
            """Minus the bound of each image, by `each` draws from each of these."""
            weights: list[Tensor] = []
            for q in posteriors:
                for _ in range(each):
                    z = q.rsample(generator)
                    mixture = torch.stack([r.log_prob(z) for r in posteriors]).logsumexp(0) - math.log(len(posteriors))
                    weights.append(model.likelihood(z, beta).log_prob(x) + model.prior.log_prob(z) - mixture)
            return math.log(len(weights)) - torch.stack(weights).double().logsumexp(0)

        return (bound([own], draws * starts) - bound([own, *found], draws)).cpu()

    gains = torch.cat(list(map_batches(model, data.subset(which), gain, on_step, 50)))
    return Starts(starts, draws * starts, gains.numpy())
