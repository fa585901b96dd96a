from collections.abc import Iterator
from typing import Any

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from webapp.natural import natural_key

ROWS_AT_ONCE = 5000


def fill_keys(apps: Any, editor: Any) -> None:
    """Of a million pictures about ten seconds."""
    image = apps.get_model("webapp", "Image")
    update = f"UPDATE {image._meta.db_table} SET name_key = %s WHERE id = %s"
    with editor.connection.cursor() as cursor:
        for rows in groups(image.objects.order_by("pk").values_list("pk", "name")):
            cursor.executemany(update, [(natural_key(name), pk) for pk, name in rows])


def groups(rows: Any) -> Iterator[list[tuple[int, str]]]:
    last = 0
    while some := list(rows.filter(pk__gt=last)[:ROWS_AT_ONCE]):
        yield some
        last = some[-1][0]


class Migration(migrations.Migration):
    dependencies = [("webapp", "0022_deleting_in_pieces")]

    operations = [
        migrations.CreateModel(
            name="Addition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(blank=True, max_length=64, verbose_name="key")),
                ("start", models.PositiveBigIntegerField(help_text="The first of their indexes.", verbose_name="start")),
                ("count", models.PositiveIntegerField(verbose_name="count")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="created at")),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="additions",
                        to="webapp.batch",
                        verbose_name="batch",
                    ),
                ),
            ],
            options={"verbose_name": "addition", "verbose_name_plural": "additions"},
        ),
        migrations.AddConstraint(
            model_name="addition",
            constraint=models.UniqueConstraint(
                condition=models.Q(("key", ""), _negated=True),
                fields=("batch", "key"),
                name="addition_key_once_a_batch",
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="also_in",
            field=models.JSONField(
                default=dict,
                editable=False,
                help_text="Other batches with the same files, and how many.",
                verbose_name="also in",
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="count_before",
            field=models.PositiveIntegerField(
                default=0, editable=False, help_text="How many pictures it had then.", verbose_name="count before"
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="indexes_taken",
            field=models.PositiveBigIntegerField(
                default=0,
                editable=False,
                help_text="Those below are given away for good.",
                verbose_name="indexes taken",
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="reopened_at",
            field=models.DateTimeField(
                blank=True,
                editable=False,
                help_text="When pictures were last added to it.",
                null=True,
                verbose_name="reopened at",
            ),
        ),
        migrations.AlterField(
            model_name="upload",
            name="index",
            field=models.PositiveBigIntegerField(verbose_name="index"),
        ),
        migrations.AddField(
            model_name="image",
            name="name_key",
            field=models.BinaryField(default=b"", verbose_name="name key"),
        ),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(fields=["owner", "sha256", "batch"], name="image_same_bytes"),
        ),
        migrations.RunPython(fill_keys, migrations.RunPython.noop),
    ]
