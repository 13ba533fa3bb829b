"""How training stands, as the loop yields it and as a run on disk keeps it, and how to say how far long work is."""

__all__ = ["Curve", "OnStep", "Progress", "Work", "from_json", "part_of", "read_progress", "terms_of", "to_json"]

import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from vae.cache import Cache
from vae.limits import MAX_CURVES_BYTES

MAX_EPOCHS = 10**9
NO_OTHERS: Mapping[str, float] = {}
OnStep = Callable[[int, int], None]  # (done, of how many)


def part_of(on_step: OnStep | None, before: int, total: int) -> OnStep | None:
    """What a part of the work calls, when `before` of the whole is done and `total` is to do."""
    return on_step and (lambda done, _: on_step(before + done, total))


class Work:
    """How far a work of several parts is, counted in steps that take equally long."""

    def __init__(self, on_step: OnStep | None, total: int) -> None:
        self.on_step = on_step
        self.total = total
        self.begun = 0  # by the parts so far

    def part(self, count: int, cost: int = 1) -> OnStep | None:
        """What the next part calls, which has `count` things to do that take `cost` steps each."""
        on_step, before = self.on_step, self.begun
        self.begun += cost * count
        return on_step and (lambda done, _: on_step(before + cost * done, self.total))

    def report(self) -> None:
        """Whoever stops it can do so between its parts, too."""
        if self.on_step is not None:
            self.on_step(self.begun, self.total)


class Loss(Protocol):
    """What makes one number of terms: `vae.models.objectives.Objective`."""

    def loss(self, terms: Mapping[str, Any], beta: Any) -> Any: ...


class Curve(NamedTuple):
    """The terms of an objective, averaged over images, in nats per image."""

    recon: float
    kl: float
    others: Mapping[str, float] = NO_OTHERS  # by name

    @property
    def terms(self) -> dict[str, float]:
        """All of them by name."""
        return {"recon": self.recon, "kl": self.kl, **self.others}

    def of(self, name: str) -> float:
        """One of them; NaN where there is none of this name."""
        return self.terms.get(name, math.nan)

    @property
    def neg_elbo(self) -> float:
        """Minus the evidence lower bound, whatever the objective was."""
        return self.recon + self.kl

    def loss(self, beta: float, objective: Loss) -> float:
        """What the objective minimises at a weight of the KL."""
        return objective.loss(self.terms, beta)


class Progress(NamedTuple):
    """How training stands at the end of an epoch."""

    epoch: int  # epochs done, from 1
    epochs: int
    beta: float  # weight of the KL in the last step
    learning_rate: float  # in the last step
    train: Curve  # over the epoch, while the weights moved
    validation: Curve | None  # of the averaged weights on the held-out images; None without any
    seconds: float  # since training began
    # A file of an earlier Zscape has none of these.
    kl_by_dim: tuple[float, ...] | None = None  # (D,), nats per image on the held-out images; None without any
    gradient_norm: float | None = None  # averaged over the epoch's steps, before it is clipped
    images_per_second: float | None = None  # through the epoch's steps, snapshots included

    def watched(self, beta: float, objective: Loss) -> float:
        """The loss that says which epoch is the best: on the held-out images, where there are any. What is not a number is the worst."""
        loss = (self.validation or self.train).loss(beta, objective)
        return math.inf if math.isnan(loss) else loss


def terms_of(progress: Sequence[Progress]) -> list[str]:
    """The names of the terms that a training reports; before the first epoch those that every objective has."""
    return list((progress[-1].train if progress else Curve(0.0, 0.0)).terms)


def to_json(progress: Progress) -> str:
    """One line of JSON, from which `from_json` makes the same."""
    curves = {"train": progress.train.terms, "validation": progress.validation and progress.validation.terms}
    return json.dumps(progress._asdict() | curves)


def from_json(line: str) -> Progress | None:
    """What `to_json` wrote; None where that is not what it is, or only half of it."""
    try:
        record = Progress(**json.loads(line))
        train, validation = _curve(record.train), None if record.validation is None else _curve(record.validation)
        kl_by_dim = None if record.kl_by_dim is None else tuple(record.kl_by_dim)
        record = record._replace(train=train, validation=validation, kl_by_dim=kl_by_dim)
        curves = [*record.train.terms.values(), *(validation.terms.values() if validation else ())]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    optional = (record.gradient_norm, record.images_per_second, *(kl_by_dim or ()))
    numbers = (
        record.beta,
        record.learning_rate,
        record.seconds,
        *curves,
        *(one for one in optional if one is not None),
    )
    whole = all(isinstance(count, int) and 0 < count <= MAX_EPOCHS for count in (record.epoch, record.epochs))
    return record if whole and all(map(_is_number, numbers)) else None


def _curve(terms: Any) -> Curve:
    """A curve of terms by name, or of the two of an earlier Zscape."""
    if isinstance(terms, list):
        recon, kl = terms
        return Curve(recon, kl)
    others = dict(terms)
    return Curve(others.pop("recon"), others.pop("kl"), others)


def _is_number(value: object) -> bool:
    """Whether it is one that can be calculated with, NaN and infinity among them, for a training may have broken off over them."""
    return isinstance(value, float) or (isinstance(value, int) and abs(value) <= sys.float_info.max)


# Whole lines, and what they say, which together take up to four times the bytes of the lines.
_read: Cache[tuple[bytes, list[Progress]]] = Cache(MAX_CURVES_BYTES, lambda read: 4 * len(read[0]))


def read_progress(path: Path) -> list[Progress]:
    """What a file of such lines holds. A page asks every second, for files of a megabyte to which a line is added now and then, so what was
    read the last time is not taken apart again."""
    content = path.read_bytes()
    before, known = _read.get(path) or (b"", [])
    if not content.startswith(before):
        before, known = b"", []
    whole = content[: content.rfind(b"\n") + 1]
    known = known + _parsed(whole[len(before) :])
    _read.put(path, (whole, known))
    return known + _parsed(content[len(whole) :])


def _parsed(lines: bytes) -> list[Progress]:
    return [
        progress for progress in map(from_json, lines.decode(errors="replace").splitlines()) if progress is not None
    ]
