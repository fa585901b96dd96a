"""Unpack a file that holds several pictures into its batch, group by group; the same file again changes nothing."""

import time
from collections.abc import Iterator
from typing import BinaryIO, cast

import structlog
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from recognizer.files import Limits, Piece, unpack
from recognizer.page import Fault
from webapp import jobs
from webapp.celery import app
from webapp.models import Upload
from webapp.models.claimable import State
from webapp.refusals import NoRoom
from worker.storage import STORAGE_ERRORS

log = structlog.get_logger(__name__)

# A group of pictures comes into the batch together: soon enough to be seen, seldom enough to be quick.
GROUP_PIECES, GROUP_BYTES = 50, 16 * 1024 * 1024
# Then others have their turn on this process; also far below the hard time limit of a task.
SLICE_SECONDS = 30


@app.task(name=jobs.UNPACK)
def unpack_upload(ids: list[int]) -> None:
    fence = Upload.objects.claim(ids)
    if fence is None:
        return
    upload = Upload.objects.held_by(fence).select_related("batch__owner").get()
    try:
        with default_storage.open(upload.key) as file:
            Unpacking(upload, fence).run(unpack(cast(BinaryIO, file), upload.name, limits()))
    except (Fault, NoRoom) as why:
        Upload.objects.fail(fence, [upload.pk], why.code, **why.values)
    except FileNotFoundError:
        Upload.objects.fail(fence, [upload.pk], "file_lost")
    except STORAGE_ERRORS:
        Upload.objects.give_back(fence)
        raise
    except Exception:
        log.exception("unpacking broke", upload=upload.pk)
        Upload.objects.fail(fence, [upload.pk], "unpacking_broke")


def limits() -> Limits:
    return Limits(
        pictures=settings.MAX_FILES_PER_BATCH,
        picture_bytes=settings.MAX_FILE_BYTES,
        unpacked_bytes=settings.MAX_UNPACKED_BYTES,
    )


class Unpacking:
    """One worker's turn at one file."""

    def __init__(self, upload: Upload, fence: int) -> None:
        self.upload = upload
        self.fence = fence
        self.come = upload.come()
        self.left_out: list[tuple[str, Fault]] = []
        self.group: dict[int, ContentFile] = {}
        self.labels: dict[int, str] = {}
        self.began = self.renewed = time.monotonic()

    def run(self, pieces: Iterator[Piece]) -> None:
        for piece in pieces:
            self.add(piece)
            time_is_up = time.monotonic() - self.began > SLICE_SECONDS
            if self.group and (time_is_up or self.is_full()):
                if not self.take_out(piece):
                    return
                if time_is_up:
                    self.go_on_later()
                    return
        if self.group and not self.take_out(piece):
            return
        if not self.come:
            raise self.left_out[0][1]
        self.upload.finish(self.fence, [(name, fault.as_json()) for name, fault in self.left_out])
        log.info("unpacked", upload=self.upload.pk, pictures=len(self.come), left_out=len(self.left_out))

    def is_full(self) -> bool:
        return len(self.group) >= GROUP_PIECES or sum(file.size for file in self.group.values()) >= GROUP_BYTES

    def add(self, piece: Piece) -> None:
        if piece.number in self.come:
            return
        try:
            self.group[piece.number] = ContentFile(piece.load(), name=piece.name)
            if piece.label is not None:
                self.labels[piece.number] = piece.label
        except Fault as fault:
            self.left_out.append((piece.name, fault))
        if time.monotonic() - self.renewed > settings.LEASE_SECONDS / 4:
            Upload.objects.renew(self.fence)
            self.renewed = time.monotonic()

    def take_out(self, last: Piece) -> bool:
        """Bring the group into the batch; returns whether to go on."""
        if self.labels:
            self.upload.batch.choose_side(brought=last.of)
        if not self.upload.take_out(self.fence, dict(self.group), self.labels):
            Upload.objects.held_by(self.fence).move(State.CANCELLED)
            return False
        self.come |= self.group.keys()
        self.group, self.labels = {}, {}
        self.upload.note_progress(self.fence, last.number, max(last.of, last.number))
        return True

    def go_on_later(self) -> None:
        Upload.objects.give_back(self.fence)
        Upload.objects.filter(pk=self.upload.pk).send()
