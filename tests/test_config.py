from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest

from vae.errors import ConfigError
from vae.models.config import MAX_PARAMETERS, ModelConfig, TrainConfig, from_dict, to_dict
from vae.models.likelihoods import LIKELIHOODS, Bernoulli, Gaussian
from vae.models.networks import MLP, NETWORKS, Conv
from vae.models.schedules import SCHEDULES, Constant, Cyclical, Warmup

CONFIGS = [
    ModelConfig((1, 28, 28)),
    ModelConfig((3, 5, 7), 20, MLP((3,)), Gaussian(0.5)),
    ModelConfig((3, 8, 12), 1, Conv((2, 3), 4), Bernoulli()),
    TrainConfig(),
    TrainConfig(4.0, Cyclical(3, 0.25), seed=2**32 - 1, ema=0),
    TrainConfig(0, Constant(), validation_fraction=0),
    TrainConfig(schedule=Warmup(0.5, 0)),
]


@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_json_gives_back_the_same_configuration(config: ModelConfig | TrainConfig) -> None:
    again = from_dict(type(config), json.loads(json.dumps(to_dict(config))))
    assert again == config
    assert hash(again) == hash(config)


@pytest.mark.parametrize("variants", [NETWORKS, LIKELIHOODS, SCHEDULES])
def test_a_variant_is_written_with_the_kind_it_is_listed_under(variants: dict[str, Any]) -> None:
    assert {kind: to_dict(variant())["kind"] for kind, variant in variants.items()} == {kind: kind for kind in variants}


@pytest.mark.parametrize("config", CONFIGS[:2], ids=str)
def test_configurations_are_frozen(config: ModelConfig) -> None:
    with pytest.raises(FrozenInstanceError):
        config.latent_dim = 3  # pyrefly: ignore[read-only] (refused)


NOT_WHOLE = [0, -1, 1.5, "2", True, None, float("nan"), 10**30]
NOT_A_NUMBER = [-1e-9, 1e9, "1", True, float("nan"), float("inf"), 10**400]


@pytest.mark.parametrize("value", NOT_WHOLE, ids=lambda value: f"{value!r:.12}")
@pytest.mark.parametrize("field", ["latent_dim", "epochs", "batch_size"])
def test_a_count_is_a_whole_number_within_bounds(field: str, value: Any) -> None:
    config = ModelConfig((1, 8, 8)) if field == "latent_dim" else TrainConfig()
    with pytest.raises(ConfigError, match=f"^{field}: a whole number from 1 to"):
        replace(config, **{field: value})


@pytest.mark.parametrize("value", NOT_A_NUMBER, ids=lambda value: f"{value!r:.12}")
@pytest.mark.parametrize(
    "field", ["beta", "learning_rate", "weight_decay", "ema", "max_grad_norm", "validation_fraction"]
)
def test_a_number_is_finite_and_within_bounds(field: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=f"^{field}: a number from"):
        replace(TrainConfig(), **{field: value})


@pytest.mark.parametrize("field", ["beta", "weight_decay", "ema", "max_grad_norm", "validation_fraction"])
def test_only_the_learning_rate_can_be_left_open(field: str) -> None:
    left_open: dict[str, Any] = {field: None}
    assert TrainConfig(learning_rate=None).peak_rate(1) > 0
    with pytest.raises(ConfigError, match=f"^{field}: a number from"):
        replace(TrainConfig(), **left_open)


def test_a_longer_training_peaks_lower_unless_told_otherwise() -> None:
    peaks = [TrainConfig().peak_rate(steps) for steps in (1, 4_500, 9_000, 45_000)]
    assert peaks[0] == peaks[1] == 2 * peaks[2] == pytest.approx(10 * peaks[3])
    assert [TrainConfig(learning_rate=0.1).peak_rate(steps) for steps in (1, 45_000)] == [0.1, 0.1]


@pytest.mark.parametrize("seed", [-1, 2**32, 0.5])
def test_a_seed_is_a_whole_number_within_bounds(seed: Any) -> None:
    with pytest.raises(ConfigError, match=r"^seed: "):
        TrainConfig(seed=seed)


@pytest.mark.parametrize("shape", [(), (8, 8), (1, 8, 8, 1), (0, 8, 8), (1, 8, 100_000), (1, 8.0, 8), (1, "8", 8)])
def test_an_image_shape_is_three_sizes(shape: Any) -> None:
    with pytest.raises(ConfigError, match=r"^image_shape: "):
        ModelConfig(shape)


def test_a_model_too_large_to_hold_is_refused_without_building_it() -> None:
    with pytest.raises(ConfigError, match=rf"^network: [\d,]+ weights are more than the {MAX_PARAMETERS:,}"):
        ModelConfig((1024, 1024, 1024), 1024, MLP((16_384,) * 32))


MODEL = to_dict(ModelConfig((1, 8, 8)))
TRAIN = to_dict(TrainConfig())
# What is wrong, and the field that the message must start with when the configuration lies in `config` or `train`.
DAMAGES: list[tuple[type, dict[str, Any], str]] = [
    (ModelConfig, MODEL | {"latent_dim": 0}, "config.latent_dim: "),
    (ModelConfig, MODEL | {"image_shape": 28}, "config: "),
    (ModelConfig, MODEL | {"image_shape": {"a": 1}}, "config.image_shape: "),
    (ModelConfig, MODEL | {"colour": 1}, "config.colour: unknown field"),
    (ModelConfig, {"latent_dim": 2}, "config.image_shape: is missing"),
    (ModelConfig, MODEL | {"network": {"kind": "transformer"}}, "config.network.kind: one of mlp, conv"),
    (ModelConfig, MODEL | {"network": {"kind": ["mlp"]}}, "config.network.kind: one of mlp, conv"),
    (ModelConfig, MODEL | {"network": "mlp"}, "config.network: expected a JSON object"),
    (ModelConfig, MODEL | {"network": None}, "config.network.kind: "),
    (ModelConfig, MODEL | {"network": {"kind": "mlp", "hidden": []}}, "config.network.hidden: "),
    (ModelConfig, MODEL | {"network": {"kind": "mlp", "hidden": [8, 0]}}, "config.network.hidden: "),
    (ModelConfig, MODEL | {"network": {"kind": "mlp", "hidden": [8] * 33}}, "config.network.hidden: "),
    (ModelConfig, MODEL | {"network": {"kind": "mlp", "hidden": 8}}, "config.network: "),
    (ModelConfig, MODEL | {"network": {"kind": "mlp", "hidden": [8], "width": 3}}, "config.network.width: unknown"),
    (ModelConfig, MODEL | {"network": {"kind": "conv", "channels": [4]}}, "config.network.channels: "),
    (
        ModelConfig,
        MODEL | {"network": {"kind": "conv"}, "image_shape": [1, 9, 8]},
        "config.network: a convolutional .* 9 x 8",
    ),
    (
        ModelConfig,
        MODEL | {"network": {"kind": "conv"}, "image_shape": [2, 8, 8]},
        "config.network: a convolutional .* have 2",
    ),
    (ModelConfig, MODEL | {"likelihood": {"kind": "gaussian", "std": 0}}, "config.likelihood.std: "),
    (ModelConfig, MODEL | {"likelihood": {"kind": "gaussian", "std": 10**400}}, "config.likelihood.std: "),
    (ModelConfig, MODEL | {"likelihood": {"kind": "gaussian", "std": float("nan")}}, "config.likelihood.std: "),
    (TrainConfig, TRAIN | {"beta": -1}, "train.beta: "),
    (TrainConfig, TRAIN | {"schedule": {"kind": "warmup", "over": 2}}, "train.schedule.over: "),
    (TrainConfig, TRAIN | {"schedule": {"kind": "warmup", "over": "all"}}, "train.schedule.over: "),
    (TrainConfig, TRAIN | {"schedule": {"kind": "cyclical", "cycles": 0}}, "train.schedule.cycles: "),
    (TrainConfig, TRAIN | {"schedule": {"kind": "cyclical", "rise": -0.1}}, "train.schedule.rise: "),
]


@pytest.mark.parametrize(("kind", "values", "message"), DAMAGES, ids=[damage[2] for damage in DAMAGES])
def test_a_wrong_field_is_named_with_its_path(kind: type, values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=f"^{message}"):
        from_dict(kind, values, "config" if kind is ModelConfig else "train")


@pytest.mark.parametrize("values", [None, 3, "config", [1, 2]])
def test_only_a_json_object_is_a_configuration(values: Any) -> None:
    with pytest.raises(ConfigError, match=r"^somewhere: expected a JSON object"):
        from_dict(TrainConfig, values, "somewhere")


def test_refining_begins_at_places_where_there_are_few_dimensions() -> None:
    assert ModelConfig((1, 28, 28)).refined(3) == ModelConfig((1, 28, 28), refinement=3, places=160)
    assert ModelConfig((1, 28, 28), refinement=3, places=160).refined(0) == ModelConfig((1, 28, 28))
    assert ModelConfig((1, 28, 28), latent_dim=3).refined(2).places == 0
    large = ModelConfig((3, 512, 512), network=Conv((2, 2), 4)).refined(1)
    assert 1 < large.places == large.most_places < 160
