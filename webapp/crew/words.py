"""What each worker does, in words and with where to look."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Model
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from webapp import jobs
from webapp.crew.notes import Turn, Worker, crew
from webapp.models import Batch, Image, Rereading, TrainingRun, Upload

COUNTED = {
    jobs.READ_IMAGES: ngettext_lazy("reading %(count)s picture", "reading %(count)s pictures", "count"),
    jobs.READ_AGAIN: ngettext_lazy("reading %(count)s picture again", "reading %(count)s pictures again", "count"),
}
TASKS = {
    jobs.UNPACK: _("unpacking a file"),
    jobs.TRAIN: _("training"),
    jobs.COUNT_LESSONS: _("counting what there is to learn from"),
    jobs.SWEEP: _("looking for what got lost"),
    jobs.TELL: _("writing to people whose batches are done"),
    jobs.ERASE: _("erasing what people asked to have erased"),
    jobs.COUNT: _("counting how the models do"),
    jobs.VALUE: _("noting what answers are worth"),
    jobs.TRAIN_ON_SCHEDULE: _("seeing whether it is time to train"),
}
# Of messages about a batch's parts: which table their ids are of, and how it leads to the batch.
PARTS: dict[str, tuple[type[Model], str]] = {
    jobs.READ_IMAGES: (Image, "batch"),
    jobs.UNPACK: (Upload, "batch"),
    jobs.READ_AGAIN: (Rereading, "image__batch"),
}


@dataclass(frozen=True)
class Told:
    """One turn for a page; `about` is the batch or run that it is for, with its address in the admin."""

    turn: Turn
    words: str
    about: str = ""
    address: str = ""


@dataclass(frozen=True)
class Row:
    worker: Worker
    doing: list[Told]
    last: Told | None


def rows() -> list[Row] | None:
    """The whole crew, with as many questions to the database as there are kinds of work; None as for `crew`."""
    workers = crew()
    if workers is None:
        return None
    turns = [turn for worker in workers for turn in (*worker.processes, worker.last) if turn]
    batches = {task: batches_of(task, turns) for task in PARTS}
    return [
        Row(
            worker,
            [told(turn, batches) for turn in worker.processes if turn],
            told(worker.last, batches) if worker.last else None,
        )
        for worker in workers
    ]


def batches_of(task: str, turns: Iterable[Turn]) -> dict[int, Batch]:
    """By the first id of the messages of this task; without those that have been deleted since."""
    model, path = PARTS[task]
    firsts = {turn.first for turn in turns if turn.task == task}
    if not firsts:
        return {}
    batch_of = dict(model._default_manager.filter(pk__in=firsts).values_list("pk", path))
    batches = Batch.objects.only("name").in_bulk(set(batch_of.values()))
    return {first: batches[batch] for first, batch in batch_of.items() if batch in batches}


def told(turn: Turn, batches: dict[str, dict[int, Batch]]) -> Told:
    counted = COUNTED.get(turn.task)
    said = counted % {"count": turn.count} if counted else str(TASKS.get(turn.task, turn.task))
    if turn.task == jobs.TRAIN and turn.first:
        run = TrainingRun(pk=turn.first)
        return Told(turn, said, str(run), run.get_absolute_url())
    if turn.first and (batch := batches.get(turn.task, {}).get(turn.first)):
        return Told(turn, said, batch.name, reverse("admin:webapp_batch_change", args=[batch.pk]))
    return Told(turn, said)
