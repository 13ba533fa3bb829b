"""A training as a film: in which plane it is seen, what is drawn of a moment, and the file that is made of it.

It imports what `vae.runs` may, and `vae.runs`.
"""
