"""The models: what an encoder and a decoder are made of, what they say of an image, and what a model is.

Nothing here reads a file or a data set. It imports only the root modules (`vae.errors`, `vae.progress`, ...), and PyTorch only where a
module is built or run.
"""
