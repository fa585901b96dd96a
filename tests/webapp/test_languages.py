"""Every page in every language that the site speaks, and nothing that was left in the language it was written in."""

import ast
import gettext
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation
from django.utils.translation import trans_real

from tests.conftest import png
from tests.environment import ROOT
from tests.webapp.test_batch import a_prediction
from tests.webapp.test_rights import SITE, named
from webapp.models import ApiToken, Batch, Image, RereadingOrder, ShareLink, SitePolicy, User
from webapp.models.model_version import ModelVersion
from webapp.templatetags.reading import rate, share

HandIn = Callable[..., Batch]
WORDS = ROOT / "webapp" / "locale" / "de" / "LC_MESSAGES"
ENTRY = re.compile(r'^(msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?) ((?:".*"\n?)+)', re.M)


def entries(path: Path) -> Iterator[dict[str, str]]:
    """What stands in a .po, without its head."""
    for block in path.read_text().split("\n\n")[1:]:
        found = {key: ast.literal_eval(f"({said})") for key, said in ENTRY.findall(block)}
        yield found | {"flags": " ".join(re.findall(r"^#, (.*)", block, re.M))}


def test_nothing_is_untranslated_or_guessed() -> None:
    said = list(entries(WORDS / "django.po"))
    assert len(said) > 700
    assert [one["msgid"] for one in said if "fuzzy" in one["flags"]] == []
    assert [one["msgid"] for one in said if not all(v for key, v in one.items() if key.startswith("msgstr"))] == []


def test_what_is_compiled_is_what_is_written() -> None:
    with (WORDS / "django.mo").open("rb") as file:
        compiled = {key: said for key, said in gettext.GNUTranslations(file)._catalog.items() if key}  # type: ignore[attr-defined]
    written: dict[object, str] = {}
    for one in entries(WORDS / "django.po"):
        if "msgid_plural" in one:
            written |= {(one["msgid"], n): one[f"msgstr[{n}]"] for n in (0, 1)}
        else:
            context = f"{one['msgctxt']}\x04" if "msgctxt" in one else ""
            written[context + one["msgid"]] = one["msgstr"]
    assert compiled == written


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="gettext is not on this machine; make words needs it, too")
def test_everything_that_is_marked_is_in_the_catalogue(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "webapp", tmp_path / "webapp", ignore=shutil.ignore_patterns("__pycache__", "vendor"))
    command = [sys.executable, "-m", "django", "makemessages", "-l", "de", "--no-location"]
    surroundings = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    subprocess.run(command, cwd=tmp_path / "webapp", env=surroundings, check=True, capture_output=True)
    anew = {
        one["msgid"]
        for one in entries(tmp_path / "webapp" / "locale" / "de" / "LC_MESSAGES" / "django.po")
        if "msgid" in one
    }
    assert anew == {one["msgid"] for one in entries(WORDS / "django.po")}, "make words, and translate what is new"


# --- Pages ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def batch(alice: User, hand_in: HandIn, champion: None, digits: SimpleNamespace) -> Batch:
    """One of everything, named by a number, so that no word of it comes from a person."""
    User.objects.filter(pk=alice.pk).update(username="1", email="1@2.3")
    files = [(f"{i}.0", png(digits.images[i])) for i in range(3)]
    batch = hand_in(alice, files=files)
    Batch.objects.filter(pk=batch.pk).update(name="100", rules={"digits": 3, "unique": True})
    read, corrected, failed = batch.images.order_by("pk")
    for image in (read, corrected):
        said = a_prediction(image)
        said.notes = ["low_contrast"]
        Image.objects.record(Image.objects.claim([image.pk]), [said])
    Image.objects.fail(Image.objects.claim([failed.pk]), [failed.pk], "empty")
    corrected.refresh_from_db()
    corrected.correct(User.objects.get(pk=alice.pk), "text", "31")
    ApiToken.make(alice, "7")
    link = ShareLink.for_days(batch, 7)
    ShareLink.objects.filter(pk=link.pk).update(token="0")
    order = RereadingOrder.objects.create(asked_by=alice, batch=batch, model_version=ModelVersion.objects.first())
    order.rereadings.create(image=corrected, before=corrected.prediction, differs=True)
    batch.refresh_from_db()
    return batch


# Names that are the same in every language.
NAMES = {
    *("CSV", "JSON", "Excel", "JPEG", "PNG", "HEIC", "WebP", "TIFF", "GIF", "BMP", "AVIF", "PDF", "ZIP", "SHA", "API"),
    *("Enter", "English", "Deutsch", "MB", "GB", "KB", "px", "seed", "sapling"),
}
SHOWN = ("aria-label", "title", "alt", "placeholder", "aria-valuetext")


class Words(HTMLParser):
    """All that a page says to a person."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.inside: list[str] = []
        self.language: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        if tag == "html":
            self.language = facts.get("lang")
        self.said += [facts[name] or "" for name in SHOWN if name in facts]
        if tag in ("script", "style", "code", "pre", "kbd") or (tag == "td" and facts.get("lang") == "en"):
            self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.said.append(data)

    def untold(self) -> list[str]:
        """What did not pass through the catalogue: no part of it stands between the marks."""
        said, shorter = "", "\n".join(self.said)
        while said != shorter:
            said, shorter = shorter, re.sub(r"⟦[^⟦⟧]*⟧", "", shorter)
        return [word for word in re.findall(r"[A-Za-zäöüß]{2,}", said) if word not in NAMES]


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is translated stands between marks."""
    catalogue = trans_real.translation("de")
    plain, plural, within = catalogue.gettext, catalogue.ngettext, catalogue.pgettext
    monkeypatch.setattr(catalogue, "gettext", lambda said: f"⟦{plain(said)}⟧" if said else plain(said))
    monkeypatch.setattr(catalogue, "ngettext", lambda one, more, n: f"⟦{plural(one, more, n)}⟧")
    monkeypatch.setattr(catalogue, "pgettext", lambda context, said: f"⟦{within(context, said)}⟧")


def german(user: User | None = None) -> Client:
    client = Client(headers={"Accept-Language": "de-DE,de;q=0.9,en;q=0.5"})
    if user:
        client.force_login(user)
    return client


PAGES = [route for route in SITE if not route.startswith("api/") or route == "api/"]
TABS = ["history/?tab=pictures", "history/?tab=drawings", "history/?tab=pictures&answer=9999", "nowhere/"]


def test_no_page_has_words_that_were_not_translated(batch: Batch, marked: None) -> None:
    SitePolicy(sign_up=True).save()
    owner, nobody = german(batch.owner), german()
    left = {}
    for route in [*PAGES, *TABS]:
        client = nobody if route.startswith(("sign-", "password/forgotten", "password/new")) else owner
        answer = client.get(f"/{route}" if "?" in route else named(route, batch))
        if answer.get("Content-Type", "").startswith("text/html") and answer.status_code not in (302, 405):
            page = Words(answer.content.decode())
            assert page.language in ("de", None), route  # a part of a page has none
            left[route] = page.untold()
    assert len(left) > 25
    assert {route: words for route, words in left.items() if words} == {}


QUEUES = {queue.name for queue in settings.CELERY_TASK_QUEUES}


def test_no_list_of_the_admin_has_words_that_were_not_translated(batch: Batch, admin: User, marked: None) -> None:
    User.objects.filter(pk=admin.pk).update(username="0", email="0@1.2")
    client = german(User.objects.get(pk=admin.pk))
    names = ["batch", "image", "prediction", "review", "modelversion", "trainingrun", "secondlook", "sitepolicy"]
    left = {}
    for path in ["", "workers/", *(f"webapp/{name}/" for name in names)]:
        words = Words(client.get(f"/admin/{path}", follow=True).content.decode()).untold()
        left[path] = set(words) - QUEUES - {"Axes", "Search", "empty"}  # a package's name, Django's picture, a code
    assert {path: words for path, words in left.items() if words} == {}


@pytest.mark.django_db
def test_a_page_speaks_the_language_that_the_browser_asks_for() -> None:
    answer = german().get("/sign-in/")
    assert "Anmelden" in answer.content.decode()
    assert answer["Content-Language"] == "de"
    assert Words(Client(headers={"Accept-Language": "fr"}).get("/sign-in/").content.decode()).language == "en"


@pytest.mark.django_db
def test_the_language_chosen_at_the_foot_stays_and_leads_back() -> None:
    client = Client()
    answer = client.post("/language/", {"language": "de", "next": "/sign-in/?next=/draw/"})
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=/draw/")
    assert Words(client.get("/sign-in/").content.decode()).language == "de"
    elsewhere = client.post("/language/", {"language": "en", "next": "https://example.org/"})
    assert elsewhere["Location"] == "/"


def test_a_decimal_comma_is_for_people_and_a_point_for_programs(batch: Batch) -> None:
    with translation.override("de"):
        assert (rate(1234.0), rate(1.5), share(0.9876)) == (
            "1.234 Bilder in der Sekunde",
            "1,5 Bilder in der Sekunde",
            "98,76%",
        )
    client = german(batch.owner)
    page = client.get(batch.get_absolute_url()).content.decode()
    assert "99,5 %" in page
    assert 'value="0.995"' in page
    rows = b"".join(client.get(f"/batches/{batch.pk}/answers.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert rows.startswith("\ufefffile,text,value,state,reason,confidence")
    assert ",0.9" in rows
    assert "This file is empty." in rows, "what is taken away is the same in every language"


def test_mail_comes_in_the_language_it_was_asked_for_in(batch: Batch, mailoutbox: list) -> None:
    german(batch.owner).post("/account/", {"email": "alice@example.org", "mail_when_done": "on"})
    Batch.objects.get(pk=batch.pk).tell_owner()
    assert mailoutbox[0].subject == "„100“ ist gelesen"
    assert "Ihr Stapel „100“ ist fertig" in mailoutbox[0].body


def test_the_site_speaks_english_and_german() -> None:
    assert dict(settings.LANGUAGES) == {"en": "English", "de": "Deutsch"}
