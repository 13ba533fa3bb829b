"""Which Zscape this is. The only place that says so: the package's metadata are read from here."""

__version__ = "0.1.0"
