"""Which model reads, who decided it, and how it is undone."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from webapp.faults import coded
from webapp.models import ModelVersion, SitePolicy, TrainingRun, User
from webapp.models.model_version import CannotPromote

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_admin(admin: User) -> Client:
    client = Client()
    client.force_login(admin)
    return client


def version(name: str) -> ModelVersion:
    return ModelVersion.objects.get(shipped_as=name)


def reading() -> str:
    champion = ModelVersion.objects.champion()
    assert champion
    return champion.shipped_as or str(champion.number)


@pytest.fixture
def third(champion: None) -> ModelVersion:
    parent = version("sapling")
    return ModelVersion.objects.create(number=3, architecture="sapling", sha256="3" * 64, parent=parent)


def test_the_models_that_ship_are_the_first_two_versions(champion: None) -> None:
    assert list(ModelVersion.objects.order_by("number").values_list("shipped_as", "state")) == [
        ("seed", "candidate"),
        ("sapling", "champion"),
    ]
    assert all(size > 10_000 for size in ModelVersion.objects.values_list("size", flat=True))


def test_there_is_one_champion_by_constraint(champion: None) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.filter(shipped_as="seed").update(state="champion")


def test_rolling_back_goes_one_champion_back_each_time(third: ModelVersion, admin: User) -> None:
    version("seed").promote(admin)
    third.promote(admin)
    assert ModelVersion.roll_back(admin).shipped_as == "seed"
    assert ModelVersion.roll_back(admin).shipped_as == "sapling"
    with pytest.raises(CannotPromote):
        ModelVersion.roll_back(admin)
    assert reading() == "sapling"


def test_every_change_says_who_when_and_why(third: ModelVersion, admin: User) -> None:
    third.promote(admin, [coded("promoted_by_hand")])
    ModelVersion.roll_back(admin)
    (rise,) = third.changes.all()
    assert (rise.by, rise.before, rise.why) == (admin, version("sapling"), "Promoted by hand.")
    back = version("sapling").changes.last()
    assert (back.action, back.by, back.before) == ("rollback", admin, third)


def test_a_start_does_not_undo_a_rollback(champion: None, admin: User) -> None:
    version("seed").promote(admin)
    call_command("register_models", verbosity=0)
    assert reading() == "seed"


def test_a_newer_shipped_model_goes_through_the_gate_where_people_taught_the_champion(third: ModelVersion) -> None:
    third.promote()
    ModelVersion.objects.filter(shipped_as="sapling").update(sha256="0" * 64)  # an upgrade brings other files
    call_command("register_models", verbosity=0)
    assert reading() == "3"
    run = TrainingRun.objects.get()
    assert (run.why, run.method, run.version.shipped_as) == ("shipped", "judge", "sapling")


def test_the_champion_cannot_be_retired(champion: None, admin: User) -> None:
    with pytest.raises(CannotPromote):
        version("sapling").retire(admin)
    version("seed").retire(admin)
    assert version("seed").state == "retired"


def post(client: Client, action: str, *versions: ModelVersion) -> str:
    data = {"action": action, "_selected_action": [one.pk for one in versions]}
    answer = client.post(reverse("admin:webapp_modelversion_changelist"), data, follow=True)
    return answer.content.decode()


def test_staff_promote_roll_back_retire_and_compare(third: ModelVersion, as_admin: Client) -> None:
    assert "reads from now on" in post(as_admin, "promote", third)
    assert reading() == "3"
    as_admin.post(reverse("admin:webapp_modelversion_roll_back"))
    assert reading() == "sapling"
    post(as_admin, "retire", third)
    third.refresh_from_db()
    assert third.state == "retired"
    page = post(as_admin, "compare", version("seed"), version("sapling"))
    assert "right on MNIST&#x27;s test digits" in page
    assert "99.36%" in page


def test_two_versions_cannot_be_promoted_at_once(third: ModelVersion, as_admin: Client) -> None:
    assert "Choose one version" in post(as_admin, "promote", third, version("seed"))
    assert reading() == "sapling"


def test_staff_start_watch_and_cancel_a_run(champion: None, as_admin: Client, admin: User) -> None:
    for _ in range(10):
        answer = as_admin.post(reverse("admin:webapp_trainingrun_start"))
    run = TrainingRun.objects.get()
    assert run.asked_by == admin
    page = as_admin.get(answer["Location"]).content.decode()
    assert "Waiting" in page
    as_admin.post(reverse("admin:webapp_trainingrun_cancel", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == "cancelled"


def test_the_live_view_follows_the_epochs(champion: None, as_admin: Client) -> None:
    history = [{"loss": 0.5, "val_loss": 0.4, "accuracy": 0.8, "val_accuracy": 0.9, "seconds": 60.0}]
    run = TrainingRun.objects.create(
        slot="x", why="person", state="running", step="learn", config={"epochs": 8}, history=history
    )
    curves = as_admin.get(reverse("admin:webapp_trainingrun_curves", args=[run.pk])).json()
    assert curves["open"] is True
    assert (curves["epochs"], curves["val_loss"]) == ([1], [0.4])
    part = as_admin.get(run.get_absolute_url(), headers={"HX-Request": "true"}).content.decode()
    assert "1 of at most 8 epochs" in part
    assert "<html" not in part
    assert run.seconds_left == 60.0 * 8


def test_the_policy_is_one_row_that_staff_edit(champion: None, as_admin: Client) -> None:
    answer = as_admin.get(reverse("admin:webapp_sitepolicy_changelist"), follow=True)
    assert "promotion" in answer.content.decode()
    data = {"acceptance_precision": "0.99", "promotion": "ask", "fewest_corrections": "30"}
    as_admin.post(answer.redirect_chain[-1][0], data)
    assert (SitePolicy.current().promotion, SitePolicy.current().fewest_corrections) == ("ask", 30)


def test_who_may_not_operate_starts_and_promotes_nothing(champion: None, as_alice: Client, alice: User) -> None:
    alice.is_staff = True
    alice.save()
    for name in ("trainingrun_start", "modelversion_roll_back"):
        assert as_alice.post(reverse(f"admin:webapp_{name}")).status_code == 403
    assert not TrainingRun.objects.exists()


def test_what_was_taught_from_a_model_that_shipped_has_the_one_of_this_release_for_its_origin(
    third: ModelVersion,
) -> None:
    ModelVersion.objects.filter(pk=third.pk).update(parent=version("sapling"))
    ModelVersion.objects.filter(shipped_as="sapling").update(sha256="0" * 64)  # an upgrade brings other files
    call_command("register_models", verbosity=0)
    latest = ModelVersion.objects.order_by("number").last()
    assert latest is not None
    assert (latest.shipped_as, latest.number) == ("sapling", third.number + 1)
    third.refresh_from_db()
    assert third.origin == latest.origin == latest
