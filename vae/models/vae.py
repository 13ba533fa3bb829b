r"""The variational autoencoder.

.. math::
    q(z|x) = N(m(x), diag(s(x)^2))      p(z) = N(0, I)      ELBO = E_q[log p(x|z)] - KL(q(z|x) || p(z))

Auto-Encoding Variational Bayes (Kingma & Welling, 2014)
https://arxiv.org/abs/1312.6114
"""

__all__ = ["VAE", "Output"]

from functools import partial
from threading import Lock
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import ArrayLike
from torch import Tensor, nn

from vae.errors import VAEError
from vae.models.config import ModelConfig
from vae.models.distributions import DiagonalNormal, PixelDistribution
from vae.models.layers import build
from vae.models.places import Places, Search, decode_places
from vae.models.refinement import SMALLEST, refine

# Keeps the posterior's scale away from zero, where its logarithm and the KL blow up.
MIN_STD = 1e-4

_placing = Lock()  # held while places are decoded, which batches in several threads ask for at once


class Output(NamedTuple):
    """One pass through the model."""

    posterior: DiagonalNormal  # q(z|x) as the encoder has it, over (B, D)
    z: Tensor  # (B, D), drawn from it
    likelihood: PixelDistribution  # p(x|z), over (B, C, H, W)


class VAE(nn.Module):
    """A variational autoencoder, freshly initialized from `seed`.

    Everywhere `beta` is the weight of the KL that the model is asked to act for. One whose network has a `beta_range` can be asked
    for any in that range; one trained at a single beta ignores it. A tensor of betas, with shape (G,), splits a batch into G
    parts of one size, a beta for each.

    `trained_beta` is the beta that a model without a range was last trained at, for which it refines posteriors.
    """

    def __init__(self, config: ModelConfig, seed: int = 0) -> None:
        super().__init__()
        self.config = config
        self.trained_beta = 1.0
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.encoder = build(config.encoder())
            self.decoder = build(config.decoder())
        self._places: tuple[object, Places] | None = None  # of the beta and the weights that they were decoded with

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device

    @property
    def prior(self) -> DiagonalNormal:
        """p(z), the standard normal, over (1, D)."""
        zeros = torch.zeros(1, self.config.latent_dim, device=self.device)
        return DiagonalNormal(zeros, torch.ones_like(zeros))

    def amortized(self, x: Tensor, beta: float | Tensor = 1.0) -> DiagonalNormal:
        """q(z|x) as the encoder has it, in one pass through which gradients flow: what is trained."""
        hidden = self.encoder[:-1](x, self._betas(beta))
        with _full_precision(x.device):
            mean, raw = self.encoder[-1](hidden.float()).chunk(2, dim=-1)
        return DiagonalNormal(mean, F.softplus(raw) + MIN_STD)

    def posterior(self, x: Tensor, beta: float | Tensor = 1.0, refinement: int | None = None) -> DiagonalNormal:
        """q(z|x) of images x, with shape (B, C, H, W) and values in [0, 1].

        It is the encoder's, refined by steps of Newton's method (`vae.models.refinement`), for this beta where there is a range and for
        `trained_beta` elsewhere: as many as the model's configuration has, which begin at the best of its `places`, too, if it has any;
        or by `refinement` steps from the encoder's guess alone. Gradients flow only where there are no steps.
        """
        steps = self.config.refinement if refinement is None else refinement
        if steps == 0:
            return self.amortized(x, beta)
        betas = self._betas(beta)
        if self.config.places and refinement is None:
            return self._searched(x, betas)
        weight = self.trained_beta if betas is None else betas.repeat_interleave(len(x) // len(betas))
        return refine(lambda z: self.likelihood(z, beta), x, self.amortized(x, beta), weight, steps)

    @torch.no_grad()
    def _searched(self, x: Tensor, betas: Tensor | None) -> DiagonalNormal:
        """The best posteriors of the model's places and its encoder, for betas with shape (G,) that split the images."""
        if torch.is_inference_mode_enabled():
            with torch.inference_mode(False):  # where there are no gradients
                return self._searched(x.clone(), betas)
        told = [self.trained_beta] if betas is None else betas.tolist()
        found = [
            self.search(beta)(part, self.amortized(part, beta))
            for beta, part in zip(told, x.tensor_split(len(told)), strict=True)
        ]
        return DiagonalNormal(*(torch.cat(parts) for parts in zip(*found, strict=True)))

    def search(self, beta: float = 1.0) -> Search:
        """How the best posteriors are looked for at this beta."""
        weight = max(SMALLEST, self.trained_beta if self.config.beta_range is None else beta)
        decode, steps = partial(self.likelihood, beta=beta), self.config.refinement
        return Search(self.places(beta), decode, self.prior, weight, steps)

    @torch.no_grad()
    def places(self, beta: float = 1.0) -> Places:
        """The grid of places that the search for a posterior begins at, as the model decodes it for this beta. It is kept until another
        beta is asked for or the weights change."""
        weights = tuple((parameter.data_ptr(), parameter._version) for parameter in self.decoder.parameters())
        # As gates take it, or the same beta from a tensor would be another.
        key = (float(np.float32(beta)) if self.config.beta_range else None, weights)
        with _placing:
            if self._places is None or self._places[0] != key:
                self._places = None  # before there are two
                decode, dims = partial(self.likelihood, beta=beta), self.config.latent_dim
                self._places = key, decode_places(decode, dims, self.config.places, self.device)
            return self._places[1]

    def likelihood(self, z: Tensor, beta: float | Tensor = 1.0) -> PixelDistribution:
        """p(x|z) of latents z, with shape (B, D)."""
        with _full_precision(z.device):
            hidden = self.decoder[0](z)
        return self.config.likelihood(self.decoder[1:](hidden, self._betas(beta)).float())

    def forward(self, x: Tensor, beta: float | Tensor = 1.0, generator: torch.Generator | None = None) -> Output:
        """Encodes images x, with shape (B, C, H, W), in one pass, draws one latent for each, and decodes it."""
        posterior = self.amortized(x, beta)
        z = posterior.rsample(generator)
        return Output(posterior, z, self.likelihood(z, beta))

    @torch.no_grad()
    def encode(self, x: Tensor | ArrayLike, beta: float = 1.0) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of the posterior, each with shape (B, D).

        x are images with shape (B, C, H, W) and values in [0, 1]. Raises `VAEError` for any other shape, and for a beta outside the
        model's range.
        """
        images = self._input(x, "images", self.config.image_shape)
        posterior = self.posterior(images, beta)
        return posterior.mean, posterior.std

    @torch.no_grad()
    def decode(self, z: Tensor | ArrayLike, beta: float = 1.0) -> Tensor:
        """Pixel means in [0, 1], with shape (B, C, H, W), of latents z with shape (B, D).

        Raises `VAEError` for any other shape, and for a beta outside the model's range.
        """
        return self.likelihood(self._input(z, "latents", (self.config.latent_dim,)), beta).mean

    def _betas(self, beta: float | Tensor) -> Tensor | None:
        """What the gates take, with shape (G,). Tensors are taken as they are: training draws them in range, and looking would
        make an accelerator wait."""
        if self.config.beta_range is None:
            return None
        if isinstance(beta, Tensor):
            return beta.reshape(-1)
        self.config.check_beta(beta)
        return torch.full((1,), float(beta), device=self.device)

    def _input(self, value: Tensor | ArrayLike, name: str, shape: tuple[int, ...]) -> Tensor:
        # Arrays are copied, because PyTorch warns of those that it couldn't write to, such as views of a file.
        tensor = value if isinstance(value, Tensor) else torch.as_tensor(np.array(value))
        if tensor.shape[1:] != shape or tensor.ndim != len(shape) + 1:
            wanted = ", ".join(map(str, shape))
            raise VAEError(f"{name}: this model takes shape (B, {wanted}), not {tuple(tensor.shape)}.")
        return tensor.to(self.device, torch.float32)


def _full_precision(device: torch.device) -> torch.autocast:
    """float32 for the layers that touch the latent, whatever the autocast: eight bits of mantissa would move a point of the
    plane by as much as its posterior's scale, and the layers are small."""
    return torch.autocast(device.type, enabled=False)
