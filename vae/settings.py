"""Numbers that people can set of a variant: one field each, which is checked, an option of the command line, and a control of the page.

A variant is a frozen dataclass of one of the tables (`PRIORS`, `OBJECTIVES`, `PROJECTIONS`, ...). A field of it that is a `Setting`
needs no line anywhere else.
"""

from __future__ import annotations

__all__ = ["Setting", "check_settings", "settings_of"]

from dataclasses import field, fields
from typing import Any, NamedTuple

from vae.checks import check_number, check_whole


class Setting(NamedTuple):
    """A number that people can set: what they are told of it, and what it can be."""

    default: float  # a whole number if it has to be one
    title: str
    low: float
    high: float
    offered: float | None = None  # up to which a slider goes; None where a number is typed
    step: float = 1
    help: str | None = None
    option: str | None = None  # of the command line, where it is called otherwise than the field

    def as_field(self) -> Any:
        """It as a field of a dataclass."""
        return field(default=self.default, metadata={"setting": self})


def settings_of(kind: type) -> dict[str, Setting]:
    """What people can set of a variant, by the names of its fields."""
    return {each.name: each.metadata["setting"] for each in fields(kind) if "setting" in each.metadata}


def check_settings(variant: Any, where: str = "") -> None:
    """Raises `ConfigError`, naming the field below `where`, for a setting that can't be what it is."""
    for name, setting in settings_of(type(variant)).items():
        path = f"{where}.{name}" if where else name
        if isinstance(setting.default, int):
            check_whole(path, getattr(variant, name), int(setting.low), int(setting.high))
        else:
            check_number(path, getattr(variant, name), setting.low, setting.high)
