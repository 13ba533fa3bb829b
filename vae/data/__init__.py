"""Where images come from: the data sets that are built in, and one's own in `.npz` files.

It imports `vae.models` and the root modules. Nobody else asks where images lie.
"""

from vae.data.images import ImageSet
from vae.data.sources import DATASETS, load
from vae.data.statistics import pixel_statistics

__all__ = ["DATASETS", "ImageSet", "load", "pixel_statistics"]
