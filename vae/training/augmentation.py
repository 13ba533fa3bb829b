"""Images moved a little: turned, scaled, sheared and shifted, each in its own way.

torchvision's `RandomAffine` moves a whole batch alike.
"""

__all__ = ["random_affine"]

import torch
import torch.nn.functional as F
from torch import Tensor

TURN = 0.18  # radians
SHEAR = 0.18  # tangent
SCALE = 0.12  # of both sides together
STRETCH = 0.09  # of the height alone
SHIFT = 0.045  # of a side


def random_affine(x: Tensor, fraction: float, generator: torch.Generator | None = None) -> Tensor:
    """The images x, with shape (B, C, H, W), of which this fraction is moved, chosen by chance. The others stay as they are.

    Each movement is drawn evenly between the constants above and their negatives; where an image ends, black comes in.
    """
    count = round(fraction * len(x))
    if count == 0:
        return x
    turn, shear, scale, stretch, across, down = 2 * torch.rand(6, count, generator=generator, device=x.device) - 1
    cos, sin = (TURN * turn).cos(), (TURN * turn).sin()
    shear, scale, stretch = SHEAR * shear, 1 + SCALE * scale, 1 + STRETCH * stretch
    # Rotation times shear times scales, and where the middle of the image comes from, in half sides.
    rows = (
        torch.stack([scale * cos, scale * stretch * (shear * cos - sin), 2 * SHIFT * across], 1),
        torch.stack([scale * sin, scale * stretch * (shear * sin + cos), 2 * SHIFT * down], 1),
    )
    which = torch.randperm(len(x), generator=generator, device=x.device)[:count]
    grid = F.affine_grid(torch.stack(rows, 1), [count, *x.shape[1:]], align_corners=False)
    result = x.clone()
    result[which] = F.grid_sample(x[which], grid, align_corners=False)
    return result
