import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("webapp", "0029_notation"),
    ]

    operations = [
        migrations.AlterField(
            model_name="review",
            name="sampled",
            field=models.CharField(
                choices=[
                    ("chosen", "Chosen by the person"),
                    ("doubtful", "Doubtful"),
                    ("random", "Drawn from the sure ones"),
                    ("certify", "Drawn for a promise"),
                    ("known", "Already known"),
                    ("brought", "Came with the picture"),
                ],
                default="chosen",
                max_length=8,
                verbose_name="sampled",
            ),
        ),
        migrations.CreateModel(
            name="Certificate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="created at")),
                (
                    "stops",
                    models.JSONField(
                        default=list,
                        help_text="Positions of the dial, each with what it accepted; its own first.",
                        verbose_name="stops",
                    ),
                ),
                ("read_count", models.PositiveIntegerField(verbose_name="read count")),
                ("image_count", models.PositiveIntegerField(verbose_name="image count")),
                ("rules", models.JSONField(blank=True, default=dict, verbose_name="rules")),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="certificates",
                        to="webapp.batch",
                        verbose_name="batch",
                    ),
                ),
                (
                    "drawn_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="drawn by",
                    ),
                ),
            ],
            options={"verbose_name": "certificate", "verbose_name_plural": "certificates"},
        ),
        migrations.CreateModel(
            name="Look",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveIntegerField(verbose_name="place")),
                ("confidence", models.FloatField(verbose_name="confidence")),
                (
                    "certificate",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="looks",
                        to="webapp.certificate",
                        verbose_name="certificate",
                    ),
                ),
                (
                    "image",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="looks",
                        to="webapp.image",
                        verbose_name="picture",
                    ),
                ),
                (
                    "prediction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="webapp.prediction",
                        verbose_name="prediction",
                    ),
                ),
            ],
            options={
                "verbose_name": "look",
                "verbose_name_plural": "looks",
                "constraints": [
                    models.UniqueConstraint(fields=("certificate", "place"), name="look_place_once_a_lot"),
                    models.UniqueConstraint(fields=("certificate", "image"), name="look_picture_once_a_lot"),
                ],
            },
        ),
    ]
