"""Direction is law: who may load what, looked at in fresh processes."""

import subprocess
import sys

import pytest

FORBIDDEN = {"tensorflow", "keras", "ai_edge_litert", "cv2", "recognizer", "worker"}


def loaded_after(code: str) -> set[str]:
    code += "\nimport sys; print('\\n'.join({name.partition('.')[0] for name in sys.modules}))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(answer.stdout.split())


def test_the_web_loads_neither_models_nor_pictures() -> None:
    code = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "webapp.settings"
from webapp.wsgi import application
from django.urls import get_resolver
get_resolver().url_patterns
import webapp.admin"""
    assert not loaded_after(code) & FORBIDDEN


def test_a_prediction_worker_runs_without_tensorflow() -> None:
    assert not loaded_after("import worker.celery, worker.loaded") & {"tensorflow", "keras"}


@pytest.mark.parametrize("module", ["recognizer.reader", "recognizer.files", "recognizer.bundles"])
def test_reading_needs_no_framework(module: str) -> None:
    assert not loaded_after(f"import {module}") & {"django", "celery", "tensorflow", "keras"}
