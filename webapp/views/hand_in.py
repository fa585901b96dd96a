"""Handing in: one plain form, or the same in pieces of about fifty files when the page's script runs."""

import re
from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.forms import BaseForm
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from webapp.access import own_batch, owned
from webapp.forms import HandInForm, HintsForm, OpenBatchForm, limits, refuse_too_big
from webapp.models import Batch, Upload, User
from webapp.models.batch.indexes import is_for_a_file
from webapp.models.hints import Hints
from webapp.refusals import Refusal
from webapp.views.signed_in import SignedInRequest

RECENT = 6
SAMPLE = settings.BASE_DIR / "webapp" / "sample"
FILE_FIELD = re.compile(r"file-(0|[1-9][0-9]{0,15})")


def moment(when: datetime) -> str:
    return date_format(timezone.localtime(when), "DATETIME_FORMAT")


def default_name() -> str:
    return _("Batch of %(when)s") % {"when": moment(timezone.now())}


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: SignedInRequest) -> HttpResponse:
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form, hints, before = HandInForm(*sent), HintsForm(*sent), None
    if form.is_valid() and hints.is_valid():
        files, again = form.cleaned_data["pictures"], form.cleaned_data["again"]
        name = form.cleaned_data["name"] or Upload.name_for(files) or default_name()
        mine = owned(Batch.objects.all(), request.user)
        batch, is_new = mine.hand_in(request.user, files, name, again, hints.hints())
        if is_new:
            return redirect(batch)
        before = batch
    recent = owned(Batch.objects.all(), request.user).handed_in().newest_first()[:RECENT]
    context = {"form": form, "hints": hints, "before": before, "recent": recent, "limits": limits()}
    refused = form.errors or hints.errors
    return render(request, "webapp/home.html", context, status=409 if before else 400 if refused else 200)


@require_POST
def sample(request: SignedInRequest) -> HttpResponse:
    """The pictures that ship with the site, handed in for somebody who wants to see it work first."""
    paths = sorted(SAMPLE.glob("*.jpg"))
    files = [SimpleUploadedFile(path.name, path.read_bytes()) for path in paths]
    name = _("Sample: meter readings")
    batch, _is_new = owned(Batch.objects.all(), request.user).hand_in(request.user, files, name, again=False)
    return redirect(batch)


@require_POST
def open_batch(request: SignedInRequest) -> HttpResponse:
    """Announce a batch: answers where its pictures go, where to watch it, and what of it has come.

    With a key of the client's own, asking again answers with the same batch: a lost answer makes no second one.
    """
    form, hints = OpenBatchForm(request.POST), HintsForm(request.POST)
    if not (form.is_valid() and hints.is_valid()):
        return refusal(complaint(form, hints))
    batch, is_new = announced(request.user, hints.hints(), **form.cleaned_data)
    return announcement(batch, 0, form.cleaned_data["expected"], None if is_new else batch.created_at)


def complaint(*forms: BaseForm) -> str:
    """What is wrong with these, in a line."""
    return " ".join(str(message) for form in forms for messages in form.errors.values() for message in messages)


def announced(owner: User, hints: Hints, name: str, expected: int, key: str) -> tuple[Batch, bool]:
    facts = {"name": name or default_name(), "expected": expected, "hints": hints.stored()}
    if not key:
        return Batch.objects.create(owner=owner, **facts), True
    return owned(Batch.objects.all(), owner).get_or_create(key=key, defaults={"owner": owner, **facts})


def announcement(batch: Batch, start: int, count: int, since: datetime | None) -> JsonResponse:
    """Where these files go and which of them are there; `since` when, where they were announced before."""
    said: dict[str, Any] = {
        "id": batch.pk,
        "page": batch.get_absolute_url(),
        "start": start,
        "sealed": batch.sealed,
        "cancelled": batch.cancelled_at is not None,
        "come": batch.come_within(start, count) if since else [],
    }
    if since:
        said |= {"since": moment(since), "name": batch.name}
    return JsonResponse(said, status=200 if since else 201)


@require_POST
def add_images(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take in files named `file-INDEX`; sending an index again changes nothing."""
    batch = own_batch(request.user, pk)
    try:
        files = indexed(request.FILES)
        refuse_too_big(files.values())
        batch.take_in(files)
    except ValidationError as error:
        return refusal(" ".join(error.messages))
    except Refusal as error:
        return refusal(str(error), error.status)
    return JsonResponse({"arrived": batch.arrived_count, "expected": batch.expected, "sealed": batch.sealed})


def indexed(files: MultiValueDict[str, UploadedFile]) -> dict[int, UploadedFile]:
    """The files by their index. Raises ValidationError where there is none, or a field is not named `file-INDEX`."""
    names = {field: FILE_FIELD.fullmatch(field) for field in files}
    found = {int(match[1]): cast(UploadedFile, files[field]) for field, match in names.items() if match}
    if not names or None in names.values() or not all(is_for_a_file(index) for index in found):
        raise ValidationError(_("Send at least one file, each in a field named file-INDEX."))
    return found


def refusal(message: str, status: int = 400) -> JsonResponse:
    return JsonResponse({"error": message}, status=status)
