"""Planes of many dimensions: from latents to places that can be drawn, and back. A new projection is a file beside these, and a line in
`PROJECTIONS`.

Of what is before it, it imports the root modules, and `vae.models.config`, by which settings are checked, read and written. scikit-learn,
UMAP and t-SNE are imported where they are used.
"""

__all__ = ["PCA", "PROJECTIONS", "TSNE", "UMAP", "Axes"]

from vae.projections.axes import Axes
from vae.projections.pca import PCA
from vae.projections.projection import Settings
from vae.projections.tsne import TSNE
from vae.projections.umap import UMAP

# In the order in which people are offered them.
PROJECTIONS: dict[str, type[Settings]] = {variant.kind: variant for variant in (PCA, UMAP, TSNE, Axes)}
