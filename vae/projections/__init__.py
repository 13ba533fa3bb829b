"""Planes of many dimensions: from latents to places that can be drawn, and back.

It imports the root modules only of what is before it. scikit-learn, UMAP and t-SNE are imported where they are used.
"""
