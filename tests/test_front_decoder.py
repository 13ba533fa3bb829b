"""The page's networks against PyTorch."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
import torch
from node import as_url, run
from tiny import CASES, checkpoint, config

import vae.checkpoints
from vae.checkpoints.checkpoint import Checkpoint
from vae.models import layers as L
from vae.models.condition import Knots
from vae.web.payloads import decoder_program, describe, pack

DECODE = """async (load, url, latents, betas, many) => {
    const { Decoder } = await load("nn/decoder.js");
    const { fetchBlock } = await load("shared/blocks.js");
    const decoder = new Decoder(await fetchBlock(url), many);
    const dims = decoder.latentDim;
    const count = latents.length / dims;
    return new Float32Array(betas.flatMap((beta) => {
        if (beta !== null) decoder.tune({ beta, label: null });
        const images = [];
        if (many) decoder.decodeMany(latents, count, (index, pixels) => (images[index] = [...pixels]));
        else for (let n = 0; n < count; n++) images.push([...decoder.decode(latents.subarray(n * dims, (n + 1) * dims))]);
        return images.flat();
    }));
}"""


def decodes_what_pytorch_decodes(made: Checkpoint) -> None:
    model, beta_range = made.model(), made.config.beta_range
    z = (2 * np.random.default_rng(0).standard_normal((99, made.config.latent_dim))).astype(np.float32)
    # Where there is a range, its ends, some place between, and what it decodes at before it is told anything.
    low, high = beta_range or (1, 1)
    betas = [None, low, 0.7 * (low * high) ** 0.5, high] if beta_range else [None]
    expected = np.stack([model.decode(z, 1.0 if beta is None else beta).flatten(1).numpy() for beta in betas])
    assert np.ptp(expected) > 0
    assert all(np.abs(one - other).max() > 1e-3 for one, other in pairwise(expected))
    url = as_url(decoder_program(made))
    for kernel, many in product((True, False), (True, False)):  # four numbers at a time or one, eight latents or one
        decoded = run(DECODE, url, z, betas, many, kernel=kernel).reshape(expected.shape)
        np.testing.assert_allclose(decoded, expected, atol=1e-4)


@pytest.mark.parametrize("name", ["mnist-2d", "digits-2d"])
def test_what_ships_is_decoded_as_by_pytorch(name: str) -> None:
    decodes_what_pytorch_decodes(vae.checkpoints.read(name))


@pytest.mark.parametrize("dims", [2, 5])
@pytest.mark.parametrize(("network", "shape"), CASES)
def test_every_kind_of_network_decodes_as_in_pytorch(network: str, shape: tuple[int, int, int], dims: int) -> None:
    decodes_what_pytorch_decodes(checkpoint(config(network, shape, dims)))


RUN = """async (load, url, shape, inputs, conditions, lanes) => {
    const { Network } = await load("nn/network.js");
    const { fetchBlock, sizeOf } = await load("shared/blocks.js");
    const { header, arrays } = await fetchBlock(url);
    const network = new Network(header.layers, arrays, shape, lanes);
    const size = sizeOf(shape), out = sizeOf(network.shape), count = inputs.length / size;
    const outputs = new Float32Array(count * out);
    for (let first = 0; first < count; first += lanes) {
        const taken = Math.min(lanes, count - first);
        network.tune(conditions[first]);
        for (let n = 0; n < taken; n++)
            for (let f = 0; f < size; f++) network.input.values[f * lanes + n] = inputs[(first + n) * size + f];
        network.run();
        for (let n = 0; n < taken; n++)
            for (let f = 0; f < out; f++) outputs[(first + n) * out + f] = network.output.values[f * lanes + n];
    }
    return outputs;
}"""
IMAGE = (3, 7, 6)
BLOCK = (L.Conv(3, 3, 3, 1, 1), L.BatchNorm(3), L.GELU(), L.Gate(3, Knots.of_label(4)))
EVERY_LAYER: dict[str, tuple[L.Layer, ...]] = {
    "linear": (L.Flatten(), L.Linear(126, 5)),
    "reshape": (L.Flatten(), L.Reshape((7, 3, 6)), L.Conv(7, 2, 3, 1, 1)),
    "conv": (L.Conv(3, 5),),
    "conv 1": (L.Conv(3, 5, 1, 1, 0),),
    "conv 3, stride 2": (L.Conv(3, 2, 3, 2, 1),),
    "conv 3, dilation 2": (L.Conv(3, 2, 3, 1, 2, 2),),
    "conv 5, no padding": (L.Conv(3, 4, 5, 1, 0),),
    "transpose": (L.ConvTranspose(3, 5),),
    "transpose 3, output padding": (L.ConvTranspose(3, 2, 3, 2, 1, 1, 1),),
    "transpose 3, dilation 2": (L.ConvTranspose(3, 5, 3, 1, 2, 2),),
    "transpose 2, one channel": (L.ConvTranspose(3, 1, 2, 2, 0),),
    "batch norm": (L.BatchNorm(3),),
    "batch norm of features": (L.Flatten(), L.BatchNorm(126, 0.1)),
    "relu": (L.ReLU(),),
    "leaky relu": (L.LeakyReLU(0.2),),
    "tanh": (L.Tanh(),),
    "gelu": (L.GELU(),),
    "silu": (L.SiLU(),),
    "sigmoid": (L.Sigmoid(),),
    "upsample": (L.Upsample(3),),
    "channels": (L.Channels(1, 2),),
    "constant": (L.Constant(2, -1.5),),
    "label gate": (L.Gate(3, Knots.of_label(4)),),
    "label shift": (L.Shift(3, Knots.of_label(4)),),
    "gate of one label": (L.Gate(3, Knots.of_label(1)),),
    "ladder": (
        L.Flatten(),
        L.Linear(3 * 7 * 6, 7),
        L.Tanh(),
        L.Ladder((L.Linear(2, 5), L.SiLU(), L.Linear(5, 10)), 2, 5),
    ),
    "residual": (L.Residual(BLOCK), L.SiLU()),
    "residual in residual": (L.Residual((L.Residual(BLOCK), L.Tanh())),),
    "activation in residual": (L.Residual((L.ReLU(),)), L.Residual((L.Tanh(),))),
}


@pytest.mark.parametrize("kernel", [True, False])
@pytest.mark.parametrize("name", EVERY_LAYER)
def test_every_layer_is_in_the_page_what_it_is_in_pytorch(name: str, kernel: bool) -> None:
    layers = EVERY_LAYER[name]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = L.build(layers).eval()
        for tensor in module.state_dict().values():
            tensor.add_(torch.rand_like(tensor))  # variances stay positive
        x, labels = torch.randn(20, *IMAGE), torch.arange(20) % 5 - 1
    labels = labels.sort().values  # eight abreast hear one label
    labels = labels[torch.arange(20) // 8 * 8]
    with torch.no_grad():
        expected = module(x, {"label": labels.float()}).flatten(1).numpy()
    assert {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()} == {
        name.removeprefix("half."): shape for name, shape in L.tensor_shapes(layers, "half").items()
    }
    arrays = {f"half.{name}": tensor.numpy() for name, tensor in module.state_dict().items()}
    url = as_url(pack({"layers": describe(layers, "half")}, arrays))
    conditions = [{"beta": 1, "label": label} for label in labels.tolist()]
    for lanes in (1, 8):
        outputs = run(RUN, url, list(IMAGE), x.numpy(), conditions, lanes, kernel=kernel)
        np.testing.assert_allclose(outputs.reshape(expected.shape), expected, rtol=1e-5, atol=2e-5)


@pytest.mark.parametrize("count", [1, 2, 3, 17])
@pytest.mark.parametrize(("field", "log"), [("beta", False), ("beta", True), ("label", False)])
def test_a_gate_is_as_near_to_its_knots_in_the_page_as_in_pytorch(field: str, log: bool, count: int) -> None:
    rng = np.random.default_rng(count)
    for width in (*rng.uniform(0.5, 5, 15), 0.0):
        low = rng.uniform(0.1, 2)
        knots = Knots(field, low, low + width, count, log)
        ends = [end + step for end in (knots.low, knots.high) for step in (-1e-6, 0, 1e-6)]
        values = np.array([*ends, 1e-3, *rng.uniform(0.1, 10, 20)])
        module = L.build((L.Gate(4, knots),)).double().eval()
        state = {name: rng.normal(size=tensor.shape) for name, tensor in module.state_dict().items()}
        module.load_state_dict({name: torch.from_numpy(array) for name, array in state.items()})
        with torch.no_grad():
            expected = module(torch.ones(len(values), 4).double(), {field: torch.from_numpy(values)}).numpy()
        url = as_url(
            pack({"layers": describe((L.Gate(4, knots),), "half")}, {f"half.{k}": v for k, v in state.items()})
        )
        ones = np.ones((len(values), 4), np.float32)
        conditions = [{field: value} for value in values.tolist()]
        np.testing.assert_allclose(run(RUN, url, [4], ones, conditions, 1).reshape(expected.shape), expected, atol=1e-5)
