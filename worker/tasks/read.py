"""Read a chunk of pictures: claim them, one decoding pass, one forward pass, one transaction."""

import time
from dataclasses import dataclass, field

import structlog
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from recognizer.decoding import UnreadablePicture, decode, display_copy
from recognizer.reading import PIPELINE, Prepared, Reader, Reading, strip_png
from webapp import jobs
from webapp.celery import app
from webapp.models import Image, ModelVersion, Prediction
from webapp.models.prediction import SMALL_COPY_BYTES
from worker import loaded

log = structlog.get_logger(__name__)

READER_BROKE = "Something went wrong on our side while reading this picture. It has been written down; try again later."
FILE_LOST = "The stored file of this picture is missing, so it cannot be read."


@dataclass
class Chunk:
    """What one claim holds, and what has come of it so far."""

    fence: int
    started: float = field(default_factory=time.monotonic)
    renewed: float = field(default_factory=time.monotonic)
    prepared: dict[int, tuple[Prepared, bytes]] = field(default_factory=dict)
    failures: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def keep_alive(self) -> None:
        """Renew the lease once a quarter of it is used, so that slow pictures do not outlast it."""
        if time.monotonic() - self.renewed > settings.LEASE_SECONDS / 4:
            Image.objects.renew(self.fence)
            self.renewed = time.monotonic()

    def fail(self, image: Image, code: str, reason: str) -> None:
        self.failures.setdefault((code, reason), []).append(image.pk)


@app.task(name=jobs.READ_IMAGES)
def read_images(ids: list[int]) -> None:
    fence = Image.objects.claim(ids)
    if fence is None:
        return
    chunk = Chunk(fence)
    try:
        reader, version = loaded.champion()
        for image in Image.objects.held_by(fence).filter(pk__in=ids).only("pk", "file"):
            prepare(image, reader, chunk)
            chunk.keep_alive()
    except Exception:
        # Storage or model away: no picture is to blame. What kills a process never comes here, and counts.
        Image.objects.give_back(fence)
        raise
    record(chunk, version, reader.answer([prepared for prepared, _ in chunk.prepared.values()]))


def prepare(image: Image, reader: Reader, chunk: Chunk) -> None:
    try:
        data = stored_bytes(image)
    except FileNotFoundError:
        return chunk.fail(image, "file_lost", FILE_LOST)
    try:
        picture = decode(data)
        prepared, copy = reader.prepare(picture), display_copy(picture)
    except UnreadablePicture as error:
        return chunk.fail(image, error.code, str(error))
    except Exception:
        # A fault of ours must cost this picture its answer, never its neighbours theirs.
        log.exception("reader broke", image=image.pk)
        return chunk.fail(image, "reader_broke", READER_BROKE)
    if len(copy) > SMALL_COPY_BYTES:
        default_storage.save(image.copy_key, ContentFile(copy))
    chunk.prepared[image.pk] = prepared, copy


def stored_bytes(image: Image) -> bytes:
    with default_storage.open(image.key) as file:
        return file.read()


def record(chunk: Chunk, version: ModelVersion, readings: list[Reading]) -> None:
    worked = len(chunk.prepared) + sum(map(len, chunk.failures.values()))
    milliseconds = 1000 * (time.monotonic() - chunk.started) / worked
    predictions = [
        prediction(pk, version, reading, copy, milliseconds)
        for (pk, (_, copy)), reading in zip(chunk.prepared.items(), readings, strict=True)
    ]
    read = Image.objects.record(chunk.fence, predictions)
    for (code, reason), ids in chunk.failures.items():
        Image.objects.fail(chunk.fence, ids, code, reason)
    log.info("chunk read", read=len(read), late=len(predictions) - len(read), failed=worked - len(predictions))


def prediction(pk: int, version: ModelVersion, reading: Reading, copy: bytes, milliseconds: float) -> Prediction:
    return Prediction(
        image_id=pk,
        model_version=version,
        pipeline=PIPELINE,
        text=reading.text,
        confidence=reading.confidence,
        outcome=reading.outcome,
        digits=[
            {"box": list(d.box), "digit": d.digit, "probabilities": [round(p, 6) for p in d.probabilities]}
            for d in reading.digits
        ],
        notes=list(reading.notes),
        glyphs=strip_png(reading.glyphs),
        copy=copy if len(copy) <= SMALL_COPY_BYTES else b"",
        milliseconds=milliseconds,
    )
