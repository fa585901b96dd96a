from django.db import migrations, models
from django.db.models import OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce


def add_up(apps, schema_editor):
    Image, Batch = apps.get_model("webapp", "Image"), apps.get_model("webapp", "Batch")
    sizes = Image.objects.filter(batch=OuterRef("pk")).order_by().values("batch").annotate(sum=Sum("size"))
    Batch.objects.update(stored_bytes=Coalesce(Subquery(sizes.values("sum")), 0))


class Migration(migrations.Migration):
    dependencies = [("webapp", "0004_dial_and_rules")]

    operations = [
        migrations.AddField(
            model_name="batch",
            name="stored_bytes",
            field=models.PositiveBigIntegerField(default=0, help_text="Of its pictures as they came."),
        ),
        migrations.RunPython(add_up, migrations.RunPython.noop),
    ]
