import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from webapp.models import Batch, Image, ModelVersion, Prediction, Review, User
from webapp.natural import natural_key
from webapp.notation import AS_WRITTEN, Notation

OFFICE = os.environ.get("SOFFICE") or shutil.which("soffice") or ""
# A workbook says what its sums are; so the test would see what we have written, not what it computes.
COMPUTES = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>"""

BatchOf = Callable[..., Batch]
Lines = Sequence[Sequence[tuple[str, float]]]


@pytest.fixture
def batch_of(alice: User) -> BatchOf:
    """A batch of hers with these answers, by her word, and how they are written."""

    def batch_of(texts: Sequence[str], notation: Notation = AS_WRITTEN, name: str = "Meters") -> Batch:
        count = {"expected": len(texts), "image_count": len(texts), "read_count": len(texts)}
        batch = Batch.objects.create(owner=alice, name=name, sealed=True, **count)
        names = [f"{index:04}.png" for index in range(len(texts))]
        images = Image.objects.bulk_create(
            Image(batch=batch, owner=alice, index=index, name=name, name_key=natural_key(name), size=0, state="read")
            for index, name in enumerate(names)
        )
        Review.objects.bring(images, dict(enumerate(texts)))
        Batch.objects.filter(pk=batch.pk).update(notation=notation.stored())
        batch.refresh_from_db()
        return batch

    return batch_of


def read_as(image: Image, lines: Lines, confidence: float) -> None:
    """Have the champion say so of a picture, number by number."""
    said = Prediction.objects.create(
        image=image,
        model_version=ModelVersion.objects.champion(),
        text="\n".join(" ".join(text for text, _ in line) for line in lines),
        confidence=confidence,
        outcome="read" if lines else "unclear",
        lines=[[{"text": text, "box": [0, 0, 1, 1], "confidence": sure} for text, sure in line] for line in lines],
        glyphs=b"\x89PNG",
        milliseconds=1,
    )
    sure = confidence if lines else 0.0
    Image.objects.filter(pk=image.pk).update(prediction=said, confidence=sure, outcome=said.outcome)


class Office:
    """LibreOffice with a profile of its own."""

    def __init__(self, folder: Path) -> None:
        self.profile = folder / "profile"
        (self.profile / "user").mkdir(parents=True)
        (self.profile / "user" / "registrymodifications.xcu").write_text(COMPUTES)

    def convert(self, files: Sequence[Path], to: str, *options: str) -> Path:
        """The folder with what becomes of these."""
        folder = files[0].parent / "converted"
        command = [OFFICE, f"-env:UserInstallation={self.profile.as_uri()}", "--headless", *options]
        command += ["--convert-to", to, "--outdir", str(folder), *map(str, files)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return folder


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    if not OFFICE:
        assert not os.environ.get("CI"), (
            "CI must open spreadsheets: install libreoffice-calc-nogui, or name its soffice in SOFFICE"
        )
        pytest.skip("no LibreOffice on this machine: install libreoffice-calc-nogui, or name its soffice in SOFFICE")
    return Office(tmp_path_factory.mktemp("office"))
