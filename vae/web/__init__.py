"""What a browser gets: a model's weights, points and program as bytes, and a model as one page that works offline.

It imports what `vae.film` may, and `vae.film`.
"""
