"""The PyTorch modules of our own that layers become (`vae/layers.py` says what they compute)."""

__all__ = ["GateModule", "Stack"]

import math

import torch
from torch import Tensor, nn


class GateModule(nn.Module):
    """`vae.layers.Gate`, at one beta or at several."""

    def __init__(self, features: int, low: float, high: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(features, 2))
        self.bias = nn.Parameter(torch.zeros(features))
        self.log_middle = (math.log(high) + math.log(low)) / 2
        self.log_half = (math.log(high) - math.log(low)) / 2

    def forward(self, x: Tensor, beta: Tensor) -> Tensor:
        """x with shape (B, features) or (B, features, H, W), gated for betas with shape (G,): each for B / G in a row."""
        u = ((beta.log() - self.log_middle) / self.log_half).unsqueeze(-1)
        # Element by element rather than as a product of matrices, which autocast would round to eight bits.
        gate = 2 * torch.sigmoid(self.bias + u * self.weight[:, 0] + u.square() * self.weight[:, 1])
        gate = gate.to(x.dtype).view(len(beta), 1, *gate.shape[1:], *[1] * (x.ndim - 2))
        return (x.unflatten(0, (len(beta), -1)) * gate).flatten(0, 1)


class Stack(nn.Sequential):
    """Modules one after the other, of which some need to know beta."""

    def forward(self, input: Tensor, beta: Tensor | None = None) -> Tensor:  # noqa: A002 (PyTorch's name)
        """`input` through every module. `beta`, with shape (G,), may be missing where there are no gates."""
        x = input
        for module in self:
            x = module(x, beta) if isinstance(module, GateModule) else module(x)
        return x
