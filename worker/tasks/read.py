"""Read a chunk of pictures: claim them, one decoding pass, one forward pass, one transaction."""

import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from recognizer.files import decode, display_copy, strip_png
from recognizer.page import Fault, Hints, Reading
from recognizer.reader import Reader
from recognizer.recognising.candidate import Prepared
from webapp.models import Image, ModelVersion, Prediction, Rereading
from webapp.models.images import ImageQuerySet
from webapp.models.prediction import SMALL_COPY_BYTES
from webapp.models.rereading import RereadingQuerySet
from worker import loaded
from worker.storage import STORAGE_ERRORS

log = structlog.get_logger(__name__)

# After this nothing more of a chunk is begun, and others have their turn. What was found by then is still to be
# answered, which takes about as long again.
TURN_SECONDS = 0.5


class StorageAway(Exception):
    """Not one file of a chunk could be opened: storage is away, and no picture is to blame."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A picture that was decoded and found through: what is answered, the copy that pages show, its upright size.

    Its batch may know something else by the time that it is answered, so what was known is kept, too.
    """

    hints: dict[str, Any]
    patterns: dict[str, int]
    prepared: Prepared
    copy: bytes
    width: int
    height: int


@dataclass
class Chunk:
    """What one claim holds, and what has come of it so far."""

    fence: int
    rows: ImageQuerySet | RereadingQuerySet
    began: float = field(default_factory=time.monotonic)
    renewed: float = field(default_factory=time.monotonic)
    opened_any: bool = False
    opened: dict[int, Opened] = field(default_factory=dict)
    failures: dict[str, tuple[Fault, list[int]]] = field(default_factory=dict)
    unopened: list[int] = field(default_factory=list)

    def keep_alive(self) -> None:
        """Renew the lease once a quarter of it is used, so that slow pictures do not outlast it."""
        if time.monotonic() - self.renewed > settings.LEASE_SECONDS / 4:
            self.rows.renew(self.fence)
            self.renewed = time.monotonic()

    def fail(self, image: Image, fault: Fault) -> None:
        """Those of the same fault and values are written down together."""
        self.failures.setdefault(str(fault), (fault, []))[1].append(image.pk)


def read_images(ids: Collection[int]) -> None:
    read(Image.objects.all(), ids)


def read_again(ids: Collection[int]) -> None:
    read(Rereading.objects.all(), ids)


def read(rows: ImageQuerySet | RereadingQuerySet, ids: Collection[int]) -> None:
    fence = rows.claim(ids)
    if fence is None:
        return
    left: list[int] = []
    begun = 0
    try:
        reader, version = loaded.champion()
        chunk = Chunk(fence, rows)
        pictures = list(rows.pictures(fence, ids))
        for begun, image in enumerate(pictures):
            if begun and time.monotonic() - chunk.began > TURN_SECONDS:
                left = rows.of_pictures([one.pk for one in pictures[begun:]]).give_back(fence)
                break
            prepare(image, reader, chunk)
            chunk.keep_alive()
        if chunk.unopened and not chunk.opened_any:
            raise StorageAway(StorageAway.__doc__)
    except (StorageAway, loaded.NoChampion, *loaded.UNUSABLE):
        # No picture is to blame, so none has an attempt counted. What kills the process never comes here, and counts.
        rows.give_back(fence)
        raise
    rows.fail_pictures(fence, chunk.unopened, "file_closed")
    record(chunk, reader, version)
    # How long such pictures take is known by now: the others come back in chunks of one turn each.
    rows.filter(pk__in=left).send(begun)


def prepare(image: Image, reader: Reader, chunk: Chunk) -> None:
    try:
        data = stored_bytes(image)
        chunk.opened_any = True
        picture = decode(data)
        known, patterns = image.batch.hints, image.patterns
        prepared, copy = reader.prepare(picture, Hints(**known, patterns=patterns)), display_copy(picture)
        if len(copy) > SMALL_COPY_BYTES:
            default_storage.save(image.copy_key, ContentFile(copy))
    except Fault as fault:
        chunk.fail(image, fault)
    except FileNotFoundError:
        chunk.fail(image, Fault("file_lost"))
    except STORAGE_ERRORS:
        log.exception("storage refuses a picture", image=image.pk)
        chunk.unopened.append(image.pk)
    except Exception:
        # A fault of ours must cost this picture its answer, never its neighbours theirs.
        log.exception("reader broke", image=image.pk)
        chunk.fail(image, Fault("reader_broke"))
    else:
        chunk.opened[image.pk] = Opened(known, patterns, prepared, copy, picture.width, picture.height)


def stored_bytes(image: Image) -> bytes:
    with default_storage.open(image.key) as file:
        return file.read()


def record(chunk: Chunk, reader: Reader, version: ModelVersion) -> None:
    """Answer what is prepared, and store it with what failed."""
    readings = reader.answer([opened.prepared for opened in chunk.opened.values()])
    failed = sum(len(ids) for _, ids in chunk.failures.values())
    milliseconds = 1000 * (time.monotonic() - chunk.began) / max(len(readings) + failed, 1)
    predictions = [
        prediction(pk, version, reading, opened, milliseconds)
        for (pk, opened), reading in zip(chunk.opened.items(), readings, strict=True)
    ]
    read = chunk.rows.record(chunk.fence, predictions)
    for fault, ids in chunk.failures.values():
        chunk.rows.fail_pictures(chunk.fence, ids, fault.code, **fault.values)
    log.info("chunk read", read=len(read), late=len(predictions) - len(read), failed=failed)


def prediction(pk: int, version: ModelVersion, reading: Reading, opened: Opened, milliseconds: float) -> Prediction:
    return Prediction(
        image_id=pk,
        model_version=version,
        hints=opened.hints,
        patterns=opened.patterns,
        text=reading.text,
        confidence=reading.confidence,
        outcome=reading.outcome,
        digits=[
            mark.as_json() | {"probabilities": [round(p, 6) for p in mark.probabilities]} for mark in reading.marks
        ],
        lines=[line.as_json() for line in reading.lines],
        notes=list(reading.notes),
        glyphs=strip_png([mark.seen for mark in reading.marks]),
        copy=opened.copy if len(opened.copy) <= SMALL_COPY_BYTES else b"",
        width=opened.width,
        height=opened.height,
        milliseconds=milliseconds,
    )
