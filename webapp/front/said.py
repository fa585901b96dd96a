"""What the front says by itself, where the site is not asked or does not answer: for people and for their programs."""

import json
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

AWAY = 503
# What the same request may get through later.
FOR_NOW = {429, AWAY}
SENTENCES: dict[int, Promise] = {
    401: _("Nothing was sent: you are not signed in. Sign in and send it again; a program names a token."),
    413: _("That is more at once than this site takes. Hand it in in parts."),
    429: _("Too much comes from you at once. Wait until some of it has arrived, and try again."),
    AWAY: _("The site does not answer just now. It is tried again in a few seconds."),
}


def write(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for status, sentence in SENTENCES.items():
                heading = _("One moment") if status in FOR_NOW else _("Not taken in")
                words = {"heading": heading, "sentence": sentence, "language": language, "again": status == AWAY}
                page = render_to_string("front.html", words)
                (folder / f"{status}.{language}.html").write_text(page)
                (folder / f"{status}.{language}.json").write_text(json.dumps({"error": str(sentence)}))
