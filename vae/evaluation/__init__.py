"""How good a model is and what its latents hold: numbers with their units and errors, words, figures and pictures.

It imports `vae.models`, `vae.data`, `vae.projections`, `vae.checkpoints`, `vae.latents` and the root modules.
"""
