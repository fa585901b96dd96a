"""Every file of some folders through the real site: each alone, then all of them together with good ones between.

    python -m benchmarks.badfiles ../shared/data/badimages/files ../shared/data/badimages/archives

Says how many were read and refused, the slowest, and every answer that a person should not get: a fault of the server,
a refusal without a sentence, a good neighbour not read, a worker that died. Ends with status 1 where there was any.
"""

import argparse
import io
import itertools
import secrets
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import stack  # before Django: it sets the environment of the settings
from benchmarks.besieged import Besieged, wait

# isort: split
import cv2
import django
from django.core.management import call_command

django.setup()

from benchmarks.visitor import Picture, Visitor  # noqa: E402
from recognizer.learning.mnist import load_mnist  # noqa: E402
from webapp.faults import in_words  # noqa: E402
from webapp.models import Batch, User  # noqa: E402
from webapp.models.claimable import State  # noqa: E402

PATIENCE = 120.0
TOGETHER = 1800  # parts of one request
NEIGHBOURS = 20
A_MINUTE = 50  # one person may hand in so often


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folders", type=Path, nargs="+")
    files = [
        (path.name, path.read_bytes())
        for folder in options.parse_args().folders
        for path in sorted(folder.iterdir())
        if path.is_file() and path.suffix != ".json"
    ]
    call_command("migrate", verbosity=0)
    call_command("register_models", stdout=io.StringIO())
    port = stack.free_port()
    site = Besieged(web_port=port)
    try:
        visitors = somebody_new(port)
        good = [(f"good-{i}.png", cv2.imencode(".png", image)[1].tobytes()) for i, image in enumerate(digits())]
        handed_in(next(visitors), good)  # so that the first file does not wait for the workers to start
        began = len(site.said)
        wrong = alone(visitors, files) + together(next(visitors), files, good)
        wrong += [line for line in site.said[began:] if "reader" in line or "quarantine" in line]
    finally:
        site.stop()
    print("\n".join(["", *wrong, f"{len(wrong)} wrong"]))
    sys.exit(bool(wrong))


def somebody_new(port: int) -> Iterator[Visitor]:
    for number in itertools.count():
        password = secrets.token_hex()
        User.objects.create_user(f"visitor-{number}", password=password)
        yield Visitor(port, f"visitor-{number}", password)


def digits() -> list[object]:
    return list(load_mnist().train.images[:NEIGHBOURS])


def handed_in(visitor: Visitor, files: list[Picture]) -> tuple[int, str, Batch | None]:
    """How the site answered, and the batch when it is done; none where nothing was taken in."""
    before = set(Batch.objects.values_list("pk", flat=True))
    status, page = visitor.hand_in(files)
    batch = Batch.objects.exclude(pk__in=before).first()
    if batch:
        wait(lambda: Batch.objects.get(pk=batch.pk).is_done, PATIENCE, pause=0.02)
        batch.refresh_from_db()
    return status, page, batch


def alone(visitors: Iterator[Visitor], files: list[Picture]) -> list[str]:
    wrong, taken, read, refused = [], [], 0, 0
    for number, (name, data) in enumerate(files):
        if number % A_MINUTE == 0:
            visitor = next(visitors)
        begun = time.monotonic()
        status, page, batch = handed_in(visitor, [(name, data)])
        taken.append((time.monotonic() - begun, name))
        sentences = said(batch) if batch else [page.partition('role="alert"')[2]]
        read += bool(batch and batch.read_count)
        refused += not (batch and batch.read_count)
        if status >= 500 or status == 0:
            wrong.append(f"{name}: answered with {status}")
        if batch and not batch.is_done:
            wrong.append(f"{name}: not done after {PATIENCE:g} s")
        if not (batch and batch.read_count) and not any(sentences):
            wrong.append(f"{name}: refused without a sentence")
    slowest = ", ".join(f"{name} {seconds:.1f} s" for seconds, name in sorted(taken, reverse=True)[:3])
    print(f"alone: {len(files)} files, {read} gave pictures, {refused} did not; slowest {slowest}", flush=True)
    return wrong


def said(batch: Batch) -> list[str]:
    failed = [*batch.images.filter(state=State.FAILED), *batch.uploads.filter(state=State.FAILED)]
    return [
        *(one.error for one in failed),
        *(in_words(why) for upload in batch.uploads.all() for _, why in upload.left_out),
    ]


def together(visitor: Visitor, files: list[Picture], good: list[Picture]) -> list[str]:
    """The good ones spread among the others, in one request."""
    mixed, step = list(files), max(1, len(files) // len(good))
    for place, one in enumerate(good):
        mixed.insert(place * (step + 1), one)
    begun = time.monotonic()
    status, _, batch = handed_in(visitor, mixed[:TOGETHER])
    if batch is None or status != 201:
        return [f"together: answered with {status}"]
    read = batch.images.filter(state=State.DONE, name__startswith="good-").count()
    print(
        f"together: {len(mixed)} files gave {batch.image_count} pictures, {batch.read_count} read, "
        f"{batch.failed_count} refused, in {time.monotonic() - begun:.0f} s",
        flush=True,
    )
    wrong = [] if read == len(good) else [f"together: {read} of {len(good)} good neighbours read"]
    if batch.images.filter(state=State.FAILED, error_code="").exists():
        wrong.append("together: refused without a sentence")
    return wrong if batch.is_done else [*wrong, "together: not done"]


if __name__ == "__main__":
    main()
