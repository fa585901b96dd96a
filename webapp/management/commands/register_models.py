"""Make the models that ship with this release known to the database."""

import hashlib
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from webapp.faults import coded
from webapp.models import ModelVersion, TrainingRun


class Command(BaseCommand):
    help = "Register the models that ship with this release; a newer one takes over from an older one that shipped."

    def handle(self, *args: Any, **options: Any) -> None:
        order = sorted(model_folders(), key=lambda folder: (folder.name == settings.SHIPPED_CHAMPION, folder.name))
        for folder in order:
            version, new = register(folder)
            if folder.name == settings.SHIPPED_CHAMPION:
                offer(version, new)
            self.stdout.write(f"{version}: {version.get_state_display().lower()}")


def model_folders() -> list[Path]:
    """Those that are whole; a name that begins with a dot is what a broken-off publication has left."""
    return [path.parent for path in settings.SHIPPED_MODELS_DIR.glob("[!.]*/card.json")]


def register(folder: Path) -> tuple[ModelVersion, bool]:
    checksums = (folder / "SHA256SUMS").read_bytes()
    card = json.loads((folder / "card.json").read_text())
    size = sum(file.stat().st_size for file in folder.iterdir())
    return ModelVersion.register_shipped(folder.name, hashlib.sha256(checksums).hexdigest(), card, size)


def offer(version: ModelVersion, new: bool) -> None:
    """A new shipped model succeeds a shipped one by itself. One that people taught must first be found no better.

    Only a new one: whoever rolled back must not find it promoted again at the next start.
    """
    champion = ModelVersion.objects.champion()
    if champion is None or (new and version.succeeds(champion)):
        version.promote(reasons=[coded("came_with_release")])
    elif new and version != champion:
        slot = f"{version} came with an upgrade"
        TrainingRun.objects.begin(
            TrainingRun.Why.SHIPPED, slot=slot, method=TrainingRun.Method.JUDGE, version=version, parent=champion
        )
