"""The PyTorch modules of our own that layers become (`vae/models/layers.py` says what they compute)."""

__all__ = [
    "BatchNormModule",
    "ChannelsModule",
    "ConditionTensors",
    "ConstantModule",
    "ConvTransposeModule",
    "GateModule",
    "LadderModule",
    "PriorModule",
    "ResidualModule",
    "ShiftModule",
    "Stack",
]

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae.models.condition import Knots
from vae.models.distributions import DiagonalNormal
from vae.models.priors.base import Prior, Pull, Shape

ConditionTensors = Mapping[
    str, Tensor
]  # what layers take of a condition, by its fields, each with shape (G,) or (G, K)
IMAGE_CHANNELS = 4  # outputs of a transposed convolution, up to which they are few


class GateModule(nn.Module):
    """`vae.models.layers.Gate`, for one number of the condition or for several."""

    conditioned = True
    decays = False  # to be pulled to zero, where it lets everything through, helps nobody

    def __init__(self, features: int, knots: Knots) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(features, knots.count))
        self.bias = nn.Parameter(torch.zeros(features))
        self.knots = knots

    def forward(self, x: Tensor, condition: ConditionTensors) -> Tensor:
        """x with shape (B, features) or (B, features, H, W), gated by the (G,) numbers of the condition: each for B / G in a row."""
        value = condition[self.knots.of]
        # Element by element rather than as a product of matrices, which autocast would round to eight bits.
        gate = 2 * torch.sigmoid(self.bias + (self.knots.nearness(value).unsqueeze(1) * self.weight).sum(-1))
        gate = gate.to(x.dtype).view(len(value), 1, *gate.shape[1:], *[1] * (x.ndim - 2))
        return (x.unflatten(0, (len(value), -1)) * gate).flatten(0, 1)


class ShiftModule(nn.Module):
    """`vae.models.layers.Shift`, for one number of the condition or for several."""

    conditioned = True
    decays = False

    def __init__(self, features: int, knots: Knots) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(features, knots.count))
        self.knots = knots

    def forward(self, x: Tensor, condition: ConditionTensors) -> Tensor:
        """x with shape (B, features) or (B, features, H, W), moved by the (G,) numbers of the condition: each for B / G in a row."""
        with torch.autocast(x.device.type, enabled=False):  # which would round them to eight bits
            shift = self.knots.nearness(condition[self.knots.of]) @ self.weight.T
        shift = shift.to(x.dtype).view(len(shift), 1, -1, *[1] * (x.ndim - 2))
        return (x.unflatten(0, (len(shift), -1)) + shift).flatten(0, 1)


class ConvTransposeModule(nn.ConvTranspose2d):
    """`vae.models.layers.ConvTranspose`. On a CPU, PyTorch takes several times as long for a few outputs as the product of matrices that
    they are, so where nothing is learned it is done as one."""

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:  # noqa: A002 (PyTorch's name)
        """(B, inputs, H, W) to (B, outputs, H', W')."""
        if self.out_channels > IMAGE_CHANNELS or torch.is_grad_enabled() or input.device.type != "cpu":
            return super().forward(input, output_size)
        kernel, stride, padding, dilation = (
            int(both[0]) for both in (self.kernel_size, self.stride, self.padding, self.dilation)
        )
        more = self.output_padding[0] + dilation * (kernel - 1) + 1 - 2 * padding - stride
        columns = self.weight.flatten(1).T @ input.flatten(2)
        sides = tuple(stride * side + more for side in input.shape[2:])
        image = F.fold(columns, sides, kernel, dilation, padding, stride)
        return image if self.bias is None else image + self.bias[:, None, None]


class Stack(nn.Sequential):
    """Modules one after the other, of which those that say that they are `conditioned` are called with the condition, too."""

    conditioned = True

    def forward(self, input: Tensor, condition: ConditionTensors | None = None) -> Tensor:  # noqa: A002 (PyTorch's name)
        """`input` through every module. `condition` may be missing where there are no gates."""
        x = input
        for module in self:
            x = module(x, condition) if getattr(module, "conditioned", False) else module(x)
        return x


class ResidualModule(Stack):
    """`vae.models.layers.Residual`."""

    def forward(self, input: Tensor, condition: ConditionTensors | None = None) -> Tensor:  # noqa: A002 (PyTorch's name)
        return input + super().forward(input, condition)


class LadderModule(Stack):
    """`vae.models.layers.Ladder`."""

    def __init__(self, top: int, *modules: nn.Module) -> None:
        super().__init__(*modules)
        self.top = top

    def forward(self, input: Tensor, condition: ConditionTensors | None = None) -> Tensor:  # noqa: A002 (PyTorch's name)
        mean, std = self.lower(input[:, : self.top])
        return mean + std * input[:, self.top :]

    def lower(self, z: Tensor) -> DiagonalNormal:
        """p(y|z) of the lower latents given those of the top, with shape (B, T)."""
        mean, raw = super().forward(z).chunk(2, dim=-1)
        return DiagonalNormal(mean, F.softplus(raw))

    def given(self, z: Tensor, evidence: DiagonalNormal) -> DiagonalNormal:
        """q(e|x, z): what the image says of the lower latents by itself, a normal factor N(y; mean, std^2) with shape (B, L), times what
        the top says of them, p(y|z); in units of e."""
        mean, std = self.lower(z)
        ratio = (std / evidence.std).square()  # of the precisions
        return DiagonalNormal((evidence.mean - mean) / std * ratio / (1 + ratio), (1 + ratio).rsqrt())


class ChannelsModule(nn.Module):
    """`vae.models.layers.Channels`."""

    def __init__(self, first: int, count: int) -> None:
        super().__init__()
        self.first, self.count = first, count

    def forward(self, x: Tensor) -> Tensor:
        return x[:, self.first : self.first + self.count]


class ConstantModule(nn.Module):
    """`vae.models.layers.Constant`."""

    value: Tensor

    def __init__(self, count: int, initial: float) -> None:
        super().__init__()
        self.count = count
        self.register_buffer("value", torch.tensor([initial]))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.value.expand(len(x), self.count, *x.shape[2:])], dim=1)


class BatchNormModule(nn.Module):
    """`vae.models.layers.BatchNorm`: of any shape, and without PyTorch's count of batches, which is no weight."""

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, features: int, eps: float) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(features))
        self.bias = nn.Parameter(torch.zeros(features))
        self.register_buffer("running_mean", torch.zeros(features))
        self.register_buffer("running_var", torch.ones(features))

    def forward(self, x: Tensor) -> Tensor:
        """x with shape (B, features) or (B, features, H, W)."""
        averages = self.running_mean, self.running_var
        return F.batch_norm(x, *averages, self.weight, self.bias, training=self.training, eps=self.eps)


class PriorModule(nn.Module):
    """A prior with its parameters: p(z) of one model. What it keeps of the encoder's answers are its buffers."""

    decays = False

    def __init__(self, prior: Prior, latent_dim: int, image_shape: Shape = ()) -> None:
        super().__init__()
        self.prior, self.latent_dim = prior, latent_dim
        # What the encoder says now, with its gradients, in place of the buffers: while a step of training is taken.
        self.live: dict[str, Tensor] = {}
        for name, tensor in prior.initial(latent_dim, image_shape).items():
            self.register_parameter(name, nn.Parameter(tensor))
        for name, shape in prior.tensors(latent_dim, image_shape).items():
            if name not in self._parameters:
                self.register_buffer(name, torch.zeros(shape))

    @property
    def weights(self) -> dict[str, Tensor]:
        """Its tensors by name."""
        return dict(self.named_parameters()) | dict(self.named_buffers()) | self.live

    @property
    def questions(self) -> Tensor | None:
        """Images that it is made of the posteriors of, with shape (K, C, H, W), if it is."""
        return self.prior.questions(self.weights)

    @torch.no_grad()
    def hold(self, answers: Mapping[str, Tensor]) -> None:
        """Keeps what the encoder says."""
        for name, tensor in answers.items():
            self.get_buffer(name).copy_(tensor)

    def log_prob(self, z: Tensor) -> Tensor:
        """log p(z) of latents z, with shape (B, D), in nats, with shape (B,)."""
        return self.prior.log_prob(z, self.weights)

    def kl(self, q: DiagonalNormal, z: Tensor | None = None) -> Tensor:
        """KL(q || p) in nats, with shape (B,): in closed form where there is one; else by the draw z of each posterior, or without one as
        `Prior.expected_kl` finds it."""
        if z is not None:
            return self.prior.kl(q, z, self.weights)
        return self.prior.expected_kl(q, self.weights) if len(q.mean) else q.mean.new_zeros(0)

    def kl_by_pair(self, q: DiagonalNormal) -> Tensor | None:
        """The same, with shape (P, B), as each of P pairs of draws finds it, if it is found by draws."""
        return self.prior.kl_by_pair(q, self.weights)

    def kl_by_dim(self, q: DiagonalNormal) -> Tensor | None:
        """The parts of the KL that dimensions have in nats, with shape (B, D), where there is a closed form of them."""
        return self.prior.kl_by_dim(q, self.weights)

    @torch.no_grad()
    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """Draws from it, with shape (count, D), without gradients."""
        return self.prior.sample(count, self.latent_dim, self.weights, generator)

    def pull(self, q: DiagonalNormal) -> Pull:
        """How it pulls at posteriors."""
        return self.prior.pull(q, self.weights) if len(q.mean) else Pull(q.mean, q.std)
