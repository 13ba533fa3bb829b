"""What was made once and may be wanted again, up to a bound in bytes: in memory (`Cache`), and on disk (`DiskCache`).

Both have the same verbs, for any number of threads. Whatever was not used for longest goes first. A value is never None, which stands for
one that isn't there.
"""

from __future__ import annotations

__all__ = ["Cache", "DiskCache", "size_of"]

import os
import sys
import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar
from weakref import WeakValueDictionary

from vae.errors import VAEError
from vae.files import write_atomic

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

ENTRY_BYTES = 1_000  # what a key and its place take, at least, so that small values have a bound in number, too

_lock = threading.Lock()
_makers: WeakValueDictionary[Hashable, threading.Lock] = WeakValueDictionary()  # held by whoever makes a value


class _AnyCache(ABC, Generic[K, T]):
    """What is the same in memory and on disk."""

    @abstractmethod
    def get(self, key: K) -> T | None:
        """The value that was put under a key; None where there is none, or no longer."""

    @abstractmethod
    def put(self, key: K, value: T) -> None:
        """Puts a value under a key, in place of the one there."""

    def get_or_make(self, key: K, make: Callable[[], T]) -> T:
        """The value under a key, made if there is none. Of several threads that ask for it one makes it, and the others wait; if that
        fails, the error is raised and the next one tries."""
        value = self.get(key)
        if value is not None:
            return value
        with _lock:
            maker = _makers.setdefault(self._scope(key), threading.Lock())
        with maker:
            value = self.get(key)
            if value is None:
                value = make()
                self.put(key, value)
            return value

    @abstractmethod
    def _scope(self, key: K) -> Hashable:
        """What stands for a key among those of all caches."""


class Cache(_AnyCache[Hashable, T]):
    """Values in memory, of no more than `max_bytes` together; one that is larger by itself is there until another one comes.

    `size` gives the bytes of a value.
    """

    def __init__(self, max_bytes: int, size: Callable[[T], int] | None = None) -> None:
        self.max_bytes = max_bytes
        self._size = size or size_of
        self._lock = threading.Lock()
        self._entries: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()  # with their bytes, the last used last
        self._bytes = 0

    @property
    def bytes(self) -> int:
        """The size of all values, and of what it takes to keep them."""
        return self._bytes

    def get(self, key: Hashable) -> T | None:
        """The value that was put under a key, which is now the last used one; None where there is none, or no longer."""
        with self._lock:
            if key not in self._entries:
                return None
            self._entries.move_to_end(key)
            return self._entries[key][0]

    def put(self, key: Hashable, value: T) -> None:
        """Puts a value under a key, in place of the one there, and drops those that were not used for longest."""
        size = ENTRY_BYTES + self._size(value)
        with self._lock:
            self._drop(key)
            self._entries[key] = value, size
            self._bytes += size
            while self._bytes > self.max_bytes and len(self._entries) > 1:
                self._drop(next(iter(self._entries)))

    def values(self) -> list[T]:
        """All of them, the last used last; none counts as used by that."""
        with self._lock:
            return [value for value, _ in self._entries.values()]

    def _drop(self, key: Hashable) -> None:
        if key in self._entries:
            self._bytes -= self._entries.pop(key)[1]

    def _scope(self, key: Hashable) -> Hashable:
        return id(self), key


class DiskCache(_AnyCache[str, T]):
    """Values as files of a folder, of no more than `max_bytes` and `max_files` together. `pack` makes the content of a file, and `unpack`
    the value, or raises `VAEError` for what `pack` hasn't made.

    Files are named after their keys, written whole or not at all, and may be shared with other processes. One that can't be read counts as
    missing and is removed; a value that can't be written, or is larger than all may be, is done without.
    """

    def __init__(
        self,
        folder: Path,
        suffix: str,
        *,
        pack: Callable[[T], bytes],
        unpack: Callable[[bytes], T],
        max_bytes: int,
        max_files: int,
    ) -> None:
        self.folder = folder
        self.suffix = suffix
        self.max_bytes = max_bytes
        self.max_files = max_files
        self._pack = pack
        self._unpack = unpack

    def path(self, key: str) -> Path:
        """Where the file of a key lies, if it is there."""
        return self.folder / f"{key}{self.suffix}"

    def get(self, key: str) -> T | None:
        """The value that was put under a key, whose file is now the last used one; None where there is none, or no longer."""
        path = self.path(key)
        try:
            value = self._unpack(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, VAEError):
            with suppress(OSError):
                path.unlink(missing_ok=True)
            return None
        with suppress(OSError):  # dropped meanwhile, or a disk that is only read
            os.utime(path)
        return value

    def put(self, key: str, value: T) -> None:
        """Writes the file of a key, and removes those that were not used for longest."""
        content = self._pack(value)
        if len(content) <= self.max_bytes:
            with suppress(OSError, VAEError):
                write_atomic(self.path(key), content)
        self._drop()

    def _drop(self) -> None:
        """Removes what is too much. What can't be removed stays."""
        known: list[tuple[int, int, Path]] = []
        with suppress(OSError):
            for path in self.folder.glob(f"*{self.suffix}"):
                with suppress(OSError):  # another process was faster
                    stat = path.stat()
                    known.append((stat.st_mtime_ns, stat.st_size, path))
        total = 0
        for place, (_, size, path) in enumerate(sorted(known, reverse=True)):
            total += size
            if place >= self.max_files or total > self.max_bytes:
                with suppress(OSError):
                    path.unlink(missing_ok=True)

    def _scope(self, key: str) -> Hashable:
        return self.path(key)


def size_of(value: object) -> int:
    """Bytes that a value takes: arrays, tensors, texts, and what tuples, lists, sets, dictionaries and dataclasses hold of them, each
    counted once. Other objects count without what they refer to."""
    seen: set[int] = set()

    def size(value: Any) -> int:
        if id(value) in seen:
            return 0
        seen.add(id(value))
        if hasattr(value, "nbytes"):
            return int(value.nbytes)
        parts: Any = ()
        if isinstance(value, dict):
            parts = (*value.keys(), *value.values())
        elif isinstance(value, tuple | list | set | frozenset):
            parts = value
        elif is_dataclass(value) and not isinstance(value, type):
            parts = vars(value).values()
        return sys.getsizeof(value) + sum(size(part) for part in parts)

    return size(value)
