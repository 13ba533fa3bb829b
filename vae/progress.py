"""How training stands, as the loop yields it and as a run on disk keeps it."""

__all__ = ["Curve", "Progress"]

from typing import NamedTuple


class Curve(NamedTuple):
    """The bound's terms, averaged over images, in nats per image."""

    recon: float
    kl: float

    def loss(self, beta: float = 1.0) -> float:
        """recon + beta kl."""
        return self.recon + beta * self.kl


class Progress(NamedTuple):
    """How training stands at the end of an epoch."""

    epoch: int  # epochs done, from 1
    epochs: int
    beta: float  # weight of the KL in the last step
    learning_rate: float  # in the last step
    train: Curve  # over the epoch, while the weights moved
    validation: Curve | None  # of the averaged weights on the held-out images; None without any
    seconds: float  # since training began
