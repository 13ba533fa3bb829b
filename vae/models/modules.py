"""The PyTorch modules of our own that layers become (`vae/models/layers.py` says what they compute)."""

__all__ = ["ConvTransposeModule", "GateModule", "Stack"]

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

FEW = 4  # channels of an image


class GateModule(nn.Module):
    """`vae.models.layers.Gate`, at one beta or at several."""

    def __init__(self, features: int, low: float, high: float, knots: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(features, knots))
        self.bias = nn.Parameter(torch.zeros(features))
        self.log_low, self.log_high = math.log(low), math.log(high)

    def forward(self, x: Tensor, beta: Tensor) -> Tensor:
        """x with shape (B, features) or (B, features, H, W), gated for betas with shape (G,): each for B / G in a row."""
        knots = self.weight.shape[1]
        # A beta read from a file may lie a rounding outside of the range; the nearest end has it.
        place = ((beta.log() - self.log_low) / (self.log_high - self.log_low)).clamp(0, 1) * (knots - 1)
        distance = (place.unsqueeze(-1) - torch.arange(knots, device=beta.device)).abs()  # (G, knots)
        nearness = (1 - distance).relu()
        # Element by element rather than as a product of matrices, which autocast would round to eight bits.
        gate = 2 * torch.sigmoid(self.bias + (nearness.unsqueeze(1) * self.weight).sum(-1))
        gate = gate.to(x.dtype).view(len(beta), 1, *gate.shape[1:], *[1] * (x.ndim - 2))
        return (x.unflatten(0, (len(beta), -1)) * gate).flatten(0, 1)


class ConvTransposeModule(nn.ConvTranspose2d):
    """`vae.models.layers.ConvTranspose`. On a CPU, PyTorch takes several times as long for a few outputs as the product of matrices that
    they are, so where nothing is learned it is done as one."""

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:  # noqa: A002 (PyTorch's name)
        """(B, inputs, H, W) to (B, outputs, 2 H, 2 W)."""
        if self.out_channels > FEW or torch.is_grad_enabled() or input.device.type != "cpu":
            return super().forward(input, output_size)
        height, width = input.shape[2:]
        columns = self.weight.flatten(1).T @ input.flatten(2)
        image = F.fold(columns, (2 * height, 2 * width), kernel_size=4, padding=1, stride=2)
        return image if self.bias is None else image + self.bias[:, None, None]


class Stack(nn.Sequential):
    """Modules one after the other, of which some need to know beta."""

    def forward(self, input: Tensor, beta: Tensor | None = None) -> Tensor:  # noqa: A002 (PyTorch's name)
        """`input` through every module. `beta`, with shape (G,), may be missing where there are no gates."""
        x = input
        for module in self:
            x = module(x, beta) if isinstance(module, GateModule) else module(x)
        return x
