"""Take the pictures of README and docs anew, from the real site with a real worker: `make screenshots`.

What they show is MNIST's digits inked onto paper made here; nobody's own pictures.
"""

import secrets
from pathlib import Path

import cv2
import numpy as np

from benchmarks import chromium, stack  # before Django: it sets the environment that the settings come from

# isort: split
import django
from django.core.management import call_command
from playwright.sync_api import Page, sync_playwright

django.setup()

from docs.paper import on_paper  # noqa: E402
from recognizer.learning.mnist import load_mnist  # noqa: E402
from webapp.models import User  # noqa: E402

IMAGES = Path(__file__).resolve().parent / "images"
PASSWORD = secrets.token_urlsafe(9)


def main() -> None:
    stack.start_valkey()
    call_command("migrate", verbosity=0)
    call_command("register_models", verbosity=0)
    User.objects.create_superuser("alice", password=PASSWORD)
    stack.start_worker("interactive,bulk", 2)
    site = stack.start_web()
    with sync_playwright() as playwright:
        browser = chromium.launched(playwright)
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        page.set_default_timeout(30_000)
        take_all(page, site, pictures(stack.VAR_DIR / "pictures"))
        browser.close()


def take_all(page: Page, site: str, files: list[Path]) -> None:
    page.goto(site)
    page.get_by_label("Username").fill("alice")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector("#pictures")
    take(page, "hand-in")
    page.get_by_label("Name of this batch").fill("Meter readings, May")
    page.locator("#pictures").set_input_files(files)
    page.get_by_role("button", name="Read them").click()
    page.get_by_text("Done.").wait_for()
    take(page, "batch")
    page.emulate_media(color_scheme="dark")
    take(page, "batch-dark")
    page.emulate_media(color_scheme="light")
    page.locator(".card .picture").nth(1).click()
    take(page, "picture")


def take(page: Page, name: str) -> None:
    while not page.evaluate("[...document.images].every(i => i.complete || i.getBoundingClientRect().y > innerHeight)"):
        page.wait_for_timeout(100)
    page.wait_for_timeout(500)  # what moves comes to rest
    page.screenshot(path=IMAGES / f"{name}.png")
    print(IMAGES / f"{name}.png")


def pictures(folder: Path) -> list[Path]:
    """Twenty-four meter readings of one to five digits, and one file that is no picture."""
    folder.mkdir()
    images = load_mnist().train.images
    randomness = np.random.default_rng(7)
    for i in range(24):
        chosen = images[randomness.integers(0, len(images), randomness.integers(1, 6))]
        cv2.imwrite(str(folder / f"meter-{i + 1:02}.png"), on_paper(list(chosen), randomness))
    (folder / "readme.png").write_text("This is a text.")
    return sorted(folder.iterdir())


if __name__ == "__main__":
    main()
