from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from tiny import CASES, config
from torch import nn
from torch.nn import functional as F

from vae.models import layers as L
from vae.models.condition import Knots
from vae.models.modules import Stack

KNOTS, LABELS = Knots.of_beta(0.5, 8), Knots.of_label(3)

LAYERS = [
    (L.Linear(6, 4), (6,)),
    (L.Conv(3, 5), (3, 6, 10)),
    (L.ConvTranspose(3, 5), (3, 6, 10)),
    (L.Gate(6, KNOTS), (6,)),
    (L.Gate(6, KNOTS), (6, 3, 4)),
    (L.Shift(6, LABELS), (6,)),
    (L.Shift(6, LABELS), (6, 3, 4)),
    (L.SiLU(), (7,)),
    (L.Sigmoid(), (7,)),
    (L.Flatten(), (3, 2, 5)),
    (L.Reshape((3, 2, 5)), (30,)),
    (L.Constant(2, -1.5), (3, 2, 5)),
]


LABEL = torch.tensor([0.0, 2, 1, -1])
BETA = torch.tensor([0.5, 8, 2, 2.5])  # in a range from 0.5 to 8, of whose logarithm 2 is the middle


def gate(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """Two images at each of the betas, with what NumPy finds between the knots."""
    knots = np.geomspace(0.5, 8, weight.shape[1])
    between = [[np.interp(np.log(beta), np.log(knots), row) for row in weight.numpy()] for beta in BETA.numpy()]
    factors = 2 * torch.sigmoid(torch.tensor(between, dtype=torch.float32) + bias).repeat_interleave(2, 0)
    return x * factors.view(*factors.shape, *[1] * (x.ndim - 2))


def shift(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Two images of each of the labels, of which the last is none."""
    columns = torch.cat([weight, torch.zeros(len(weight), 1)], 1).T[LABEL.long()].repeat_interleave(2, 0)
    return x + columns.view(*columns.shape, *[1] * (x.ndim - 2))


# What each kind of layer stands for, in terms of plain functions.
REFERENCES: dict[str, Callable[..., torch.Tensor]] = {
    "linear": lambda x, weight, bias: x @ weight.T + bias,
    "conv": lambda x, weight, bias: F.conv2d(x, weight, bias, stride=2, padding=1),
    "conv_transpose": lambda x, weight, bias: F.conv_transpose2d(x, weight, bias, stride=2, padding=1),
    "gate": gate,
    "shift": shift,
    "silu": lambda x: x / (1 + torch.exp(-x)),
    "sigmoid": lambda x: 1 / (1 + torch.exp(-x)),
    "flatten": lambda x: x.reshape(len(x), -1),
    "reshape": lambda x: x.reshape(len(x), 3, 2, 5),
    "constant": lambda x, value: torch.cat([x, value.expand(len(x), 2, 2, 5)], 1),
}


@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=str)
def test_a_module_computes_its_layer_with_the_tensors_it_names(layer: L.Layer, shape: tuple[int, ...]) -> None:
    module = layer.module()
    tensors = dict(module.state_dict())
    assert {name: tuple(tensor.shape) for name, tensor in tensors.items()} == layer.tensors()
    x = torch.randn(8, *shape, generator=torch.Generator().manual_seed(0))
    condition = ({"beta": BETA, "label": LABEL},) if layer.conditioning else ()
    with torch.no_grad():
        for parameter in module.parameters():  # a fresh gate does nothing
            parameter.normal_(generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(module(x, *condition), REFERENCES[layer.kind](x, **tensors), rtol=1e-5, atol=1e-5)


def test_a_fresh_gate_lets_everything_through_at_every_beta() -> None:
    x = torch.randn(8, 5, 2, 2, generator=torch.Generator().manual_seed(0))
    assert torch.equal(L.Gate(5, KNOTS).module()(x, {"beta": BETA}), x)


def test_a_gate_bends_at_one_beta_and_leaves_the_others_alone() -> None:
    module = L.Gate(1, KNOTS).module()
    knots = torch.tensor(np.geomspace(0.5, 8, KNOTS.count), dtype=torch.float32)
    with torch.no_grad():
        module.get_parameter("weight")[0, -1] = 1.0
        y = module(torch.ones(len(knots), 1), {"beta": knots}).squeeze()
        rounded = torch.tensor([0.5 * (1 - 1e-7), 8 * (1 + 1e-7)])
        beyond = module(torch.ones(2, 1), {"beta": rounded}).squeeze()
    torch.testing.assert_close(y[:-1], torch.ones(len(knots) - 1))
    torch.testing.assert_close(y[-1], 2 * torch.sigmoid(torch.tensor(1.0)))
    torch.testing.assert_close(beyond, y[[0, -1]])  # the ends of a range that was rounded


def test_a_gate_works_in_full_precision_where_the_rest_does_not() -> None:
    knots = Knots.of_beta(0.05, 20)
    module = L.Gate(1, knots).module()
    with torch.no_grad():
        module.get_parameter("weight").copy_(torch.linspace(-1, 1, knots.count))
    betas = torch.linspace(1, 1.01, 50)
    with torch.autocast("cpu", torch.bfloat16):
        y = module(torch.ones(50, 1), {"beta": betas})
    assert len(y.unique()) == 50  # eight bits would leave one or two of them


@pytest.mark.parametrize("module", [nn.ReLU(), nn.Linear(3, 3)])
def test_a_stack_without_gates_need_not_be_told_anything(module: nn.Module) -> None:
    x = torch.ones(2, 3)
    assert torch.equal(Stack(module)(x), module(x))


@pytest.mark.parametrize(("layer", "factor"), [(L.Conv(2, 3), 0.5), (L.ConvTranspose(2, 3), 2)])
@pytest.mark.parametrize("sides", [(2, 4), (14, 14), (6, 20)])
def test_a_convolution_halves_and_its_transpose_doubles_both_sides(
    layer: L.Layer, factor: float, sides: tuple[int, int]
) -> None:
    height, width = sides
    assert layer.module()(torch.zeros(1, 2, *sides)).shape == (1, 3, height * factor, width * factor)


def test_kinds_are_distinct_because_the_browser_tells_layers_apart_by_them() -> None:
    assert len({layer.kind for layer, _ in LAYERS}) == len({type(layer) for layer, _ in LAYERS})


@pytest.mark.parametrize(("network", "shape"), CASES)
def test_tensor_shapes_are_those_of_a_module_that_holds_the_layers(network: str, shape: tuple[int, int, int]) -> None:
    layers = config(network, shape).encoder()
    holder = nn.ModuleDict({"part": L.build(layers)})
    built = {name: tuple(tensor.shape) for name, tensor in holder.state_dict().items()}
    assert L.tensor_shapes(layers, "part") == built


@pytest.mark.parametrize("depth", [2, 6])
def test_a_fresh_deep_stack_passes_its_signal_on(depth: int) -> None:
    width = 256
    layers = [layer for _ in range(depth) for layer in (L.Linear(width, width), L.SiLU())]
    x = torch.randn(2000, width, generator=torch.Generator().manual_seed(0))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        y = L.build(layers)(x)
    # What the outputs carry of the input, as their variance over the batch; it must neither fade nor run away.
    assert 0.3 < y.var(0).mean().item() < 5


@pytest.mark.parametrize("layer", [L.Linear(64, 32), L.Conv(8, 16), L.ConvTranspose(8, 16)])
def test_fan_in_is_what_keeps_the_variance(layer: L.Linear | L.Conv | L.ConvTranspose) -> None:
    shape = (64,) if isinstance(layer, L.Linear) else (8, 12, 12)
    x = torch.randn(400, *shape, generator=torch.Generator().manual_seed(0))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        y = L.build([layer])(x)
    inside = y if y.ndim == 2 else y[..., 2:-2, 2:-2]  # the border sums over fewer
    assert inside.var(0).mean().item() == pytest.approx(1, rel=0.25)


@pytest.mark.parametrize("outputs", [1, 3])
def test_a_transposed_convolution_with_few_outputs_is_the_same_with_and_without_gradients(outputs: int) -> None:
    module = L.ConvTranspose(5, outputs).module()
    x = torch.randn(4, 5, 3, 6)
    expected = module(x)
    with torch.no_grad():
        torch.testing.assert_close(module(x), expected)
    assert expected.requires_grad
