"""Faults, reasons and notes become codes with values, where English sentences were stored."""

import json
from collections import defaultdict

from django.db import migrations, models

from webapp.migrations import _old_sentences as old

ROWS_A_STATEMENT = 500


def check_at_once(apps, schema_editor):
    """PostgreSQL alters no table that has foreign keys still to be checked, as a row that changes twice has."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def faults_to_codes(apps, _):
    for name in ("image", "upload", "rereading", "trainingrun"):
        rows = apps.get_model("webapp", name).objects.order_by()
        alike = defaultdict(list)
        for pk, code, said in rows.exclude(error="").values_list("pk", "error_code", "error"):
            alike[json.dumps(old.fault(code, said))].append(pk)
        for fault, pks in alike.items():
            now = json.loads(fault)
            for start in range(0, len(pks), ROWS_A_STATEMENT):
                some = rows.filter(pk__in=pks[start : start + ROWS_A_STATEMENT])
                some.update(error_code=now["code"], error_values=now["values"])


def notes_to_codes(apps, _):
    """In one statement over the lists that there are, which are few however many pictures were read."""
    predictions = apps.get_model("webapp", "prediction").objects.order_by()
    lists = predictions.values_list("notes", flat=True).distinct()
    changed = [notes for notes in lists if any(note in old.NOTES for note in notes)]
    if changed:
        now = [
            models.When(notes=notes, then=models.Value([old.NOTES.get(note, note) for note in notes], models.JSONField()))
            for notes in changed
        ]
        predictions.filter(notes__in=changed).update(notes=models.Case(*now, default="notes"))


def reasons_to_codes(apps, _):
    for run in apps.get_model("webapp", "trainingrun").objects.all():
        run.reasons = old.several(run.said)
        run.verdict = verdict(run.verdict)
        for side in run.data.keys() & {"left_out", "held_out_left_out"}:
            run.data[side] = {old.LEFT_OUT.get(why, why): count for why, count in run.data[side].items()}
        run.save(update_fields=["reasons", "verdict", "data"])
    for change in apps.get_model("webapp", "modelchange").objects.exclude(why=""):
        change.reasons = old.several(change.why)
        change.save(update_fields=["reasons"])
    for look in apps.get_model("webapp", "secondlook").objects.all():
        look.reasons = old.several(look.reason)
        look.save(update_fields=["reasons"])
    for version in apps.get_model("webapp", "modelversion").objects.exclude(load_error=""):
        version.load_faults = [old.fault("damaged_model", version.load_error)]
        version.save(update_fields=["load_faults"])
    for upload in apps.get_model("webapp", "upload").objects.exclude(left_out=[]):
        upload.left_out = [(name, old.fault("", why)) for name, why in upload.left_out]
        upload.save(update_fields=["left_out"])


def verdict(said):
    """With codes for its sentences, and a digit of their own for those that are about one digit."""
    if not said:
        return said
    sentences = {side: [old.fault("", why) for why in said[side]] for side in ("for", "against")}
    lists = {part: [compared(one) for one in said[part]] for part in ("suites", "digits")}
    return said | sentences | lists | {"held_out": compared(said["held_out"])}


def compared(comparison):
    name = old.suite(comparison["name"])
    return comparison | {"name": name["code"], "digit": name["values"].get("digit")}


class Migration(migrations.Migration):
    dependencies = [("webapp", "0017_bundles")]

    operations = [
        *(
            migrations.AddField(name, "error_values", models.JSONField("error", default=dict, blank=True))
            for name in ("image", "upload", "rereading", "trainingrun")
        ),
        *(
            migrations.AddField(name, "reasons", models.JSONField(words, default=list, blank=True))
            for name, words in (("modelchange", "why"), ("secondlook", "why"), ("trainingrun", "in words"))
        ),
        migrations.AddField(
            "modelversion",
            "load_faults",
            models.JSONField(
                "load error",
                default=list,
                blank=True,
                help_text="Why a worker could not load it, and went on with another.",
            ),
        ),
        migrations.RunPython(check_at_once, migrations.RunPython.noop),
        migrations.RunPython(faults_to_codes, migrations.RunPython.noop),
        migrations.RunPython(notes_to_codes, migrations.RunPython.noop),
        migrations.RunPython(reasons_to_codes, migrations.RunPython.noop),
        *(
            migrations.RemoveField(name, "error")
            for name in ("image", "upload", "rereading", "trainingrun")
        ),
        migrations.RemoveField("trainingrun", "said"),
        migrations.RemoveField("modelchange", "why"),
        migrations.AlterField("secondlook", "reason", models.TextField("why", blank=True)),  # for the way back
        migrations.RemoveField("secondlook", "reason"),
        migrations.RemoveField("modelversion", "load_error"),
    ]
