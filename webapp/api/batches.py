from datetime import datetime
from typing import Any, TypeVar

from django.forms import BaseForm
from django.http import Http404
from ninja import Field, File, Form, Query, Router, Schema, Status, UploadedFile

from webapp.access import own_batch, owned
from webapp.api.fields import (
    FILES_BY_INDEX,
    PICTURES_OR_THEIR_NUMBER,
    TABLE,
    Decimal,
    Digits,
    Expected,
    Key,
    KindOf,
    Name,
    Order,
    Signs,
    Thousands,
    Unit,
    Year,
)
from webapp.api.powers import may_hand_in
from webapp.exports.row import Row
from webapp.forms import EarlierForm, NotationForm, OpenBatchForm, ProgramHintsForm, refuse_too_big
from webapp.models import Batch, Upload
from webapp.models.certificate import CONFIDENCE
from webapp.paging import keyset_page
from webapp.refusals import Refusal
from webapp.views.hand_in import complaint, default_name, indexed
from webapp.views.signed_in import SignedInRequest

router = Router()
Understood = TypeVar("Understood", bound=BaseForm)
PER_PAGE = 100
MOST_ANSWERS = 1000


class LeftOut(Schema):
    file: str
    why: str


class HintsOut(Schema):
    signs: str | None = Field(description="those that may stand beside digits; empty for none, null for any")
    digits: int | None = Field(description="how many each number has; null where nobody said")


class Written(Schema):
    """How numbers are written, as programs say it."""

    kind: KindOf = Field("", description="number, code, date, time or fraction; empty: as written")
    decimal: Decimal = Field("", description="the decimal sign, . or , or empty: as found")
    thousands: Thousands = Field(
        "", description="the sign between thousands, . or , or a space, or - for none; empty: as found"
    )
    date_order: Order = Field("dmy", description="dmy, mdy or ymd")
    year: Year = Field(None, description="that of dates without one")
    negative: bool = Field(True, description="whether a minus sign may stand before them")
    unit: Unit = ""


class WrittenOut(Written):
    year: int | None = Field(description="that of dates without one")


class BatchOut(Schema):
    id: int
    name: str
    state: str = Field(description="arriving, reading, done or cancelled")
    created_at: datetime
    finished_at: datetime | None
    expected: int
    pictures: int = Field(alias="image_count")
    read: int = Field(alias="read_count")
    failed: int = Field(alias="failed_count")
    cancelled: int = Field(alias="cancelled_count")
    left_out: list[LeftOut] = Field(description="files that are no pictures, or archives that could not be opened")
    hints: HintsOut = Field(alias="known", description="what its pictures are read with")
    notation: WrittenOut = Field(alias="noted", description="how its numbers are written")
    page: str = Field(alias="get_absolute_url", description="where a person can watch it")


class CertificateOut(Schema):
    """What is promised of the answers that the dial accepted, by looking at some that were drawn by lot."""

    accepted: int = Field(alias="now.whole", description="of so many answers")
    most_wrong: int = Field(alias="now.most_left", description="so many of these are wrong, at most")
    most_wrong_share: float = Field(alias="now.most_share", description="the same as a share of them, from 0 to 1")
    confidence: float = Field(CONFIDENCE, description="in this share of batches at least, the promise is true")
    looked_at: int = Field(alias="now.looked", description="so many of them were looked at")
    wrong: int = Field(alias="now.wrong", description="so many of those were wrong; they are corrected")
    drawn_at: datetime = Field(alias="created_at", description="when they were what the dial accepted")
    current: bool = Field(alias="is_current", description="whether the dial accepts no others now")


class WholeBatchOut(BatchOut):
    certificate: CertificateOut | None = Field(
        alias="promise", description="how many of its accepted answers are wrong at most; null where nobody has looked"
    )


class BatchesOut(Schema):
    batches: list[BatchOut]
    older: str = Field(description="pass it as `before` for those before these; empty where there are none")


class AddedOut(Schema):
    start: int = Field(description="the index of the first of them")
    batch: BatchOut


class NumberOut(Schema):
    text: str
    box: tuple[float, float, float, float] = Field(description="x, y, width, height in pixels of the upright picture")
    confidence: float = Field(description="the probability that this number alone is right")


class AnswerOut(Schema):
    index: int
    file: str
    text: str
    earlier: str = Field(description="what the picture had the last time, as it was written; empty where nobody said")
    confidence: float | None
    outcome: str = Field(description="read, blank, unclear, unreadable, other, failed, cancelled, waiting or running")
    standing: str = Field(description="sure, doubtful, reviewed, failed, cancelled, waiting or running")
    checked_by: str
    checked_at: datetime | None
    model_text: str
    lines: list[list[NumberOut]] = Field(description="what the model read, line by line and number by number")
    model: str
    error: str = Field(description="why it failed, in the language that is asked for")
    error_code: str = Field(description="the same in one word, for programs")


class EarlierOut(Schema):
    count: int = Field(description="how many earlier values are known")
    unknown: list[str] = Field(description="names among them that no picture has, as far as pictures are there")
    not_understood: list[str] = Field(description="names whose value is none as the numbers of the batch are written")


class AnswersOut(Schema):
    answers: list[AnswerOut]
    next: int | None = Field(description="pass it as `start` for what follows; null at the end")


def understood(form: Understood) -> Understood:
    if not form.is_valid():
        raise Refusal(complaint(form))
    return form


@router.get("", response=BatchesOut)
def list_batches(request: SignedInRequest, before: str = "") -> dict[str, Any]:
    """Yours, newest first."""
    found = keyset_page(owned(Batch.objects.all(), request.user), request.GET, PER_PAGE)
    return {"batches": found.rows, "older": found.older}


@router.post("", auth=may_hand_in, response={201: BatchOut}, openapi_extra=PICTURES_OR_THEIR_NUMBER)
def open_batch(
    request: SignedInRequest,
    written: Form[Written],
    name: Name = Form(""),
    expected: Expected = Form(0),
    signs: Signs = Form(
        "", description="those of . , - / : + % that may stand beside digits, or none; any if left out"
    ),
    digits: Digits = Form(None, description="how many each number has; any number if left out"),
    pictures: File[list[UploadedFile]] = [],  # noqa: B006 (the framework copies it)
) -> Status[Any]:
    """Hand in `pictures` at once; or announce how many are `expected` and send them in pieces. What is known of the
    numbers helps to read them: `signs`, `digits`; how they are written says what they are worth."""
    form = understood(OpenBatchForm({"name": name, "expected": expected or len(pictures)}))
    known = understood(ProgramHintsForm({"signs": signs, "digits": digits}))
    noted = understood(NotationForm(written.dict()))
    batch: Batch = form.instance
    batch.hints, batch.notation = known.hints().stored(), noted.notation().stored()
    batch.owner, batch.source = request.user, Batch.Source.API
    batch.name = form.cleaned_data["name"] or Upload.name_for(pictures) or default_name()
    if pictures:
        refuse_too_big(pictures)
        batch.take_in(dict(enumerate(pictures)))
    else:
        batch.save()
    return Status(201, batch)


@router.get("/{int:pk}", response=WholeBatchOut)
def batch_status(request: SignedInRequest, pk: int) -> Batch:
    """How far it is: pictures that have come, are read, failed or cancelled; and what is promised of its answers."""
    return own_batch(request.user, pk)


@router.delete("/{int:pk}", response={204: None})
def delete_batch(request: SignedInRequest, pk: int) -> Status[None]:
    """Its pictures, answers and corrections go with it: it is not there from now on, and a worker deletes the bytes."""
    own_batch(request.user, pk).delete_soon()
    return Status(204, None)


@router.post("/{int:pk}/images", auth=may_hand_in, response=BatchOut, openapi_extra=FILES_BY_INDEX)
def add_images(request: SignedInRequest, pk: int) -> Batch:
    """Files in fields named `file-INDEX`, counted from 0. Sending an index again changes nothing: after a lost
    connection send the same again."""
    batch = own_batch(request.user, pk)
    files = indexed(request.FILES)
    refuse_too_big(files.values())
    batch.take_in(files)
    return batch


@router.delete("/{int:pk}/images/{int:index}", response={204: None})
def remove_image(request: SignedInRequest, pk: int, index: int) -> Status[None]:
    """Takes one picture out, with its answer and corrections."""
    if not own_batch(request.user, pk).remove(index):
        raise Http404
    return Status(204, None)


@router.post("/{int:pk}/add", auth=may_hand_in, response=AddedOut, openapi_extra=PICTURES_OR_THEIR_NUMBER)
def add_pictures(
    request: SignedInRequest,
    pk: int,
    expected: Expected = Form(0),
    key: Key = Form(""),
    pictures: File[list[UploadedFile]] = [],  # noqa: B006 (the framework copies it)
) -> dict[str, Any]:
    """More `pictures` for a batch that is there; or announce how many are `expected` and send them from index `start`
    on. With a `key` of your own the same request sent again changes nothing."""
    batch = own_batch(request.user, pk)
    asked = understood(OpenBatchForm({"expected": expected or len(pictures), "key": key})).cleaned_data
    refuse_too_big(pictures)
    addition, _is_new = batch.announce(asked["expected"], asked["key"])
    batch.take_in(dict(enumerate(pictures, start=addition.start)))
    return {"start": addition.start, "batch": batch}


@router.get("/{int:pk}/earlier", response=EarlierOut)
def earlier_values(request: SignedInRequest, pk: int) -> dict[str, Any]:
    """What is known of what its pictures had the last time, and which of that says nothing."""
    return earlier_of(own_batch(request.user, pk))


@router.post("/{int:pk}/earlier", auth=may_hand_in, response=EarlierOut, openapi_extra=TABLE)
def replace_earlier_values(request: SignedInRequest, pk: int) -> dict[str, Any]:
    """What its pictures had the last time, instead of what was known: a CSV of names and values as `table`."""
    batch = own_batch(request.user, pk)
    form = understood(EarlierForm(files=request.FILES))
    batch.learn_earlier(form.cleaned_data["table"], instead=True)
    batch.value_answers()
    return earlier_of(batch)


@router.delete("/{int:pk}/earlier", response={204: None})
def remove_earlier_values(request: SignedInRequest, pk: int) -> Status[None]:
    """Nothing is compared with earlier values any more."""
    batch = own_batch(request.user, pk)
    batch.learn_earlier({}, instead=True)
    batch.value_answers()
    return Status(204, None)


def earlier_of(batch: Batch) -> dict[str, Any]:
    return {
        "count": batch.earlier_values.count(),
        "unknown": batch.names_without_picture(),
        "not_understood": [name for name, _text in batch.earlier_without_value()],
    }


@router.post("/{int:pk}/close", auth=may_hand_in, response=BatchOut)
def close_batch(request: SignedInRequest, pk: int) -> Batch:
    """Expect no more pictures."""
    batch = own_batch(request.user, pk)
    batch.seal()
    return batch


@router.post("/{int:pk}/cancel", response=BatchOut)
def cancel_batch(request: SignedInRequest, pk: int) -> Batch:
    """Nothing more is begun; what is being read finishes."""
    batch = own_batch(request.user, pk)
    batch.cancel()
    return batch


@router.post("/{int:pk}/retry", response=BatchOut)
def retry_batch(request: SignedInRequest, pk: int) -> Batch:
    """Read again what failed."""
    batch = own_batch(request.user, pk)
    batch.retry_failed()
    return batch


@router.get("/{int:pk}/answers", response=AnswersOut)
def answers(
    request: SignedInRequest, pk: int, start: int = 0, limit: int = Query(MOST_ANSWERS, ge=1, le=MOST_ANSWERS)
) -> dict[str, Any]:
    """In the order of their indexes, from `start` on."""
    batch = own_batch(request.user, pk)
    images = batch.images.filter(index__gte=start).order_by("index").for_programs()
    found = list(images[: limit + 1])
    rows = [
        {
            "index": image.index,
            "standing": image.standing,
            "error_code": image.error_code,
            "lines": image.prediction.lines if image.prediction else [],
            **Row.of(image)._asdict(),
            "earlier": image.earlier,
        }
        for image in found[:limit]
    ]
    return {"answers": rows, "next": found[limit].index if len(found) > limit else None}
