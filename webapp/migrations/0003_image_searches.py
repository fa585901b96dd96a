from django.conf import settings
from django.db import migrations, models
import django.db.models.deletion


class Migration(migrations.Migration):

    dependencies = [
        ('webapp', '0002_answers_on_images'),
    ]

    operations = [
        migrations.AlterField(
            model_name='image',
            name='owner',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(fields=['owner', '-created_at', '-id', 'name', 'search_text'], name='image_search'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('model_version__isnull', False)), fields=['owner', 'model_version', '-created_at', '-id'], name='image_by_model'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('outcome__in', ['blank', 'unclear', 'unreadable'])), fields=['owner', 'outcome', '-created_at', '-id'], name='image_without_digits'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('state__in', ['failed', 'cancelled'])), fields=['owner', 'state', '-created_at', '-id'], name='image_not_read'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('review__isnull', False)), fields=['owner', '-created_at', '-id'], name='image_reviewed'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('review__isnull', True), ('state', 'read')), fields=['batch', 'confidence'], name='image_to_review'),
        ),
    ]
