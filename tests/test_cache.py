"""What is kept so as not to be made again: up to a bound, in memory and on disk."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from vae.cache import ENTRY_BYTES, Cache, DiskCache, size_of
from vae.errors import VAEError

WAIT = 30.0


def room_for(count: int, each: int) -> int:
    """A bound that so many values of so many bytes fit in."""
    return count * (each + ENTRY_BYTES)


def in_memory(count: int, each: int = 100) -> Cache[bytes]:
    return Cache(room_for(count, each), len)


def on_disk(folder: Path, *, max_bytes: int = 1_000, max_files: int = 9) -> DiskCache[str]:
    """Texts, of which those that begin with a hash can't be read."""

    def unpack(content: bytes) -> str:
        if content.startswith(b"#"):
            raise VAEError("not one of ours")
        return content.decode()

    return DiskCache(folder, ".txt", pack=str.encode, unpack=unpack, max_bytes=max_bytes, max_files=max_files)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_what_was_not_used_for_longest_goes_first() -> None:
    cache = in_memory(3)
    for key in "abc":
        cache.put(key, bytes(100))
    assert cache.get("a") is not None
    cache.put("d", bytes(100))
    assert [key for key in "abcd" if cache.get(key) is not None] == ["a", "c", "d"]
    cache.put("e", bytes(250))  # which takes the place of two
    assert [key for key in "abcde" if cache.get(key) is not None] == ["d", "e"]


def test_a_value_takes_the_place_of_the_one_before() -> None:
    cache = in_memory(2)
    for _ in range(5):
        cache.put("a", bytes(100))
    assert cache.bytes == room_for(1, 100)
    cache.put("a", b"new")
    assert cache.get("a") == b"new"
    assert cache.values() == [b"new"]


def test_one_that_is_too_large_is_there_alone_until_another_comes() -> None:
    cache = in_memory(2)
    cache.put("a", bytes(10))
    cache.put("large", bytes(9_000))
    assert cache.get("large") is not None
    assert cache.get("a") is None
    cache.put("b", bytes(10))
    assert cache.values() == [bytes(10)]


def test_small_values_are_bounded_in_number() -> None:
    cache: Cache[int] = Cache(10 * ENTRY_BYTES)
    for number in range(100):
        cache.put(number, number)
    assert 5 < len(cache.values()) < 10


def test_the_bound_holds_whatever_threads_do() -> None:
    cache = in_memory(5)
    over: list[int] = []
    begin = threading.Barrier(4)

    def work(seed: int) -> None:
        generator = np.random.default_rng(seed)
        begin.wait(WAIT)
        for key in generator.integers(20, size=500).tolist():
            cache.get_or_make(key, lambda: bytes(100))
            cache.put(key, bytes(int(generator.integers(100))))
            if cache.bytes > cache.max_bytes:
                over.append(cache.bytes)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert not over
    assert cache.bytes == sum(len(value) + ENTRY_BYTES for value in cache.values()), "none is counted that is gone"


@pytest.fixture(params=["memory", "disk"])
def any_cache(request: pytest.FixtureRequest, tmp_path: Path) -> Cache[str] | DiskCache[str]:
    return Cache(100_000) if request.param == "memory" else on_disk(tmp_path)


def test_one_thread_makes_it_and_the_others_get_it(any_cache: Cache[str] | DiskCache[str]) -> None:
    made: list[int] = []
    begin = threading.Barrier(8)
    others_may_come = threading.Event()

    def make() -> str:
        made.append(1)
        others_may_come.wait(WAIT)
        return "value"

    def ask(_: int) -> str:
        begin.wait(WAIT)
        return any_cache.get_or_make("key", make)

    with ThreadPoolExecutor(9) as pool:
        asked = pool.map(ask, range(8))
        # Nobody waits for what has another key.
        assert pool.submit(lambda: any_cache.get_or_make("other", lambda: "another")).result(WAIT) == "another"
        others_may_come.set()
        assert list(asked) == ["value"] * 8
    assert len(made) == 1


def test_a_maker_that_fails_leaves_nothing(any_cache: Cache[str] | DiskCache[str]) -> None:
    def fail() -> str:
        raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            any_cache.get_or_make("key", fail)
    assert any_cache.get("key") is None
    assert any_cache.get_or_make("key", lambda: "value") == "value"
    assert any_cache.get_or_make("key", fail) == "value"


@dataclass
class Both:
    array: np.ndarray
    again: object


def test_sizes_are_those_of_arrays_each_counted_once() -> None:
    array = np.zeros(10_000, np.float32)
    assert size_of(array) == 40_000
    assert size_of(torch.zeros(10_000)) == 40_000
    assert 40_000 < size_of(Both(array, {"same": [array, (array, "text")]})) < 41_000
    assert 80_000 < size_of([array, array.copy()]) < 81_000
    assert size_of(bytes(500)) >= 500


def test_files_of_no_more_bytes_than_there_may_be(tmp_path: Path) -> None:
    cache = on_disk(tmp_path, max_bytes=100)
    for number in range(6):
        cache.put(str(number), "x" * 40)
        os.utime(cache.path(str(number)), (number, number))
    assert names(tmp_path) == {"4.txt", "5.txt"}
    cache.put("large", "x" * 101)
    assert cache.get("large") is None
    assert names(tmp_path) == {"4.txt", "5.txt"}


def test_no_more_files_than_there_may_be_and_the_last_used_stay(tmp_path: Path) -> None:
    cache = on_disk(tmp_path, max_files=3)
    (tmp_path / "of-somebody-else.npz").touch()
    for number, key in enumerate("abc"):
        cache.put(key, key)
        os.utime(cache.path(key), (number, number))
    assert cache.get("a") == "a"
    cache.put("d", "d")
    assert names(tmp_path) == {"a.txt", "c.txt", "d.txt", "of-somebody-else.npz"}


def test_what_cannot_be_read_counts_as_missing_and_is_removed(tmp_path: Path) -> None:
    cache = on_disk(tmp_path)
    cache.path("a").write_text("#")
    assert cache.get("a") is None
    assert not names(tmp_path)
    cache.path("a").mkdir()  # which can't be removed as a file is
    assert cache.get("a") is None
    assert cache.get_or_make("a", lambda: "made") == "made", "it is done without"


def test_where_nothing_can_be_written_it_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    cache = on_disk(tmp_path / "cache" / "texts")
    assert cache.get_or_make("a", lambda: "made") == "made"
    assert cache.get("a") is None


def test_files_that_another_process_removes_meanwhile_are_let_go(tmp_path: Path) -> None:
    cache = on_disk(tmp_path, max_files=1)
    cache.path("gone").symlink_to(tmp_path / "nowhere")  # what a folder lists can be gone by the time it is looked at
    cache.put("a", "a")
    assert cache.get("a") == "a"


PROCESS = """
import sys
from pathlib import Path
from vae.cache import DiskCache

cache = DiskCache(Path(sys.argv[1]), ".txt", pack=str.encode, unpack=bytes.decode, max_bytes=50_000, max_files=9)
print("ready", flush=True)
sys.stdin.readline()
for turn in range(150):
    key = str(turn % 12)
    text = cache.get_or_make(key, lambda: 2_000 * f"{key},")
    assert text == 2_000 * f"{key},", text
"""


@pytest.mark.process
def test_two_processes_at_once_see_whole_files(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        _, error = process.communicate(timeout=60)
        assert process.returncode == 0, error
    cache = on_disk(tmp_path, max_bytes=50_000, max_files=9)
    cache.put("last", "last")  # what both have left too much, if they have
    assert len(names(tmp_path)) <= 9
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 50_000
