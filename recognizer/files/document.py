"""A file that several questions are asked about: the sandbox gets it open, never its name."""

import itertools
import os
import shutil
import tempfile
from typing import BinaryIO

KEYS = itertools.count(1)


class Document:
    """`key` tells one from another for as long as this process lives, so that none is opened anew for each question."""

    def __init__(self, data: BinaryIO | bytes) -> None:
        self.key = next(KEYS)
        self._file = _on_disk(data)

    def fileno(self) -> int:
        return self._file.fileno()

    @property
    def size(self) -> int:
        """In bytes."""
        return os.fstat(self.fileno()).st_size


def _on_disk(data: BinaryIO | bytes) -> BinaryIO:
    if not isinstance(data, bytes):
        try:
            data.fileno()
            return data
        except (AttributeError, OSError):  # what is kept in memory, or comes from far away
            pass
    file = tempfile.TemporaryFile()  # noqa: SIM115 (as long as the document)
    if isinstance(data, bytes):
        file.write(data)
    else:
        data.seek(0)
        shutil.copyfileobj(data, file)
    file.flush()
    return file
