import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('webapp', '0031_other_texts'),
    ]

    operations = [
        migrations.AddField(
            model_name='image',
            name='earlier',
            field=models.CharField(blank=True, editable=False, help_text='What it had the last time, as it was written then.', max_length=100, verbose_name='earlier value'),
        ),
        migrations.AlterField(
            model_name='image',
            name='broken_rule',
            field=models.CharField(blank=True, choices=[('value', 'no value'), ('digits', 'number of digits'), ('range', 'range'), ('change', 'rise or fall'), ('days', 'days'), ('places', 'decimals'), ('step', 'steps'), ('check', 'check digit'), ('unique', 'unique'), ('sum', 'sum')], help_text='The rule of its batch that the answer breaks.', max_length=6, verbose_name='broken rule'),
        ),
        migrations.CreateModel(
            name='EarlierValue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=255, verbose_name='name')),
                ('text', models.CharField(max_length=100, verbose_name='text')),
                ('batch', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='earlier_values', to='webapp.batch', verbose_name='batch')),
            ],
            options={
                'verbose_name': 'earlier value',
                'verbose_name_plural': 'earlier values',
                'constraints': [models.UniqueConstraint(fields=('batch', 'name'), name='earlier_name_once_a_batch')],
            },
        ),
    ]
