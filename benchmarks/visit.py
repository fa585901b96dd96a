"""The site as a browser meets it: a first visit in steps, every page's weight and accessibility, many files.

    python -m benchmarks.visit [--many 5000] [--shots FOLDER]

The real site, a real worker and Chromium. The first visit goes from the sign-in page to a corrected spreadsheet, with
the sample that the empty page offers. For each step: what the machine took, and what a person new to the page needs by
the keystroke-level model (Card, Moran and Newell, "The keystroke-level model for user performance time with interactive
systems", Communications of the ACM 23, 1980): 1.35 s to take in what to do next, 1.1 s to point, 0.2 s to click, 0.28 s
a key, 0.4 s from mouse to keyboard.

Then every page, narrow and wide, light and dark: what axe-core finds, whether it is wider than the window, errors in
the console, and its weight as sent, without pictures. --shots keeps a picture of each.

Last, many files handed in at once: the longest task that held the page, beside that of fifty files.
"""

import argparse
import gzip
import itertools
import os
import re
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks import chromium, stack  # before Django: it sets the environment that the settings come from

# isort: split
import django
import openpyxl
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps a loop beside this one thread
django.setup()

import cv2  # noqa: E402

from benchmarks.addresses import SIGNED_OUT, every_page  # noqa: E402
from docs.sample import sheets  # noqa: E402
from recognizer.learning.mnist import load_mnist  # noqa: E402
from webapp.models import Batch, Image, User  # noqa: E402

PASSWORD = secrets.token_urlsafe(9)
TAKE_IN, POINT, CLICK, KEY, TO_KEYBOARD = 1.35, 1.1, 0.2, 0.28, 0.4
WINDOWS = {"wide": (1280, 900), "narrow": (360, 740), "widest": (1920, 1080)}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--many", type=int, default=5000, help="files chosen at once; 0 for none")
    options.add_argument("--shots", type=Path, help="a folder for a picture of every page")
    options.add_argument("--language", default="en", help="of the walk")
    args = options.parse_args()

    stack.start_valkey()
    call_command("migrate", verbosity=0)
    call_command("register_models", verbosity=0)
    User.objects.create_superuser("alice", email="alice@example.org", password=PASSWORD)
    stack.start_worker("interactive,bulk", 2)
    site = stack.start_web()
    with sync_playwright() as playwright:
        browser = chromium.launched(playwright)
        page = window(browser, "wide", "light", "en")
        first_visit(page, site)
        walk(browser, page, site, args.shots, args.language)
        if args.many:
            many_files(page, site, args.many)
        browser.close()


def window(browser: Browser, width: str, scheme: str, language: str, state: object = None) -> Page:
    across, down = WINDOWS[width]
    context = browser.new_context(
        viewport={"width": across, "height": down}, color_scheme=scheme, locale=language, storage_state=state
    )
    context.set_default_timeout(120_000)
    return context.new_page()


class Person:
    """What somebody does with mouse and keyboard, and how long it takes them by the keystroke-level model."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.hands = 0.0
        self.on_keyboard = False
        self.steps: list[tuple[str, float, float]] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.hands, begun = 0.0, time.perf_counter()
        yield
        self.steps.append((name, time.perf_counter() - begun, self.hands))
        print(f"{name:44} {self.steps[-1][1]:7.2f} s {self.hands:8.1f} s", flush=True)

    def click(self, role: str, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role(role, name=name).first.click()
        self.hands += TAKE_IN + POINT + CLICK
        self.on_keyboard = False

    def type(self, text: str, into: str | None = None) -> None:
        if into:
            self.page.get_by_label(into).fill(text)
            self.hands += TAKE_IN + POINT + CLICK
            self.on_keyboard = False
        else:
            self.page.keyboard.type(text)
        self.to_keyboard(len(text))

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.to_keyboard(1)

    def to_keyboard(self, keys: int) -> None:
        self.hands += keys * KEY + (0 if self.on_keyboard else TO_KEYBOARD)
        self.on_keyboard = True

    def look(self) -> None:
        self.hands += TAKE_IN


ANOTHER = "shown => document.querySelector('form.review:not([hidden])')?.dataset.pk !== shown"


def first_visit(page: Page, site: str) -> None:
    written = {name: text for name, text, _ in sheets()}
    person = Person(page)
    print(f"{'first visit':44} {'machine':>9} {'person':>10}")
    with person.step("the sign-in page comes"):
        page.goto(site)
    with person.step("sign in"):
        person.type("alice", into="Username")
        person.type(PASSWORD, into="Password")
        person.press("Enter")
        expect(page.get_by_role("button", name="Read the sample")).to_be_visible()
    with person.step("have the sample read (24 pictures)"):
        person.click("button", "Read the sample")
        expect(page.get_by_text("Done.")).to_be_visible()
        person.look()
    checked = corrected = 0
    with person.step("check what is doubtful"):
        person.click("button", re.compile(r"^Check \d"))
        page.wait_for_load_state()  # nobody is quicker than the page's script
        while page.get_by_role("textbox").count():
            shown = page.locator("form.review:visible").get_attribute("data-pk")
            field = page.get_by_role("textbox")
            text, said = written[page.locator(".sheet-name:visible").inner_text().split(" · ")[0]], field.input_value()
            person.look()
            if text != said:
                field.select_text()
                person.type(text or "b")
                corrected += 1
            if text or not said:
                person.press("Enter")
            checked += 1
            page.wait_for_function(ANOTHER, arg=shown)
    with person.step("back to the batch"):
        person.click("button", "Back to the batch")
        expect(page.locator(".card").first).to_be_visible()
    with person.step("correct on its card what was accepted wrongly"):
        for card in page.locator(".card").all():
            text = written[card.locator(".name").inner_text().strip()]
            person.look()
            if text and card.locator(".answer .digits").all_inner_texts() != [text]:
                card.get_by_role("textbox").select_text()
                person.type(text)
                person.press("Enter")
                page.wait_for_load_state("networkidle")
                corrected += 1
    with person.step("take the spreadsheet"):
        with page.expect_download() as coming:
            person.click("button", "Take answers away")
            person.click("link", "Excel")
        kept = stack.VAR_DIR / "taken.xlsx"
        coming.value.save_as(kept)
    rows = list(openpyxl.load_workbook(kept).active.iter_rows(values_only=True))
    head = [str(cell).lower() for cell in rows[0]]
    taken = {row[head.index("file")]: row[head.index("text")] or "" for row in rows[1:]}
    right = sum(taken[name] == text for name, text in written.items())
    machine, hands = (sum(step[i] for step in person.steps) for i in (1, 2))
    print(f"{'together':44} {machine:7.2f} s {hands:8.1f} s   {machine + hands:.0f} s")
    print(f"{checked} checked, {corrected} corrected; {right} of {len(written)} rows are what is written\n", flush=True)


def walk(browser: Browser, page: Page, site: str, shots: Path | None, language: str) -> None:
    state = page.context.storage_state()
    Image.objects.filter(batch=Batch.objects.earliest("pk"), index__lt=8).update(confidence=0.5, review=None)
    print(f"{'page':28} {'kB sent':>8} {'axe: serious':>13} {'less':>5}  what is wrong")
    heaviest, serious_in_all = 0.0, 0
    windows = list(itertools.product(WINDOWS, ("light", "dark")))
    for who, pages in ((state, dict(every_page(Batch.objects.earliest("pk")))), (None, SIGNED_OUT)):
        for name, address in pages.items():
            weight, found, wrong = 0.0, Counter[str](), []
            for width, scheme in windows:
                fresh = window(browser, width, scheme, language, who)  # nothing is in its cache
                said = Look(fresh, f"{site}{address}")
                weight = max(weight, said.weight)
                found |= said.found
                wrong += [f"{width} {scheme}: {line}" for line in said.wrong]
                if shots:
                    shots.mkdir(exist_ok=True)
                    fresh.screenshot(path=shots / f"{name}-{width}-{scheme}.png", full_page=width != "widest")
                fresh.context.close()
            serious = found["serious"] + found["critical"]
            heaviest, serious_in_all = max(heaviest, weight), serious_in_all + serious
            less = found["moderate"] + found["minor"]
            print(f"{name:28} {weight:8.1f} {serious:13} {less:5}  {'; '.join(wrong[:4])}", flush=True)
    print(f"heaviest {heaviest:.0f} kB, {serious_in_all} serious or critical findings in all\n", flush=True)


class Look:
    """One page opened in one window: what is wrong with it, and its weight in kB as sent, without pictures."""

    def __init__(self, page: Page, address: str) -> None:
        self.wrong: list[str] = []
        self.found: Counter[str] = Counter()
        came: list[Request] = []
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("requestfinished", lambda request: came.append(request))
        answer = page.goto(address, wait_until="networkidle")
        if answer is not None and answer.status != 404:  # that it is not there is what that page says
            self.wrong += said  # before axe, which tries inline styles
        self.weight = sum(weight(request) for request in came) / 1000
        for violation in Axe().run(page).response["violations"]:
            self.found[violation["impact"]] += len(violation["nodes"])
            self.wrong += [f"{violation['id']}: {node['html'][:90]}" for node in violation["nodes"][:2]]
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            self.wrong.append("wider than the window")


def weight(request: Request) -> int:
    if request.resource_type == "image":
        return 0
    sent = request.sizes()["responseBodySize"]
    answer = request.response()
    if answer is None or answer.status >= 300 or request.resource_type != "document":
        return sent
    page = answer.text()  # small pictures stand in it as they are
    return sent - len(gzip.compress(page.encode())) + len(gzip.compress(INLINE.sub("", page).encode()))


INLINE = re.compile(r"data:image/[^\"')]+")
LONG_TASKS = """() => { window.longest = 0;
    new PerformanceObserver(list => { for (const task of list.getEntries())
        window.longest = Math.max(window.longest, task.duration); }).observe({type: "longtask"}); }"""


def many_files(page: Page, site: str, count: int) -> None:
    folder = stack.VAR_DIR / "many"
    folder.mkdir()
    train = load_mnist().train
    for place in range(count):
        cv2.imwrite(str(folder / f"{place:05}.png"), train.images[place])
    files = sorted(folder.iterdir())
    print(f"{'files chosen at once':24} {'until all are sent':>18} {'longest task':>13} {'until all are read':>19}")
    for chosen in (files[:50], files):
        page.goto(site)
        page.locator("#pictures").set_input_files(chosen)  # the browser's own work, not the page's
        page.evaluate(LONG_TASKS)
        begun = time.perf_counter()
        page.get_by_role("button", name="Read them").click()
        longest = 0.0
        while "/batches/" not in page.url:
            with suppress(PlaywrightError):  # it has just gone on to the batch
                longest = max(longest, page.evaluate("window.longest || 0"))
            page.wait_for_timeout(50)
        uploaded = time.perf_counter() - begun
        page.get_by_text("Done.").wait_for()
        read = time.perf_counter() - begun
        print(f"{len(chosen):24,} {uploaded:16.1f} s {longest:10.0f} ms {read:17.1f} s", flush=True)


if __name__ == "__main__":
    main()
