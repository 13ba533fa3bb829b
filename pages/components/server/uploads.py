"""How much visitors may hand to the server before a page has looked at it.

Streamlit takes files into memory as they come and keeps them as long as the session lasts, for any page of it and whatever that asks for.
"""

from __future__ import annotations

__all__ = ["UploadLimit", "give_back"]

from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from vae.limits import MAX_UPLOAD_MIB, READ_ONLY_VARIABLE, read_only

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send
    from streamlit.runtime.uploaded_file_manager import UploadedFile

MAX_HELD_BYTES = 2_000_000_000  # of all sessions together, in memory
PATH = "/_stcore/upload_file/"


class UploadLimit:
    """Middleware that refuses files before they are read: all of them where the app only shows, and those for which there is no room."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.coming = 0  # bytes of those that are being read

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers, or passes on."""
        if scope["type"] != "http" or scope["method"] != "PUT" or PATH not in scope["path"]:
            await self.app(scope, receive, send)
            return
        if read_only():
            refusal = PlainTextResponse(
                f"This server only shows models ({READ_ONLY_VARIABLE} is set).", status_code=403
            )
            await refusal(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "")
        size = min(int(length) if length.isdecimal() else MAX_UPLOAD_MIB << 20, MAX_UPLOAD_MIB << 20)
        if self.coming + size + _held_bytes() > MAX_HELD_BYTES:
            refusal = PlainTextResponse("Too many files are being uploaded. Try again in a minute.", status_code=503)
            await refusal(scope, receive, send)
            return
        self.coming += size
        try:
            await self.app(scope, receive, send)
        finally:
            self.coming -= size


def give_back(uploaded: UploadedFile) -> None:
    """Has the session no longer hold a file that was uploaded to it. The uploader needs another key then, for its own would look for it."""
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, uploaded.file_id)


def _held_bytes() -> int:
    """Bytes of the files that sessions hold."""
    if not runtime.exists():
        return 0
    manager = runtime.get_instance().uploaded_file_mgr
    if not isinstance(manager, MemoryUploadedFileManager):
        return 0
    return sum(stat.byte_length for stats in manager.get_stats().values() for stat in stats)
