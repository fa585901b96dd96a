"""What a request is about may go away between any two of its steps."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction

from tests.webapp.test_rights import SITE, batch, by_token, named, owner, signed_in
from webapp.models import Batch, User
from webapp.refusals import Refusal

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
__all__ = ["batch", "owner"]


class Deleting:
    """Deletes a batch before a question to the database, the how-manieth is told, and counts the questions.

    What a transaction of the request's own has locked nobody deletes, so those within one do not count.
    """

    def __init__(self, batch: Batch, step: int) -> None:
        self.batch = batch
        self.left = step
        self.within = len(connection.savepoint_ids)

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if len(connection.savepoint_ids) == self.within and self.left:
            self.left -= 1
            if not self.left:
                Batch.objects.get(pk=self.batch.pk).delete()
        return execute(sql, params, many, context)


@pytest.mark.parametrize(
    "route", [route for route in SITE if "batches/<int:pk>" in route or "images/<int:pk>" in route]
)
def test_a_batch_deleted_between_any_two_steps_breaks_nothing(route: str, batch: Batch, owner: User) -> None:
    address = named(route, batch)
    client = by_token(owner) if route.startswith("api/") else signed_in(owner)
    found = []
    for method in ("get", "post"):
        for step in range(1, 60):
            files = {name: SimpleUploadedFile("a.png", b"\x89PNG" + bytes(40)) for name in ("file-7", "pictures")}
            form = {"name": "x", "expected": "5", "text": "1", "days": "7", **files}
            with transaction.atomic():
                deleting = Deleting(batch, step)
                with connection.execute_wrapper(deleting):
                    answer = getattr(client, method)(address, form if method == "post" else {})
                    if answer.streaming:
                        b"".join(answer.streaming_content)
                transaction.set_rollback(True)
            if answer.status_code >= 500:
                found.append((method, step, answer.status_code))
            if deleting.left:
                break
    assert found == []


def test_what_is_sent_to_a_batch_that_is_being_deleted_is_not_taken_in(batch: Batch) -> None:
    Batch.objects.filter(pk=batch.pk).update(expected=9, sealed=False)
    batch.itself.delete_soon()
    with pytest.raises(Refusal):
        batch.take_in({5: SimpleUploadedFile("a.png", b"\x89PNG" + bytes(40))})
