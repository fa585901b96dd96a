"""The browser that tests, benchmarks and the docs' pictures drive: the machine's own Chromium, without a screen."""

import os
import shutil

from playwright.sync_api import Browser, Playwright

EXECUTABLE = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
FLAGS += " --disable-component-update --disable-sync"


def launched(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=EXECUTABLE, args=FLAGS.split())
