from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from test_exact import Linear
from tiny import config, image_set
from torch import Tensor

from vae.data.images import ImageSet
from vae.errors import VAEError
from vae.evaluation.bounds import importance_bound
from vae.evaluation.estimates import standard_error
from vae.evaluation.starts import bound_from_starts
from vae.models.condition import Condition
from vae.models.config import MAX_STARTS
from vae.models.distributions import DiagonalNormal, NormalPixels, PixelDistribution
from vae.models.vae import VAE

PLAIN = Condition()
STD = 0.1


class Mirrored(VAE):
    """The first pixel says how large the first latent is and nothing of its sign, the others are the other latents: each image has two
    modes of the same weight."""

    def __init__(self) -> None:
        super().__init__(config(latent_dim=3))

    def likelihood(self, z: Tensor, condition: Condition = PLAIN) -> PixelDistribution:
        pixels = z.new_zeros(len(z), math.prod(self.config.image_shape))
        pixels[:, :3] = torch.cat([z[:, :1].square(), z[:, 1:]], 1)
        return NormalPixels(pixels.unflatten(1, self.config.image_shape), STD)


def mirrored(count: int) -> tuple[Mirrored, ImageSet, DiagonalNormal]:
    """Posteriors of every second image lie at the one mode, those of the others at the other."""
    model, data = Mirrored(), image_set(count)
    data.images[:, 0, 0, 0] = data.images[:, 0, 0, 0] // 2 + 128  # so bright that the modes lie apart
    x = data.floats(slice(None)).flatten(1)
    mean = torch.cat([x[:, :1].sqrt(), x[:, 1:3]], 1)
    mean[::2, 0] *= -1
    std = torch.full_like(mean, STD)
    std[:, 0] = STD / (2 * mean[:, 0].abs())
    return model, data, DiagonalNormal(mean, std)


def test_draws_from_both_modes_gain_the_half_that_one_knows_nothing_of() -> None:
    model, data, given = mirrored(40)
    calls: list[tuple[int, ...]] = []
    bound = bound_from_starts(model, data, 50, starts=6, given=given, on_step=lambda *step: calls.append(step))
    assert (bound.starts, bound.draws, len(bound.gain)) == (6, 300, 40)
    assert calls[-1] == (40, 40)
    assert bound.gain.mean() == pytest.approx(math.log(2), abs=0.05)
    assert 0 < standard_error(bound.gain) < 0.05


@pytest.mark.parametrize("starts", [2, 5])
def test_it_is_a_bound_however_the_posteriors_were_found(starts: int) -> None:
    """Of a linear model, whose likelihood is known, from posteriors that are three standard deviations off."""
    model = Linear(0.3, dims=4)
    images = (255 * torch.rand(30, *model.config.image_shape)).byte()
    data = image_set(30)._replace(images=images)
    exact = -model.log_integral(data.floats(slice(None)), 1.0).mean().item()
    given = best(model, data.floats(slice(None)))
    given = given._replace(mean=given.mean + 3 * given.std)
    alone = importance_bound(model, data, 20 * starts, given=given)
    bound = bound_from_starts(model, data, 20, starts=starts, given=given)
    assert bound.gain.mean() > 3 * standard_error(bound.gain), "better ones are found"
    assert exact - 0.05 < alone.nll - bound.gain.mean() < alone.nll


def best(model: Linear, x: Tensor) -> DiagonalNormal:
    """The best normal posteriors with independent dimensions."""
    precision = model.weight.T @ model.weight / model.pixel_std**2 + torch.eye(model.weight.shape[1])
    mean = torch.linalg.solve(precision, model.weight.T @ x.flatten(1).T / model.pixel_std**2).T
    return DiagonalNormal(mean, precision.diagonal().rsqrt().expand_as(mean))


@pytest.mark.parametrize("starts", [0, 6, MAX_STARTS + 1])
def test_there_are_as_many_starts_as_images_at_most(starts: int) -> None:
    with pytest.raises(VAEError, match=r"^starts: a whole number from 1 to "):
        bound_from_starts(VAE(replace(config(), latent_dim=3)), image_set(5), 1, starts=starts)
