"""What schemathesis makes of the API's own description, valid and not, sent to the whole site: nothing breaks, and what
comes back is described.

It knows fields, headers and limits by the description alone, so that an operation that is added is held to it unasked.
"""

import json
from collections.abc import Iterator

import pytest
import schemathesis
from django.conf import LazySettings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as runs
from hypothesis import strategies as some

from tests.webapp.test_rights import batch, owner
from webapp.api import api
from webapp.models import ApiToken, Batch, User
from webapp.wsgi import application

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
__all__ = ["batch", "owner"]

CONFIG = {
    "seed": 1,
    # Tokens are made here. NUL is refused, which a schema cannot say; tests/webapp/test_strange_text.py sends it.
    "generation": {"with-security-parameters": False, "allow-x00": False},
    "checks": {"ignored_auth": {"enabled": False}},  # everything is sent without a token here, too
    # A field whose name is described by a pattern is sent without a file's name, and so is no file.
    "operations": [
        {"include-path": "/api/batches/{pk}/images", "checks": {"positive_data_acceptance": {"enabled": False}}}
    ],
}
# Of any bytes hardly any are a table.
schemathesis.openapi.media_type("text/csv", some.sampled_from([b"a.png,4079\n", b"file;value\na.png;12,5\n"]))
described = schemathesis.openapi.from_dict(
    json.loads(json.dumps(api.get_openapi_schema())), config=schemathesis.Config.from_dict(CONFIG)
)
described.app = application
OPERATIONS = [found.ok() for found in described.get_all_operations()]


@pytest.fixture(autouse=True)
def unhurried(settings: LazySettings) -> None:
    """Else most of what is sent here is turned away as too often, and tells nothing."""
    settings.RATE_LIMITS = {"*": (10**6, 60)}


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """A server closes it before and after a request; here it holds the test's own transaction."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def batches(batch: Batch, owner: User) -> list[int]:
    """One that is being read, one that still waits for its pictures, one that takes none any more."""
    announced, cancelled = (Batch.objects.create(owner=owner, name=name, expected=3) for name in ("later", "never"))
    cancelled.cancel()
    return [batch.pk, announced.pk, cancelled.pk]


@pytest.fixture
def told() -> Iterator[set[int]]:
    """The statuses of all answers. Where each is a refusal, nothing was seen of the operation itself."""
    told: set[int] = set()
    yield told
    assert min(told) < 300, told


def by_token(owner: User, *scopes: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {ApiToken.make(owner, 'scanner', scopes)}"}


def by_session(owner: User) -> dict[str, str]:
    client = Client()
    client.force_login(owner)
    return {"sessionid": client.cookies["sessionid"].value}


def status(case: schemathesis.Case, headers: dict[str, str], cookies: dict[str, str] | None = None) -> int:
    """Of the answer, which must be as described. What it has changed is taken back, for the next to find."""
    with transaction.atomic():
        answer = case.call_and_validate(headers={"Accept-Encoding": "identity"} | headers, cookies=cookies)
        transaction.set_rollback(True)
    return int(answer.status_code)


def about(case: schemathesis.Case, pk: int) -> schemathesis.Case:
    """The same about a batch, or a picture of it, that is there: numbers that are made up are mostly nobody's."""
    there = {"pk": pk, "index": 0}
    return case.operation.Case(
        path_parameters={name: there[name] for name in case.path_parameters},
        query=case.query,
        body=case.body,
        media_type=case.media_type,
        multipart_content_types=case.multipart_content_types,
    )


@pytest.mark.parametrize("operation", OPERATIONS, ids=[operation.label for operation in OPERATIONS])
@runs(max_examples=20, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=some.data())
def test_every_answer_is_as_described(
    operation: schemathesis.APIOperation, data: some.DataObject, batches: list[int], owner: User, told: set[int]
) -> None:
    mode = data.draw(some.sampled_from(schemathesis.GenerationMode))  # what the description allows, and what not
    case = data.draw(operation.as_strategy(generation_mode=mode))
    token = by_token(owner, *ApiToken.Scope.values)
    told.add(status(case, token))
    if "pk" in case.path_parameters:
        told |= {status(about(case, pk), token) for pk in batches}
    assert status(case, {}) in (401, 404)


@pytest.mark.parametrize("operation", OPERATIONS, ids=[operation.label for operation in OPERATIONS])
def test_every_refusal_is_as_described(
    operation: schemathesis.APIOperation, batch: Batch, owner: User, settings: LazySettings
) -> None:
    case = operation.Case(path_parameters={"pk": batch.pk, "index": 0})
    assert status(case, {}) == 401
    assert status(case, by_token(owner)) == 403
    if operation.method != "get":
        assert status(case, {}, by_session(owner)) == 401
        settings.RATE_LIMITS = {"*": (0, 60)}
        assert status(case, by_token(owner)) == 429
