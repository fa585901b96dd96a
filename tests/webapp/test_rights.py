"""Every address × method × person, walked from the URLconf itself, so that a new view is held to it unasked.

alice owns one of everything, and each word of hers carries a mark. Whoever has no right to it gets neither the mark nor
the address' page, and leaves every row as it was. A route whose argument is not in `named` fails until it says what
of alice's it names; one that is meant for everybody stands in PUBLIC.
"""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from tests.conftest import png
from tests.webapp.test_batch import a_prediction
from webapp.models import (
    ApiToken,
    Batch,
    Image,
    ModelVersion,
    Prediction,
    RereadingOrder,
    ShareLink,
    SitePolicy,
    User,
)

pytestmark = pytest.mark.django_db
HandIn = Callable[..., Batch]

MARK = "canary"
METHODS = ("get", "head", "options", "put", "patch", "delete", "post")
NO_ENTRY = {302, 401, 403, 404, 405}
# Whoever asks. Site pages never show the staff more than their own: they have the admin.
STRANGERS = ("anonymous", "bob", "bob by token", "reviewer", "operator", "administrator")
PUBLIC = {
    "sign-in/",
    "sign-up/",
    "sign-out/",
    "password/forgotten/",
    "password/sent/",
    "password/new/<uidb64>/<token>/",
    "password/changed/",
    "who/",
    "healthz",
    "language/",
    "admin/login/",
}
# What an assigned reviewer is let into of somebody else's.
REVIEWERS = {
    "batches/<int:pk>/",
    "batches/<int:pk>/live/",
    "batches/<int:pk>/promise/",
    "batches/<int:pk>/review/",
    "batches/<int:pk>/review/grid/",
    "batches/<int:pk>/review/let-go/",
    "images/<int:pk>/",
    "images/<int:pk>/correct/",
    "images/<int:pk>/glyphs.png",
    "images/<int:pk>/large",
    "images/<int:pk>/picture",
    "images/<int:pk>/review/",
}
# What a person's own coming and going changes.
TOUCHED = ("last_login", "used_at")
# Tables that an Operator has no business with.
PEOPLE = ("admin/webapp/user/", "admin/webapp/sitepolicy/", "admin/auth/group/", "admin/axes/")


def walk(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route


def as_path(route: str) -> str:
    """Regular expressions, which only the admin has, as plain paths."""
    for label in re.findall(r"\^\(\?P<app_label>(\w+)", route):
        return route.split("^")[0] + f"{label}/"
    return re.sub(r"\(\?P<url>\.\*\)\$$", "nowhere", route)


ROUTES = sorted({as_path(route) for route in walk(get_resolver().url_patterns)})
SITE = [route for route in ROUTES if not route.startswith("admin/")]
ADMIN = [route for route in ROUTES if route.startswith("admin/")]


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_user(f"{MARK}-alice", f"{MARK}@example.org", "correct horse")


@pytest.fixture
def batch(owner: User, hand_in: HandIn, champion: None, digits: Any) -> Batch:
    """One of everything that a person can have."""
    batch = hand_in(owner, files=[(f"{MARK}-{i}.png", png(digits.images[i])) for i in range(2)])
    Batch.objects.filter(pk=batch.pk).update(name=f"{MARK} batch")
    image = batch.images.order_by("pk")[0]
    Image.objects.record(Image.objects.claim([image.pk]), [a_prediction(image)])
    Prediction.objects.update(copy=png(digits.images[0]))
    image.refresh_from_db()
    image.correct(owner, "text", "31415926535")
    ApiToken.make(owner, f"{MARK} scanner")
    ShareLink.objects.create(batch=batch, expires_at=timezone.now())  # an expired one is open to its owner alone
    batch.refresh_from_db()
    version = ModelVersion.objects.first()
    order = RereadingOrder.objects.create(asked_by=owner, batch=batch, model_version=version, trial="open")
    order.rereadings.create(image=image, before=image.prediction, differs=True)
    return batch


def named(route: str, batch: Batch) -> str:
    """The address with the number of what alice has in each place for one."""
    image = batch.images.order_by("pk")[0]
    rows = {
        "batches": batch,
        "images": image,
        "tokens": batch.owner.api_tokens.first(),
        "share": batch.share_links.get(),
        "rereadings": batch.rereading_orders.first(),
    }
    tables = {model._meta.model_name: model for model in apps.get_models()}
    path = route
    for place, before, name in re.findall(r"((\w+)/<(?:\w+:)?(\w+)>)", route):
        if name == "index":
            value = str(image.index)
        elif before in rows:
            value = str(rows[before].pk)
        elif route.startswith("admin/") and name in ("object_id", "id", "content_type_id"):
            row = tables[before]._default_manager.first() if before in tables else image
            value = str(ContentType.objects.get_for_model(Image).pk if before == "r" else row.pk if row else 1)
        elif before == "shared":
            value = batch.share_links.get().token
        elif route.startswith("password/new/"):
            value = "x"
        else:
            pytest.fail(f"Say in `named` what of alice's stands for <{name}> in {route}.")
        path = path.replace(place, f"{before}/{value}", 1)
    return "/" + re.sub(r"<(?:\w+:)?\w+>", lambda match: str(image.pk) if "object_id" in match[0] else "x", path)


def somebody(role: str) -> User | None:
    """A person of this role, with the rights of the group where the site has made it."""
    if role == "anonymous":
        return None
    staff = role in ("operator", "administrator")
    user = User.objects.create_user(role, is_staff=staff, is_superuser=role == "administrator")
    user.groups.set(Group.objects.filter(name__iexact=role))
    return user


def signed_in(user: User | None) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    return client


def by_token(user: User) -> Client:
    return Client(raise_request_exception=False, headers={"Authorization": f"Bearer {ApiToken.make(user, 'scanner')}"})


World = dict[type[Model], dict[Any, dict[str, Any]]]


def world() -> World:
    """Every row of ours."""
    models = apps.get_app_config("webapp").get_models()
    return {model: {row["pk"]: row for row in model._default_manager.values("pk", *columns(model))} for model in models}


def columns(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if field.attname not in TOUCHED]


def trespasses(before: World, after: World, mine: set[int]) -> list[str]:
    """Rows that were changed, removed, or hung onto somebody else's."""
    found = []
    shared = {"ModelVersion", "SitePolicy"}
    for model, rows in before.items():
        gone = {pk for pk in rows if not (model is User and pk in mine) and after[model].get(pk) != rows[pk]}
        found += [f"{model.__name__} {pk} changed" for pk in gone]
        for pk in after[model].keys() - rows.keys():
            for field in model._meta.concrete_fields:
                target = field.related_model
                value = after[model][pk][field.attname]
                theirs = target in before and target.__name__ not in shared and value in before[target]
                if theirs and not (target is User and value in mine):
                    found.append(f"new {model.__name__} on somebody else's {target.__name__}")
    return found


def body(answer: HttpResponse) -> bytes:
    return b"".join(answer) if answer.streaming else answer.content  # type: ignore[attr-defined,arg-type]


def asked(client: Client, address: str, methods: tuple[str, ...] = METHODS) -> Iterator[tuple[str, HttpResponse]]:
    for method in methods:
        yield method, getattr(client, method)(address)
    if "head" in methods:
        yield "htmx get", client.get(address, headers={"HX-Request": "true"})
        yield "htmx post", client.post(address, headers={"HX-Request": "true"})


@pytest.mark.parametrize("route", SITE)
def test_nothing_of_somebody_else_s_is_seen_or_changed(route: str, batch: Batch) -> None:
    address = named(route, batch)
    for role in STRANGERS:
        user = somebody(role)
        client = by_token(user) if "token" in role else signed_in(user)
        mine, before = {user.pk} if user else set(), world()
        for method, answer in asked(client, address):
            said = f"{role} {method} {address}: {answer.status_code}"
            assert answer.status_code < 500, said
            assert MARK.encode() not in body(answer), said
            if route not in PUBLIC and (user is None or "<" in route):
                assert answer.status_code in NO_ENTRY, said
            if answer.status_code == 302 and route not in PUBLIC and (user is None or "token" in role):
                assert answer["Location"].startswith("/sign-in/"), said
        assert trespasses(before, world(), mine) == [], role


def opened(client: Client, batch: Batch) -> set[str]:
    """The addresses about something of alice's that this client is let into."""
    found = set()
    for route in SITE:
        if "<" in route and route not in PUBLIC:
            answers = [answer for _, answer in asked(client, named(route, batch), ("get", "post"))]
            assert max(answer.status_code for answer in answers) < 500, route
            if {answer.status_code for answer in answers} - NO_ENTRY:
                found.add(route)
    return found


def test_an_assigned_reviewer_may_see_and_correct_and_nothing_else(batch: Batch) -> None:
    reviewer = somebody("reviewer")
    Batch.objects.filter(pk=batch.pk).update(reviewer=reviewer)
    before = world()
    assert opened(signed_in(reviewer), batch) == REVIEWERS
    assert trespasses(before, world(), {reviewer.pk}) == []


def test_a_link_shows_its_batch_until_it_expires_and_nothing_else(batch: Batch, owner: User, hand_in: HandIn) -> None:
    ShareLink.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    other = hand_in(owner, count=1).images.get()
    before = world()
    assert opened(signed_in(None), batch) == {
        "shared/<str:token>/",
        "shared/<str:token>/images/<int:pk>/",
        "shared/<str:token>/images/<int:pk>/picture",
    }
    address = f"/shared/{batch.share_links.get().token}/images/{other.pk}/"
    assert signed_in(None).get(address).status_code == 404
    assert signed_in(None).get(f"{address}picture").status_code == 404
    assert trespasses(before, world(), set()) == []


@pytest.mark.parametrize("route", ADMIN)
def test_the_admin_is_closed_to_those_without_the_right(route: str, batch: Batch) -> None:
    address = named(route, batch)
    operators_own = not route.startswith(PEOPLE)
    for role in ["anonymous", "bob", "reviewer"] if operators_own else ["anonymous", "bob", "reviewer", "operator"]:
        client, before = signed_in(somebody(role)), world()
        for method, answer in asked(client, address, ("get", "post")):
            said = f"{role} {method} {address}: {answer.status_code}"
            assert MARK.encode() not in body(answer), said
            assert answer.status_code in NO_ENTRY or route in PUBLIC, said
        assert trespasses(before, world(), set()) == [], role


@pytest.mark.parametrize("route", SITE)
def test_the_owner_is_let_in_everywhere(route: str, batch: Batch, owner: User) -> None:
    """Otherwise the tests above would pass with every door walled up."""
    SitePolicy(sign_up=True).save()
    client = by_token(owner) if route.startswith("api/") else signed_in(owner)  # to the API a session may only look
    answers = [answer.status_code for _, answer in asked(client, named(route, batch))]
    assert max(answers) < 500
    assert 403 not in answers
    assert any(code < 400 or code == 400 for code in answers), answers


@pytest.mark.parametrize("route", [route for route in ROUTES if "/add/" not in route])
def test_an_administrator_breaks_nothing_by_looking(route: str, batch: Batch) -> None:
    assert signed_in(somebody("administrator")).get(named(route, batch)).status_code < 500


@pytest.mark.parametrize("route", [route for route in SITE if not route.startswith("api/")])
def test_a_form_of_another_site_changes_nothing(route: str, batch: Batch, owner: User) -> None:
    client, before = Client(enforce_csrf_checks=True), world()
    client.force_login(owner)
    assert client.post(named(route, batch)).status_code in (403, 405)
    assert trespasses(before, world(), set()) == []
