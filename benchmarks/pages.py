"""How quick the pages stay when one person has a million pictures, beside the same with ten thousand.

    python -m benchmarks.pages [--small 10000] [--large 1000000] [--rounds 20]
    TEST_DATABASE=postgresql python -m benchmarks.pages

Rows are made by the database itself, as the site would have left them: batches of a thousand, one model for the oldest
tenth and another for the rest, a few failed, blank, corrected and doubtful ones. Every page is asked for in turn,
through all of Django but the network; p95 in milliseconds at both sizes, their ratio, p95 of the processor's time (with
SQLite all there is to do; of PostgreSQL's own part it knows nothing), and how many questions the database was asked.
On a machine that others use, ratios in one run and the processor's time count; what a clock shows does not.
"""

import argparse
import time
from collections.abc import Callable

from benchmarks import stack  # before Django: it sets the environment that the settings come from

# isort: split
import django
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

django.setup()

from webapp.models import Batch, Image, ModelVersion, User  # noqa: E402

A_BATCH = 1000
GLYPHS = b"\x89PNG" + bytes(300)  # about what a strip of one glyph has
COPY = b"\x89PNG" + bytes(500)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--small", type=int, default=10_000)
    options.add_argument("--large", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=20)
    args = options.parse_args()

    stack.start_valkey()
    call_command("migrate", verbosity=0)
    call_command("register_models", verbosity=0)
    people = {name: filled(name, count) for name, count in (("small", args.small), ("large", args.large))}
    settle()
    print(f"{connection.vendor}: {args.small:,} and {args.large:,} pictures of one person, {args.rounds} rounds")
    print(f"{'page':34} {'p95 small':>10} {'p95 large':>10} {'ratio':>6} {'processor':>10} {'questions':>9}")
    for page in PAGES:
        small, _, _ = measured(people["small"], page, args.rounds)
        large, worked, questions = measured(people["large"], page, args.rounds)
        shown = f"{small:8.1f}ms {large:8.1f}ms {large / small:6.1f} {worked:8.1f}ms"
        print(f"{page:34} {shown} {questions:9}", flush=True)


def filled(name: str, count: int) -> User:
    """Somebody with so many pictures."""
    user = User.objects.create_user(name, f"{name}@example.org", "x", is_staff=True, is_superuser=True)
    old, new = ModelVersion.objects.order_by("number")[:2]
    first = Batch.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    batches = [
        Batch(owner=user, name=f"Batch {i}", expected=A_BATCH, image_count=A_BATCH, read_count=A_BATCH, sealed=True)
        for i in range(count // A_BATCH)
    ]
    Batch.objects.bulk_create(batches, batch_size=500)
    base = Image.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    with connection.cursor() as cursor:
        for statement in (IMAGES, PREDICTIONS, CURRENT, REVIEWS, REVIEWED):
            values = {
                "owner": user.pk, "count": count, "base": base, "first": first + 1, "old": old.pk, "new": new.pk,
                "tenth": count // 10, "glyphs": GLYPHS, "copy": COPY,
            }  # fmt: skip
            cursor.execute(in_dialect(statement), values)
    return user


def settle() -> None:
    """What a database does by itself after a while."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def in_dialect(statement: str) -> str:
    """Statements are SQLite's; PostgreSQL counts and tells the time in its own way."""
    if connection.vendor == "sqlite":
        return statement
    count = "numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < %(count)s)"
    statement = statement.replace(count, "numbers AS (SELECT generate_series(0, %(count)s - 1) AS n)")
    ago = "datetime('now', '-' || (%(count)s - n) || ' seconds')"
    statement = statement.replace(ago, "now() - (%(count)s - n) * interval '1 second'")
    statement = statement.replace("lower(hex(randomblob(32)))", "md5(random()::text) || md5(random()::text)")
    key = "CAST(printf('scan-%%09d.png', n) AS BLOB)"
    statement = statement.replace(key, "convert_to('scan-' || to_char(n, 'FM000000000') || '.png', 'UTF8')")
    return statement.replace("datetime('now')", "now()")


# Of every thousand one has failed, one is blank, ten are corrected and forty more are doubtful.
IMAGES = """
WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < %(count)s)
INSERT INTO webapp_image (state, attempts, waiting_since, resend_at, error_code, error_values, "index", name, name_key,
    file, sha256, size, created_at, batch_id, owner_id, search_text, sort_value, outcome, confidence, model_version_id,
    hints, broken_rule)
SELECT CASE WHEN n %% 1000 = 17 THEN 'failed' ELSE 'read' END, 1, datetime('now'), datetime('now'),
    CASE WHEN n %% 1000 = 17 THEN 'empty' ELSE '' END, '{}', n %% 1000, 'scan-' || n || '.png',
    CAST(printf('scan-%%09d.png', n) AS BLOB), 'originals/' || n, lower(hex(randomblob(32))), 500,
    datetime('now', '-' || (%(count)s - n) || ' seconds'), %(first)s + n / 1000, %(owner)s,
    CASE WHEN n %% 1000 = 17 THEN '' ELSE CAST((n %% 10000 * 7919) %% 10000 AS text) END,
    CASE WHEN n %% 1000 <> 17 THEN (n %% 10000 * 7919) %% 10000 END,
    CASE WHEN n %% 1000 = 17 THEN '' WHEN n %% 1000 = 18 THEN 'blank' ELSE 'read' END,
    CASE WHEN n %% 20 = 3 THEN 0.6 ELSE 0.999 END,
    CASE WHEN n %% 1000 = 17 THEN NULL WHEN n < %(tenth)s THEN %(old)s ELSE %(new)s END, '{}',
    ''
FROM numbers"""
PREDICTIONS = """
INSERT INTO webapp_prediction (image_id, model_version_id, hints, text, confidence, outcome, digits, lines, notes,
    glyphs, copy, milliseconds, created_at, width, height)
SELECT id, model_version_id, '{}', search_text, confidence, outcome, '[]', '[]', '[]', %(glyphs)s, %(copy)s, 1,
    created_at, 28, 28
FROM webapp_image WHERE owner_id = %(owner)s AND state = 'read'"""
CURRENT = """
UPDATE webapp_image SET prediction_id = (SELECT id FROM webapp_prediction p WHERE p.image_id = webapp_image.id)
WHERE owner_id = %(owner)s AND state = 'read'"""
REVIEWS = """
INSERT INTO webapp_review (image_id, reviewer_id, verdict, text, model_said, sampled, created_at, prediction_id, beside)
SELECT id, %(owner)s, 'text', '4711', search_text, 'doubtful', created_at, prediction_id, FALSE
FROM webapp_image WHERE owner_id = %(owner)s AND state = 'read' AND "index" %% 100 = 3"""
REVIEWED = """
UPDATE webapp_image SET search_text = '4711', sort_value = 4711,
    review_id = (SELECT id FROM webapp_review r WHERE r.image_id = webapp_image.id)
WHERE owner_id = %(owner)s AND state = 'read' AND "index" %% 100 = 3"""


def last_page(client: Client, user: User) -> str:
    oldest = Image.objects.filter(owner=user).order_by("created_at")[60]
    return f"/history/?tab=pictures&before={oldest.created_at.isoformat().replace('+', '%2B')}_{oldest.pk}"


def newest(user: User) -> int:
    filled = Batch.objects.filter(owner=user, image_count=A_BATCH)
    return filled.order_by("-pk").values_list("pk", flat=True)[0]


def opened(user: User) -> int:
    """A batch of 50 that waits for its files, which others have, too."""
    return Batch.objects.create(owner=user, name="Once more", expected=50).pk


def doubtful(user: User) -> int:
    return Image.objects.filter(batch=newest(user)).doubtful().values_list("pk", flat=True)[0]


Address = Callable[[Client, User], str]
PAGES: dict[str, Address] = {
    "hand in": lambda client, user: "/",
    "batch": lambda client, user: f"/batches/{newest(user)}/",
    "batch, by file name": lambda client, user: f"/batches/{newest(user)}/?sort=name",
    "batch, by answer": lambda client, user: f"/batches/{newest(user)}/?sort=answer",
    "handing in 50 files": lambda client, user: f"/batches/{opened(user)}/images/",
    "what to review": lambda client, user: "/review/",
    "review": lambda client, user: f"/batches/{newest(user)}/review/",
    "review, saving an answer": lambda client, user: f"/images/{doubtful(user)}/review/",
    "review grid": lambda client, user: f"/batches/{newest(user)}/review/grid/",
    "history": lambda client, user: "/history/",
    "history, batches by name": lambda client, user: "/history/?name=77",
    "drawings": lambda client, user: "/history/?tab=drawings",
    "pictures": lambda client, user: "/history/?tab=pictures",
    "pictures, last page": last_page,
    "pictures, of one day": lambda client, user: "/history/?tab=pictures&until=2026-01-01",
    "pictures, failed": lambda client, user: "/history/?tab=pictures&outcome=failed",
    "pictures, blank": lambda client, user: "/history/?tab=pictures&outcome=blank",
    "pictures, checked": lambda client, user: "/history/?tab=pictures&reviewed=yes",
    "pictures, of the older model": lambda client, user: "/history/?tab=pictures&model=1",
    "pictures, of one batch": lambda client, user: f"/history/?tab=pictures&batch={newest(user)}",
    "search: an answer often there": lambda client, user: "/history/?tab=pictures&answer=42",
    "search: an answer never there": lambda client, user: "/history/?tab=pictures&answer=99999",
    "search: a value never there": lambda client, user: "/history/?tab=pictures&answer=4711.5",
    "search: a range never there": lambda client, user: "/history/?tab=pictures&answer=10000..20000",
    "search: a name never there": lambda client, user: "/history/?tab=pictures&name=kitchen",
    "account": lambda client, user: "/account/",
    "admin, front page": lambda client, user: "/admin/",
    "admin, batches": lambda client, user: "/admin/webapp/batch/",
    "admin, pictures": lambda client, user: "/admin/webapp/image/",
    "admin, predictions": lambda client, user: "/admin/webapp/prediction/",
    "admin, reviews": lambda client, user: "/admin/webapp/review/",
    "admin, watching the models": lambda client, user: "/admin/webapp/modelversion/watching/",
    "API, batches": lambda client, user: "/api/batches",
}


SENT: dict[str, Callable[[], dict[str, object]]] = {
    "review, saving an answer": lambda: {"text": "7"},
    "handing in 50 files": lambda: {f"file-{i}": SimpleUploadedFile(f"{i}.png", b"%d" % i * 500) for i in range(50)},
}


def measured(user: User, page: str, rounds: int) -> tuple[float, float, int]:
    """The 95th percentile in milliseconds, by the clock and of the processor's time, and the most questions asked."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    took, worked, questions = [], [], 0
    for _ in range(rounds + 2):
        address = PAGES[page](client, user)
        with CaptureQueriesContext(connection) as asked:
            start, began = time.perf_counter(), time.process_time()
            if page in SENT:
                answer = client.post(address, SENT[page](), headers={"X-Requested-With": "fetch"})
            else:
                answer = client.get(address)
            took.append(1000 * (time.perf_counter() - start))
            worked.append(1000 * (time.process_time() - began))
        assert answer.status_code == 200, (page, answer.status_code)
        questions = max(questions, len(asked))
    return p95(took[2:]), p95(worked[2:]), questions  # the first two warm up


def p95(times: list[float]) -> float:
    return sorted(times)[int(0.95 * len(times)) - 1]


if __name__ == "__main__":
    main()
