"""The promise as programs are told of it."""

import pytest
from django.test import Client

from tests.webapp.promise.conftest import look
from webapp.models import Batch, Certificate, User
from webapp.models.rules import Rules

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_a_program_is_told_what_is_promised(as_alice: Client, lot: Certificate, batch: Batch, alice: User) -> None:
    address = f"/api/batches/{batch.pk}"
    assert as_alice.get(address).json()["certificate"] is None, "nobody has looked"
    look(batch, alice, 40, 3, 17)
    told = as_alice.get(address).json()["certificate"]
    assert told.pop("drawn_at").startswith(lot.created_at.isoformat()[:23]), "to the millisecond"
    assert told == {
        "accepted": 60,
        "most_wrong": (most := batch.certificate.now.most_left),
        "most_wrong_share": most / 60,
        "confidence": 0.95,
        "looked_at": 40,
        "wrong": 2,
        "current": True,
    }
    assert f"At most {most} of the 60 answers" in batch.certificate_sentence
    batch.expect(Rules(digits=4))
    assert as_alice.get(address).json()["certificate"]["current"] is False
