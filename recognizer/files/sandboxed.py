"""The process that opens what is foreign: `python -m recognizer.files.sandboxed`, with a socket as its standard input.

It imports what opens files and nothing else, bounds itself, and answers jobs until whoever asks is gone.
"""

import gc
import os
import signal
import socket
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from recognizer.files.confinement import confine
from recognizer.files.limits import MAX_BYTES, faults_named
from recognizer.files.memory import resident
from recognizer.files.pdfium import Pdf
from recognizer.files.pillow import Tiff, decode_foreign
from recognizer.files.png import decode_plain
from recognizer.files.wire import Gone, Message, receive, send
from recognizer.page import Fault, Picture

MAX_IDLE = 160 * 2**20  # bytes that it may hold between two jobs; it starts with 65 MB
Made = tuple[dict[str, Any], bytes | memoryview]


class Desk:
    """The document that was last asked about, open."""

    def __init__(self) -> None:
        self.key: int | None = None
        self.open: Pdf | Tiff | None = None

    def lay(self, key: int, file: int, opener: Callable[[Any], Pdf | Tiff]) -> Any:
        """The document of this key, opened where another lies here; takes the file descriptor. Raises Fault."""
        if key == self.key:
            os.close(file)
            return self.open
        self.clear()
        self.open, self.key = opener(open(file, "rb")), key  # noqa: SIM115 (as long as the document)
        return self.open

    def clear(self) -> None:
        if self.open is not None:
            self.open.close()
        self.key = self.open = None


def main() -> None:
    cv2.setNumThreads(1)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    line, desk = socket.socket(fileno=0), Desk()
    confine()
    gc.freeze()
    send(line, {})
    os.dup2(1, 2)  # decoders complain to the terminal; a picture's owner is told instead
    while True:
        try:
            message = receive(line, MAX_BYTES)
            answer(line, desk, message)
        except Gone:
            return
        if resident() > MAX_IDLE:
            return


def answer(line: socket.socket, desk: Desk, message: Message) -> None:
    began = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, message.head["seconds"])
    head: dict[str, Any] = {}
    body: bytes | memoryview = b""
    try:
        head["values"], body = JOBS[message.head["job"]](desk, message)
    except Fault as fault:
        head["fault"] = fault.as_json()
    signal.setitimer(signal.ITIMER_PROF, 0)
    message.body.clear()
    head["seconds"] = time.process_time() - began
    head["is_last"] = resident() > MAX_IDLE
    send(line, head, body)


def picture(desk: Desk, message: Message) -> Made:
    data, values = bytes(message.body), message.head["values"]
    message.body.clear()
    if values["is_plain"]:
        with faults_named():
            return pixels_of(decode_plain(data))
    return pixels_of(decode_foreign(data, values["kind"]))


def tiff_count(desk: Desk, message: Message) -> Made:
    pages, fault = tiff(desk, message).count()
    return {"pages": pages, "fault": fault.as_json() if fault else None}, b""


def tiff_page(desk: Desk, message: Message) -> Made:
    return pixels_of(tiff(desk, message).page(message.head["values"]["index"]))


def pdf_count(desk: Desk, message: Message) -> Made:
    return {"pages": pdf(desk, message).count()}, b""


def pdf_page(desk: Desk, message: Message) -> Made:
    return {}, pdf(desk, message).page(message.head["values"]["index"])


def tiff(desk: Desk, message: Message) -> Tiff:
    def opened(file: Any) -> Tiff:
        with file:
            file.seek(0)
            return Tiff(file.read(MAX_BYTES))

    assert message.file is not None
    document: Tiff = desk.lay(message.head["document"], message.file, opened)
    return document


def pdf(desk: Desk, message: Message) -> Pdf:
    assert message.file is not None
    document: Pdf = desk.lay(message.head["document"], message.file, Pdf)
    return document


def pixels_of(picture: Picture) -> Made:
    pixels = np.ascontiguousarray(picture.grey if picture.colour is None else picture.colour)
    values = {"shape": pixels.shape, "notes": picture.notes, "width": picture.width, "height": picture.height}
    return values, pixels.data.cast("B")


JOBS: dict[str, Callable[[Desk, Message], Made]] = {
    "picture": picture,
    "tiff_count": tiff_count,
    "tiff_page": tiff_page,
    "pdf_count": pdf_count,
    "pdf_page": pdf_page,
}

if __name__ == "__main__":
    main()
