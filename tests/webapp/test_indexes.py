"""Which index answers what is asked often. Of SQLite alone: PostgreSQL chooses by how many rows there are."""

import pytest

from webapp.models import Batch, Image, User


@pytest.mark.django_db
def test_looking_for_the_same_bytes_reads_an_index_alone(alice: User) -> None:
    asked = Image.objects.filter(owner=alice.pk).with_bytes(["0" * 64, "1" * 64]).exclude(batch=1)
    plan = asked.values_list("batch", "sha256").distinct().explain()
    assert "COVERING INDEX image_same_bytes (owner_id=? AND sha256=?)" in plan


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["4079", "12.5", "12..20", "4/7"])
def test_looking_for_an_answer_reads_an_index_alone(alice: User, text: str) -> None:
    asked = Image.objects.filter(owner=alice.pk).answering(text, apart=Batch.objects.of_days_or_times())
    assert "COVERING INDEX image_search (owner_id=?)" in asked.newest_first().values_list("pk").explain()
