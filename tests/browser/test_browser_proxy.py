"""The app behind a real nginx, as docs/deploy.md configures it: with a prefix that the proxy takes off, and with one that it keeps."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conftest import Server, Watched, start
from playwright.sync_api import expect

from benchmarks.servers import ROOT, free_port, listens

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
# A name of this machine that isn't localhost, from which alone Streamlit takes WebSockets whatever the proxy says.
HOST = "zscape.localhost"
CONFIGURATION = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        {location}
    }}
}}
"""

pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx here; get it with apt-get install nginx-light")


def location(prefix_kept: bool) -> str:
    """What docs/deploy.md says nginx needs, or what it makes of that where the prefix is kept."""
    (block,) = re.findall(r"```nginx\n(.+?)```", (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8"), re.DOTALL)
    if prefix_kept:
        block = re.sub(r"\n *proxy_redirect .+?;", "", block.replace(":8501/;", ":8501;"))
    return block


@contextmanager
def proxied(folder: Path, *, prefix_kept: bool) -> Iterator[tuple[str, Server]]:
    """The app behind nginx until the block ends: its URL, and the server."""
    with start(folder, **({"STREAMLIT_SERVER_BASE_URL_PATH": "z"} if prefix_kept else {})) as server:
        port = free_port()
        to = location(prefix_kept).replace("127.0.0.1:8501", f"localhost:{urlsplit(server.url).port}")
        file = folder / "nginx.conf"
        file.write_text(CONFIGURATION.format(folder=folder, port=port, location=to))
        assert NGINX is not None
        with subprocess.Popen([NGINX, "-p", folder, "-c", file, "-e", folder / "error.log"]) as process:
            try:
                until = time.monotonic() + 30
                while not listens(port):
                    assert process.poll() is None, (folder / "error.log").read_text()
                    assert time.monotonic() < until
                    time.sleep(0.02)
                yield f"http://{HOST}:{port}/z", server
            finally:
                process.terminate()


@pytest.mark.parametrize("prefix_kept", [False, True], ids=["stripped", "kept"])
def test_everything_works_below_the_prefix_of_a_proxy(watched: Watched, tmp_path: Path, prefix_kept: bool) -> None:
    page = watched.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    with proxied(tmp_path, prefix_kept=prefix_kept) as (url, server):
        # A page of its own first, before anything is known of where the app begins.
        page.goto(f"{url}/sample")
        page.wait_for_selector(".zs-tiles[data-decoded='64']")

        # To the front page within the app: the map, plotly.js, and the worker, whose script has no address of its own.
        page.get_by_role("link", name="Explore").click()
        page.wait_for_selector(".zs-explore-page .zs-map:not(.zs-dirty)")
        page.wait_for_selector(".zs-terrain[data-settled]")
        assert urlsplit(page.url).path == "/z/"
        ours = [path for path in asked if "/zscape/" in path]
        assert len(ours) > 5
        assert all(path.startswith("/z/zscape/") for path in ours)

        # Opened anew; and by an address with a slash too many, which Streamlit sends elsewhere.
        for path in ("", "/traverse/"):
            page.goto(f"{url}{path}")
            page.wait_for_selector(".zs[data-ready]")

        if not prefix_kept:
            # More than a proxy takes if nobody tells it to.
            page.goto(f"{url}/models")
            file = ROOT / "checkpoints" / "mnist-2d.safetensors"
            assert file.stat().st_size > 1 << 20
            page.locator("input[type=file]").set_input_files(file)
            expect(page.get_by_text(re.compile("from upload-mnist-2d.safetensors"))).to_be_visible()
            assert (server.runs / "uploads" / "upload-mnist-2d.safetensors").read_bytes() == file.read_bytes()
