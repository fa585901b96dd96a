"""What a form's files pass through while they arrive: the limits, and one temporary file for all of them.

Django's own handlers open a file for each, and a form of a thousand photos would use up a process' descriptors. They
also learn that a file is too big only when all of it lies on the disk.
"""

import io
import os
import tempfile
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.template.defaultfilters import filesizeformat
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from webapp.models.upload import HOLDERS
from webapp.refusals import BROKEN_OFF, OutOfOrder, Refusal, TooMuch

# Up to here a request's files stay in memory.
MEMORY_BYTES = 2 * 1024 * 1024


class Window(io.RawIOBase):
    """A part of a shared temporary file, read as if it were a file of its own."""

    def __init__(self, spool: tempfile.SpooledTemporaryFile[bytes], start: int, size: int) -> None:
        self.spool = spool
        self.start = start
        self.size = size
        self.position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self.position = max(0, offset + {os.SEEK_SET: 0, os.SEEK_CUR: self.position, os.SEEK_END: self.size}[whence])
        return self.position

    def readinto(self, buffer: Any) -> int:
        wanted = max(0, min(len(buffer), self.size - self.position))
        self.spool.seek(self.start + self.position)
        data = self.spool.read(wanted)
        buffer[: len(data)] = data
        self.position += len(data)
        return len(data)


class LimitingUploadHandler(FileUploadHandler):
    """Stops reading a request at its first file too many or byte too many; the reason waits at `request.refusal`."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.spool: tempfile.SpooledTemporaryFile[bytes] = tempfile.SpooledTemporaryFile(  # noqa: SIM115 (outlives us)
            MEMORY_BYTES, dir=str(settings.VAR_DIR)
        )
        self.files = 0
        self.start = self.size = 0
        self.most = settings.MAX_FILE_BYTES

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.files += 1
        if self.files > settings.MAX_FILES_PER_REQUEST:
            most = number_format(settings.MAX_FILES_PER_REQUEST, force_grouping=True)
            self.stop(TooMuch(_("At most %(most)s files fit into one request.") % {"most": most}))
        self.start, self.size = self.start + self.size, 0
        self.most = settings.MAX_FILE_BYTES

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if not self.size and raw_data.startswith(HOLDERS):  # what may hold many pictures may be larger than one
            self.most = max(settings.MAX_ARCHIVE_BYTES, settings.MAX_FILE_BYTES)
        self.size += len(raw_data)
        if self.size > self.most:
            said = _("“%(name)s” is larger than %(most)s, which is the most such a file may have.")
            self.stop(TooMuch(said % {"name": self.file_name, "most": filesizeformat(self.most)}))
        try:
            self.spool.write(raw_data)
        except OSError:
            self.stop(OutOfOrder(_("The site has no room for files just now. Nothing was taken in; try again later.")))

    def file_complete(self, file_size: int) -> UploadedFile:
        window = io.BufferedReader(Window(self.spool, self.start, self.size))
        return UploadedFile(
            window,
            self.file_name,
            self.content_type,
            self.size,
            self.charset,
            self.content_type_extra,  # type: ignore[arg-type]
        )

    def upload_interrupted(self) -> None:
        self.refuse(Refusal(BROKEN_OFF))

    def stop(self, refusal: Refusal) -> None:
        self.refuse(refusal)
        raise StopUpload(connection_reset=True)

    def refuse(self, refusal: Refusal) -> None:
        vars(self.request)["refusal"] = refusal
