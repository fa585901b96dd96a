"""Train a challenger of what people corrected, have it judged, and let the site's policy decide.

Each step leaves something that the next attempt goes on from: the checkpoint of an epoch, the model's folder. Nothing
is published before the last one, a single transaction; killed anywhere, the champion stays what it was.
"""

import os
import shutil
import threading
import time
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog
from django.conf import settings
from django.db import connection
from django.utils import timezone

from recognizer.bundles import Bundle, Classifier, DamagedBundle, InvalidConfig, TrainConfig, UnknownModel, load
from recognizer.exams.examination import Examination, examine
from recognizer.exams.metrics import evaluate
from recognizer.exams.suites import FrozenSuites
from recognizer.learning.lessons import Lesson
from recognizer.learning.memory import keep_memory
from recognizer.learning.mnist import DatasetUnavailable, Digits, load_mnist, load_mnist_test
from recognizer.learning.recipes.tuning import Tuning, scratch_config
from recognizer.page import Reason
from webapp import jobs
from webapp.celery import app
from webapp.faults import Coded, coded
from webapp.models import LessonCount, ModelVersion, Review, TrainingRun
from webapp.models.lesson_news import is_stale, seen_now
from worker import loaded
from worker.gathering import Gathered, gather_again, gather_and_count
from worker.storage import STORAGE_ERRORS

log = structlog.get_logger(__name__)


class Cancelled(Exception):
    """Somebody asked this run to stop."""


class LeaseLost(Exception):
    """Another trainer has taken this run over, or the database was away for longer than the lease."""


class NotTheSameData(Reason, Exception):
    """Some of the answers that the first run learned from are gone."""


class Skipped(Exception):
    """There is nothing to learn, for these reasons."""

    def __init__(self, *reasons: Coded) -> None:
        super().__init__(*reasons)
        self.reasons = list(reasons)


# What may end a training, and the codes of those whose own words say more.
NAMED_FAULTS = {
    DatasetUnavailable: "no_mnist",
    DamagedBundle: "damaged_model",
    UnknownModel: "damaged_model",
    InvalidConfig: "bad_recipe",
}
FAILURES = (NotTheSameData, loaded.NoChampion, loaded.WrongModel, *NAMED_FAULTS, *STORAGE_ERRORS)


def reason_of(error: Exception) -> Reason:
    """What is written down where one of FAILURES has ended a training."""
    if isinstance(error, Reason):
        return error
    if isinstance(error, loaded.NoChampion):
        return Reason("no_champion")
    code = next((code for kind, code in NAMED_FAULTS.items() if isinstance(error, kind)), "storage_away")
    return Reason(code, error=str(error))


class Heartbeat:
    """Renews the lease from a thread of its own, so that no step, however long, loses it; says when it was lost."""

    def __init__(self, run: TrainingRun, fence: int) -> None:
        self.run, self.fence = run, fence
        self.ended = threading.Event()
        self.lost = self.cancelled = False
        self.thread = threading.Thread(target=self.beat, name="heartbeat", daemon=True)

    def __enter__(self) -> "Heartbeat":
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ended.set()
        self.thread.join()

    def beat(self) -> None:
        mine = TrainingRun.objects.filter(pk=self.run.pk)
        while not self.ended.wait(settings.LEASE_SECONDS / 4):
            self.lost = not mine.renew(self.fence)
            self.cancelled = mine.filter(cancel_asked=True).exists()
            if self.lost:
                break
        connection.close()

    def check(self) -> None:
        """Raises Cancelled or LeaseLost where there is no point in going on."""
        if self.lost:
            raise LeaseLost(LeaseLost.__doc__)
        if self.cancelled:
            raise Cancelled(Cancelled.__doc__)


@app.task(name=jobs.TRAIN, acks_late=False, time_limit=60 * settings.TRAINING_MINUTES)
def train(ids: list[int]) -> None:
    """Acknowledged at once: a training outlasts any patience of the queue's, and the sweeper knows who has died."""
    fence = TrainingRun.objects.claim(ids)
    if fence is None:
        return
    run = TrainingRun.objects.held_by(fence).get()
    be_nice()
    attempt = Attempt(run, fence)
    with Heartbeat(run, fence) as heartbeat:
        try:
            attempt.go(heartbeat)
        except Skipped as nothing:
            run.skip(fence, nothing.reasons)
        except Cancelled:
            run.stop(fence)
        except LeaseLost:
            log.warning("lease lost; whoever has it now goes on", run=run.pk)
            return
        except FAILURES as error:
            log.exception("training failed", run=run.pk)
            why = reason_of(error)
            TrainingRun.objects.fail(fence, [run.pk], why.code, **why.values)
    attempt.clear_up()


@app.task(name=jobs.COUNT_LESSONS)
def count_lessons(_: object = None) -> None:
    """Tell people what a training would find, without one. A process of its own does it, which ends with the task."""
    if not is_stale(LessonCount.current()):
        return
    be_nice()
    began, seen = timezone.now(), seen_now()
    try:
        version = ModelVersion.objects.champion()
        if version is None:
            raise loaded.NoChampion(loaded.NoChampion.__doc__)
        gather_and_count(version, loaded.bundle_of(version))
    except FAILURES as error:
        log.exception("lessons could not be counted")
        LessonCount.note(began, seen, champion=version, fault=reason_of(error).code)


def be_nice() -> None:
    """Let whoever waits for an answer go first. The process ends with the task."""
    os.nice(max(0, settings.TRAINING_NICENESS - os.nice(0)))


class Attempt:
    """One go at a run, by whoever holds its fence."""

    tuning = Tuning()

    def __init__(self, run: TrainingRun, fence: int) -> None:
        self.run, self.fence = run, fence
        self.folder = settings.VAR_DIR / "training" / str(run.pk)

    def go(self, heartbeat: Heartbeat) -> None:
        self.heartbeat = heartbeat
        champion = self.begin()
        self.note(step=TrainingRun.Step.GATHER)
        gathered = self.gather(champion)
        if self.run.method == TrainingRun.Method.JUDGE and self.run.version:
            challenger = loaded.bundle_of(self.run.version)
        else:
            self.refuse_needless(gathered)
            self.note(step=TrainingRun.Step.LEARN)
            challenger = self.learn(gathered.screening.kept)
        heartbeat.check()
        self.note(step=TrainingRun.Step.JUDGE)
        examination = self.judge(champion, challenger, gathered.held_out)
        heartbeat.check()
        self.note(step=TrainingRun.Step.STORE)
        size = self.store(challenger)
        self.conclude(examination, challenger, size)

    def note(self, **changes: Any) -> None:
        """Write down what has come of it so far; only while the run is still ours."""
        if not TrainingRun.objects.held_by(self.fence).filter(pk=self.run.pk).update(**changes):
            raise LeaseLost(LeaseLost.__doc__)
        for name, value in changes.items():
            setattr(self.run, name, value)

    def begin(self) -> Bundle:
        """The model to beat: the champion of the first attempt, or of the run that this one repeats."""
        first = self.run.repeats.parent if self.run.repeats else None
        parent = self.run.parent or first or ModelVersion.objects.champion()
        if parent is None:
            raise loaded.NoChampion(loaded.NoChampion.__doc__)
        self.note(parent=parent, began_at=self.run.began_at or timezone.now())
        return loaded.bundle_of(parent)

    def gather(self, champion: Bundle) -> Gathered:
        """What there is to learn from and to judge by; kept with the run by its numbers."""
        assert self.run.parent is not None
        if self.run.repeats:
            gathered = gather_again(self.run.repeats.data)
            if gathered.fingerprint != self.run.repeats.fingerprint:
                raise NotTheSameData("not_the_same", run=self.run.repeats.pk)
        else:
            gathered = gather_and_count(self.run.parent, champion)
        self.note(fingerprint=gathered.fingerprint, data=gathered.for_the_run())
        return gathered

    def refuse_needless(self, gathered: Gathered) -> None:
        """Raises Skipped where a training would tell nothing new."""
        if self.run.repeats:
            return
        enough = gathered.enough()
        if not enough:
            raise Skipped(*enough.reasons)
        if same := self.run.unchanged_since():
            raise Skipped(coded("nothing_new", run=same.pk))

    def learn(self, lessons: list[Lesson]) -> Bundle:
        """The challenger, from its folder where an earlier attempt had it ready.

        All lessons are taught to the champion's origin, not the new ones to the champion: else each night would forget
        as much as one may, until the digits of the first model were gone.
        """
        assert self.run.parent is not None
        origin = loaded.bundle_of(self.run.parent.origin)
        keep_memory()
        # TensorFlow takes seconds and half a gigabyte, and only this needs it; the process ends with the task.
        from recognizer.learning import training, tuning  # noqa: PLC0415

        from_scratch = self.run.method == TrainingRun.Method.SCRATCH
        recipe = scratch_config if from_scratch else self.tuning.config
        config = recipe(origin.config, self.run.seed)
        self.note(config=asdict(config))
        if finished := self.finished(config):
            return finished
        training.limit_threads(settings.TRAINING_THREADS)
        began, before = time.monotonic(), self.seconds_before()

        def on_epoch(number: int, figures: dict[str, float]) -> None:
            seconds = before + time.monotonic() - began
            shown = {name: round(float(value), 5) for name, value in figures.items()}
            self.note(history=[*self.run.history[: number - 1], {**shown, "seconds": round(seconds, 1)}])
            self.heartbeat.check()

        result = tuning.teach(
            origin,
            config,
            lessons,
            load_mnist(),
            self.model_folder,
            from_scratch=from_scratch,
            on_epoch=on_epoch,
            checkpoint=self.folder / "checkpoint.npz",
            tuning=self.tuning,
            grade=grade,
        )
        return result.bundle

    def seconds_before(self) -> float:
        return float(self.run.history[-1]["seconds"]) if self.run.history else 0.0

    @property
    def model_folder(self) -> Path:
        """Named by the data, so that what an earlier attempt made of other data is not taken for this."""
        return self.folder / self.run.fingerprint[:16]

    def finished(self, config: TrainConfig) -> Bundle | None:
        try:
            bundle = load(self.model_folder) if self.model_folder.is_dir() else None
        except (DamagedBundle, UnknownModel):
            return None
        return bundle if bundle and bundle.config == config else None

    def judge(self, champion: Bundle, challenger: Bundle, held_out: list[Lesson]) -> Examination:
        suites = FrozenSuites(load_mnist().validation)
        assert self.run.parent is not None
        mistakes = Review.objects.share_of_mistakes(self.run.parent)
        examination = examine(champion, challenger, suites, held_out, mistakes)
        # For the report card alone; nothing is decided by it.
        test = load_mnist_test()
        for name, bundle in (("champion", champion), ("challenger", challenger)):
            scores = evaluate(Classifier(bundle), test)
            examination.report.setdefault("test", {})[name] = {
                "accuracy": scores.accuracy, "correct": scores.correct, "count": scores.count,
                "low": scores.accuracy_low, "high": scores.accuracy_high, "ece": scores.ece,
            }  # fmt: skip
        return examination

    def store(self, challenger: Bundle) -> int:
        if self.run.method == TrainingRun.Method.JUDGE and self.run.version:
            return self.run.version.size
        return loaded.store(self.model_folder, challenger.sha256)

    def conclude(self, examination: Examination, challenger: Bundle, size: int) -> None:
        verdict, report = examination.verdict, examination.report | examination.verdict.as_json()
        reasons = [reason.as_json() for reason in verdict.reasons]
        ended = self.run.conclude(self.fence, verdict.passed, reasons, report, challenger, size)
        said = [str(reason) for reason in verdict.reasons]
        log.info("training ended", run=self.run.pk, ended=ended, passed=verdict.passed, said=said)

    def clear_up(self) -> None:
        """The folder is only needed to go on from; a run that has ended needs none."""
        if not TrainingRun.objects.filter(pk=self.run.pk).open().exists():
            shutil.rmtree(self.folder, ignore_errors=True)


def grade(classifier: Classifier, digits: Digits) -> dict[str, Any]:
    """What a new model's card says of its answers to digits."""
    return evaluate(classifier, digits).as_json()
