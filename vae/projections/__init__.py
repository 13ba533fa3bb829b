"""Planes of many dimensions: from latents to places that can be drawn, and back.

Of what is before it, it imports the root modules, and `vae.models.config`, by which settings are checked, read and written. scikit-learn,
UMAP and t-SNE are imported where they are used.
"""
