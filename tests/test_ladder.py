"""Two levels of latents: the lower one is given by the top, and the posterior takes both what the image and what the top say of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from node import as_url, run
from tiny import checkpoint, config, image_set
from torch import distributions

from vae.checkpoints.checkpoint import read, write
from vae.errors import ConfigError
from vae.evaluation.bounds import evaluate, posteriors
from vae.models.config import ModelConfig, TrainConfig
from vae.models.distributions import DiagonalNormal, LadderNormal
from vae.models.modules import LadderModule
from vae.models.networks import MLP, Ladder
from vae.models.objectives import ELBO, IWAE
from vae.models.priors import Mixture
from vae.models.vae import VAE
from vae.training.loop import checkpoint_of, train
from vae.web.payloads import decoder_program

TINY = Ladder(3, (2, 3), (8,), (6, 5), (7,))
CONFIG = ModelConfig((1, 8, 8), 5, TINY)


def ladder_of(model: VAE) -> LadderModule:
    first = model.decoder[0]
    assert isinstance(first, LadderModule)
    return first


def test_what_image_and_top_say_makes_the_posterior_of_bayes() -> None:
    """On a line, by quadrature: p(y|z) times the image's factor, in units of e = (y - m) / s."""
    ladder = ladder_of(VAE(CONFIG))
    z = torch.tensor([[0.3, -1.2]])
    evidence = DiagonalNormal(torch.tensor([[0.5, -2.0, 1.0]]), torch.tensor([[0.2, 1.5, 30.0]]))
    with torch.no_grad():
        prior, posterior = ladder.lower(z), ladder.given(z, evidence)
    e = torch.linspace(-12, 12, 40_001, dtype=torch.float64)
    for d in range(3):
        mean, std = (part[0, d].double() for part in prior)
        factor = distributions.Normal(evidence.mean[0, d].double(), evidence.std[0, d].double()).log_prob(
            mean + std * e
        )
        density = (factor + distributions.Normal(0.0, 1.0).log_prob(e)).softmax(0)
        expected = (density * e).sum()
        assert float(posterior.mean[0, d]) == pytest.approx(float(expected), abs=1e-4)
        assert float(posterior.std[0, d]) == pytest.approx(
            float((density * (e - expected).square()).sum().sqrt()), rel=1e-3
        )


def test_an_image_that_says_nothing_leaves_the_lower_level_to_the_top() -> None:
    ladder = ladder_of(VAE(CONFIG))
    z = torch.randn(4, 2, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        q = ladder.given(z, DiagonalNormal(torch.zeros(4, 3), torch.full((4, 3), 1e6)))
    torch.testing.assert_close(q.mean, torch.zeros(4, 3), atol=1e-5, rtol=0)
    torch.testing.assert_close(q.std, torch.ones(4, 3))


def test_draws_come_with_the_distribution_that_they_are_from() -> None:
    top = DiagonalNormal(torch.tensor([[0.5], [-1.0]]), torch.tensor([[0.1], [2.0]]))
    q = LadderNormal.of(top, lambda z: DiagonalNormal(3 * z, torch.exp(-z)))
    torch.testing.assert_close(q.mean, torch.tensor([[0.5, 1.5], [-1.0, -3.0]]))
    generator = torch.Generator().manual_seed(0)
    pairs = []
    for _ in range(4000):
        realised, z = q.draw(generator)
        torch.testing.assert_close(realised.mean[:, 1], 3 * z[:, 0])
        torch.testing.assert_close(realised.std[:, 1], torch.exp(-z[:, 0]))
        pairs.append((z[0, 0], (z[0, 1] - realised.mean[0, 1]) / realised.std[0, 1]))
    first, second = torch.tensor(pairs).T
    assert float(first.mean()) == pytest.approx(0.5, abs=0.01)
    assert float(first.std()) == pytest.approx(0.1, rel=0.05)
    assert float(second.mean()) == pytest.approx(0.0, abs=0.08)
    assert float(second.std()) == pytest.approx(1.0, rel=0.05)


def test_the_kl_of_draws_is_on_average_that_of_both_levels() -> None:
    """E_q[log q(z, e) - log p(z, e)], by as many draws of its own."""
    model, data = VAE(CONFIG, 1), image_set(3)
    with torch.no_grad():
        q = model.amortized(data.floats(slice(None)))
        generator = torch.Generator().manual_seed(0)
        drawn = [q.draw(generator) for _ in range(6000)]
        closed = torch.stack([model.prior.kl(realised) for realised, _ in drawn])
        ratio = torch.stack([realised.log_prob(z) - model.prior.log_prob(z) for realised, z in drawn])
    error = ratio.std(0) / len(ratio) ** 0.5
    assert ((closed.mean(0) - ratio.mean(0)).abs() < 5 * error).all()
    levels = model.kl_of_levels(drawn[0][0])
    torch.testing.assert_close(levels["kl_top"] + levels["kl_lower"], closed[0])
    assert VAE(config()).kl_of_levels(DiagonalNormal(torch.zeros(1, 2), torch.ones(1, 2))) == {}


def test_an_evaluation_averages_the_kl_over_draws_of_the_top() -> None:
    model, data = VAE(CONFIG, 1), image_set(40)
    result = evaluate(model, data, samples=300, seed=1)
    with torch.no_grad():
        q = model.amortized(data.floats(slice(None)))
        generator = torch.Generator().manual_seed(5)
        kl = torch.stack([model.prior.kl(q.draw(generator)[0]) for _ in range(300)]).mean()
    assert result.kl == pytest.approx(float(kl), rel=0.01)
    assert sum(result.levels.values()) == pytest.approx(result.kl)
    assert result.kl_draws_standard_error is not None
    others = [evaluate(model, data, samples=30, seed=seed).kl for seed in range(2, 32)]
    one = evaluate(model, data, samples=30, seed=1).kl_draws_standard_error
    assert one == pytest.approx(float(np.std(others, ddof=1)), rel=0.5)
    # What was found already is a summary, which no figure is made from.
    assert evaluate(model, data, samples=300, seed=1, given=posteriors(model, data)).kl == result.kl


def test_a_lower_level_that_adds_nothing_is_one_level() -> None:
    """With a scale of zero the decoder is a function of the top alone, and lower latents without evidence cost nothing."""
    model = VAE(CONFIG, 2)
    ladder = ladder_of(model)
    last = ladder[-1]
    assert isinstance(last, torch.nn.Linear)
    with torch.no_grad():
        last.weight[3:] = 0
        last.bias[3:] = -60
        z = torch.randn(6, 2)
        one, other = (model.likelihood(torch.cat([z, torch.randn(6, 3)], 1)).mean for _ in range(2))
        kl = model.prior.kl(
            DiagonalNormal(*(torch.cat(parts, 1) for parts in ((z, torch.zeros(6, 3)), (z.exp(), torch.ones(6, 3)))))
        )
        top = distributions.Normal(z, z.exp())
    torch.testing.assert_close(one, other)
    torch.testing.assert_close(kl, distributions.kl_divergence(top, distributions.Normal(0.0, 1.0)).sum(1))


def test_both_levels_learn_and_the_file_says_so(tmp_path: Path) -> None:
    model, data = VAE(CONFIG, 3), image_set(60)
    training = TrainConfig(epochs=3, batch_size=20, learning_rate=1e-2)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    steps = list(train(model, data, training))
    assert all(not torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    for curve in (steps[-1].train, steps[-1].validation):
        assert curve is not None
        assert curve.others["kl_top"] + curve.others["kl_lower"] == pytest.approx(curve.kl, rel=1e-4)
    made = checkpoint_of(model, "cells", 60, config=training, progress=steps[-1], test=data)
    write(tmp_path / "ladder.safetensors", made)
    loaded = read(tmp_path / "ladder.safetensors")
    assert (loaded.config, loaded.config.top_dim, loaded.config.lower_dim) == (CONFIG, 2, 3)
    assert loaded.summary.others.keys() == {"kl_top", "kl_lower"}
    assert sum(loaded.summary.others.values()) == pytest.approx(loaded.summary.kl, rel=1e-5)
    assert loaded.summary.kl == pytest.approx(evaluate(loaded.model(), data).kl, rel=1e-6)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"refinement": 1}, "refinement"),
        ({"prior": Mixture(2)}, "prior"),
        ({"latent_dim": 3}, "leave none for the top"),
    ],
)
def test_what_two_levels_can_not_have_is_said(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        replace(CONFIG, **changes)


def test_it_has_one_beta_and_an_objective_of_single_images() -> None:
    with pytest.raises(ConfigError, match="one beta"):
        Ladder.suited_to(2, (0.1, 10.0))
    with pytest.raises(ConfigError, match="objective elbo"):
        TrainConfig(objective=IWAE(3)).check(CONFIG)
    TrainConfig(objective=ELBO(0.5)).check(CONFIG)


def test_another_network_keeps_the_top() -> None:
    assert CONFIG.with_network(MLP((4,))) == ModelConfig((1, 8, 8), 2, MLP((4,)))
    assert CONFIG.with_network(MLP((4,))).with_network(TINY) == CONFIG


IN_PAGE = """async (load, url, latents, lower) => {
    const { Decoder } = await load("nn/decoder.js");
    const { fetchBlock } = await load("shared/blocks.js");
    const decoder = new Decoder(await fetchBlock(url)), dims = decoder.latentDim;
    const pictures = [];
    for (const added of [null, [...lower]])
        for (let n = 0; n < latents.length / dims; n++) {
            const z = latents.subarray(n * dims, (n + 1) * dims);
            decoder.tune({ beta: 1, label: null, lower: added });
            pictures.push(...decoder.decode(z));
            if (added) pictures.push(...decoder.decodeAs(z, null));
        }
    return new Float32Array(pictures);
}"""


def test_the_page_adds_to_the_lower_latents_but_not_to_those_of_images() -> None:
    made = checkpoint(CONFIG)
    generator = np.random.default_rng(0)
    z, lower = (generator.standard_normal(shape).astype(np.float32) for shape in ((4, 5), (3,)))
    moved = z + np.concatenate([np.zeros(2, np.float32), lower])
    plain, other = (made.model().decode(latents).flatten(1).numpy() for latents in (z, moved))
    seen = np.asarray(run(IN_PAGE, as_url(decoder_program(made)), z, lower)).reshape(12, -1)
    np.testing.assert_allclose(seen[:4], plain, atol=1e-4)
    np.testing.assert_allclose(seen[4::2], other, atol=1e-4)
    np.testing.assert_allclose(seen[5::2], plain, atol=1e-4)
    assert np.abs(plain - other).max() > 0.01
