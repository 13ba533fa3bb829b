"""The errors a person can cause. Each says what was wrong, in which file or field, and what to do."""

__all__ = ["NOT_FINITE", "CheckpointError", "ConfigError", "DataError", "RunError", "TrainingError", "VAEError"]

from vae.texts import printable_lines

MAX_MESSAGE = 10_000  # characters
NOT_FINITE = "the loss is no longer finite"  # how the message of a training begins that broke off over its numbers


class VAEError(Exception):
    """Base of every error that a person, a file or a network can cause. Whatever it quotes, its message can be shown."""

    def __str__(self) -> str:
        return printable_lines(super().__str__(), MAX_MESSAGE)


class ConfigError(VAEError):
    """A field of a configuration has a value it can't have."""


class DataError(VAEError):
    """A data set is unknown, missing or unreadable."""


class CheckpointError(VAEError):
    """A checkpoint file is missing, damaged, or not one of ours."""


class TrainingError(VAEError):
    """Training can't go on. The model that was being trained holds its last good weights."""


class RunError(VAEError):
    """A background training run is unknown or can't do what was asked."""
