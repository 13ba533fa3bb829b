"""A training as a folder and a process: what it has written so far, and what is kept beside it.

It imports what `vae.training` may, and `vae.training`.
"""
