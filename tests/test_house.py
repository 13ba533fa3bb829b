"""The house: what may import what."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import vae

ROOT = Path(vae.__file__).parent
# From the bottom: each package imports only itself and those before it.
PACKAGES = (
    "models",
    "data",
    "projections",
    "checkpoints",
    "latents",
    "evaluation",
    "training",
    "runs",
    "film",
    "web",
    "cli",
)
FRONT = ("vae", "vae.__main__")  # the doors, which open on everything


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): ast.parse(path.read_text("utf-8")) for path in sorted(ROOT.rglob("*.py"))}


def imported(tree: ast.AST) -> Iterator[str]:
    """Every name that is imported anywhere in a module, as deep as it goes: `from a import b` may be of a module `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def used(name: str) -> set[str]:
    """The modules of ours that a module imports."""
    modules = set()
    for other in imported(MODULES[name]):
        while other and other not in MODULES:
            other = other.rpartition(".")[0]  # noqa: PLW2901
        modules.add(other)
    return modules - {"", name}


def package_of(name: str) -> int:
    """Its place in the order; -1 for the modules at the root, which know none of the packages."""
    part = (*name.split("."), "")[1]
    return PACKAGES.index(part) if part in PACKAGES else -1


@pytest.mark.parametrize("name", sorted(set(MODULES) - set(FRONT)))
def test_a_module_imports_only_what_is_before_it(name: str) -> None:
    later = {other for other in used(name) - {"vae"} if package_of(other) > package_of(name)}
    assert not later, f"{name} is before {later}"


@pytest.mark.parametrize("name", sorted(MODULES))
def test_the_library_knows_no_widget(name: str) -> None:
    assert not {other for other in imported(MODULES[name]) if other.split(".")[0] in ("streamlit", "pages")}


def test_only_the_command_that_opens_the_app_looks_for_streamlit() -> None:
    """Not even for its files: no text of another module is its name."""
    looking = {
        name
        for name, tree in MODULES.items()
        for node in ast.walk(tree)
        if name.startswith("vae") and isinstance(node, ast.Constant) and str(node.value).split(".")[0] == "streamlit"
    }
    assert looking == {"vae.cli.app"}


def test_no_imports_go_in_a_circle() -> None:
    modules = set(MODULES) - set(FRONT)
    try:
        TopologicalSorter({name: used(name) & modules for name in modules}).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' -> '.join(error.args[1])}")


def test_every_folder_is_a_package_in_the_order() -> None:
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} == set(PACKAGES)
    assert {path.name for path in ROOT.iterdir() if path.is_dir() and path.name != "__pycache__"} == set(PACKAGES)
