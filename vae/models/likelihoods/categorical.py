"""Pixels of a few grey levels, each with a probability of its own that the decoder says."""

from __future__ import annotations

__all__ = ["Categorical"]

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from vae.models.expressions import Expression, Number, let, variable
from vae.models.likelihoods.base import Likelihood, U, X
from vae.settings import Setting, check_settings

if TYPE_CHECKING:
    from torch import Tensor

    from vae.models.pixels import CategoricalPixels


@dataclass(frozen=True)
class Categorical(Likelihood):
    """Categorical pixels, from a logit for each of `levels` levels that lie evenly from 0 to 1, in each channel. An image is scored by the
    levels nearest to its pixels, so its nats are of these and not of the image as it is stored."""

    levels: int = Setting(  # pyrefly: ignore[bad-override] (nobody sets it)
        8,
        "Levels of a pixel",
        2,
        64,
        offered=32,
        help="Pixels are scored by the nearest of so many levels from black to white, each with a probability of its own: any "
        "distribution can be said, also one with two peaks. The decoder gives as many numbers a pixel. Nats of models with different "
        "levels can't be compared.",
    ).as_field()
    kind: ClassVar[str] = "categorical"

    def __post_init__(self) -> None:
        check_settings(self, "likelihood")

    @property
    def parameters(self) -> int:  # pyrefly: ignore[bad-override] (nobody sets it)
        return self.levels

    @property
    def title(self) -> str:
        return f"{self.kind}, {self.levels} levels"

    @property
    def scale(self) -> str:  # pyrefly: ignore[bad-override] (nobody sets it)
        return f"a probability of {self.levels} levels, to which pixels are rounded"

    def __call__(self, output: Tensor) -> CategoricalPixels:
        from vae.models.pixels import CategoricalPixels

        return CategoricalPixels(output.unflatten(1, (self.levels, -1)))

    def mean(self) -> Expression:
        return self._by_shares(lambda shares: self._moment(shares, lambda level: level))

    def deviation(self) -> Expression:
        def of_shares(shares: Sequence[Expression]) -> Expression:
            mean = self._moment(shares, lambda level: level)
            return let("m", mean, lambda m: self._moment(shares, lambda level: (level - m).square()).sqrt())

        return self._by_shares(of_shares)

    def draw(self) -> Expression:
        """One step up for each of the others whose share of u lies below it."""

        def of_shares(shares: Sequence[Expression]) -> Expression:
            return self._running(shares, lambda sums: _sum((U * sums[-1] - below).step() for below in sums[:-1]))

        return self._by_shares(of_shares) / (self.levels - 1)

    def score(self) -> Expression:
        logits = [variable(f"a{k}") for k in range(self.levels)]

        def of_nearest(nearest: Expression) -> Expression:
            return _sum(logits[k] * (0.25 - (nearest - k).abs()).step() for k in range(self.levels))

        own = let("n", (X * (self.levels - 1) + 0.5).floor(), of_nearest)
        return let("h", _largest(logits), lambda h: h + _sum((logit - h).exp() for logit in logits).log()) - own

    def _by_shares(self, formula: Callable[[Sequence[Expression]], Expression]) -> Expression:
        """A formula of what is proportional to the probabilities of the levels, of which the largest is one."""
        logits = [variable(f"a{k}") for k in range(self.levels)]

        def name(shares: list[Expression]) -> Expression:
            k = len(shares)
            if k == self.levels:
                return formula(shares)
            return let(f"e{k}", (logits[k] - variable("h")).exp(), lambda share: name([*shares, share]))

        return let("h", _largest(logits), lambda _: name([]))

    def _running(
        self, shares: Sequence[Expression], formula: Callable[[Sequence[Expression]], Expression]
    ) -> Expression:
        """A formula of the sums of shares up to each level."""

        def name(sums: list[Expression]) -> Expression:
            k = len(sums)
            if k == self.levels:
                return formula(sums)
            return let(f"s{k}", shares[k] + (sums[-1] if sums else 0), lambda upto: name([*sums, upto]))

        return name([])

    def _moment(self, shares: Sequence[Expression], of_level: Callable[[Number], Number]) -> Expression:
        """The expectation of a function of the level."""
        weighed = _sum(share * of_level(k / (self.levels - 1)) for k, share in enumerate(shares))
        return weighed / _sum(shares)


def _sum(parts: Iterable[Expression]) -> Expression:
    first, *others = parts
    for other in others:
        first = first + other
    return first


def _largest(parts: Sequence[Expression]) -> Expression:
    first, *others = parts
    for other in others:
        first = first.max(other)
    return first
