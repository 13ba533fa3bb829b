from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from blocks import unpack
from numpy.typing import NDArray
from tiny import CASES, checkpoint, config

from vae.latents.layouts import lay_out
from vae.models.condition import Condition
from vae.models.config import ModelConfig
from vae.models.expressions import OPERATIONS
from vae.models.likelihoods import LIKELIHOODS
from vae.projections import PCA, TSNE, Axes
from vae.web import payloads
from vae.web.payloads import (
    decoder_program,
    encoder_program,
    extent,
    keyframes,
    layout_points,
    map_points,
    pack,
    spreads,
    too_many_to_move,
)

Array = NDArray[Any]
Step = Callable[[Array, dict[str, Any], dict[str, Array]], Array]


def linear(x: Array, layer: dict[str, Any], arrays: dict[str, Array]) -> Array:
    return arrays[layer["tensors"]["weight"]] @ x + arrays[layer["tensors"]["bias"]]


def conv_transpose(x: Array, layer: dict[str, Any], arrays: dict[str, Array]) -> Array:
    """Every pixel puts its weight, times the kernel, onto the larger image; the padding is cut off."""
    weight, bias = (arrays[layer["tensors"][name]] for name in ("weight", "bias"))
    kernel, stride, padding = layer["kernel"], layer["stride"], layer["padding"]
    _, height, width = x.shape
    out = np.zeros((weight.shape[1], (height - 1) * stride + kernel, (width - 1) * stride + kernel))
    for row in range(height):
        for column in range(width):
            top, left = row * stride, column * stride
            out[:, top : top + kernel, left : left + kernel] += np.tensordot(x[:, row, column], weight, 1)
    return out[:, padding:-padding, padding:-padding] + bias[:, None, None]


def conv(x: Array, layer: dict[str, Any], arrays: dict[str, Array]) -> Array:
    """Every place sums what its window of the padded image says."""
    weight, bias = (arrays[layer["tensors"][name]] for name in ("weight", "bias"))
    kernel, stride, padding = layer["kernel"], layer["stride"], layer["padding"]
    padded = np.pad(x, ((0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kernel, kernel), axis=(1, 2))[:, ::stride, ::stride]
    return np.einsum("chwij,ocij->ohw", windows, weight) + bias[:, None, None]


def gate(x: Array, layer: dict[str, Any], arrays: dict[str, Array]) -> Array:
    axis = layer["knots"]
    assert (axis["of"], axis["log"]) == ("beta", True)
    knots = np.linspace(math.log(axis["low"]), math.log(axis["high"]), axis["count"])
    gated = np.array([np.interp(math.log(BETA), knots, weights) for weights in arrays[layer["tensors"]["weight"]]])
    factors = 2 / (1 + np.exp(-(gated + arrays[layer["tensors"]["bias"]])))
    return x * factors.reshape(-1, *[1] * (x.ndim - 1))


def shift(x: Array, layer: dict[str, Any], arrays: dict[str, Array]) -> Array:
    assert layer["knots"]["of"] == "label"
    return x + arrays[layer["tensors"]["weight"]][:, LABEL].reshape(-1, *[1] * (x.ndim - 1))


BETA, LABEL = 0.3, 2  # that programs for a range of betas, and for classes, are run at
STEPS: dict[str, Step] = {
    "gate": gate,
    "shift": shift,
    "linear": linear,
    "flatten": lambda x, layer, arrays: x.ravel(),
    "conv": conv,
    "conv_transpose": conv_transpose,
    "silu": lambda x, layer, arrays: x / (1 + np.exp(-x)),
    "sigmoid": lambda x, layer, arrays: 1 / (1 + np.exp(-x)),
    "reshape": lambda x, layer, arrays: x.reshape(layer["shape"]),
    "constant": lambda x, layer, arrays: np.concatenate(
        [x, np.full((layer["count"], *x.shape[1:]), arrays[layer["tensors"]["value"]])]
    ),
}


def run(block: bytes, z: Array) -> Array:
    """The program as a page runs it, knowing nothing but the block."""
    header, arrays = unpack(block)
    x = z.astype(np.float64)
    for layer in header["layers"]:
        x = STEPS[layer["kind"]](x, layer, arrays)
    if "mean" not in header:  # of an encoder
        return x
    numbers = np.split(x, len(x) // header["image_shape"][0])
    return value(header["mean"], {f"a{place}": number for place, number in enumerate(numbers)})


def value(formula: Any, values: dict[str, Array]) -> Any:
    """What a formula in JSON comes to."""
    if not isinstance(formula, list):
        return values[formula] if isinstance(formula, str) else formula
    operation, *parts = formula
    if operation == "let":
        name, what, body = parts
        return value(body, values | {name: value(what, values)})
    return OPERATIONS[operation](*(value(part, values) for part in parts))


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("latent_dim", [1, 2, 20])
@pytest.mark.parametrize(("network", "shape"), CASES)
def test_the_program_draws_what_the_model_decodes(
    network: str, shape: tuple[int, int, int], latent_dim: int, likelihood: str
) -> None:
    model_config = ModelConfig(shape, latent_dim, config(network).network, LIKELIHOODS[likelihood]())
    saved = checkpoint(model_config)
    z = np.random.default_rng(0).standard_normal((3, latent_dim)).astype(np.float32)
    wanted = saved.model().decode(z, BETA, LABEL).numpy()
    assert np.ptp(wanted) > 1e-3
    block = decoder_program(saved)
    for place, image in zip(z, wanted, strict=True):
        np.testing.assert_allclose(run(block, place), image, atol=1e-5)
    header, _ = unpack(block)
    assert header["latent_dim"] == latent_dim
    assert tuple(header["image_shape"]) == shape


@pytest.mark.parametrize(("network", "shape"), CASES)
def test_the_encoders_program_finds_the_mean_of_the_posterior(network: str, shape: tuple[int, int, int]) -> None:
    saved = checkpoint(config(network, shape))
    x = np.random.default_rng(0).random((3, *shape)).astype(np.float32)
    wanted = saved.model().amortized(torch.from_numpy(x), Condition(BETA, LABEL)).mean.detach().numpy()
    block = encoder_program(saved)
    for image, mean in zip(x, wanted, strict=True):
        np.testing.assert_allclose(run(block, image)[:2], mean, atol=1e-5)
    assert tuple(unpack(block)[0]["image_shape"]) == shape


def test_a_program_carries_the_decoder_and_nothing_else(network: str) -> None:
    saved = checkpoint(config(network))
    _, arrays = unpack(decoder_program(saved))
    assert set(arrays) == {name for name in saved.weights if name.startswith("decoder.")}
    for name, array in arrays.items():
        assert array.dtype == np.float32
        assert np.array_equal(array, saved.weights[name])


def test_the_map_gets_means_labels_and_names_of_all_points() -> None:
    points = checkpoint(points=11).points
    header, arrays = unpack(map_points(checkpoint(points=11)))
    extent = header.pop("extent")
    about_prior = "One, two and three standard deviations of the prior: 39 %, 86 % and 99 % of it lie inside"
    assert header.pop("about_prior") == about_prior
    assert header.pop("components") == []
    assert header.pop("rings") == [[1.0, "1σ"], [2.0, "2σ"], [3.0, "3σ"]]
    assert header == {"count": 11, "latent_dim": 2, "classes": list(points.classes)}
    np.testing.assert_array_equal(np.float32(extent["all"]), np.stack([points.mean.min(0), points.mean.max(0)], 1))
    assert np.array_equal(arrays["mean"], points.mean)
    assert np.array_equal(arrays["std"], points.std)
    assert arrays["label"].dtype == np.int32
    assert np.array_equal(arrays["label"], points.labels)


@pytest.mark.parametrize("latent_dim", [2, 5])
def test_the_slider_gets_the_curve_and_for_a_plane_the_points_of_every_keyframe(latent_dim: int) -> None:
    saved = checkpoint(config("mlp-range", latent_dim=latent_dim), points=11)
    frames = saved.keyframes
    assert frames is not None
    header, arrays = unpack(keyframes(saved))
    assert header["range"] == [0.1, 10]
    assert header["latent_dim"] == latent_dim
    np.testing.assert_array_equal(np.float32(header["beta"]), frames.beta)
    measured = {name: np.array(values) for name, values in header["measured"].items()}
    others = measured["beta"] != saved.summary.train.beta
    np.testing.assert_allclose(measured["beta"][others], frames.beta)
    np.testing.assert_array_equal(np.float32(measured["distortion"][others]), frames.recon)
    np.testing.assert_allclose(measured["rate"][others], frames.kl)
    assert measured["active"][others].tolist() == frames.active
    if latent_dim == 2:
        np.testing.assert_array_equal(arrays["mean"], frames.mean)
    else:
        assert not arrays


def test_the_opening_view_holds_all_points_but_those_far_out(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(0)
    cloud = generator.uniform((-1, 2), (1, 12), (20_000, 2)).astype(np.float32)
    assert extent(cloud)["nearly"] == extent(cloud)["all"], "nobody is far out"
    np.testing.assert_allclose(extent(cloud)["all"], [(-1, 1), (2, 12)], atol=0.01)
    strays = np.array([(50, 5), (0, -80), (1.2, 5)], np.float32)
    ranges = extent(np.concatenate([cloud, strays]))
    assert (ranges["all"][0][1], ranges["all"][1][0]) == (50, -80)
    np.testing.assert_allclose(ranges["nearly"], [(-1, 1), (2, 12)], atol=0.05)
    monkeypatch.setattr(payloads, "MAX_SORTED", 1000)  # of many points some say where nearly all are
    np.testing.assert_allclose(extent(cloud)["nearly"], [(-1, 1), (2, 12)], atol=0.1)


def test_of_too_many_points_some_move_and_all_come_where_beta_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    saved = checkpoint(config("mlp-range"), points=11)
    assert saved.keyframes is not None
    assert not too_many_to_move(saved)
    np.testing.assert_array_equal(unpack(spreads(saved))[1]["std"], saved.keyframes.std)
    monkeypatch.setattr(payloads, "MAX_MOVING", 4)
    assert too_many_to_move(saved)
    _, moving = unpack(keyframes(saved))
    assert moving["index"].tolist() == [0, 3, 6, 9]
    np.testing.assert_array_equal(moving["mean"], saved.keyframes.mean[:, ::3])
    np.testing.assert_array_equal(unpack(spreads(saved))[1]["std"], saved.keyframes.std[:, ::3])
    header, all_of_them = unpack(map_points(saved, 0.7))
    mean, std = saved.keyframes.at(0.7)
    np.testing.assert_array_equal(all_of_them["mean"], mean)
    np.testing.assert_array_equal(all_of_them["std"], std)
    assert np.max(header["extent"]["all"]) == saved.keyframes.mean.max()  # at any beta, or the view would jump
    assert not too_many_to_move(checkpoint(points=11))  # at one beta nothing moves


ARRAYS: dict[str, Array] = {
    "matrix": np.arange(6, dtype=np.float32).reshape(2, 3) / 7,
    "numbers": np.array([-1, 0, 2**31 - 1]),
    "empty": np.zeros((0, 2), np.float32),
    "scalar": np.array(2.5),
    "transposed": np.arange(6, dtype=np.float32).reshape(2, 3).T,
    "big-endian": np.arange(4, dtype=">f4"),
    "cube": np.ones((2, 3, 4), np.float16),
    "bytes": np.arange(250, 255, dtype=np.uint8),
    "after bytes": np.arange(3, dtype=np.float32),
    "flags": np.array([True, False]),
    "shorts": np.array([1, 65535], np.uint16),
}


@pytest.mark.parametrize("names", [[], ["matrix"], ["empty"], ["scalar", "empty"], list(ARRAYS)], ids=str)
@pytest.mark.parametrize("header", [{}, {"title": "x"}, {"title": "お", "n": [1, 2.5, None]}], ids=str)
def test_a_block_is_unpacked_as_it_was_packed(header: dict[str, Any], names: list[str]) -> None:
    again, arrays = unpack(pack(header, {name: ARRAYS[name] for name in names}))
    assert again == header
    assert set(arrays) == set(names)
    for name, array in arrays.items():
        assert array.shape == ARRAYS[name].shape
        assert np.array_equal(array, ARRAYS[name])
        assert array.dtype.itemsize <= 4


def test_the_same_content_is_the_same_block() -> None:
    header = {name: name for name in "abcdef"}
    assert len({pack(header, ARRAYS) for _ in range(20)}) == 1


@pytest.mark.parametrize("settings", [PCA(), Axes(3, 1)])
def test_points_on_a_straight_plane_bring_the_way_back_and_how_wide_they_are(settings: PCA | Axes) -> None:
    made = checkpoint(config(latent_dim=5), points=30)
    layout = lay_out(made, settings, 1.0, fixed=np.full(5, 0.3, np.float32))
    header, arrays = unpack(layout_points(made, layout))
    np.testing.assert_array_equal(arrays["latent"], made.points.mean)
    np.testing.assert_allclose(
        arrays["mean"] @ arrays["basis"].T + arrays["origin"],
        layout.projection.inverse_transform(arrays["mean"]).latents,
        atol=1e-6,
    )
    assert header["space"]["kind"] == "straight"
    assert header["latent_dim"] == 5
    # Against draws of one posterior.
    draws = np.random.default_rng(0).normal(made.points.mean[4], made.points.std[4], (200_000, 5)).astype(np.float32)
    placed = layout.projection.transform(draws)
    np.testing.assert_allclose(arrays["std"][4], placed.std(0), rtol=0.01)
    np.testing.assert_allclose(arrays["tilt"][4], np.atleast_2d(np.corrcoef(placed.T))[0, 1], atol=0.01)


def test_points_that_are_not_on_a_scattered_plane_are_nowhere() -> None:
    made = checkpoint(config(latent_dim=5), points=30)
    layout = lay_out(made, TSNE(perplexity=4), 1.0, most=20)
    header, arrays = unpack(layout_points(made, layout))
    there = np.isin(np.arange(30), layout.index)
    np.testing.assert_array_equal(arrays["mean"][there], layout.projection.plane)
    assert np.isnan(arrays["mean"][~there]).all()
    assert "tilt" not in arrays
    np.testing.assert_array_equal(np.array(header["extent"]["all"])[:, 1], layout.projection.plane.max(0))
    assert header["count"] == len(arrays["label"]) == 30
