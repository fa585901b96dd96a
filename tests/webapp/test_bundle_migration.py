"""What an earlier release read and taught is there after an upgrade, under the seals of today."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

BEFORE, AFTER = ("webapp", "0016_tuned_from"), ("webapp", "0017_bundles")
RESEALED = import_module("webapp.migrations.0017_bundles").RESEALED

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


@pytest.fixture
def old() -> Iterator[Any]:
    """The tables as they were; everything that follows is migrated again."""
    executor = MigrationExecutor(connection)
    newest = executor.loader.graph.leaf_nodes()
    executor.migrate([BEFORE])
    yield executor.loader.project_state([BEFORE]).apps
    MigrationExecutor(connection).migrate(newest)


def migrated() -> Any:
    executor = MigrationExecutor(connection)
    executor.migrate([AFTER])
    return executor.loader.project_state([AFTER]).apps


def version(apps: Any, sha256: str, number: int = 1) -> Any:
    return apps.get_model("webapp", "ModelVersion").objects.create(
        number=number, architecture="sapling", shipped_as="sapling", sha256=sha256
    )


def image(apps: Any) -> Any:
    user = apps.get_model("webapp", "User").objects.create(username="alice")
    batch = apps.get_model("webapp", "Batch").objects.create(owner=user, name="May", expected=1)
    return apps.get_model("webapp", "Image").objects.create(
        owner=user, batch=batch, index=0, name="a.png", file="originals/a", sha256="a", size=1
    )


def reading(apps: Any, of: Any, by: Any, pipeline: str, text: str) -> Any:
    return apps.get_model("webapp", "Prediction").objects.create(
        image=of, model_version=by, pipeline=pipeline, text=text, confidence=0.9, outcome="read", glyphs=b"",
        milliseconds=1,
    )  # fmt: skip


def test_a_shipped_model_keeps_its_number_and_what_was_taught_from_it(old: Any) -> None:
    before = next(iter(RESEALED))
    origin = version(old, before)
    taught = version(old, "b" * 64, number=2)
    old.get_model("webapp", "ModelVersion").objects.filter(pk=taught.pk).update(parent=origin)
    versions = migrated().get_model("webapp", "ModelVersion").objects
    assert versions.get(pk=origin.pk).sha256 == RESEALED[before]
    assert versions.get(pk=taught.pk).parent_id == origin.pk
    assert versions.get(pk=taught.pk).sha256 == "b" * 64


def test_of_what_a_version_read_through_several_pipelines_the_latest_stays_and_nothing_points_nowhere(old: Any) -> None:
    by, of = version(old, "a" * 64), image(old)
    first, latest = reading(old, of, by, "8", "11"), reading(old, of, by, "9", "17")
    old.get_model("webapp", "Image").objects.filter(pk=of.pk).update(prediction=first)
    review = old.get_model("webapp", "Review").objects.create(image=of, verdict="text", text="17", prediction=first)
    apps = migrated()
    assert [said.text for said in apps.get_model("webapp", "Prediction").objects.all()] == ["17"]
    assert apps.get_model("webapp", "Image").objects.get(pk=of.pk).prediction_id == latest.pk
    assert apps.get_model("webapp", "Review").objects.get(pk=review.pk).prediction_id == latest.pk
