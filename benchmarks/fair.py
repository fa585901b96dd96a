"""How persons share the readers: one with tens of thousands of pictures, one with twenty, one with one.

    python -m benchmarks.fair [PICTURES]        (TEST_DATABASE=postgresql for PostgreSQL)

Each of the small ones is handed in again and again while the large one is read: once at the start, then staggered. Says
how long each had to wait beside how long it takes where nobody else is there, and how the workers' time was shared.
"""

import statistics
import sys
import time
from itertools import islice

from benchmarks import stack  # before Django: it sets the environment that the settings come from

# isort: split
import django

django.setup()

from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402 (needs Django set up)
from django.core.management import call_command  # noqa: E402

from benchmarks.throughput import png_files  # noqa: E402
from webapp import shares  # noqa: E402
from webapp.models import Batch, User  # noqa: E402

PICTURES = 50_000
ROUNDS, PAUSE = 6, 0.5
PART = 500
MOST_SECONDS = 120.0


def hand_in(person: User, count: int) -> Batch:
    batch = Batch.objects.create(owner=person, name="fair", expected=count)
    files = enumerate(png_files(count))
    while part := {index: SimpleUploadedFile("digit.png", data) for index, data in islice(files, PART)}:
        batch.take_in(part)
    return batch


def seconds_for(person: User, count: int) -> float:
    began = time.monotonic()
    batch = hand_in(person, count)
    while not Batch.objects.get(pk=batch.pk).is_done:
        if time.monotonic() - began > MOST_SECONDS:
            return float("inf")
        time.sleep(0.02)
    return time.monotonic() - began


def rounds(people: dict[User, int]) -> dict[User, list[float]]:
    took: dict[User, list[float]] = {person: [] for person in people}
    for _ in range(ROUNDS):
        for person, count in people.items():
            took[person].append(seconds_for(person, count))
            time.sleep(PAUSE)
    return took


def main() -> None:
    pictures = int(sys.argv[1]) if len(sys.argv) > 1 else PICTURES
    stack.start_valkey()
    call_command("migrate", verbosity=0)
    call_command("register_models", verbosity=0)
    stack.start_worker("interactive,bulk", 2)
    first, second, third = (User.objects.create_user(name) for name in ("a", "b", "c"))
    seconds_for(third, 1)  # the readers load their model
    few = {second: 20, third: 1}
    alone = rounds(few)
    large = hand_in(first, pictures)
    began = time.monotonic()
    beside = rounds(few)
    had = shares.had([first.pk, second.pk, third.pk])
    done = Batch.objects.get(pk=large.pk)
    print(f"{pictures} pictures of one person: {done.read_count} read in {time.monotonic() - began:.0f} s meanwhile")
    for person, count in few.items():
        a, b = alone[person], beside[person]
        print(
            f"{count:2} of another: alone {statistics.median(a):.2f} s, beside {statistics.median(b):.2f} s "
            f"(worst {max(b):.2f}), ratio {statistics.median(b) / statistics.median(a):.1f}"
        )
    print("seconds of the workers in the last minute:", ", ".join(f"{seconds:.1f}" for seconds in had.values()))
    if done.is_done:
        print("the large batch was over too soon to say anything: hand in more")


if __name__ == "__main__":
    main()
