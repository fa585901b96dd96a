"""A model's report card: every figure that is published of it, source by source, with counts and intervals."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.bundles import Bundle, Classifier
from recognizer.exams import numbers, signed, strangers
from recognizer.exams.corruptions import CORRUPTIONS, SEED
from recognizer.exams.metrics import coverage_at_precision, expected_calibration_error, precision_level, wilson_interval
from recognizer.exams.numbers import Number
from recognizer.files import decode_pages
from recognizer.learning.mnist import WRONG_TEST_LABELS, Digits
from recognizer.page import Picture, Reading
from recognizer.reader import Reader
from recognizer.symbols import edit_distance, squeezed

PRECISION = 0.99
WORST, TILE = 40, 120  # errors on a contact sheet, and the side of each in pixels


@dataclass(frozen=True)
class Answer:
    """What a reader said of one labelled picture; `confidence` is 0 where it read nothing."""

    source: str
    picture: NDArray[np.uint8]
    wanted: str
    said: str
    confidence: float

    @property
    def right(self) -> bool:
        return self.said == self.wanted

    @classmethod
    def of(cls, source: str, picture: NDArray[np.uint8], wanted: str, reading: Reading) -> "Answer":
        read = reading.outcome == "read"
        said = squeezed(reading.text) if read else ""
        return cls(source, picture, squeezed(wanted), said, reading.confidence if read else 0.0)


def mnist(bundle: Bundle, test: Digits) -> list[Answer]:
    """The bare network on digits as they are."""
    probabilities = Classifier(bundle).probabilities(test.images)
    return [
        Answer("MNIST test", image, str(label), str(row.argmax()), float(row.max()))
        for image, label, row in zip(test.images, test.labels, probabilities, strict=True)
    ]


def lines(bundle: Bundle, test: Digits, tables: Sequence[Path], sheet: Path | None = None) -> Iterator[str]:
    """The report card as it comes, for a person. `tables` name labelled pictures; the worst errors go to `sheet`."""
    reader, digits = Reader(bundle), mnist(bundle, test)
    yield summary("without the labels known to be wrong", without_wrong_labels(digits))
    corruptions = list(corrupted(bundle, test))
    for name, right, count in corruptions:
        yield share(f"corrupted: {name}", right, count)
    mean = sum(right / count for _, right, count in corruptions) / len(corruptions)
    yield f"corrupted: mean of {len(corruptions)}: {mean:.2%}"
    drawn = written_numbers(reader, test)
    pictures = [answer for path in tables for answer in labelled(reader, path)]
    for source, answers in by_source([*drawn, *pictures]).items():
        yield summary(source, answers)
    level = level_of(pictures or drawn)
    yield f"99 % of what is read there, of single digits if any, with a confidence of {level:.3f} and more is right"
    for name, believed, count in doubted(reader, level):
        yield share(f"no digits, yet so sure: {name}", believed, count)
    if sheet:
        sheet.write_bytes(contact_sheet([*digits, *drawn, *pictures]))
        yield f"the worst errors: {sheet}"


def without_wrong_labels(answers: list[Answer]) -> list[Answer]:
    """MNIST's test digits but for those whose labels are known to be wrong."""
    return [answer for index, answer in enumerate(answers) if index not in WRONG_TEST_LABELS]


def corrupted(bundle: Bundle, test: Digits) -> Iterator[tuple[str, int, int]]:
    """For each corruption its name, how many digits are read rightly, and of how many."""
    classifier = Classifier(bundle)
    for number, (name, corruption) in enumerate(CORRUPTIONS.items(), start=1):
        images = corruption(test.images, np.random.default_rng([SEED, number]))
        right = int((classifier.logits(images).argmax(axis=1) == test.labels).sum())
        yield name, right, len(test)


def written_numbers(reader: Reader, test: Digits) -> list[Answer]:
    """The drawn numbers, made of MNIST's test digits, through the whole way from picture to text."""

    def kind(number: Number) -> str:
        length = f"numbers of {'1 to 6' if number.length <= 6 else '7 to 12'} digits"
        return length + (", some touching" if number.touching else "")

    drawn = [(kind(number), number) for number in numbers.suite(test)]
    drawn += [("numbers with signs", number) for number in signed.suite(test)]
    return [
        Answer.of(source, number.picture, number.text, reader.read([Picture.drawn(number.picture)])[0])
        for source, number in drawn
    ]


def labelled(reader: Reader, labels: Path) -> list[Answer]:
    """The pictures of a CSV with columns `file` (relative to it), `label` or `text`, and where it has it `kind`."""
    answers = []
    with labels.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            page = next(iter(decode_pages((labels.parent / row["file"]).read_bytes())))
            if isinstance(page, Picture):
                kind = f"{labels.stem}: {row.get('kind') or 'all'}" if row.get("label") else labels.stem
                wanted = (row.get("label") or row.get("text") or "").replace("|", "\n")  # a line break in the tables
                answers.append(Answer.of(kind, _thumbnail(page.grey), wanted, reader.read([page])[0]))
    return answers


def doubted(reader: Reader, level: float) -> Iterator[tuple[str, int, int]]:
    """For each class of pictures without digits how many are believed at this level of confidence, and of how many."""
    for name, pictures in strangers.suite():
        answers = [Answer.of(name, picture, "", reader.read([Picture.drawn(picture)])[0]) for picture in pictures]
        yield name, sum(answer.confidence >= level for answer in answers), len(answers)


def by_source(answers: list[Answer]) -> dict[str, list[Answer]]:
    groups = defaultdict(list)
    for answer in answers:
        groups[answer.source].append(answer)
    return dict(sorted(groups.items()))


def summary(name: str, answers: list[Answer]) -> str:
    """One line: accuracy with its interval, calibration error, coverage, and how often digits were added or lost.

    Of numbers also the share of their digits that are right: all but the edits that would make them so.
    """
    confidence, right = columns(answers)
    added = sum(len(answer.said) > len(answer.wanted) for answer in answers)
    lost = sum(len(answer.said) < len(answer.wanted) for answer in answers)
    count = sum(len(answer.wanted) for answer in answers)
    edits = sum(edit_distance(answer.said, answer.wanted) for answer in answers)
    right_digits = max(0, count - edits)
    several = any(len(answer.wanted) > 1 for answer in answers)
    digits = f"  digits {right_digits:,} of {count:,}, {right_digits / count:.2%}" if several else ""
    return (
        f"{share(name, int(right.sum()), len(answers))}  ECE {expected_calibration_error(confidence, right):.2%}"
        f"  coverage at 99 % {coverage_at_precision(confidence, right, PRECISION):.1%}  +{added} -{lost}{digits}"
    )


def share(name: str, part: int, count: int) -> str:
    """A share with its 95 % interval (Wilson)."""
    low, high = wilson_interval(part, count)
    return f"{name:<42} {part:>6,} of {count:>6,}  {part / count:>7.2%} ({low:.2%} to {high:.2%})"


def level_of(answers: list[Answer]) -> float:
    """The confidence from which on what is answered of these is right 99 times in a hundred.

    Of single digits, where there are any: a number's confidence is that of all its digits together, and much lower.
    """
    answered = [answer for answer in answers if answer.said]
    return precision_level(*columns([a for a in answered if len(a.wanted) == 1] or answered), PRECISION)


def columns(answers: list[Answer]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    return np.array([a.confidence for a in answers]), np.array([a.right for a in answers])


def contact_sheet(answers: list[Answer]) -> bytes:
    """The worst errors, the surest first, as a PNG: each picture with what it says and what was read."""
    worst = sorted((a for a in answers if not a.right), key=lambda a: -a.confidence)[:WORST]
    tiles = [_tile(answer) for answer in worst] or [np.full((TILE + 20, TILE), 255, np.uint8)]
    across = min(8, len(tiles))
    tiles += [np.full_like(tiles[0], 255)] * (-len(tiles) % across)
    rows = [np.hstack(tiles[start : start + across]) for start in range(0, len(tiles), across)]
    return cv2.imencode(".png", np.vstack(rows))[1].tobytes()


def _tile(answer: Answer) -> NDArray[np.uint8]:
    tile = np.full((TILE + 20, TILE), 255, np.uint8)
    scale = (TILE - 4) / max(answer.picture.shape)
    size = [max(1, round(side * scale)) for side in reversed(answer.picture.shape)]
    small = cv2.resize(answer.picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST)
    tile[: small.shape[0], : small.shape[1]] = small
    words = f"{answer.wanted} read {answer.said or '-'} {answer.confidence:.0%}"
    cv2.putText(tile, words, (2, TILE + 14), cv2.FONT_HERSHEY_SIMPLEX, 0.36, 0, 1, cv2.LINE_AA)
    return tile


def _thumbnail(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    scale = min(1.0, 2 * TILE / max(grey.shape))
    return cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
