"""Handing in: one plain form, or the same in pieces of about fifty files when the page's script runs."""

import re
from typing import cast

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from webapp.access import own_batch, owned
from webapp.forms import HandInForm, OpenBatchForm, refuse_too_big
from webapp.models import Batch, User
from webapp.refusals import Refusal
from webapp.views.signed_in import SignedInRequest

RECENT = 6
SAMPLE = settings.BASE_DIR / "webapp" / "sample"
FILE_FIELD = re.compile(r"file-(0|[1-9]\d{0,5})")


def default_name() -> str:
    return _("Batch of %(when)s") % {"when": date_format(timezone.localtime(), "DATETIME_FORMAT")}


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: SignedInRequest) -> HttpResponse:
    form = HandInForm(request.POST, request.FILES) if request.method == "POST" else HandInForm()
    if form.is_valid():
        files = form.cleaned_data["pictures"]
        name = form.cleaned_data["name"] or default_name()
        batch = Batch(owner=request.user, name=name, expected=len(files))
        batch.take_in(dict(enumerate(files)))
        return redirect(batch)
    recent = owned(Batch.objects.all(), request.user).handed_in().newest_first()[:RECENT]
    status = 400 if form.errors else 200
    limits = {
        "files": settings.MAX_FILES_PER_BATCH,
        "bytes": settings.MAX_FILE_BYTES,
        "archive": settings.MAX_ARCHIVE_BYTES,
    }
    return render(request, "webapp/home.html", {"form": form, "recent": recent, "limits": limits}, status=status)


@require_POST
def sample(request: SignedInRequest) -> HttpResponse:
    """The pictures that ship with the site, handed in for somebody who wants to see it work first."""
    paths = sorted(SAMPLE.glob("*.jpg"))
    batch = Batch(owner=request.user, name=_("Sample: meter readings"), expected=len(paths))
    batch.take_in({i: SimpleUploadedFile(path.name, path.read_bytes()) for i, path in enumerate(paths)})
    return redirect(batch)


@require_POST
def open_batch(request: SignedInRequest) -> HttpResponse:
    """Announce a batch: answers where its pictures go, where to watch it, and what of it has come.

    With a key of the client's own, asking again answers with the same batch: a lost answer makes no second one.
    """
    form = OpenBatchForm(request.POST)
    if not form.is_valid():
        return refusal(" ".join(str(message) for messages in form.errors.values() for message in messages))
    batch, is_new = announced(request.user, **form.cleaned_data)
    come = [] if is_new else sorted(batch.all_come())
    said = {"id": batch.pk, "page": batch.get_absolute_url(), "sealed": batch.sealed, "come": come}
    return JsonResponse(said, status=201 if is_new else 200)


def announced(owner: User, name: str, expected: int, key: str) -> tuple[Batch, bool]:
    facts = {"name": name or default_name(), "expected": expected}
    if not key:
        return Batch.objects.create(owner=owner, **facts), True
    return owned(Batch.objects.all(), owner).get_or_create(key=key, defaults={"owner": owner, **facts})


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
    return JsonResponse({"arrived": batch.image_count, "expected": batch.expected, "sealed": batch.sealed})


def indexed(files: MultiValueDict[str, UploadedFile]) -> dict[int, UploadedFile]:
    """The files by their index. Raises ValidationError where there is none, or a field is not named `file-INDEX`."""
    names = {field: FILE_FIELD.fullmatch(field) for field in files}
    if not names or None in names.values():
        raise ValidationError(_("Send at least one file, each in a field named file-INDEX."))
    return {int(match[1]): cast(UploadedFile, files[field]) for field, match in names.items() if match}


def refusal(message: str, status: int = 400) -> JsonResponse:
    return JsonResponse({"error": message}, status=status)
