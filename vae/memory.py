"""How much memory there still is, and a sentence for where there isn't enough."""

from __future__ import annotations

__all__ = ["check", "free", "guarded", "limit"]

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from vae.errors import VAEError

CGROUPS = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")  # which groups this process is in
UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
MIN_BYTES = 10**6  # a smaller number without a unit is of GB
# What a training needs beside the images, at least: a network, its gradients, what a batch becomes.
SPARE_BYTES = 100e6
# How PyTorch and the system say it.
EXHAUSTION_SIGNS = (
    "can't allocate memory",
    "cannot allocate memory",
    "not enough memory",
    "out of memory",
    "bad alloc",
    "bad_alloc",
)
WAY_OUT = "Take fewer or smaller images, or a machine or a limit (VAE_MEMORY, a container's, ulimit -v) with more"


def limit() -> int | None:
    """Bytes that this process may take: `VAE_MEMORY`, as 8 or 8GB, 500MB, or 8000000000; None where it says nothing.

    Raises `VAEError` for anything else.
    """
    text = os.environ.get("VAE_MEMORY", "").strip()
    if not text:
        return None
    parts = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,9})?) *([KMGT]?)(i?B)?", text, re.ASCII | re.IGNORECASE)
    if not parts or not float(parts[1]):
        raise VAEError(f"VAE_MEMORY: gigabytes, as 8 or 8GB, 500MB, or bytes, as 8000000000, not {text!r:.80}.")
    number, unit = float(parts[1]), parts[2].upper()
    if not unit and not parts[3] and number < MIN_BYTES:
        unit = "G"
    return int(number * UNITS[unit])


def free() -> int:
    """Bytes that this process can still take: what the machine has, or less where `VAE_MEMORY`, a container (cgroup) or `ulimit -v` says
    so.

    Raises `VAEError` as `limit` does.
    """
    room = [psutil.virtual_memory().available, *_of_cgroups()]
    used = psutil.Process().memory_info()
    if (most := limit()) is not None:
        room.append(most - used.rss)
    if sys.platform != "win32":
        import resource

        for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA):
            soft = resource.getrlimit(kind)[0]
            if soft != resource.RLIM_INFINITY:
                room.append(soft - (used.vms if kind == resource.RLIMIT_AS else getattr(used, "data", used.rss)))
    return max(0, min(room))


def check(size: float, what: str, error: type[VAEError] = VAEError) -> None:
    """Raises an `error` where `size` bytes, which `what` takes, are more than are free."""
    there = free()
    if size > there:
        raise error(f"{what} takes {size / 1e9:.3g} GB of memory, of which {there / 1e9:.3g} GB are free. {WAY_OUT}.")


@contextmanager
def guarded(what: str, error: type[VAEError] = VAEError) -> Iterator[None]:
    """Makes an `error` of running out of memory, whoever runs out of it: Python and NumPy, PyTorch on a processor, or on an accelerator."""
    try:
        yield
    except (MemoryError, RuntimeError, OSError) as problem:
        if not isinstance(problem, MemoryError) and not any(sign in str(problem).lower() for sign in EXHAUSTION_SIGNS):
            raise
        raise error(f"{what} needs more memory than there is. {WAY_OUT}.") from problem


def _of_cgroups() -> list[int]:
    """What is left below each limit of the groups that the process is in: a container's, a job's."""
    try:
        lines = MEMBERSHIP.read_text().splitlines()
    except OSError:
        return []
    rooms = []
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers == "":
            root, names = CGROUPS, ("memory.max", "memory.current", "")
        elif "memory" in controllers.split(","):
            root, names = CGROUPS / "memory", ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_")
        else:
            continue
        group = root / path.lstrip("/")
        # A container sees its own group as the root, whatever its path is outside.
        above = [folder for folder in (group, *group.parents) if folder.is_relative_to(root)]
        rooms += [_room(folder, *names) for folder in {root, *above}]
    return [room for room in rooms if room is not None]


def _room(folder: Path, most: str, used: str, prefix: str) -> int | None:
    """What is left in a group, with what the cache of files would give back; None where it has no limit."""
    try:
        total, taken = int((folder / most).read_text()), int((folder / used).read_text())
        cached = re.findall(rf"(?m)^{prefix}(?:in)?active_file ([0-9]+)$", (folder / "memory.stat").read_text())
    except (OSError, ValueError):  # there is none, or "max"
        return None
    return total - taken + sum(map(int, cached))
