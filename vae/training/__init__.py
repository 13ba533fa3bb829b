"""The training of a model: the loop, what it may be resumed from, and what a teacher would say of it.

It imports what `vae.evaluation` may, and `vae.evaluation`.
"""
