"""What encoder and decoder take beside their input."""

from __future__ import annotations

__all__ = ["NO_LABEL", "Condition", "Knots", "Label", "blend"]

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from torch import Tensor

NO_LABEL = -1  # the label of an image without one, and what a model takes where it is given none

# A class, or how much of each of K classes.
Label: TypeAlias = "int | tuple[float, ...] | Tensor | None"


@dataclass(frozen=True)
class Condition:
    """One value that travels with the images or latents of a batch. A model takes of it what its layers do (`Knots`), and ignores the
    rest.

    A tensor with shape (G,) splits a batch into G parts of one size, a number for each. A label may be a blend of K classes, too: a share
    for each (`blend`), in a tensor with shape (G, K).
    """

    beta: float | Tensor = 1.0  # weight of the KL that the model is asked to act for
    label: Label = None  # class, shares of all classes, `NO_LABEL` or None for none

    def of(self, field: str) -> float | tuple[float, ...] | Tensor:
        """What it has in a field: a number, or shares."""
        value = getattr(self, field)
        return NO_LABEL if value is None else value

    def groups(self, count: int) -> Iterator[tuple[Condition, Tensor]]:
        """Conditions of single values, and which of `count` inputs each is of."""
        import torch

        if not count:
            return
        columns = {}
        for field in fields(self):
            value = self.of(field.name)
            each = torch.as_tensor([value] if isinstance(value, tuple) else value).cpu()
            each = each if each.ndim == 2 else each.reshape(-1, 1)
            columns[field.name] = each.repeat_interleave(count // len(each), 0)
        rows = torch.cat([column.double() for column in columns.values()], 1)
        unique, of_each = rows.unique(dim=0, return_inverse=True)
        for number in range(len(unique)):
            which = (of_each == number).nonzero().squeeze(1)
            values = {name: column[which[0]].tolist() for name, column in columns.items()}
            single: dict[str, Any] = {name: each[0] if len(each) == 1 else tuple(each) for name, each in values.items()}
            yield Condition(**single), which


def blend(start: int, end: int, t: float, classes: int) -> tuple[float, ...]:
    """The label at fraction t of the way from one to another, as a share for each of the `classes`: 1 - t of the first and t of the other,
    where no class (`NO_LABEL`) is a share of none. Gates then add up the weights of both classes in these shares."""
    shares = [0.0] * classes
    for label, share in ((start, 1 - t), (end, t)):
        if label != NO_LABEL:
            shares[label] += share
    return tuple(shares)


@dataclass(frozen=True)
class Knots:
    """How a layer takes a number of the condition: as the nearness to each of `count` knots, even between `low` and `high`, in its
    logarithm or as it is. Between two knots it is near to both, and beyond the ends it is at the end. Knots at whole numbers make labels
    one-hot; a label below `low` is near to none, and a blend of labels is as near to each as its shares say."""

    of: str  # field of the condition
    low: float
    high: float
    count: int
    log: bool = False

    def nearness(self, value: Tensor) -> Tensor:
        """The nearness of numbers with shape (G,), or of shares with shape (G, count), to each knot, with shape (G, count), from 0 to 1."""
        import torch

        if value.ndim == 2:
            return value

        low, high = (math.log(self.low), math.log(self.high)) if self.log else (self.low, self.high)
        # A number read from a file may lie a rounding outside of the range; the nearest end has it.
        place = (((value.log() if self.log else value) - low) / (high - low or 1)).clamp(0, 1) * (self.count - 1)
        near = (1 - (place.unsqueeze(-1) - torch.arange(self.count, device=value.device)).abs()).relu()
        return near if self.of != "label" else near * (value >= self.low).unsqueeze(-1)

    @classmethod
    def of_beta(cls, low: float, high: float) -> Knots:
        """Seventeen, even in log(beta): the far end can bend without moving the middle."""
        return cls("beta", low, high, 17, log=True)

    @classmethod
    def of_label(cls, classes: int) -> Knots:
        """One for each class."""
        return cls("label", 0, classes - 1, classes)
