"""The file of a model: what it holds, how it is read, checked and written, and what it keeps of the test images.

It imports `vae.models`, `vae.projections` and the root modules, and works on NumPy arrays, so that a map opens without PyTorch.
"""

from vae.checkpoints.checkpoint import Checkpoint, peek, read, write

__all__ = ["Checkpoint", "peek", "read", "write"]
