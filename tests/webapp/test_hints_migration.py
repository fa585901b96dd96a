"""What was read before there were hints was read without any, and is not read again for that."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests.webapp.test_batch import a_prediction
from tests.webapp.test_bundle_migration import image, version
from webapp.models import Image, ModelVersion, Prediction

BEFORE = ("webapp", "0024_numbers_and_signs")

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


def test_what_is_there_counts_as_read_without_hints() -> None:
    executor = MigrationExecutor(connection)
    newest = executor.loader.graph.leaf_nodes()
    executor.migrate([BEFORE])
    old = executor.loader.project_state([BEFORE]).apps
    by, of = version(old, "a" * 64), image(old)
    said = old.get_model("webapp", "Prediction").objects.create(
        image=of, model_version=by, text="7", confidence=0.9, outcome="read", glyphs=b"", milliseconds=1
    )
    read = {"state": "read", "prediction": said, "model_version": by}
    old.get_model("webapp", "Image").objects.filter(pk=of.pk).update(**read)
    MigrationExecutor(connection).migrate(newest)
    ModelVersion.objects.get().promote()
    assert not Image.objects.outdated(ModelVersion.objects.get()).exists()
    Prediction.objects.upsert([a_prediction(Image.objects.get(), 0.5)])
    assert Prediction.objects.get().confidence == 0.5
