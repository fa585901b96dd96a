"""How fast a batch is read, against three yardsticks taken in the same run, interleaved.

    python -m benchmarks.throughput [--images 10000] [--rounds 3] [--model NAME]

ours      rows in the database to the last prediction stored: claim, storage, decode, find, normalize, a forward pass a
          chunk, display copy, predictions; a queue, one worker with as many processes as cores
limit     the same decode, find, normalize and forward in as many processes, bytes in memory, no queue and no database
bare      cv2.imdecode, resize to 28×28, the seed's LiteRT graph, in as many threads: never changes with our code
demo      the demo this project grew from: one picture a request, `model.predict`
"""

import argparse
import io
import multiprocessing
import os
import statistics
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import cv2
import numpy as np

from benchmarks import stack  # before Django: it sets the environment that the settings come from

# isort: split
import django
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

django.setup()

from recognizer.bundles import Classifier, load  # noqa: E402
from recognizer.files import decode  # noqa: E402
from recognizer.learning.mnist import load_mnist  # noqa: E402
from recognizer.reader import Reader  # noqa: E402
from webapp import jobs  # noqa: E402
from webapp.models import Batch, ModelVersion, Prediction, User  # noqa: E402

CORES = os.cpu_count() or 1
CHUNK = 1024
DEMO_IMAGES = 100


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--images", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--model", default=settings.SHIPPED_CHAMPION, help="that reads in ours and in the limit")
    args = options.parse_args()

    pictures = png_files(args.images)
    with ProcessPoolExecutor(
        CORES, multiprocessing.get_context("spawn"), initializer=load_reader, initargs=(args.model,)
    ) as pool:
        ours, demo = start_ours(args.model), start_demo()
        limit = in_process(pool)
        contestants = {"ours": ours, "limit": limit, "bare": bare(), "demo": demo}
        rates: dict[str, list[float]] = {name: [] for name in contestants}
        for turn in range(args.rounds):
            for name, read in contestants.items():
                rates[name].append(read(pictures))
                print(f"round {turn + 1}: {name:6} {rates[name][-1]:10,.0f} pictures/s", flush=True)
    report(rates, args.model)


def report(rates: dict[str, list[float]], model: str) -> None:
    middle = {name: statistics.median(values) for name, values in rates.items()}
    print(f"\n{'':8}{'median':>12}{'least':>12}{'most':>12}   ours is")
    for name, values in rates.items():
        ratio = f"{middle['ours'] / middle[name]:8.2f} × {name}" if name != "ours" else ""
        print(f"{name:8}{middle[name]:12,.0f}{min(values):12,.0f}{max(values):12,.0f}   {ratio}")
    print(f"{CORES} cores, {stack.os.environ['DATABASE_URL'].partition(':')[0]}, read by {model}, pictures/s")


def png_files(count: int) -> list[bytes]:
    """MNIST training digits as PNG files."""
    images = load_mnist().train.images
    return [cv2.imencode(".png", images[i % len(images)])[1].tobytes() for i in range(count)]


def start_ours(model: str) -> Callable[[Sequence[bytes]], float]:
    call_command("migrate", verbosity=0)
    call_command("register_models", stdout=io.StringIO())
    ModelVersion.objects.get(shipped_as=model).promote()
    owner = User.objects.create_user("benchmark")
    stack.start_valkey()
    stack.start_worker("interactive,bulk", CORES)

    def read(pictures: Sequence[bytes]) -> float:
        batch = Batch.objects.create(owner=owner, name="throughput", expected=len(pictures) + 1)
        send, jobs.read_images = jobs.read_images, lambda *_, **__: None
        try:
            for start in range(0, len(pictures), 500):
                part = enumerate(pictures[start : start + 500], start)
                batch.take_in({i: SimpleUploadedFile("digit.png", data) for i, data in part})
        finally:
            jobs.read_images = send
        images = list(batch.images.order_by("pk").only("pk", "size"))
        begin = time.perf_counter()
        jobs.read_images(images, queue=jobs.BULK)
        while Batch.objects.get(pk=batch.pk).read_count < len(pictures):
            time.sleep(0.02)
        seconds = time.perf_counter() - begin
        assert Prediction.objects.filter(image__batch=batch).count() == len(pictures)
        return len(pictures) / seconds

    read(png_files(64))  # the worker is up and its model loaded
    return read


reader: Reader


def load_reader(model: str) -> None:
    global reader
    cv2.setNumThreads(1)
    reader = Reader.load(model)


def read_chunk(pictures: Sequence[bytes]) -> int:
    return len(reader.answer([reader.prepare(decode(data)) for data in pictures]))


def in_process(pool: ProcessPoolExecutor) -> Callable[[Sequence[bytes]], float]:
    def read(pictures: Sequence[bytes]) -> float:
        chunks = [pictures[start : start + CHUNK] for start in range(0, len(pictures), CHUNK)]
        begin = time.perf_counter()
        assert sum(pool.map(read_chunk, chunks)) == len(pictures)
        return len(pictures) / (time.perf_counter() - begin)

    read(png_files(CHUNK * CORES))
    return read


def bare() -> Callable[[Sequence[bytes]], float]:
    classifiers = [Classifier(load("seed")) for _ in range(CORES)]

    def classify(classifier: Classifier, pictures: Sequence[bytes]) -> int:
        decoded = (cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE) for data in pictures)
        return len(classifier.logits(np.stack([cv2.resize(image, (28, 28)) for image in decoded])))

    def read(pictures: Sequence[bytes]) -> float:
        begin = time.perf_counter()
        with ThreadPoolExecutor(CORES) as pool:
            assert sum(pool.map(classify, classifiers, [pictures[i::CORES] for i in range(CORES)])) == len(pictures)
        return len(pictures) / (time.perf_counter() - begin)

    return read


def start_demo() -> Callable[[Sequence[bytes]], float]:
    port = stack.free_port()
    stack.start(sys.executable, "-m", "benchmarks.demo", str(port))

    def ask(data: bytes) -> None:
        address = f"http://127.0.0.1:{port}/predict"
        urllib.request.urlopen(urllib.request.Request(address, data, method="POST")).read()

    def read(pictures: Sequence[bytes]) -> float:
        some = pictures[:DEMO_IMAGES]
        begin = time.perf_counter()
        for data in some:
            ask(data)
        return len(some) / (time.perf_counter() - begin)

    picture = png_files(1)[0]
    for _ in range(200):
        try:
            ask(picture)
            return read
        except OSError:
            time.sleep(0.25)
    raise RuntimeError("The demo did not start.")


if __name__ == "__main__":
    main()
