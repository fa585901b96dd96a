from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("webapp", "0028_seconds_of_an_upload"),
    ]

    operations = [
        migrations.AddField(
            model_name="batch",
            name="notation",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="How the numbers are written; nothing as long as nobody has said.",
                verbose_name="notation",
            ),
        ),
        # What is there already is valued by a worker, batch by batch.
        migrations.AddField(
            model_name="batch",
            name="valued",
            field=models.BooleanField(
                default=False,
                editable=False,
                help_text="Each picture knows what its answer is worth by that.",
                verbose_name="valued",
            ),
        ),
        migrations.AlterField(
            model_name="batch",
            name="valued",
            field=models.BooleanField(
                default=True,
                editable=False,
                help_text="Each picture knows what its answer is worth by that.",
                verbose_name="valued",
            ),
        ),
        migrations.AddIndex(
            model_name="batch",
            index=models.Index(condition=models.Q(("valued", False)), fields=["id"], name="batch_to_be_valued"),
        ),
        migrations.AddField(
            model_name="image",
            name="sort_value",
            field=models.FloatField(
                editable=False, help_text="Its value, to be sorted and found by.", null=True, verbose_name="sort value"
            ),
        ),
        migrations.AlterField(
            model_name="image",
            name="broken_rule",
            field=models.CharField(
                blank=True,
                choices=[
                    ("value", "no value"),
                    ("digits", "number of digits"),
                    ("range", "range"),
                    ("days", "days"),
                    ("places", "decimals"),
                    ("step", "steps"),
                    ("check", "check digit"),
                    ("unique", "unique"),
                    ("sum", "sum"),
                ],
                help_text="The rule of its batch that the answer breaks.",
                max_length=6,
                verbose_name="broken rule",
            ),
        ),
        migrations.RemoveIndex(model_name="image", name="image_search"),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(
                fields=["owner", "-created_at", "-id", "name", "search_text", "sort_value", "batch"],
                name="image_search",
            ),
        ),
    ]
