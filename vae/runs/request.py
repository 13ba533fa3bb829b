"""What a run is to train."""

from __future__ import annotations

__all__ = ["MAX_NAME", "Request", "read_request", "to_json"]

import json
from dataclasses import dataclass
from pathlib import Path

from vae.data.sources import check_name, source_named, source_of
from vae.errors import ConfigError, DataError
from vae.models.config import ModelConfig, TrainConfig, from_dict, to_dict

MAX_NAME = 60  # characters


@dataclass(frozen=True)
class Request:
    """What to train. Raises `ConfigError` if model and training don't fit each other, or the data, as far as that is told by its name: a
    run stays what it was when a data set of one's own is changed, or gone."""

    data: str  # name of the data set
    model: ModelConfig
    train: TrainConfig
    out: Path | None = None  # where the checkpoint goes as well
    tensorboard: bool = False  # whether it writes files for TensorBoard
    name: str = ""  # what people call the model
    half: bool = False  # whether its weights are rounded to half precision once it is trained, which halves the file

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or len(self.name) > MAX_NAME or not self.name.isprintable():
            raise ConfigError(f"name: up to {MAX_NAME} characters on one line, not {self.name!r:.80}.")
        try:
            check_name(self.data)
        except DataError as error:
            raise ConfigError(str(error)) from None
        if source_named(self.data).fixed:
            self.check_data()
        self.train.check(self.model)

    def check_data(self) -> None:
        """Raises `DataError` if there is no such data set here, or none that can be used, and `ConfigError` if its images have another
        shape than the model's."""
        shape = source_of(self.data).image_shape
        if self.model.image_shape != shape:
            raise ConfigError(f"model.image_shape: {self.data} has {shape}, not {self.model.image_shape}.")


def to_json(request: Request) -> bytes:
    """The file from which `read_request` makes the same."""
    values = {
        "data": request.data,
        "model": to_dict(request.model),
        "train": to_dict(request.train),
        "out": None if request.out is None else str(request.out),
        "tensorboard": request.tensorboard,
        "name": request.name,
        "half": request.half,
    }
    return json.dumps(values, indent=2).encode()


def read_request(folder: Path) -> Request | None:
    """What a run's folder says is to be trained; None where that can't be read."""
    try:
        values = json.loads((folder / "request.json").read_text("utf-8"))
        model = from_dict(ModelConfig, values.get("model"), "model")
        train = from_dict(TrainConfig, values.get("train"), "train")
        out = values.get("out")
        wanted, name = values.get("tensorboard", False), values.get("name", "")  # which an earlier Zscape didn't know
        half = bool(values.get("half", False))
        return Request(values.get("data"), model, train, None if out is None else Path(out), bool(wanted), name, half)
    except Exception:  # whatever is in that file, the list of runs goes on
        return None
