"""Which index answers what is asked often. Of SQLite alone: PostgreSQL chooses by how many rows there are."""

import pytest

from webapp.models import Image, User


@pytest.mark.django_db
def test_looking_for_the_same_bytes_reads_an_index_alone(alice: User) -> None:
    asked = Image.objects.filter(owner=alice.pk).with_bytes(["0" * 64, "1" * 64]).exclude(batch=1)
    plan = asked.values_list("batch", "sha256").distinct().explain()
    assert "COVERING INDEX image_same_bytes (owner_id=? AND sha256=?)" in plan
