"""Unpack a file that holds several pictures into its batch, group by group; the same file again changes nothing."""

import time
from collections.abc import Collection
from typing import BinaryIO, cast

import structlog
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from recognizer.files import Budget, Limits, Piece, unpack
from recognizer.page import Fault
from webapp import shares
from webapp.earlier import BadTable, read_table
from webapp.faults import Coded
from webapp.models import Upload
from webapp.models.claimable import State
from webapp.refusals import NoRoom
from worker.storage import STORAGE_ERRORS

log = structlog.get_logger(__name__)

# A group of pictures comes into the batch together: soon enough to be seen, seldom enough to be quick.
GROUP_PIECES, GROUP_BYTES = 50, 16 * 1024 * 1024
# Then others have their turn on this process; but so many times as long as it took to open the file, which has to be
# done anew for each turn, and may mean to fetch it.
SLICE_SECONDS, TIMES_OPENING = 1, 2
# Of a worker, for all files of one person: half of what one worker has.
MOST_SECONDS_AN_HOUR = 1800


def unpack_upload(ids: Collection[int]) -> None:
    fence = Upload.objects.claim(ids)
    if fence is None:
        return
    upload = Upload.objects.held_by(fence).select_related("batch__owner").get()
    person, began = upload.batch.owner_id, time.monotonic()
    try:
        refuse_beyond_hour(person)
        unpacking = Unpacking(upload, fence)
        with default_storage.open(upload.key) as file:
            unpacking.run(cast(BinaryIO, file))
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
    finally:
        shares.note_opening(person, time.monotonic() - began)


def refuse_beyond_hour(person: int) -> None:
    if shares.opened(person) > MOST_SECONDS_AN_HOUR:
        raise Fault("opening_share_spent", minutes=MOST_SECONDS_AN_HOUR // 60)


def limits() -> Limits:
    return Limits(
        pictures=settings.MAX_FILES_PER_BATCH,
        picture_bytes=settings.MAX_FILE_BYTES,
        unpacked_bytes=settings.MAX_UNPACKED_BYTES,
    )


class Unpacking:
    """One worker's turn at one file; it begins behind the last piece that the turn before it has noted."""

    def __init__(self, upload: Upload, fence: int) -> None:
        self.upload = upload
        self.fence = fence
        self.come = upload.come()
        self.left_out = [(name, Fault.from_json(why)) for name, why in upload.left_out]
        self.budget = Budget(upload.seconds)
        self.last: Piece | None = None
        self.group: dict[int, ContentFile] = {}
        self.labels: dict[int, str] = {}
        self.renewed = self.began = time.monotonic()
        self.ends = 0.0

    def run(self, file: BinaryIO) -> None:
        try:
            self.go_through(file)
        except Fault:
            if self.group and self.last:  # what came before the fault is none of it
                self.take_out(self.last)
            raise

    def go_through(self, file: BinaryIO) -> None:
        for piece in unpack(file, self.upload.name, limits(), self.upload.pieces_done, self.budget):
            self.ends = self.ends or self.end_of_turn()
            self.add(piece)
            self.last = piece
            time_is_up = time.monotonic() > self.ends
            if time_is_up or self.is_full():
                if not self.take_out(piece):
                    return
                if time_is_up:
                    self.go_on_later()
                    return
        if self.group and not self.take_out(piece):
            return
        for batch in self.upload.batch.itself.to_be_valued():  # once for all tables of earlier values
            batch.value_answers()
        if self.left_out and not self.come:
            raise self.left_out[0][1]
        self.upload.finish(self.fence, self.told())
        log.info("unpacked", upload=self.upload.pk, pictures=len(self.come), left_out=len(self.left_out))

    def end_of_turn(self) -> float:
        now = time.monotonic()
        return now + SLICE_SECONDS + TIMES_OPENING * (now - self.began)

    def is_full(self) -> bool:
        return len(self.group) >= GROUP_PIECES or sum(file.size for file in self.group.values()) >= GROUP_BYTES

    def add(self, piece: Piece) -> None:
        if piece.number in self.come:
            return
        try:
            if piece.is_table:
                self.upload.batch.learn_earlier(read_table(piece.load(), piece.name))
                return
            self.group[piece.number] = ContentFile(piece.load(), name=piece.name)
            if piece.label is not None:
                self.labels[piece.number] = piece.label
        except (Fault, BadTable) as why:
            self.left_out.append((piece.name, Fault(why.code, **why.values)))
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
        self.upload.note_progress(
            self.fence, last.number, max(last.of, last.number), seconds=self.budget.used, left_out=self.told()
        )
        return True

    def told(self) -> list[tuple[str, Coded]]:
        return [(name, fault.as_json()) for name, fault in self.left_out]

    def go_on_later(self) -> None:
        Upload.objects.give_back(self.fence)
        Upload.objects.filter(pk=self.upload.pk).send()
