"""What surrounds a command: a terminal that lacks characters, a pipe whose reader has gone, a full disk, Ctrl-C.

What is imported here is quick, so that `run` is in charge some milliseconds after Python is.
"""

from __future__ import annotations

__all__ = ["INTERRUPT_MESSAGE", "INTERRUPT_STATUS", "PARENT_VARIABLE", "legible", "run"]

import codecs
import io
import os
import signal
import sys
import unicodedata

from vae.errors import VAEError

TYPE_CHECKING = False  # `typing` alone would take longer to import than all of this
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn, TextIO

INTERRUPT_MESSAGE = "vae: interrupted"
INTERRUPT_STATUS = 128 + 2  # what a shell says of a process that SIGINT ended
PIPE_STATUS = 128 + 13  # likewise of SIGPIPE
PARENT_VARIABLE = "VAE_ENDS_WITH_PARENT"  # set for a process that is of no use to anybody but the one that started it
LEGIBLE_HANDLER = "vae.legible"  # name of the error handler for encodings
# What Unicode's own decompositions leave out.
PLAIN_CHARACTERS = str.maketrans(
    {
        "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-",
        "‘": "'", "’": "'", "“": '"', "”": '"', "·": "*", "•": "*", "×": "x", "÷": "/", "±": "+-", "∓": "-+",
        "⁄": "/", "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "→": "->", "←": "<-", "↔": "<->", "∞": "inf", "√": "sqrt", "∈": "in",
        "°": " deg", "∑": "sum", "∫": "int", "∂": "d", "‖": "||", "∥": "||", "ß": "ss", "µ": "u",
    }
)  # fmt: skip


def run(command: Callable[[], int]) -> int:
    """Calls a command as the whole of a process, and returns the exit status: the command's own, 130 after Ctrl-C, 141 once nobody reads
    standard output any more, 2 where it can't be written.

    Text that a stream's encoding lacks is written in characters that it has. What can't be written to standard error is lost, and nothing
    else with it. Ctrl-C is a `KeyboardInterrupt` while the command runs, but ends the process at once where modules are imported: nothing
    is open there, and extension modules would swallow it, or print its traceback. Where `PARENT_VARIABLE` is set, the process ends when
    its standard input does.
    """
    global _running  # noqa: PLW0603 (a signal handler can be handed nothing)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it is to be ignored, as after nohup
        signal.signal(signal.SIGINT, _interrupt)
    sys.unraisablehook = _unraisable
    codecs.register_error(LEGIBLE_HANDLER, legible)
    sys.stdout = sys.__stdout__ = _Output.over(sys.stdout)
    sys.stderr = sys.__stderr__ = _Messages.over(sys.stderr)
    if os.environ.get(PARENT_VARIABLE):
        _end_with_parent()
    try:
        _running = True
        return command()
    except KeyboardInterrupt:
        print(INTERRUPT_MESSAGE, file=sys.stderr)
        return INTERRUPT_STATUS
    finally:
        _running = False


def _end_with_parent() -> None:
    from threading import Thread

    def watch() -> None:
        # Not by sys.stdin, whose lock would be in the way of an ordinary end.
        while os.read(0, 1024):
            pass
        os._exit(1)

    Thread(target=watch, name="watch the parent", daemon=True).start()


_running = False  # whether somebody hears of a KeyboardInterrupt


def _interrupt(number: int, frame: Any) -> None:
    while frame is not None and frame.f_code.co_filename != "<frozen importlib._bootstrap>":
        frame = frame.f_back
    if frame is not None or not _running:
        _leave()
    raise KeyboardInterrupt


def _leave() -> NoReturn:
    try:
        os.write(2, f"{INTERRUPT_MESSAGE}\n".encode())  # sys.stderr may be in the middle of a line
    finally:
        os._exit(INTERRUPT_STATUS)


def _unraisable(problem: sys.UnraisableHookArgs, /) -> None:
    if isinstance(problem.exc_value, KeyboardInterrupt):
        _leave()  # it came while a destructor ran, say, and nobody else would hear of it
    sys.__unraisablehook__(problem)


def legible(error: UnicodeError) -> tuple[str, int]:
    """An error handler of `codecs` for text that an encoding lacks: "β" becomes "beta", "±" becomes "+-", "z₁" becomes "z1", and what has
    no such form is escaped, as by "backslashreplace"."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_plain(character) for character in error.object[error.start : error.end]), error.end


def _plain(character: str) -> str:
    text = character.translate(PLAIN_CHARACTERS)
    if text.isascii():
        return text
    name = unicodedata.name(character, "").split()
    if name[:1] == ["GREEK"] and name[2:3] == ["LETTER"] and len(name) == 4:
        return name[3].lower() if name[1] == "SMALL" else name[3].capitalize()
    parts = unicodedata.normalize("NFKD", character).translate(PLAIN_CHARACTERS)
    text = "".join(part for part in parts if part.isascii())
    escaped = character.encode("ascii", "backslashreplace").decode()
    return text if all(part.isascii() or unicodedata.combining(part) for part in parts) and text else escaped


class _Stream(io.TextIOWrapper):
    """A standard stream that takes any text, writes each line at once, and says what became of it in `failed`."""

    @classmethod
    def over(cls, stream: TextIO | Any) -> _Stream:
        """The stream in place of one as Python opened it; of none, where the process was started with it closed, one that goes nowhere."""
        if stream is None:
            return cls(open(os.devnull, "wb"), "utf-8", LEGIBLE_HANDLER)  # noqa: PTH123 (open for as long as the process lives)
        stream.flush()
        encoding = stream.encoding
        return cls(stream.detach(), encoding, LEGIBLE_HANDLER, line_buffering=True)  # pyrefly: ignore[missing-attribute] (a `TextIOWrapper`)

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except OSError as error:
            self._give_up(error)
        return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        # What is still in the buffer would fail again as Python ends, with a message of its own.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
        self.failed(error)

    def failed(self, error: OSError) -> None:
        raise NotImplementedError


class _Output(_Stream):
    """Standard output: what the command is for."""

    def failed(self, error: OSError) -> None:
        if isinstance(error, BrokenPipeError):
            raise SystemExit(PIPE_STATUS)
        raise VAEError(
            f"standard output: could not be written ({error.strerror or error}). Make room, or send it elsewhere."
        )


class _Messages(_Stream):
    """Standard error: what a command says besides, which is worth no work."""

    def failed(self, error: OSError) -> None:
        pass
