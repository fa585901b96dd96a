"""Make the models that ship with this release known to the database."""

import hashlib
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from webapp.models import ModelVersion


class Command(BaseCommand):
    help = "Register the models that ship with this release; a newer one takes over from an older one that shipped."

    def handle(self, *args: Any, **options: Any) -> None:
        order = sorted(model_folders(), key=lambda folder: (folder.name == settings.SHIPPED_CHAMPION, folder.name))
        for folder in order:
            version = register(folder)
            if folder.name == settings.SHIPPED_CHAMPION and version.succeeds(ModelVersion.objects.champion()):
                version.promote()
            self.stdout.write(f"{version}: {version.get_state_display().lower()}")


def model_folders() -> list[Path]:
    """Those that are whole; a name that begins with a dot is what a broken-off publication has left."""
    return [path.parent for path in settings.SHIPPED_MODELS_DIR.glob("[!.]*/card.json")]


def register(folder: Path) -> ModelVersion:
    checksums = (folder / "SHA256SUMS").read_bytes()
    card = json.loads((folder / "card.json").read_text())
    return ModelVersion.register_shipped(folder.name, hashlib.sha256(checksums).hexdigest(), card)
