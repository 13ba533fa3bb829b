"""Latents at hand: drawn from a prior or an aggregate posterior, joined by paths, laid out in planes, and selected.

It imports `vae.models`, `vae.projections`, `vae.checkpoints` and the root modules.
"""
