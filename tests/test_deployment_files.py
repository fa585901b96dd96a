"""What container hosts are told, held against the code it is about."""

import re
import subprocess
from typing import Any

import pytest
import yaml
from django.conf import settings

from tests.environment import ROOT
from webapp.supervision import machine

TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
ONE_SHOT = {"migrate"}


def queues(words: str) -> list[str]:
    return [queue for names in re.findall(r"-Q (\S+)", words) for queue in names.split(",")]


def test_every_queue_is_served_in_containers_and_on_one_machine() -> None:
    wanted = sorted(queue.name for queue in settings.CELERY_TASK_QUEUES)
    assert sorted(queue for service in SERVICES.values() for queue in queues(str(service.get("command")))) == wanted
    assert sorted(queue for program in machine.crew() for queue in queues(" ".join(program.command))) == wanted


def test_workers_have_names_of_their_own_and_their_health_checks_ask_for_those() -> None:
    named = {name: re.findall(r"-n (\w+)@%h", str(service.get("command"))) for name, service in SERVICES.items()}
    workers = {name: found[0] for name, found in named.items() if found}
    assert len(set(workers.values())) == len(workers) == 4
    assert {name: SERVICES[name]["environment"]["NODE"] for name in workers} == workers


def test_only_the_front_is_reached_from_outside_and_only_the_web_believes_it() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"front"}
    assert "--site web:8000" in SERVICES["front"]["command"]
    assert SERVICES["web"]["environment"]["BEHIND_PROXY"] == "true"
    others = {service["environment"].get("BEHIND_PROXY") for name, service in SERVICES.items() if name != "web"}
    assert others <= {None, "${BEHIND_PROXY:-false}"}


def test_exactly_one_beat() -> None:
    assert [name for name, service in SERVICES.items() if str(service.get("command")).startswith("beat")] == ["beat"]


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - ONE_SHOT))
def test_every_lasting_service_is_restarted_and_waits_for_what_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    for needed, condition in service.get("depends_on", {}).items():
        checked = "healthcheck" in SERVICES[needed] if needed not in ONE_SHOT else True
        assert checked
        assert condition["condition"] in {"service_healthy", "service_completed_successfully"}


def test_no_secret_has_a_default_and_every_variable_is_explained() -> None:
    used = dict(re.findall(r"\$\{([A-Z0-9_]+)(:[?-])?", TEXT))
    secret = {name for name in used if re.search("SECRET|PASSWORD", name)}
    assert len(secret) == 4
    assert {name for name in secret if used[name] != ":?"} == set()
    example = (ROOT / ".env.example").read_text()
    assert set(used) == set(re.findall(r"^#?([A-Z0-9_]+)=", example, re.M))
    assert {name for name, mark in used.items() if mark == ":?"} == set(re.findall(r"^([A-Z0-9_]+)=$", example, re.M))


def test_every_setting_given_to_the_site_is_one_it_reads() -> None:
    read = set(re.findall(r"""env(?:\.\w+)?\(\s*"([A-Z_]+)""", (ROOT / "webapp" / "settings.py").read_text()))
    assert COMPOSE["x-site"]["environment"].keys() <= read


def test_every_volume_is_declared_and_used() -> None:
    used = {volume.partition(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])


def test_every_image_is_built_from_a_target_that_exists_and_runs_without_root() -> None:
    targets = {service["build"]["target"] for service in SERVICES.values() if "build" in service}
    assert targets == {"web", "worker", "trainer"}
    for target in targets:
        stage = DOCKERFILE.partition(f"FROM base AS {target}\n")[2].partition("\nFROM ")[0]
        assert "--require-hashes" in stage
        assert f"requirements/{target}.txt" in stage
        assert "USER digits" in stage


def test_what_images_copy_is_let_through_and_nothing_else_is() -> None:
    copied = {path.split("/")[0] for path in re.findall(r"^COPY (\S+)", DOCKERFILE, re.M)}
    ignored = (ROOT / ".dockerignore").read_text().split("\n")
    assert "*" in ignored
    assert {line[1:] for line in ignored if line.startswith("!")} == copied


@pytest.mark.parametrize(("kind", "heavy"), [("web", {"tensorflow", "tensorflow-cpu", "ai-edge-litert", "numpy"})])
def test_the_web_image_carries_no_models(kind: str, heavy: set[str]) -> None:
    pinned = re.findall(r"^([\w.-]+)==", (ROOT / "requirements" / f"{kind}.txt").read_text(), re.M)
    assert "django" in pinned
    assert not heavy & set(pinned)


def test_the_ci_script_is_sound() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", script], check=True)
    assert "make test" in script.read_text()
