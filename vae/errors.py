"""The errors a person can cause. Each says what was wrong, in which file or field, and what to do."""

__all__ = ["NOT_FINITE_MESSAGE", "CheckpointError", "ConfigError", "DataError", "RunError", "TrainingError", "VAEError"]

from vae.texts import printable, printable_lines

MAX_MESSAGE = 10_000  # characters
# How the message of a training begins that broke off over its numbers.
NOT_FINITE_MESSAGE = "the loss is no longer finite"


class VAEError(Exception):
    """Base of every error that a person, a file or a network can cause. Whatever it quotes, its message is a line that can be shown."""

    def __str__(self) -> str:
        return printable(super().__str__(), MAX_MESSAGE)


class ConfigError(VAEError):
    """A field of a configuration has a value it can't have."""


class DataError(VAEError):
    """A data set is unknown, missing or unreadable. Below its message stand the lines of Python that mend it, where there are any."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message, code)
        self.message = message
        self.code = code

    def __str__(self) -> str:
        lines = [printable(self.message, MAX_MESSAGE), *([printable_lines(self.code)] if self.code else [])]
        return "\n".join(lines)


class CheckpointError(VAEError):
    """A checkpoint file is missing, damaged, or not one of ours."""


class TrainingError(VAEError):
    """Training can't go on. The model that was being trained holds its last good weights."""


class RunError(VAEError):
    """A background training run is unknown or can't do what was asked."""
