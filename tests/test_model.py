from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from tiny import CASES, config, image_set, stir

from vae.errors import VAEError
from vae.models.condition import Condition
from vae.models.config import ModelConfig
from vae.models.likelihoods import LIKELIHOODS
from vae.models.objectives import ELBO
from vae.models.vae import MIN_STD, VAE
from vae.training.passes import joint


@pytest.mark.parametrize("latent_dim", [1, 2, 20])
@pytest.mark.parametrize(("network", "shape"), CASES)
def test_shapes_of_a_pass_and_of_its_halves(network: str, shape: tuple[int, int, int], latent_dim: int) -> None:
    model = VAE(config(network, shape, latent_dim))
    for batch in (1, 3):
        x = image_set(batch, shape).floats(slice(None))
        posterior, z, likelihood = model(x)
        assert posterior.mean.shape == posterior.std.shape == z.shape == (batch, latent_dim)
        assert likelihood.mean.shape == x.shape
        assert likelihood.log_prob(x).shape == (batch,)
        mean, std = model.encode(x)
        assert torch.equal(mean, posterior.mean)
        assert torch.equal(std, posterior.std)
        # Where nothing is learned, the last convolution is another sum of the same products (`vae/models/modules.py`).
        torch.testing.assert_close(model.decode(z), likelihood.mean, rtol=1e-5, atol=1e-6)
        with torch.no_grad():
            assert torch.equal(model.decode(z), model.likelihood(z).mean)


@pytest.mark.parametrize("kind", LIKELIHOODS)
def test_decoded_pixels_and_deviations_are_in_range_even_far_out(network: str, kind: str) -> None:
    model = VAE(ModelConfig((1, 8, 8), 2, config(network).network, LIKELIHOODS[kind]()))
    pixels = model.decode(np.array([[0, 0], [1e4, -1e4], [-1e6, 1e6]]))
    assert ((pixels >= 0) & (pixels <= 1)).all()
    with torch.no_grad():
        last = [p for p in model.encoder.parameters() if p.ndim == 1][-1]
        last.fill_(-1000)  # the raw scale of a posterior as narrow as it gets
    _, std = model.encode(torch.zeros(1, 1, 8, 8))
    torch.testing.assert_close(std, torch.full((1, 2), MIN_STD))


def test_every_parameter_gets_a_gradient(network: str) -> None:
    model = VAE(config(network, (3, 8, 12), 3))
    data = image_set(16, (3, 8, 12))
    x, condition = data.floats(slice(None)), Condition(label=data.labels)
    terms = joint(model, x, condition, ELBO(), len(x), generator=torch.Generator().manual_seed(0)).terms
    ELBO().loss(terms, 1.0).mean().backward()
    gradients = {name: parameter.grad for name, parameter in model.named_parameters()}
    assert gradients
    for name, gradient in gradients.items():
        assert gradient is not None, name
        assert gradient.isfinite().all(), name
        assert gradient.abs().max() > 0, name


def test_the_state_dict_is_what_the_configuration_says(network: str) -> None:
    model = VAE(config(network))
    assert {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()} == model.config.tensor_shapes()
    assert model.config.parameters == sum(parameter.numel() for parameter in model.parameters())


def test_weights_are_those_of_the_seed_and_nothing_else(network: str) -> None:
    def weights(seed: int) -> torch.Tensor:
        return torch.nn.utils.parameters_to_vector(VAE(config(network), seed).parameters())

    torch.manual_seed(1)
    first, state = weights(5), torch.random.get_rng_state()
    torch.manual_seed(2)
    assert torch.equal(weights(5), first)
    assert not torch.equal(weights(6), first)
    torch.manual_seed(1)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_a_draw_is_that_of_its_generator_and_varies_about_the_mean() -> None:
    model = VAE(config())
    x = image_set(4).floats(slice(None))
    draws = [model(x, generator=torch.Generator().manual_seed(seed)).z for seed in (0, 0, 1)]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])
    assert not torch.equal(draws[0], model.encode(x)[0])


def test_the_prior_is_the_standard_normal_of_the_latent() -> None:
    prior = VAE(config(latent_dim=5)).prior
    reference = torch.distributions.Independent(torch.distributions.Normal(torch.zeros(5), torch.ones(5)), 1)
    z = torch.randn(7, 5, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(prior.log_prob(z), reference.log_prob(z))


@pytest.mark.parametrize(
    "make", [list, np.float64, np.float16, torch.tensor, "read-only"], ids=["list", "64", "16", "tensor", "read-only"]
)
def test_encode_and_decode_take_whatever_holds_numbers(make: Any) -> None:
    model = VAE(config(shape=(1, 2, 3)))
    plain = [[0.5, -1.0], [2.0, 0.25]]
    z: Any = np.array(plain, np.float32) if make == "read-only" else plain if make is list else make(plain)
    x: Any = np.full((2, 1, 2, 3), 0.25, np.float32)
    if make == "read-only":  # as an array that is a view of a file is
        z.flags.writeable = x.flags.writeable = False
    assert torch.equal(model.decode(z), model.decode(torch.tensor(plain)))
    assert torch.equal(model.encode(x)[0], model.encode(torch.full((2, 1, 2, 3), 0.25))[0])
    assert not model.decode(z).requires_grad


def test_no_images_are_no_latents_and_the_other_way_round(network: str) -> None:
    model = VAE(config(network))
    assert model.encode(torch.zeros(0, 1, 8, 8))[0].shape == (0, 2)
    assert model.decode(torch.zeros(0, 2)).shape == (0, 1, 8, 8)


# --- A range of betas

BETAS = [0.1, 0.35, 1.0, 4.0, 10.0]
RANGED = ["mlp-range", "conv-range"]


@pytest.mark.parametrize("network", RANGED)
def test_each_beta_is_another_model(network: str) -> None:
    model = stir(VAE(config(network)))
    x = image_set(4).floats(slice(None))
    z = torch.randn(4, 2, generator=torch.Generator().manual_seed(0))
    encoded = torch.stack([model.encode(x, beta)[0] for beta in BETAS])
    decoded = torch.stack([model.decode(z, beta) for beta in BETAS])
    for outputs in (encoded, decoded):
        assert (outputs.diff(dim=0).flatten(1).norm(dim=1) > 1e-4).all()
    # One is the default, as everywhere.
    assert torch.equal(model.encode(x)[0], model.encode(x, 1.0)[0])
    assert torch.equal(model.decode(z), model.decode(z, 1.0))


@pytest.mark.parametrize("network", RANGED)
def test_it_changes_continuously(network: str) -> None:
    model = stir(VAE(config(network)))
    x = image_set(4).floats(slice(None))

    def moved(step: float) -> float:
        return (model.encode(x, 2 * (1 + step))[0] - model.encode(x, 2)[0]).norm().item()

    assert 0 < moved(1e-3) < 0.02 * moved(1)
    assert moved(1e-3) == pytest.approx(moved(2e-3) / 2, rel=0.05)


@pytest.mark.parametrize("network", RANGED)
@pytest.mark.parametrize("parts", [1, 2, 3, 6])
def test_a_batch_can_have_several_betas(network: str, parts: int) -> None:
    model = stir(VAE(config(network)))
    x = image_set(6).floats(slice(None))
    betas = torch.tensor([*BETAS, 2.0])[:parts]
    size = 6 // parts
    with torch.no_grad():
        together = model.posterior(x, Condition(betas))
        pixels = model.likelihood(together.mean, Condition(betas)).mean
        for part, beta in enumerate(betas.tolist()):
            which = slice(part * size, (part + 1) * size)
            mean, std = model.encode(x[which], beta)
            torch.testing.assert_close(together.mean[which], mean)
            torch.testing.assert_close(together.std[which], std)
            torch.testing.assert_close(pixels[which], model.decode(mean, beta))


@pytest.mark.parametrize("network", RANGED)
@pytest.mark.parametrize("beta", [0.0999, 10.01, 0, -1, float("inf"), float("nan")])
def test_a_beta_outside_the_range_is_refused(network: str, beta: float) -> None:
    model = VAE(config(network))
    for ask in (lambda: model.encode(torch.zeros(1, 1, 8, 8), beta), lambda: model.decode(torch.zeros(1, 2), beta)):
        with pytest.raises(VAEError, match=r"^beta: this model is for betas from 0\.1 to 10, not for "):
            ask()


@pytest.mark.parametrize("network", ["mlp", "conv"])
@pytest.mark.parametrize("beta", [0.0, 0.5, 1e6])
@pytest.mark.parametrize("refinement", [0, 2])
def test_a_model_for_one_beta_ignores_it(network: str, beta: float, refinement: int) -> None:
    model = VAE(replace(config(network), refinement=refinement))
    x = image_set(3).floats(slice(None))
    assert torch.equal(model.encode(x, beta)[0], model.encode(x)[0])
    assert torch.equal(model.decode(torch.ones(1, 2), beta), model.decode(torch.ones(1, 2)))


@pytest.mark.parametrize("shape", [(), (2,), (1, 3), (1, 2, 1), (4, 0)])
def test_latents_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(VAEError, match=r"^latents: this model takes shape \(B, 2\), not "):
        VAE(config()).decode(torch.zeros(shape))


@pytest.mark.parametrize("shape", [(), (8, 8), (1, 8, 8), (5, 8, 8), (1, 3, 8, 8), (1, 1, 28, 28)])
def test_images_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(VAEError, match=r"^images: this model takes shape \(B, 1, 8, 8\), not "):
        VAE(config()).encode(torch.zeros(shape))
