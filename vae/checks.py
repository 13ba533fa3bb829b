"""Whether a field has what it may have: what is read from files, asked for on the command line, or chosen on a page."""

from __future__ import annotations

__all__ = ["check_number", "check_text", "check_whole"]

from typing import Any

from vae.errors import ConfigError
from vae.texts import MAX_TEXT, is_showable


def check_whole(name: str, value: Any, low: int, high: int) -> None:
    """Raises `ConfigError` unless the field `name` has a whole number from `low` to `high`."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ConfigError(f"{name}: a whole number from {low} to {high:,}, not {value!r:.80}.")


def check_number(name: str, value: Any, low: float, high: float) -> None:
    """The same for any number."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise ConfigError(f"{name}: a number from {low:g} to {high:g}, not {value!r:.80}.")


def check_text(name: str, value: Any, longest: int = MAX_TEXT) -> None:
    """The same for a text that can be shown, of no more than `longest` characters."""
    if not is_showable(value, longest):
        raise ConfigError(
            f"{name}: a text of up to {longest} characters, without control characters and halves of characters, not {value!r:.80}."
        )
