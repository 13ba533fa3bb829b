"""The command line, a file a command. It may import everything in `vae`, and nothing in `vae` imports it."""

from vae.cli.parser import main

__all__ = ["main"]
