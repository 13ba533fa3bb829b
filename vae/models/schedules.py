"""How beta, the weight of the KL, moves while training.

A schedule maps the fraction of training that is done, in [0, 1], to a factor in [0, 1] on beta. A new one is a frozen
dataclass, added to `SCHEDULES`.
"""

from __future__ import annotations

__all__ = ["SCHEDULES", "Constant", "Cyclical", "Schedule", "Warmup", "schedule_for"]

from dataclasses import dataclass
from typing import ClassVar, Protocol

from vae.errors import ConfigError


class Schedule(Protocol):
    """Where beta schedules plug in."""

    kind: ClassVar[str]
    title: ClassVar[str]  # in a sentence, for people

    def __call__(self, progress: float) -> float:
        """The factor on beta when the fraction `progress` of training is done."""
        ...


@dataclass(frozen=True)
class Constant:
    """Beta from the first step to the last."""

    kind: ClassVar[str] = "constant"
    title: ClassVar[str] = "constant"

    def __call__(self, progress: float) -> float:
        return 1.0


@dataclass(frozen=True)
class Warmup:
    """Linear from `start` to 1 over the first `over` of training, so that the latent is used before it is taxed."""

    over: float = 0.3
    start: float = 0.1
    kind: ClassVar[str] = "warmup"
    title: ClassVar[str] = "warm-up"

    def __post_init__(self) -> None:
        _check_fraction("schedule.over", self.over)
        _check_fraction("schedule.start", self.start)

    def __call__(self, progress: float) -> float:
        if progress >= self.over:
            return 1.0
        return self.start + (1 - self.start) * progress / self.over


@dataclass(frozen=True)
class Cyclical:
    """`cycles` times from 0 to 1: linear over the first `rise` of a cycle, then held.

    Cyclical Annealing Schedule: A Simple Approach to Mitigating KL Vanishing (Fu et al., 2019)
    https://arxiv.org/abs/1903.10145
    """

    cycles: int = 4
    rise: float = 0.5
    kind: ClassVar[str] = "cyclical"
    title: ClassVar[str] = "cyclical"

    def __post_init__(self) -> None:
        _check_fraction("schedule.rise", self.rise)
        if not isinstance(self.cycles, int) or isinstance(self.cycles, bool) or not 1 <= self.cycles <= 1000:
            raise ConfigError(f"schedule.cycles: a whole number from 1 to 1000, not {self.cycles!r:.80}.")

    def __call__(self, progress: float) -> float:
        if progress >= 1:
            return 1.0
        place = (progress * self.cycles) % 1.0
        return 1.0 if place >= self.rise else place / self.rise


SCHEDULES: dict[str, type[Schedule]] = {variant.kind: variant for variant in (Constant, Warmup, Cyclical)}


def schedule_for(latent_dim: int) -> Schedule:
    """What did best on MNIST. A plane needs time to wake up; many dimensions all do while beta is small, and more of them stay awake
    than are worth their KL."""
    return Warmup() if latent_dim <= 4 else Constant()


def _check_fraction(field: str, value: float) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise ConfigError(f"{field}: a fraction from 0 to 1, not {value!r:.80}.")
