"""How the sandbox and whoever asks it talk: a head in JSON and raw bytes behind it, their lengths before both.

Nothing that comes is unpickled or evaluated: whoever sits at the other end may be in the hands of a hostile file.
"""

import json
import os
import socket
import struct
from dataclasses import dataclass
from typing import Any

LENGTHS = struct.Struct(">IQ")
MAX_HEAD = 2**16


class Gone(Exception):
    """The other end has closed, or says what nobody says who is well."""


@dataclass
class Message:
    head: dict[str, Any]
    body: bytearray
    file: int | None = None  # a file descriptor that came along; it is the receiver's to close


def send(to: socket.socket, head: dict[str, Any], body: bytes | memoryview = b"", file: int | None = None) -> None:
    """Raises Gone, TimeoutError."""
    written = json.dumps(head).encode()
    first = LENGTHS.pack(len(written), len(body)) + written
    try:
        sent = socket.send_fds(to, [first], [] if file is None else [file])
        to.sendall(first[sent:])
        to.sendall(body)
    except ConnectionError as error:
        raise Gone from error


def receive(source: socket.socket, max_body: int) -> Message:
    """Raises Gone, TimeoutError."""
    files: list[int] = []
    try:
        lengths, files, _, _ = socket.recv_fds(source, LENGTHS.size, 1)
        if not lengths:
            raise Gone
        head, body = LENGTHS.unpack(lengths + _exactly(source, LENGTHS.size - len(lengths)))
        said = json.loads(bytes(_exactly(source, head))) if head <= MAX_HEAD and body <= max_body else None
        if not isinstance(said, dict):
            raise Gone
        return Message(said, _exactly(source, body), files[0] if files else None)
    except (ConnectionError, ValueError, Gone) as error:
        for file in files:
            os.close(file)
        raise Gone from error


def _exactly(source: socket.socket, count: int) -> bytearray:
    data = bytearray(count)
    rest = memoryview(data)
    while rest:
        came = source.recv_into(rest)
        if not came:
            raise Gone
        rest = rest[came:]
    return data
