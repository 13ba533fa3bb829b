r"""The variational autoencoder.

.. math::
    q(z|x) = N(m(x), diag(s(x)^2))      ELBO = E_q[log p(x|z)] - KL(q(z|x) || p(z))

Auto-Encoding Variational Bayes (Kingma & Welling, 2014)
https://arxiv.org/abs/1312.6114
"""

__all__ = ["VAE", "Output"]

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Lock
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import ArrayLike
from torch import Tensor, nn

from vae.errors import CheckpointError, VAEError
from vae.models.condition import Condition, Label
from vae.models.config import ModelConfig
from vae.models.distributions import DiagonalNormal, LadderNormal, PixelDistribution
from vae.models.layers import build
from vae.models.modules import LadderModule, PriorModule
from vae.models.places import Places, Search, decode_places
from vae.models.priors import LatentPrior
from vae.models.refinement import MIN_BETA, refine

# Keeps the posterior's scale away from zero, where its logarithm and the KL blow up.
MIN_STD = 1e-4

ROUNDING = 0.03  # latent units, and share, by which answers of weights that lay in half the precision may differ

PLAIN_CONDITION = Condition()

_placing = Lock()  # held while places are decoded, which batches in several threads ask for at once


class Output(NamedTuple):
    """One pass through the model."""

    posterior: DiagonalNormal  # q(z|x) as the encoder has it, over (B, D); of two levels that which z was drawn from
    z: Tensor  # (B, D), drawn from it
    likelihood: PixelDistribution  # p(x|z), over (B, C, H, W)


class VAE(nn.Module):
    """A variational autoencoder, freshly initialized from `seed`.

    A `condition` is what the model takes beside its input. One whose network has a `beta_range` is conditioned on the weight of the KL
    that it is asked to act for; one trained at a single beta ignores it.

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
            self.prior = PriorModule(config.prior, config.latent_dim, config.image_shape)
        self.settle_prior()
        # Of the condition and the weights that they were decoded with.
        self._places: tuple[object, Places] | None = None

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device

    @property
    def latent_prior(self) -> LatentPrior:
        """The prior as NumPy sees it."""
        weights = {name: tensor.numpy(force=True) for name, tensor in self.prior.weights.items()}
        return LatentPrior(self.config.prior, self.config.latent_dim, weights, self.config.lower_dim)

    def _answers(self) -> dict[str, Tensor]:
        """What the encoder says of the images that the prior asks about, under no label, through which gradients flow."""
        images = self.prior.questions
        if images is None:
            return {}
        training = self.encoder.training
        self.encoder.eval()  # these are no batch of the data's
        try:
            return self.config.prior.answers(self.amortized(images))
        finally:
            self.encoder.train(training)

    @contextmanager
    def live_prior(self) -> Iterator[None]:
        """Meanwhile the prior is that of the encoder as it is, and gradients flow from one to the other."""
        self.prior.live = self._answers()
        try:
            yield
        finally:
            self.prior.hold(self.prior.live)
            self.prior.live = {}

    @torch.no_grad()
    def settle_prior(self) -> None:
        """Has the prior keep what the encoder says, once its weights have changed."""
        self.prior.hold(self._answers())

    @torch.no_grad()
    def halve(self) -> None:
        """Rounds the weights to what half precision holds. What is measured afterwards is of the weights that a file then has."""
        most = torch.finfo(torch.half).max
        tensors = (tensor for tensor in (*self.parameters(), *self.buffers()) if tensor.is_floating_point())
        for tensor in tensors:
            tensor.copy_(tensor.clamp(-most, most).half())
        self.settle_prior()
        for tensor in self.prior.buffers():
            tensor.copy_(tensor.half())

    @torch.no_grad()
    def check_prior(self) -> None:
        """Raises `CheckpointError` where the prior keeps something else than the encoder says, by more than `ROUNDING`."""
        for name, said in self._answers().items():
            if not torch.allclose(self.prior.get_buffer(name), said, rtol=ROUNDING, atol=ROUNDING):
                raise CheckpointError(
                    f"prior.{name}: isn't what the encoder says of the prior's images. The file was put together from several models, or "
                    "changed since it was written; take the one that training wrote."
                )

    def amortized(self, x: Tensor, condition: Condition = PLAIN_CONDITION) -> DiagonalNormal:
        """q(z|x) as the encoder has it, in one pass through which gradients flow: what is trained."""
        hidden = self.encoder[:-1](x, self._condition_tensors(condition))
        with _full_precision(x.device):
            mean, raw = self.encoder[-1](hidden.float()).chunk(2, dim=-1)
            said = DiagonalNormal(mean, F.softplus(raw) + MIN_STD)
            return self._of_levels(said) if self.config.lower_dim else said

    def _of_levels(self, said: DiagonalNormal) -> LadderNormal:
        """The posterior of two levels, of what the encoder says of the top and, by itself, of the lower latents."""
        sizes = self.config.top_dim, self.config.lower_dim
        top, evidence = (
            DiagonalNormal(*parts) for parts in zip(*(part.split(sizes, -1) for part in said), strict=True)
        )
        ladder = self.decoder[0]
        assert isinstance(ladder, LadderModule)
        return LadderNormal.of(top, lambda z: ladder.given(z, evidence))

    def kl_of_levels(self, q: DiagonalNormal) -> dict[str, Tensor]:
        """KL of each of two levels in nats, with shape (B,), of what a latent was drawn from, by what its curve is called; none of one
        level."""
        by_dim = self.prior.kl_by_dim(q) if self.config.lower_dim else None
        if by_dim is None:
            return {}
        return {"kl_top": by_dim[:, : self.config.top_dim].sum(1), "kl_lower": by_dim[:, self.config.top_dim :].sum(1)}

    def posterior(
        self, x: Tensor, condition: Condition = PLAIN_CONDITION, refinement: int | None = None
    ) -> DiagonalNormal:
        """q(z|x) of images x, with shape (B, C, H, W) and values in [0, 1].

        It is the encoder's, refined by steps of Newton's method (`vae.models.refinement`), for this beta where there is a range and for
        `trained_beta` elsewhere: as many as the model's configuration has, which begin at the best of its `places`, too, if it has any;
        or by `refinement` steps from the encoder's guess alone. Gradients flow only where there are no steps.
        """
        steps = self.config.refinement if refinement is None else refinement
        if steps == 0:
            return self.amortized(x, condition)
        if self.config.places and refinement is None:
            return self._searched(x, condition)
        decode = partial(self.likelihood, condition=condition)
        return refine(decode, self.prior, x, self.amortized(x, condition), self._weight(condition, len(x)), steps=steps)

    def _weight(self, condition: Condition, count: int) -> float | Tensor:
        """The weight of the KL that posteriors of `count` images are judged by: one for all, or one each with shape (B,)."""
        if self.config.beta_range is None:
            return self.trained_beta
        beta = condition.beta
        if not isinstance(beta, Tensor):
            return beta
        return beta.reshape(-1).repeat_interleave(count // beta.numel())

    @torch.no_grad()
    def _searched(self, x: Tensor, condition: Condition) -> DiagonalNormal:
        """The best posteriors of the model's places and its encoder."""
        if torch.is_inference_mode_enabled():
            with torch.inference_mode(False):  # where there are no gradients
                return self._searched(x.clone(), condition)
        mean, std = (x.new_empty(len(x), self.config.latent_dim) for _ in range(2))
        for each, which in self.relevant(condition).groups(len(x)):
            some = x[which.to(x.device)]
            mean[which], std[which] = self.search(each)(some, self.amortized(some, each))
        return DiagonalNormal(mean, std)

    def relevant(self, condition: Condition) -> Condition:
        """The condition without what the model ignores."""
        beta = condition.beta if self.config.beta_range else self.trained_beta
        return Condition(beta, condition.label if self.config.classes else None)

    def search(self, condition: Condition = PLAIN_CONDITION) -> Search:
        """How the best posteriors are looked for under a condition of single numbers."""
        weight = self._weight(condition, 1)
        assert not isinstance(weight, Tensor)
        decode, steps = partial(self.likelihood, condition=condition), self.config.refinement
        return Search(self.places(condition), decode, self.prior, max(MIN_BETA, weight), steps)

    @torch.no_grad()
    def places(self, condition: Condition = PLAIN_CONDITION) -> Places:
        """The grid of places that the search for a posterior begins at, as the model decodes it under this condition. It is kept until
        another is asked for or the weights change."""
        deciding = (*self.decoder.parameters(), *self.prior.parameters(), *self.prior.buffers())
        weights = tuple((parameter.data_ptr(), parameter._version) for parameter in deciding)
        # As gates take it, or the same beta from a tensor would be another.
        key = (*(np.asarray(condition.of(field), np.float32).tolist() for field in self.config.conditioning), weights)
        with _placing:
            if self._places is None or self._places[0] != key:
                self._places = None  # before there are two
                decode, dims = partial(self.likelihood, condition=condition), self.config.latent_dim
                self._places = key, decode_places(decode, dims, self.config.places, self.device, self.latent_prior.edge)
            return self._places[1]

    def likelihood(self, z: Tensor, condition: Condition = PLAIN_CONDITION) -> PixelDistribution:
        """p(x|z) of latents z, with shape (B, D)."""
        with _full_precision(z.device):
            hidden = self.decoder[0](z)
        return self.config.likelihood(self.decoder[1:](hidden, self._condition_tensors(condition)).float())

    def forward(
        self, x: Tensor, condition: Condition = PLAIN_CONDITION, generator: torch.Generator | None = None
    ) -> Output:
        """Encodes images x, with shape (B, C, H, W), in one pass, draws one latent for each, and decodes it."""
        posterior = self.amortized(x, condition)
        posterior, z = posterior.draw(generator)
        return Output(posterior, z, self.likelihood(z, condition))

    @torch.no_grad()
    def encode(self, x: Tensor | ArrayLike, beta: float = 1.0, label: Label = None) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of the posterior, each with shape (B, D).

        x are images with shape (B, C, H, W) and values in [0, 1]. Raises `VAEError` for any other shape, for a beta outside the model's
        range, and for a label that it doesn't know.
        """
        images = self._input(x, "images", self.config.image_shape)
        posterior = self.posterior(images, Condition(beta, label))
        return posterior.mean, posterior.std

    @torch.no_grad()
    def decode(self, z: Tensor | ArrayLike, beta: float = 1.0, label: Label = None) -> Tensor:
        """Pixel means in [0, 1], with shape (B, C, H, W), of latents z with shape (B, D).

        Raises `VAEError` for any other shape, for a beta outside the model's range, and for a label that it doesn't know.
        """
        return self.likelihood(self._input(z, "latents", (self.config.latent_dim,)), Condition(beta, label)).mean

    def _condition_tensors(self, condition: Condition) -> dict[str, Tensor]:
        """What the gates are conditioned on, by fields, each with shape (G,), or as shares of K classes with shape (G, K)."""
        if not self.config.conditioning:
            return {}
        self.config.check(condition)
        values = {}
        for field in self.config.conditioning:
            value = condition.of(field)
            each = torch.as_tensor([value] if isinstance(value, tuple) else value).to(self.device).float()
            values[field] = each if each.ndim == 2 else each.reshape(-1)
        return values

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
