from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('webapp', '0030_promise'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='review',
            name='review_text_only_with_digits',
        ),
        migrations.RemoveIndex(
            model_name='image',
            name='image_without_digits',
        ),
        migrations.AlterField(
            model_name='review',
            name='verdict',
            field=models.CharField(choices=[('text', 'Number'), ('blank', 'Blank'), ('other', 'Other text'), ('unreadable', 'Unreadable'), ('withdrawn', 'Taken back')], max_length=10, verbose_name='verdict'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('outcome__in', ['blank', 'unclear', 'unreadable', 'other'])), fields=['owner', 'outcome', '-created_at', '-id'], name='image_without_digits'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('verdict__in', ['text', 'other']), models.Q(('text', ''), _negated=True)), models.Q(models.Q(('verdict__in', ['text', 'other']), _negated=True), ('text', '')), _connector='OR'), name='review_text_only_with_digits'),
        ),
    ]
