"""The lines of Python that make a data set of one's own of a file that is none yet.

They are found by the names, types and shapes of its arrays and by their values: run as they are, they give the pixels that were meant, and
one class the same number in both splits. Where only whoever made the file can know what was meant, there are none.
"""

from __future__ import annotations

__all__ = ["lines"]

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae.data.npy import Header, read_header
from vae.data.repair.labels import count_classes
from vae.data.repair.layout import layout_of, match_colours
from vae.data.repair.pixels import scale, scan
from vae.data.repair.roles import roles_of
from vae.data.repair.script import NoClassesError, Script, UnknownError

LABEL_BYTES = 1 << 29
TEST_SHARE = 10  # one in so many images, where a file has no test split


def lines(path: Path) -> str:
    """The lines that mend a file, which keep the one that was as `NAME.npz.original`. Empty where there is nothing to mend, and where
    nobody can know how. Never raises, and never unpickles anything."""
    try:
        with zipfile.ZipFile(path) as file:
            return _lines(path, file)
    except Exception:  # of whatever a damaged file makes the zip, zlib and NumPy say; the error this is for says more
        return ""


def _lines(path: Path, file: zipfile.ZipFile) -> str:
    headers = _headers(file)
    roles = roles_of(headers)
    if any(headers[name].dtype.hasobject for name in roles.values()):
        return _without_objects(path, roles, headers)
    script = Script(roles)
    labels = {name: _values(file, headers, roles[name]) for name in roles if name.endswith("labels")}
    count = {name: labels[other].shape[0] for name, other in _pairs(roles) if other in labels and labels[other].ndim}
    layouts = {
        name: layout_of(file, roles[name], headers[roles[name]], count.get(name))
        for name in roles
        if name.endswith("images")
    }
    for name, layout in layouts.items():
        if layout.view:
            script.add(f"{name} = {layout.view.format(name)}", layout.why)
    scale(script, {name: (layout, scan(file, roles[name], layout)) for name, layout in layouts.items()})
    match_colours(script, layouts)
    counts = {other: layouts[name].shape[0] for name, other in _pairs(roles)}
    classes = None if "classes" not in roles else _values(file, headers, roles["classes"])
    saved = [*layouts, *_saved_labels(script, labels, counts, classes)]
    if "images" in saved:
        saved = _split(script, layouts["images"].shape[0], saved)
    if not script.body and all(name == given for name, given in roles.items()):
        return ""
    return script.write(path, saved)


def _saved_labels(
    script: Script, labels: Mapping[str, NDArray[Any]], counts: Mapping[str, int], classes: NDArray[Any] | None
) -> list[str]:
    """The names of labels and classes, once they are mended. None where labels are no classes, which a comment then says."""
    begun = len(script.body)
    try:
        named = count_classes(script, labels, counts, classes)
    except NoClassesError as reason:
        del script.body[begun:]
        for name in [*labels, "classes"]:
            script.loads.pop(name, None)
        script.body.append(f"# The labels are left out: {reason}")
        return []
    return [*labels, *(["classes"] if named else [])]


def _pairs(names: Iterable[str]) -> list[tuple[str, str]]:
    """Variables of images, each with that of its labels, if it has any."""
    return [(name, name.replace("images", "labels")) for name in names if name.endswith("images")]


def _headers(file: zipfile.ZipFile) -> dict[str, Header]:
    """The header of every array that can be read, by name."""
    headers = {}
    for name in file.namelist():
        if name.endswith(".npy"):
            try:
                with file.open(name) as stream:
                    headers[name.removesuffix(".npy")] = read_header(stream)
            except ValueError:
                continue
    return headers


def _values(file: zipfile.ZipFile, headers: Mapping[str, Header], name: str) -> NDArray[Any]:
    if headers[name].size > LABEL_BYTES:
        raise UnknownError
    with file.open(f"{name}.npy") as stream:
        return np.lib.format.read_array(stream, allow_pickle=False)


def _split(script: Script, count: int, saved: Sequence[str]) -> list[str]:
    """A test split, drawn at random, where a file has none."""
    test = max(1, count // TEST_SHARE)
    if count < 2:
        raise UnknownError
    script.add(
        f"order = np.random.default_rng(0).permutation({count})",
        f"Drawn at random, one image in {TEST_SHARE} is for the test.",
    )
    names = []
    for name in saved:
        if name == "classes":
            names.append(name)
            continue
        script.add(f"train_{name}, test_{name} = {name}[order[{test}:]], {name}[order[:{test}]]")
        names += [f"train_{name}", f"test_{name}"]
    return names


def _without_objects(path: Path, roles: dict[str, str], headers: Mapping[str, Header]) -> str:
    """Lines that make arrays of numbers or texts of Python objects, of which nothing more can be known without opening them."""
    script = Script(roles, pickled=True)
    for name, given in roles.items():
        if headers[given].dtype.hasobject and name.endswith("images"):
            script.add(f"{name} = np.array({name}.tolist())", "This needs all to be of one size.")
        elif headers[given].dtype.hasobject:
            script.add(f'{name} = np.array(["" if one is None else one for one in {name}.ravel().tolist()])')
    return script.write(path, list(roles))
