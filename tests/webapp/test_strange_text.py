"""Values that no page sends, in every address, field, cookie and header: a refusal or a page, never an error of ours.

The addresses are walked from the URLconf, the fields are those that forms and views read, so that what is added is held
to this unasked.
"""

import io
import re
from collections.abc import Callable, Iterator
from urllib.parse import quote, urlencode

import pytest
from django.conf import LazySettings
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import request_started
from django.db import close_old_connections, transaction
from django.http import HttpResponse
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as runs
from hypothesis import strategies as st

from tests.environment import ROOT
from tests.webapp.test_rights import ADMIN, PUBLIC, ROUTES, SITE, batch, by_token, named, owner, signed_in
from webapp import forms as ours
from webapp.models import Batch, SitePolicy, User
from webapp.wsgi import application

pytestmark = pytest.mark.django_db
__all__ = ["batch", "owner"]

LONG = "ß" * 5000
STRANGE = ["a\0b", "²", "9" * 5000, LONG, "-1", "'\"><b>%00\ufffe\u202e😀", "0001-01-01T00:00:00+14:00_1", "http://["]
UPLOADED = [b"PK\x03\x04" + b"\0" * 40, b"%PDF-1.7\n", b"II*\0\x08\0\0\0", b"", b"\0" * 9]


def fields_read() -> set[str]:
    """Every name that a form has or a view asks for."""
    found = {
        name for form in vars(ours).values() if isinstance(form, type) for name in getattr(form, "base_fields", {})
    }
    for path in (ROOT / "webapp").rglob("*.py"):
        found |= set(re.findall(r'(?:GET|POST|query)(?:\.get(?:list)?\(|\[)"(\w+)"', path.read_text()))
    return found | {
        "before",
        "after",
        "page",
        "thumbnails",
        "username",
        "password",
        "new_password1",
        "token",
        "language",
    }


FIELDS = sorted(fields_read())


@pytest.fixture(autouse=True)
def unhurried(settings: LazySettings) -> None:
    """Else most of what is sent here is turned away as too often, and tells nothing."""
    settings.RATE_LIMITS = {"*": (10**6, 60)}
    settings.AXES_ENABLED = True
    SitePolicy(sign_up=True).save()


def undone(send: Callable[[], HttpResponse]) -> HttpResponse:
    """Its answer, with what it has changed taken back, so that the next finds everything in place."""
    with transaction.atomic():
        answer = send()
        if answer.streaming:
            b"".join(answer.streaming_content)  # type: ignore[arg-type]
        transaction.set_rollback(True)
    return answer


def broken(client: Client, address: str) -> list[tuple[str, str, int]]:
    """All fields at once with each value: what breaks first hides the others, and is found."""
    found = []
    for value in STRANGE:
        data = dict.fromkeys(FIELDS, value)
        query = urlencode(dict.fromkeys(data, value[:200]))
        for how, send in (
            ("get", lambda q=query: client.get(f"{address}?{q}")),
            ("post", lambda d=data: client.post(address, d)),
        ):
            status = undone(send).status_code
            if status >= 500:
                found.append((how, value[:20], status))
    return found


@pytest.mark.both_databases
@pytest.mark.parametrize("route", SITE)
def test_no_value_of_a_field_breaks_a_page(route: str, batch: Batch, owner: User) -> None:
    client = by_token(owner) if route.startswith("api/") else signed_in(None if route in PUBLIC else owner)
    assert broken(client, named(route, batch)) == []


@pytest.mark.both_databases
@pytest.mark.parametrize("route", [route for route in ROUTES if "<" in route or "[^" in route or ".*" in route])
def test_no_text_in_an_address_breaks_a_page(route: str, batch: Batch, owner: User, admin_client: Client) -> None:
    client = admin_client if route in ADMIN else signed_in(owner)
    found = []
    for value in STRANGE[:5]:
        address = "/" + re.sub(r"<[^>]+>|\(\?P.*\)\$", quote(value[:3000], safe=""), route)
        for method in ("get", "post"):
            status = undone(lambda method=method, address=address: getattr(client, method)(address)).status_code
            if status >= 500:
                found.append((method, value[:20], status))
    assert found == []


def lookups() -> Iterator[tuple[str, str]]:
    """Each list of the admin with each way in which its addresses can narrow it."""
    for model, shown in admin.site._registry.items():
        address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        names = [field.name for field in model._meta.fields]
        filters = [
            one if isinstance(one, str) else one[0] if isinstance(one, tuple) else "" for one in shown.list_filter
        ]
        for name in {*names, *filters, "q", "o", "p", "e", "all", "_facets"} - {""}:
            yield address, name


@pytest.mark.both_databases
def test_no_filter_of_the_admin_breaks_its_lists(batch: Batch, admin_client: Client) -> None:
    found = []
    for address, name in lookups():
        for value in ("²", LONG[:3000]) if name in ("q", "id", "name") else ("²",):
            for key in (name, f"{name}__in"):
                status = undone(lambda: admin_client.get(address, {key: value})).status_code  # noqa: B023
                if status >= 500:
                    found.append((address, key, value[:20], status))
    assert found == []


@pytest.mark.both_databases
@pytest.mark.parametrize("route", [route for route in ADMIN if route.endswith("/add/")])
def test_no_value_breaks_a_form_of_the_admin(route: str, batch: Batch, admin_client: Client) -> None:
    model = {f"admin/{m._meta.app_label}/{m._meta.model_name}/add/": m for m in admin.site._registry}[route]
    names = [field.name for field in model._meta.fields]
    found = []
    for value in STRANGE:
        status = undone(lambda: admin_client.post(f"/{route}", dict.fromkeys(names, value))).status_code  # noqa: B023
        if status >= 500:
            found.append((value[:20], status))
    assert found == []


COOKIES = [
    'sessionid="\\000"',
    "sessionid=" + "x" * 5000,
    'csrftoken="\\000"',
    'django_language="\\000"',
    'messages="\\000"',
]
COOKIES += ["django_language=" + "x" * 5000, "sessionid=\xff\xfe", 'a="', "=;=;;", "messages=[[\\", "sessionid=²"]
HEADERS = {
    "Accept-Language": [LONG.encode().decode("latin-1"), "de;q=nan", "\xff", "x-" * 900, "*;q=1e999"],
    "Authorization": ["Bearer", "Bearer \xff", "Bearer " + "x" * 5000, "bearer \0", "Basic \xff"],
    "Referer": ["http://[", "\xff", "x" * 5000],
    "Origin": ["http://[", "null", "\xff"],
    "HX-Request": ["²"],
    "HX-Current-URL": ["http://[", "//\xff", "x" * 5000],
    "If-Modified-Since": ["²", "Thu, 99 Jan 99999 00:00:00 GMT", "x" * 5000],
    "If-None-Match": ["\xff", '"' * 99],
    "Range": ["bytes=²-", "bytes=9-1"],
    "Accept": ["*/*;q=²", "a;b*=rot13''c", "\xff"],
    "Accept-Encoding": ["gzip;q=²", "\xff"],
    "User-Agent": ["\0", "x" * 5000, "\xff"],
    "X-Forwarded-For": ["²", "\0", "x" * 5000],
    "X-CSRFToken": ["\xff", "²" * 64, "\0" * 32],
    "Content-Length": ["²", "-1", "9" * 5000],
}


@pytest.mark.parametrize("route", ["sign-in/", "api/batches", "admin/", "nowhere/"])
@pytest.mark.parametrize("behind_proxy", [False, True])
def test_no_cookie_and_no_header_breaks_a_page(
    route: str, behind_proxy: bool, owner: User, settings: LazySettings
) -> None:
    settings.BEHIND_PROXY = behind_proxy
    sent = [("Cookie", cookie) for cookie in COOKIES]
    sent += [(name, value) for name, values in HEADERS.items() for value in values]
    found, nobody, somebody = [], signed_in(None), signed_in(owner)
    for name, value in sent:
        for client in [nobody] if name == "Cookie" else [nobody, somebody]:
            for method in ("get", "post"):
                form = {"username": "alice", "password": "wrong"} if method == "post" else {}
                told = {name: value}
                ask = getattr(client, method)
                key = "CONTENT_LENGTH" if name == "Content-Length" else ""
                extra = {key: value} if key else {"headers": told}
                status = undone(lambda: ask(f"/{route}", form, **extra)).status_code  # noqa: B023
                if status >= 500:
                    found.append((name, value[:20], method, status))
    assert found == []


CHARSETS = ["rot13", "hex", "zlib", "uu", "idna", "punycode", "undefined", "utf-16", "unicode_escape", "latin-1"]
CHARSETS += ["x" * 5000, "\xff", "..", "\0", ""]
TYPES = ["application/x-www-form-urlencoded", "multipart/form-data; boundary=a"]


def ask(method: str, path: str, kind: str, body: bytes = b"") -> str:
    """Through the whole of what a server is given, which makes the request itself. Returns the status."""
    told: list[str] = []
    environ = Client()._base_environ() | {
        "REQUEST_METHOD": method,
        "PATH_INFO": path.partition("?")[0],
        "QUERY_STRING": path.partition("?")[2],
        "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_HOST": "localhost",
        "wsgi.input": io.BytesIO(body),
    }
    request_started.disconnect(close_old_connections)  # the tests' own, as Django's test client does it
    try:
        b"".join(application(environ, lambda status, headers: told.append(status)))
    finally:
        request_started.connect(close_old_connections)
    return told[0]


@pytest.mark.parametrize("charset", CHARSETS)
def test_no_charset_breaks_a_page(charset: str) -> None:
    part = f'--a\r\nContent-Disposition: form-data; name="q"\r\nContent-Type: text/plain; charset={charset}\r\n\r\n\xe4'
    bodies = [b"username=%E4&password=%ff", f"{part}\r\n--a--\r\n".encode("latin-1", "replace")]
    spelt = [
        f"charset={charset}",
        f'charset="{charset}"',
        f"charset*={charset}''x",
        f"charset*=utf-8''{quote(charset)}",
    ]
    found = [
        (method, path, kind, said)
        for method in ("GET", "POST")
        for path in ("/sign-in/?next=/%E4", "/api/batches")
        for base in TYPES
        for body in bodies
        for kind in (f"{base}; {one}" for one in spelt)
        if (said := ask(method, path, kind, body)) >= "5"
    ]
    assert found == []


def test_another_charset_is_refused_in_words_and_utf8_is_not() -> None:
    form = "application/x-www-form-urlencoded; charset="
    assert ask("POST", "/sign-in/", f"{form}rot13", b"a=b").startswith("415")
    assert not ask("POST", "/sign-in/", f'{form}"UTF-8"', b"a=b").startswith("415")
    assert ask("GET", "/sign-in/", f"{form}rot13").startswith("200")


@pytest.mark.parametrize("data", UPLOADED)
@pytest.mark.parametrize("name", ["a.zip", "\0" + "x" * 5000])
def test_no_file_breaks_a_page_that_takes_one(data: bytes, name: str, batch: Batch, owner: User) -> None:
    client = signed_in(owner)
    addresses = ["/draw/", "/", "/batches/", f"/batches/{batch.pk}/add/", f"/batches/{batch.pk}/images/"]
    found = []
    for field in ("drawing", "pictures", "file-0", "file-²"):
        for address in addresses:
            file = io.BytesIO(data)
            file.name = name or "x"
            status = undone(lambda: client.post(address, {field: file, "expected": "1"})).status_code  # noqa: B023
            if status >= 500:
                found.append((address, field, status))
    assert found == []


@pytest.mark.parametrize("data", UPLOADED[:3])
def test_a_drawing_is_one_picture(data: bytes, owner: User) -> None:
    answer = signed_in(owner).post("/draw/", {"drawing": SimpleUploadedFile("drawing.png", data)})
    assert answer.status_code == 400
    assert "may hold several pictures" in answer.content.decode()
    assert not Batch.objects.exists()


ODD = st.one_of(st.sampled_from(STRANGE), st.text(max_size=40), st.integers().map(str), st.datetimes().map(str))


@pytest.mark.both_databases
@runs(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    route=st.sampled_from(SITE),
    method=st.sampled_from(["get", "post"]),
    data=st.dictionaries(st.sampled_from(FIELDS), ODD, min_size=1, max_size=8),
)
def test_no_fields_together_break_a_page(
    batch: Batch, owner: User, route: str, method: str, data: dict[str, str]
) -> None:
    address = named(route, batch)
    client = by_token(owner) if route.startswith("api/") else signed_in(owner)
    encodable = {name: value.encode("utf-8", "replace").decode() for name, value in data.items()}
    assert undone(lambda: getattr(client, method)(address, encodable)).status_code < 500
