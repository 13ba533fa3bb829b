"""The wheel, installed where nothing of the checkout is: what is in it, and that its command opens the app."""

from __future__ import annotations

import ast
import os
import re
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from email.message import Message
from email.parser import Parser
from importlib.metadata import packages_distributions
from pathlib import Path
from urllib.request import urlopen
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import vae
from benchmarks.servers import CHROMIUM, ROOT, WINDOW, chromium, listens

START = 60  # seconds that a server may take on a busy machine
pytestmark = pytest.mark.process
POSIX = os.name == "posix"
READY = ".zs[data-ready]"
PICTURE = '() => document.querySelector(".zs-readout canvas").toDataURL()'
PLACES = ((0.3, 0.4), (0.6, 0.7))  # fractions of the plot
TRAINS = """
import time, vae
from vae import ModelConfig, TrainConfig
from vae.models.networks import MLP
from vae.runs import store
from vae.runs.request import Request

run = store.start(Request("digits", ModelConfig((1, 8, 8), 2, MLP((16,))), TrainConfig(epochs=1)))
while run.status().active:
    time.sleep(0.05)
print(vae.__file__, run.status().state, *run.status().message.split(), run.folder, sep="\\n")
"""


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `pip install .` makes of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="session")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of a new environment, which has the wheel and is lent what the wheel needs by the environment of the tests."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=POSIX)
    paths = sysconfig.get_paths("venv", vars={"base": str(folder), "platbase": str(folder)})
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (Path(paths["purelib"]) / "lent.pth").write_text("\n".join(lent), encoding="utf-8")
    python = Path(paths["scripts"]) / Path(sys.executable).name
    command = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        str(wheel),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return Path(paths["scripts"])


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder with files of other people, which are called as ours are."""
    for name in ("vae.py", "app.py", "pages.py"):
        (tmp_path / name).write_text("raise SystemExit('somebody else')", encoding="utf-8")
    return tmp_path


def environment(**more: str) -> dict[str, str]:
    """As of somebody who has set nothing."""
    unset = {
        name: value for name, value in os.environ.items() if not name.startswith(("VAE_", "STREAMLIT_", "PYTHONPATH"))
    }
    return unset | {"OMP_NUM_THREADS": "1"} | more


def run(folder: Path, *command: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*map(str, command)],
        cwd=folder,
        env=environment(**more),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@contextmanager
def taken(port: int) -> Iterator[None]:
    """Has somebody listen on a port, if nobody does."""
    with socket.socket() as other:
        if POSIX:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            other.bind(("127.0.0.1", port))
            other.listen()
        yield


@contextmanager
def opened(command: list[str], folder: Path, variables: Mapping[str, str]) -> Iterator[str]:
    """The address that a command prints, once the app answers there; at the end somebody presses Ctrl-C, which is no failure."""
    with (
        (folder / "errors.txt").open("w+", encoding="utf-8") as errors,
        subprocess.Popen(
            command, cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            said = re.match(r"Zscape: (http://localhost:(\d+)) ", process.stdout.readline())
            assert said is not None
            until = time.monotonic() + START
            while not listens(int(said[2])):
                assert time.monotonic() < until
                time.sleep(0.05)
            yield said[1]
            process.send_signal(signal.SIGINT)
            assert process.wait(START) == 0
            errors.seek(0)
            assert errors.read().strip() == ""
        finally:
            process.kill()


@pytest.fixture(scope="module")
def app(scripts: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app that somebody opens in an empty folder."""
    folder = tmp_path_factory.mktemp("empty")
    with taken(8501), opened([str(scripts / "zscape"), "--no-browser"], folder, environment()) as url:
        yield url


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return Parser().parsestr(archive.read(name).decode())


def requirements(name: str) -> dict[str, Requirement]:
    """What a file of requirements holds itself."""
    lines = [line.partition("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]
    parsed = [Requirement(line) for line in lines if line and not line.startswith("-")]
    return {canonicalize_name(requirement.name): requirement for requirement in parsed}


def test_the_wheel_holds_one_package_and_nothing_that_is_only_for_us(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names} == {"vae", f"zscape-{vae.__version__}.dist-info"}
    assert not [
        name for name in names if re.search(r"(^|/)(tests?|benchmarks|docs|node_modules|__pycache__)/|\.pyc$", name)
    ]
    files = {
        file.relative_to(ROOT).as_posix()
        for folder in ("checkpoints", "pages")
        for file in (ROOT / folder).rglob("*.*")
    }
    files = {name for name in files if "__pycache__" not in name} | {"app.py", ".streamlit/config.toml"}
    assert {name.removeprefix("vae/_app/") for name in names if name.startswith("vae/_app/")} == files


def test_requirements_and_metadata_agree(metadata: Message) -> None:
    stated = [Requirement(line) for line in metadata.get_all("Requires-Dist", [])]
    needed = {
        requirement.name: requirement.specifier for requirement in stated if "extra" not in str(requirement.marker)
    }
    extra = {requirement.name: requirement.specifier for requirement in stated if "extra" in str(requirement.marker)}
    assert needed == {name: requirement.specifier for name, requirement in requirements("requirements.txt").items()}
    assert extra == {name: requirement.specifier for name, requirement in requirements("requirements-dev.txt").items()}
    assert metadata["Version"] == vae.__version__


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_says_from_which_version_on(name: str) -> None:
    unbounded = [
        requirement
        for requirement in requirements(name).values()
        if not any(clause.operator == ">=" for clause in requirement.specifier)
    ]
    assert unbounded == []


def test_every_package_that_is_imported_is_required() -> None:
    files = [ROOT / "app.py", *(file for folder in ("vae", "pages") for file in (ROOT / folder).rglob("*.py"))]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))]
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level]
    packages = (
        {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"vae", "pages", "app", "_typeshed"}
    )
    distributions = packages_distributions()
    missing = {
        name
        for name in packages
        if not {*map(canonicalize_name, distributions[name])} & {*requirements("requirements.txt")}
    }
    assert missing == set()


def test_the_library_and_its_checkpoints_come_from_the_wheel(scripts: Path, elsewhere: Path) -> None:
    done = run(elsewhere, scripts / "zscape", "info", "mnist-2d")
    assert (done.returncode, done.stderr) == (0, "")
    assert "mnist" in done.stdout
    code = "import vae, vae.checkpoints.checkpoint as c; print(vae.__file__, c.SHIPPED_FOLDER, sep='\\n')"
    paths = run(elsewhere, scripts / "python", "-P", "-c", code).stdout.splitlines()
    assert all(Path(path).is_relative_to(scripts.parent) for path in paths), paths


def test_the_command_is_named_as_it_was_called(scripts: Path, elsewhere: Path) -> None:
    assert run(elsewhere, scripts / "zscape", "--version").stdout == f"zscape {vae.__version__}\n"
    assert run(elsewhere, scripts / "zscape", "--help").stdout.startswith("usage: zscape [--port N]")
    refused = run(elsewhere, scripts / "zscape", "train")
    assert refused.returncode == 2
    assert refused.stderr.startswith("usage: zscape train ")


def test_a_training_in_the_background_is_of_the_wheel_and_where_it_was_started(scripts: Path, elsewhere: Path) -> None:
    done = run(elsewhere, scripts / "python", "-P", "-c", TRAINS)
    assert (done.returncode, done.stderr) == (0, "")
    origin, state, folder = done.stdout.splitlines()
    assert Path(origin).is_relative_to(scripts.parent)
    assert state == "finished"
    assert Path(folder).parent == elsewhere / "runs"


def test_the_app_answers_on_a_free_port_where_its_own_is_taken(app: str) -> None:
    assert not app.endswith(":8501")
    with urlopen(app) as page:
        assert page.status == 200
    with urlopen(f"{app}/_stcore/health") as health:
        assert health.read() == b"ok"


@pytest.mark.browser
@pytest.mark.flaky(reruns=1)
@pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here; get it with apt-get install chromium (or your system's package)"
)
def test_the_app_decodes_a_place_under_its_own_theme(app: str) -> None:
    with chromium() as browser:
        page = browser.new_page(viewport=WINDOW)
        page.goto(app)
        page.wait_for_selector(READY, timeout=START * 1000)
        box = page.locator(".zs-plot").bounding_box()
        assert box is not None
        seen = [page.evaluate(PICTURE)]
        for across, down in PLACES:
            page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
            page.wait_for_function(f"before => ({PICTURE})() !== before", arg=seen[-1])
            seen.append(page.evaluate(PICTURE))
        assert len(set(seen)) == len(PLACES) + 1
        text = page.locator(".stApp").evaluate("it => getComputedStyle(it).color")
        assert text == "rgb(17, 24, 39)"  # textColor of .streamlit/config.toml


@pytest.mark.skipif(not POSIX, reason="a script stands in for the browser")
def test_the_browser_is_opened_where_the_app_is(scripts: Path, elsewhere: Path) -> None:
    browser = elsewhere / "browser"
    browser.write_text(
        f'#!/bin/sh\necho "$1" > "{elsewhere}/part"\nmv "{elsewhere}/part" "{elsewhere}/opened"\n', encoding="utf-8"
    )
    browser.chmod(0o755)
    with opened([str(scripts / "zscape")], elsewhere, environment(BROWSER=f"{browser} %s")) as url:
        until = time.monotonic() + START
        while not (elsewhere / "opened").exists():
            assert time.monotonic() < until
            time.sleep(0.05)
        assert (elsewhere / "opened").read_text(encoding="utf-8") == f"{url}\n"
