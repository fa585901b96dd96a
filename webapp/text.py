"""What text a request may carry: UTF-8 without NUL, which no column of PostgreSQL can hold, and plain numbers."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from webapp.refusals import Refusal

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

BOUNDARY = re.compile(r';\s*boundary\s*=\s*("[^"]*"|[^\s;"]+)', re.IGNORECASE)
CHARSET = re.compile(r';\s*charset\b[^=;]*=\s*"?([^\s;"]*)', re.IGNORECASE)
OURS = {"utf-8", "utf8", "us-ascii", "ascii", ""}
# The longest text that is certainly a number which every integer column of both databases can be compared with.
ROW_DIGITS = re.compile(r"[0-9]{1,18}")


class OtherCharset(Refusal):
    status = 415


def row_number(text: str) -> int | None:
    """The number of a row, or another count, where this text is one. `str.isdigit` says so of ², which `int` refuses,
    and `int` refuses thousands of digits."""
    return int(text) if ROW_DIGITS.fullmatch(text) else None


def in_utf8(application: Application) -> Application:
    """Passes on of Content-Type what the site reads: the kind and the boundary between a form's parts.

    Django decodes with whatever codec is named there, rot13 and hex among them, and does so while it makes the request,
    before anything could catch what that raises.
    """

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        told = environ.get("CONTENT_TYPE", "")
        if ";" in told:
            boundary, charset = BOUNDARY.search(told), CHARSET.search(told)
            kind = told.partition(";")[0].strip()
            environ["CONTENT_TYPE"] = f"{kind}; boundary={boundary[1]}" if boundary else kind
            environ["webapp.other_charset"] = charset is not None and charset[1].lower() not in OURS
        return application(environ, start_response)

    return answer


def refuse_other_charset(request: HttpRequest) -> None:
    if request.META.get("webapp.other_charset"):
        raise OtherCharset(_("Only text in UTF-8 is understood here. Send it so, and say charset=utf-8 or nothing."))


def refuse_nul(texts: Iterable[str]) -> None:
    if any("\0" in text for text in texts):
        raise Refusal(_("There is a character in it that stands for nothing (NUL). Leave it out and send it again."))


def in_address(request: HttpRequest) -> Iterator[str]:
    yield request.path_info
    for name, values in request.GET.lists():
        yield from (name, *values)


def in_form(request: HttpRequest) -> Iterator[str]:
    for name, values in request.POST.lists():
        yield from (name, *values)
    yield from request.FILES
