"""What the site learns from k answered pictures of a domain, through the real path, promoted or not.

    python -m benchmarks.learning [--domains slashed outlined photos] [--counts 50 100 200 500] [--flips 0]
    python -m benchmarks.learning --join var/learning-*.json

Three domains, named before any was measured:

slashed   made: 0s with a slash through them and 7s with a bold bar, as engineers and much of Europe write them
outlined  made: every digit as an outline pen writes it
photos    real: photos of digits on paper; taught by all writers but a4, judged by a4's. Needs shared/data, which is not
          part of this repository

Pictures are handed in by four people in batches of twenty, read by a real worker and answered; about one batch in four
is held out, as everywhere. After each count of pictures a run is started, trained and judged by the real trainer, and
the site's policy promotes it or not. What reads then is measured on pictures of the domain that no batch held (made of
MNIST's test digits, or a4's photos) and on MNIST's test digits. A later count goes on from what the earlier ones made.

Each domain may be a run of its own; `--join` makes one table and one figure of what several runs wrote.

`--flips 30` answers 30 % of the pictures wrongly, held-out ones too. `--speed` also measures how fast pictures are read
while the last run of a domain learns; the trainer is then as nice as on a site.
"""

import argparse
import csv
import io
import json
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import stack  # before Django: it sets the environment that the settings come from

# isort: split
import django
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

django.setup()

from recognizer.bundles import Classifier  # noqa: E402
from recognizer.exams.metrics import wilson_interval  # noqa: E402
from recognizer.learning.mnist import Digits, load_mnist, load_mnist_test  # noqa: E402
from webapp.models import Batch, Image, ModelVersion, SitePolicy, TrainingRun, User  # noqa: E402
from worker import loaded  # noqa: E402
from worker.tasks import maintain  # noqa: E402

PHOTOS = stack.ROOT.parent / "shared" / "data" / "photos.csv"
LAST_WRITER = "a4"
PER_BATCH = 20
JUDGED = 400
RATE_PICTURES = 3000
SEED = 77

Labelled = tuple[bytes, str]
Image28 = NDArray[np.uint8]


@dataclass
class Stage:
    """What reads after `count` answered pictures."""

    domain: str
    count: int
    flips: int
    corrections: int
    held_out: int
    left_out: dict[str, int]
    outcome: str
    said: str
    clean_change: float
    domain_right: float
    domain_low: float
    domain_high: float
    mnist_right: float
    seconds: float
    gigabytes: float
    read_while_training: float


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--domains", nargs="+", default=list(DOMAINS), choices=list(DOMAINS))
    options.add_argument("--counts", nargs="+", type=int, default=[50, 100, 200, 500])
    options.add_argument("--flips", type=int, default=0, help="percent of the answers that are wrong")
    options.add_argument("--speed", action="store_true", help="measure reading while training too")
    options.add_argument("--join", nargs="+", type=Path, help="no run: one table and figure of what these files hold")
    options.add_argument("--out", type=Path, help="default: var/learning-DOMAINS.json")
    args = options.parse_args()
    out = args.out or stack.ROOT / "var" / f"learning-{'-'.join(args.domains)}-{args.flips}.json"
    if args.join:
        stages = [Stage(**one) for path in args.join for one in json.loads(path.read_text())]
        out = args.out or stack.ROOT / "var" / "learning.json"
    else:
        stages = measured_stages(args.domains, args.counts, args.flips, args.speed, out)
    out.with_suffix(".svg").write_text(drawn(stages))
    print(f"\n{table(stages)}\n\n{out.with_suffix('.svg')}")


def measured_stages(domains: list[str], counts: list[int], flips: int, speed: bool, out: Path) -> list[Stage]:
    people = set_up()
    stages: list[Stage] = []
    for domain in domains:
        for stage in taught(domain, counts, flips, speed, people):
            stages.append(stage)
            print(json.dumps(asdict(stage)), flush=True)
            out.write_text(json.dumps([asdict(one) for one in stages], indent=1))
    return stages


def set_up() -> list[User]:
    call_command("migrate", verbosity=0)
    call_command("register_models", stdout=io.StringIO())
    SitePolicy.objects.update_or_create(pk=1, defaults={"fewest_corrections": 1})
    stack.start_valkey()
    stack.start_worker("interactive,bulk", 1)
    words = "-m celery -A worker worker -Q training -n training@%h -c 1 -P prefork -O fair -l WARNING"
    stack.start(sys.executable, *words.split(), "--max-tasks-per-child=1", "--without-gossip", "--without-mingle")
    return [User.objects.create_user(name) for name in ("alice", "bob", "carol", "dave")]


def taught(domain: str, counts: list[int], flips: int, speed: bool, people: list[User]) -> Iterator[Stage]:
    """Stage after stage, from the champion that ships."""
    Batch.objects.all().delete()
    ModelVersion.objects.get(shipped_as=settings.SHIPPED_CHAMPION).promote()
    lessons, judged = DOMAINS[domain]()
    slips = random.Random(SEED)
    yield measured(domain, 0, flips, judged, None, 0.0)
    given = learned = 0
    # Of a domain with fewer pictures than the last counts ask for, all of them are the last.
    few = [count for count in counts if count < len(lessons) * 3 // 4]
    counts = few if few == counts else [*few, counts[-1]]
    for count in counts:
        while learned < count and given < len(lessons):
            batch = handed_in(people[given // PER_BATCH % len(people)], lessons[given : given + PER_BATCH])
            answer(batch, lessons[given : given + PER_BATCH], flips, slips)
            given += PER_BATCH
            learned = Image.objects.filter(batch__held_out=False).exclude(review=None).count()
        with Memory() as memory:
            run, rate = trained(people[0], speed and count == counts[-1])
        yield measured(domain, learned, flips, judged, run, memory.most, rate)
        if given >= len(lessons):
            break


def handed_in(owner: User, pictures: list[Labelled]) -> Batch:
    batch = Batch.objects.create(owner=owner, name="lesson", expected=len(pictures))
    batch.take_in({i: SimpleUploadedFile(f"{i}", data) for i, (data, _) in enumerate(pictures)})
    while Batch.objects.filter(pk=batch.pk, finished_at=None).exists():
        time.sleep(0.05)
        maintain.sweep()
    batch.refresh_from_db()
    return batch


def answer(batch: Batch, pictures: list[Labelled], flips: int, slips: random.Random) -> None:
    for image, (_, label) in zip(batch.images.order_by("index"), pictures, strict=True):
        wrong = [digit for digit in "0123456789" if digit != label]
        said = slips.choice(wrong) if slips.random() < flips / 100 else label
        image.correct(batch.owner, "text", said)


def trained(asked_by: User, speed: bool) -> tuple[TrainingRun, float]:
    """The run when it has ended, and how fast pictures were read while it learned, as a share of the speed before."""
    before, meanwhile = reading_rate(asked_by) if speed else 0.0, 0.0
    run, _ = TrainingRun.objects.begin(TrainingRun.Why.PERSON, asked_by, slot=f"benchmark {time.time()}")
    while run.is_open:
        time.sleep(1)
        maintain.sweep()
        run.refresh_from_db()
        if speed and len(run.history) == 1 and not meanwhile:
            meanwhile = reading_rate(asked_by)
    return run, meanwhile / before if before else 0.0


def reading_rate(owner: User) -> float:
    """Pictures a second through the worker, from a batch's first result to its last."""
    digits = load_mnist().train
    batch = handed_in(owner, [(png(image), "") for image in digits.images[:RATE_PICTURES]])
    rate = batch.rate or 0.0
    batch.delete()
    return rate


def measured(
    domain: str, count: int, flips: int, judged: list[Labelled], run: TrainingRun | None, memory: float, rate: float = 0
) -> Stage:
    """What reads now, on the domain's own pictures through the worker and on MNIST's test digits."""
    owner = User.objects.get(username="dave")
    batch = handed_in(owner, judged)
    texts = batch.images.order_by("index").values_list("prediction__text", flat=True)
    right = sum(text == label for text, (_, label) in zip(texts, judged, strict=True))
    batch.delete()
    low, high = wilson_interval(right, len(judged))
    champion = ModelVersion.objects.champion()
    assert champion is not None
    test = load_mnist_test()
    answers = Classifier(loaded.bundle_of(champion)).logits(test.images).argmax(axis=1)
    return Stage(
        domain=domain,
        count=count,
        flips=flips,
        corrections=run.data.get("corrections", 0) if run else 0,
        held_out=len(run.data.get("held_out", [])) if run else 0,
        left_out=run.data.get("left_out", {}) if run else {},
        outcome=run.outcome or run.state if run else "",
        said=(run.said or run.error) if run else "",
        clean_change=clean_change(run),
        domain_right=right / len(judged),
        domain_low=low,
        domain_high=high,
        mnist_right=float((answers == test.labels).mean()),
        seconds=(run.ended_at - run.began_at).total_seconds() if run and run.ended_at and run.began_at else 0.0,
        gigabytes=memory,
        read_while_training=rate,
    )


def clean_change(run: TrainingRun | None) -> float:
    """By how much the challenger differs from the champion on the gate's clean digits."""
    suites = {suite["name"]: suite for suite in run.verdict.get("suites", [])} if run else {}
    return suites["clean"]["challenger"] - suites["clean"]["champion"] if suites else 0.0


class Memory:
    """The most resident memory that any process of the trainer had, in GB."""

    def __enter__(self) -> "Memory":
        self.most, self.ended = 0.0, threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.thread.join()

    def watch(self) -> None:
        group = stack.running[-1].pid
        while not self.ended.wait(1):
            for status in Path("/proc").glob("[0-9]*/status"):
                try:
                    fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
                    if int(fields["NSsid"].split()[0]) == group and "VmRSS" in fields:
                        self.most = max(self.most, int(fields["VmRSS"].split()[0]) / 2**20)
                except (OSError, KeyError):
                    continue


def png(image: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".png", image)[1].tobytes()


def made(
    change: Callable[[Image28, int, np.random.Generator], Image28], special: tuple[int, ...]
) -> Callable[[], tuple[list[Labelled], list[Labelled]]]:
    """A domain of changed digits, only `special` ones where some are: to teach by, and to be judged by."""

    def chosen(digits: Digits, count: int, randomness: np.random.Generator) -> list[Labelled]:
        order = randomness.permutation(len(digits))
        if special:
            order = order[np.isin(digits.labels[order], special)]
        return [
            (png(change(digits.images[i], int(digits.labels[i]), randomness)), str(digits.labels[i]))
            for i in order[:count]
        ]

    def domain() -> tuple[list[Labelled], list[Labelled]]:
        randomness = np.random.default_rng(SEED)
        return chosen(load_mnist().train, 1000, randomness), chosen(load_mnist_test(), JUDGED, randomness)

    return domain


def slashed(image: Image28, label: int, randomness: np.random.Generator) -> Image28:
    rows, columns = np.nonzero(image > 100)
    top, bottom, left, right = (int(edge) for edge in (rows.min(), rows.max(), columns.min(), columns.max()))
    image = image.copy()
    if label == 7:
        height = int(top + (bottom - top) * randomness.uniform(0.4, 0.6))
        at = columns[np.abs(rows - height) <= 1]
        middle, reach = int(at.mean()) if len(at) else 14, int(randomness.integers(7, 10))
        slope = int(randomness.integers(-1, 2))
        cv2.line(image, (middle - reach, height + slope), (middle + reach, height), 255, 3)
    if label == 0:
        middle, height = (left + right) / 2, (top + bottom) / 2
        reach = max(right - left, 0.6 * (bottom - top)) / 2 + randomness.uniform(1, 3)
        slope, broad = randomness.uniform(0.6, 1.2), int(randomness.integers(6, 10))
        start, end = (
            (4 * (middle - reach), 4 * (height + slope * reach)),
            (4 * (middle + reach), 4 * (height - slope * reach)),
        )
        large = cv2.resize(image, (112, 112), interpolation=cv2.INTER_CUBIC)
        cv2.line(large, tuple(map(round, start)), tuple(map(round, end)), 255, broad)
        image = cv2.resize(large, (28, 28), interpolation=cv2.INTER_AREA)
    return image


def outlined(image: Image28, label: int, randomness: np.random.Generator) -> Image28:
    thick = int(randomness.integers(5, 10))
    large = (cv2.resize(image, (140, 140), interpolation=cv2.INTER_CUBIC) > 100).astype(np.uint8) * 255
    large = cv2.dilate(large, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9)))
    return cv2.morphologyEx(large, cv2.MORPH_GRADIENT, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (thick, thick)))


def photos() -> tuple[list[Labelled], list[Labelled]]:
    if not PHOTOS.exists():
        sys.exit(f"The domain `photos` needs {PHOTOS}, which is not part of this repository.")
    rows = [row for row in csv.DictReader(PHOTOS.open()) if row["kind"] == "paper_photo"]
    random.Random(SEED).shuffle(rows)

    def labelled(last: bool) -> list[Labelled]:
        mine = [row for row in rows if (row["writer"] == LAST_WRITER) is last]
        return [((PHOTOS.parent / row["file"]).read_bytes(), row["label"]) for row in mine]

    return labelled(last=False), labelled(last=True)


DOMAINS: dict[str, Callable[[], tuple[list[Labelled], list[Labelled]]]] = {
    "slashed": made(slashed, special=(0, 7)),
    "outlined": made(outlined, special=()),
    "photos": photos,
}

WIDTH, HEIGHT, MARGIN = 640, 320, 48
COLOURS = {"slashed": "#0b6e66", "outlined": "#a8261c", "photos": "#2a55a8"}


def table(stages: list[Stage]) -> str:
    """As it stands in docs/models.md."""
    head = "| domain | learned from | held out | right | 95 % interval | MNIST test | verdict | took | memory |"
    rows = [
        f"| {stage.domain}{f', {stage.flips} % wrong' if stage.flips else ''} | {stage.count} | {stage.held_out} | "
        f"{stage.domain_right:.1%} | {stage.domain_low:.1%} to {stage.domain_high:.1%} | {stage.mnist_right:.2%} | "
        f"{stage.outcome or 'as shipped'} | {f'{stage.seconds:.0f} s' if stage.seconds else ''} | "
        f"{f'{stage.gigabytes:.1f} GB' if stage.seconds else ''} |"
        for stage in stages
    ]
    return "\n".join([head, "| --- | --: | --: | --: | --- | --: | --- | --: | --: |", *rows])


def drawn(stages: list[Stage]) -> str:
    """Accuracy against pictures answered: on the domain solid, on MNIST's test digits dashed."""
    most = max((stage.count for stage in stages), default=1) or 1

    def place(count: int, share: float) -> str:
        across = MARGIN + (WIDTH - 2 * MARGIN) * count / most
        return f"{across:.1f},{HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * share:.1f}"

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">']
    parts.append(f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>')
    for share in (0, 0.25, 0.5, 0.75, 1):
        left, right = place(0, share), place(most, share)
        x1, y = left.split(",")
        parts.append(f'<line x1="{x1}" y1="{y}" x2="{right.split(",")[0]}" y2="{y}" stroke="#d9dee3"/>')
        parts.append(f'<text x="4" y="{float(y) + 4:.1f}" font-size="11">{share:.0%}</text>')
    for row, (name, colour) in enumerate(COLOURS.items()):
        mine = [stage for stage in stages if stage.domain == name]
        if not mine:
            continue
        for what, dash in (("domain_right", ""), ("mnist_right", ' stroke-dasharray="5 4"')):
            points = " ".join(place(stage.count, getattr(stage, what)) for stage in mine)
            parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
        parts += [
            f'<circle cx="{x}" cy="{y}" r="{4 if stage.outcome == "promoted" else 2}" fill="{colour}"/>'
            for stage in mine
            for x, y in [place(stage.count, stage.domain_right).split(",")]
        ]
        parts.append(f'<text x="{MARGIN + 150 * row}" y="20" font-size="13" fill="{colour}">{name}</text>')
    parts.append(
        f'<text x="{MARGIN}" y="{HEIGHT - 10}" font-size="12">answered pictures learned from, 0 to {most}; '
        "large points: promoted; dashed: MNIST's test digits</text></svg>"
    )
    return "\n".join(parts)


if __name__ == "__main__":
    main()
