"""Staff's front page and groups; what each table's list does is looked at in test_pages."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from tests.webapp.test_batch import a_prediction
from webapp import jobs
from webapp.models import Batch, Image, ModelVersion, RereadingOrder, TrainingRun, User

pytestmark = pytest.mark.django_db
HandIn = Callable[..., Batch]


def staff(group: str) -> Client:
    user = User.objects.create_user(group, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client


def test_the_front_page_tells_how_the_site_is_doing(
    admin: User, alice: User, hand_in: HandIn, champion: None, empty_queue: Callable[[], None]
) -> None:
    empty_queue()
    batch = hand_in(alice, count=3)
    jobs.send(jobs.READ_IMAGES, [[1], [2]], jobs.BULK)
    last = batch.images.last()
    Image.objects.all().fail(Image.objects.claim([last.pk]), [last.pk], "empty")
    client = Client()
    client.force_login(admin)
    answer = client.get("/admin/")
    said = answer.context
    assert said["queues"]["bulk"] == 2
    assert (said["today"]["batches"], said["today"]["pictures"], said["today"]["failed"]) == (1, 3, 1)
    assert [(one["error_code"], one["count"]) for one in said["failures"]] == [("empty", 1)]
    assert said["waiting_since"]
    page = answer.content.decode()
    assert "sapling" in page
    assert "This file is empty." in page
    assert "No worker has been heard of" in page


def test_what_failed_alike_is_counted_together_and_found_by_its_code(
    admin: User, alice: User, hand_in: HandIn, champion: None
) -> None:
    images = list(hand_in(alice, count=4).images.order_by("pk"))
    for image, width in zip(images, (9000, 9500, 9900), strict=False):
        values = {"width": width, "height": 8000, "most": 50}
        Image.objects.fail(Image.objects.claim([image.pk]), [image.pk], "too_many_pixels", **values)
    Image.objects.fail(Image.objects.claim([images[3].pk]), [images[3].pk], "empty")
    client = Client()
    client.force_login(admin)
    failures = client.get("/admin/").context["failures"]
    assert [(one["error_code"], one["count"]) for one in failures] == [("too_many_pixels", 3), ("empty", 1)]
    found = client.get("/admin/webapp/image/?error_code=too_many_pixels").content.decode()
    assert found.count("the limit is 50 megapixels.") == 3 + 1  # each picture's own, and the filter's
    assert "This picture is 9,500 × 8,000 pixels" in found
    page = client.get(f"/admin/webapp/image/{images[0].pk}/change/").content.decode()
    assert "This picture is 9,000 × 8,000 pixels" in page
    assert "{&quot;width&quot;" not in page


@pytest.mark.parametrize("group", ["Operator", "Administrator"])
def test_whoever_gives_rights_that_have_no_effect_is_told_so(
    admin_client: Client, alice: User, bob: User, group: str
) -> None:
    def saved(user: User, **fields: object) -> str:
        address = reverse("admin:webapp_user_change", args=[user.pk])
        form = {"username": user.username, "is_active": "on"} | fields
        return admin_client.post(address, form, follow=True).content.decode()

    chosen, reviewers = Group.objects.get(name=group), Group.objects.get(name="Reviewer")
    warning = f"“alice” is in the group {group}, but cannot enter the admin"
    for button in ("_save", "_continue"):
        page = saved(alice, groups=[chosen.pk, reviewers.pk], **{button: "1"})
        assert page.count(warning) == 1
        assert f"/{alice.pk}/change/#id_is_staff" in page
    assert warning in admin_client.get(reverse("admin:webapp_user_change", args=[alice.pk])).content.decode()
    assert "cannot enter" not in saved(alice, groups=[chosen.pk], is_staff="on")
    assert "cannot enter" not in saved(bob, groups=[reviewers.pk])


def test_an_operator_steers_batches_and_sees_no_people(alice: User, hand_in: HandIn) -> None:
    batch, operator = hand_in(alice), staff("Operator")
    operator.post(reverse("admin:webapp_batch_changelist"), {"action": "cancel", "_selected_action": [batch.pk]})
    batch.refresh_from_db()
    assert batch.cancelled_at
    for table in ("webapp_user", "auth_group"):
        assert operator.get(reverse(f"admin:{table}_changelist")).status_code == 403
    assert operator.get(reverse("admin:django_celery_beat_periodictask_add")).status_code == 200
    assert operator.get(reverse("admin:webapp_batch_delete", args=[batch.pk])).status_code == 403


def test_an_operator_assigns_batches_and_has_them_read_again(
    alice: User, bob: User, champion: None, hand_in: HandIn
) -> None:
    batch, operator = hand_in(alice, count=2), staff("Operator")
    lists = reverse("admin:webapp_batch_changelist")
    chosen = {"action": "assign", "_selected_action": [batch.pk]}
    operator.post(lists, chosen | {"reviewer": bob.pk})
    batch.refresh_from_db()
    assert batch.reviewer is None, "bob is no reviewer yet"
    bob.groups.add(Group.objects.get(name="Reviewer"))
    operator.post(lists, chosen | {"reviewer": bob.pk})
    batch.refresh_from_db()
    assert batch.reviewer == bob
    operator.post(lists, chosen | {"reviewer": ""})
    batch.refresh_from_db()
    assert batch.reviewer is None

    for image in batch.images.all():
        Image.objects.record(Image.objects.claim([image.pk]), [a_prediction(image, 0.9)])
    again = {"action": "read_again", "_selected_action": [batch.pk]}
    assert "read again: 0." in operator.post(lists, again, follow=True).content.decode(), "the champion has read it"
    ModelVersion.objects.get(shipped_as="seed").promote()
    assert "read again: 1." in operator.post(lists, again, follow=True).content.decode()
    assert RereadingOrder.objects.get().batch == batch


def test_a_reviewer_has_no_rights_in_the_admin() -> None:
    assert not Permission.objects.filter(group__name="Reviewer").exists()
    assert staff("Reviewer").get(reverse("admin:webapp_batch_changelist")).status_code == 403


def test_an_administrator_may_do_all_that_the_admin_offers(alice: User) -> None:
    administrator = staff("Administrator")
    for table in ("webapp_user", "auth_group", "webapp_batch", "webapp_image", "django_celery_beat_periodictask"):
        assert administrator.get(reverse(f"admin:{table}_changelist")).status_code == 200
    assert administrator.post(reverse("admin:webapp_user_delete", args=[alice.pk]), {"post": "yes"}).status_code == 302


def test_answers_can_be_taken_away_from_the_lists(admin: User, alice: User, hand_in: HandIn, champion: None) -> None:
    batch = hand_in(alice, count=1)
    image = batch.images.get()
    Image.objects.record(Image.objects.claim([image.pk]), [a_prediction(image)])
    client = Client()
    client.force_login(admin)
    for table, row in (("batch", batch), ("image", image)):
        chosen = {"action": "export", "_selected_action": [row.pk]}
        answer = client.post(reverse(f"admin:webapp_{table}_changelist"), chosen)
        assert b"digit-0.png,7" in b"".join(answer)


def test_a_training_by_no_known_method_is_not_begun(admin_client: Client) -> None:
    assert admin_client.post("/admin/webapp/trainingrun/start/", {"method": "nonsense"}).status_code == 400
    assert not TrainingRun.objects.exists()
