"""scikit-learn's 1,797 real 8x8 digits."""

from __future__ import annotations

__all__ = ["Digits"]

from dataclasses import dataclass
from pathlib import Path

from vae.data.idx import DIGITS
from vae.data.images import ImageSet, Source, Split


@dataclass(frozen=True)
class Digits(Source):
    """They lie in scikit-learn's package."""

    title: str = "Digits 8x8"
    image_shape: tuple[int, int, int] = (1, 8, 8)
    counts: tuple[int, int] | None = (1437, 360)
    floor: tuple[int, float] | None = (360, 13.69)
    likelihood: str = "bernoulli"

    def read(self, split: Split, root: Path, download: bool) -> ImageSet:
        """Four fifths for training, stratified by class: the same ones every time."""
        import torch
        from sklearn.datasets import load_digits
        from sklearn.model_selection import train_test_split

        images, labels = load_digits(return_X_y=True)
        train, test = train_test_split(range(len(labels)), test_size=0.2, stratify=labels, random_state=0)
        which = torch.tensor(sorted(train if split == "train" else test))
        # Sixteen grey levels to 255, so that white is white.
        pixels = (torch.from_numpy(images) * 255 / 16).round().to(torch.uint8).reshape(-1, 1, 8, 8)
        return ImageSet(pixels[which], torch.from_numpy(labels).long()[which], DIGITS)

    def class_names(self) -> tuple[str, ...]:
        return DIGITS
