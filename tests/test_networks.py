from __future__ import annotations

import re
from typing import Any

import pytest
import torch
from tiny import CASES, NETWORKS, RANGE

from vae.errors import ConfigError
from vae.models.condition import Knots
from vae.models.layers import Channels, ConvTranspose, Gate, LeakyReLU, Reshape, Sigmoid, build
from vae.models.layers import Conv as Convolution
from vae.models.networks import MAX_DEPTH, MAX_WIDTH, MLP, Conv, Hybrid, _conditioned


@pytest.mark.parametrize("latent_dim", [1, 2, 20])
@pytest.mark.parametrize(("network", "shape"), CASES)
def test_a_network_maps_images_to_outputs_and_latents_to_images(
    network: str, shape: tuple[int, int, int], latent_dim: int
) -> None:
    recipe = NETWORKS[network]
    recipe.check(shape)
    encoder = build(recipe.encoder(shape, 2 * latent_dim))
    decoder = build(recipe.decoder(latent_dim, shape))
    condition = {"beta": torch.ones(1), "label": torch.ones(1)}
    for batch in (1, 3):
        assert encoder(torch.zeros(batch, *shape), condition).shape == (batch, 2 * latent_dim)
        assert decoder(torch.zeros(batch, latent_dim), condition).shape == (batch, *shape)


def test_the_mlp_decoder_mirrors_its_encoder() -> None:
    network = MLP((9, 5, 7))

    def widths(layers: Any) -> list[tuple[int, int]]:
        return [(layer.inputs, layer.outputs) for layer in layers if layer.kind == "linear"]

    encoder, decoder = widths(network.encoder((1, 4, 4), 2)), widths(network.decoder(2, (1, 4, 4)))
    assert decoder == [(outputs, inputs) for inputs, outputs in reversed(encoder)]


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 5, 7)])
def test_no_two_linear_maps_follow_each_other_unbent(network: str, shape: tuple[int, int, int]) -> None:
    if network.startswith("conv"):  # the sides must divide by 4
        shape = (3, 8, 12)
    recipe = NETWORKS[network]
    for layers in (recipe.encoder(shape, 4), recipe.decoder(2, shape)):
        # Reshaping, scaling and moving bend nothing, so they don't count as layers between.
        kinds = [layer.kind for layer in layers if layer.kind not in ("flatten", "reshape", "gate", "shift")]
        bent = [kind == "silu" for kind in kinds]
        assert bent == [place % 2 == 1 for place in range(len(kinds))]
        assert not bent[-1]  # or the output could not be negative


@pytest.mark.parametrize("network", ["mlp", "conv", "hybrid"])
def test_with_a_range_every_hidden_layer_is_conditioned_and_nothing_else_changes(network: str) -> None:
    shape = (3, 8, 12)
    plain, ranged = NETWORKS[network], NETWORKS[f"{network}-range"]
    for without, layers in (
        (plain.encoder(shape, 4), ranged.encoder(shape, 4)),
        (plain.decoder(2, shape), ranged.decoder(2, shape)),
    ):
        assert tuple(layer for layer in layers if layer.kind != "gate") == without
        kinds = [layer.kind for layer in layers]
        assert [kinds[place - 1] for place, kind in enumerate(kinds) if kind == "gate"] == ["silu"] * kinds.count(
            "silu"
        )
        assert "gate" in kinds
        gates = [layer for layer in layers if isinstance(layer, Gate)]
        assert {gate.knots for gate in gates} == {Knots.of_beta(*RANGE)}


def test_a_gate_follows_every_activation_whatever_its_kind() -> None:
    layers = (Convolution(3, 8), LeakyReLU(0.2), Channels(2, 4), LeakyReLU(0.1), Reshape((6, 2, 2)), LeakyReLU())
    gated = _conditioned((*layers, ConvTranspose(6, 3), Sigmoid()), RANGE, 0)
    assert [layer.features for layer in gated if isinstance(layer, Gate)] == [8, 4, 6]
    assert [isinstance(layer, Gate) for layer in gated] == [*[False, False, True] * 3, False, False]


@pytest.mark.parametrize(
    "beta_range",
    [1.0, (1.0,), (0.1, 1, 10), (0, 1), (-1, 1), (1, 1), (2, 1), (1, 1e9), ("1", 2), (1, float("nan")), [1, 2]],
)
@pytest.mark.parametrize("kind", [MLP, Conv, Hybrid])
def test_a_range_of_betas_has_two_positive_ends(kind: Any, beta_range: Any) -> None:
    with pytest.raises(ConfigError, match=r"^network\.beta_range: "):
        kind(beta_range=beta_range)


@pytest.mark.parametrize("latent_dim", [2, 20])
def test_a_plane_gets_a_deep_network_and_more_dimensions_a_shallow_one(latent_dim: int) -> None:
    shallow, deep = MLP.suited_to(20), MLP.suited_to(2)
    assert len(deep.hidden) > len(shallow.hidden)
    assert min(shallow.hidden) > min(deep.hidden)
    assert MLP.suited_to(latent_dim) in (deep, shallow)


@pytest.mark.parametrize("hidden", [(), (1,) * (MAX_DEPTH + 1), (0,), (-3,), (MAX_WIDTH + 1,), (1.5,), (True,), ("8",)])
def test_mlp_widths_are_whole_numbers_within_bounds(hidden: Any) -> None:
    with pytest.raises(ConfigError, match=r"^network\.hidden: "):
        MLP(hidden)


@pytest.mark.parametrize("kind", [Conv, Hybrid])
@pytest.mark.parametrize("channels", [(4,), (4, 4, 4), (0, 4), (4, MAX_WIDTH + 1)])
def test_convolutions_have_two_channel_counts_within_bounds(kind: Any, channels: Any) -> None:
    with pytest.raises(ConfigError, match=r"^network\.channels: "):
        kind(channels)


@pytest.mark.parametrize("hidden", [0, 1.5, MAX_WIDTH + 1])
def test_conv_has_a_hidden_width_within_bounds(hidden: Any) -> None:
    with pytest.raises(ConfigError, match=r"^network\.hidden: "):
        Conv(hidden=hidden)


@pytest.mark.parametrize(("shape", "reason"), [((1, 9, 8), "9 x 8"), ((1, 8, 6), "8 x 6"), ((2, 8, 8), "have 2")])
def test_conv_says_which_images_it_cannot_take(shape: tuple[int, int, int], reason: str) -> None:
    with pytest.raises(ConfigError, match=f"^network: a convolutional .*{re.escape(reason)}"):
        Conv().check(shape)


@pytest.mark.parametrize("shape", [(1, 3, 8), (1, 8, 1)])
def test_hybrid_needs_something_to_halve_twice(shape: tuple[int, int, int]) -> None:
    with pytest.raises(ConfigError, match=r"^network: hybrid .*mlp"):
        Hybrid().check(shape)


@pytest.mark.parametrize("field", ["hidden", "widths"])
@pytest.mark.parametrize("widths", [(), (0,), (1.5,)])
def test_hybrid_widths_are_whole_numbers(field: str, widths: Any) -> None:
    with pytest.raises(ConfigError, match=rf"^network\.{field}: "):
        Hybrid(**{field: widths})
