"""The command line. It may import everything in `vae`, and nothing in `vae` imports it."""

from vae.cli.commands import main

__all__ = ["main"]
