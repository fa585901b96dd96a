"""Every setting of the site, and the only place that reads the environment (docs/running.md lists what it reads)."""

import warnings
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from botocore.config import Config
from csp.constants import NONE, SELF
from kombu import Exchange, Queue

from webapp.environment import Environment, kept_secret, private_folder

env = Environment()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = private_folder(Path(env("VAR_DIR", default=str(BASE_DIR / "var"))))

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", default="") or kept_secret(VAR_DIR / "secret_key")
# Where `manage.py up` listens; gunicorn in a container is told by its own command.
HOST = env("HOST", default="127.0.0.1")
PORT = env.port("PORT", default=8000)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS = env.bool("HTTPS", default=False)

INSTALLED_APPS = [
    "webapp.apps.WebappConfig",
    "webapp.apps.DigitsAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "django_celery_beat",
]
MIDDLEWARE = [
    "webapp.middleware.CompressionMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "webapp.middleware.HeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "webapp.middleware.TokenMiddleware",
    # In this order: who may not send anything is turned away before a byte of it is read.
    "webapp.middleware.SignInMiddleware",
    "webapp.middleware.LimitsMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "webapp.urls"
WSGI_APPLICATION = "webapp.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database: SQLite on one machine, PostgreSQL on many -----------------------------------------------------------
DATABASE: dict[str, Any] = env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}")
DATABASES = {"default": DATABASE}
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    # A transaction that starts by reading and then writes fails at once, whatever the timeout, when another process
    # wrote in between: IMMEDIATE takes the write lock first, so that waiting is always possible.
    DATABASE["OPTIONS"] = {
        "timeout": 30,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=134217728;",
    }
else:
    DATABASE.setdefault("CONN_MAX_AGE", 60)
    DATABASE["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Files: a folder on one machine, S3-compatible storage on many -------------------------------------------------
STORAGE_URL = env.address("STORAGE_URL", ("s3",), "storage", "s3://key:secret@host:port/bucket")


def storage_backend(url: str) -> dict[str, Any]:
    """`s3://key:secret@host:port/bucket` (add `?tls=0` inside a private network), or a folder when empty."""
    if not url:
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(VAR_DIR / "media"), "file_permissions_mode": 0o600, "allow_overwrite": True},
        }
    parts = urlsplit(url)
    scheme = "http" if "tls=0" in parts.query else "https"
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "access_key": unquote(parts.username or ""),
            "secret_key": unquote(parts.password or ""),
            "endpoint_url": f"{scheme}://{parts.hostname}:{parts.port or (80 if scheme == 'http' else 443)}",
            "bucket_name": parts.path.strip("/"),
            "default_acl": None,
            "file_overwrite": True,
            # Well within a lease: storage that swallows packets must not use up the pictures' attempts.
            "client_config": Config(
                connect_timeout=3,
                read_timeout=15,
                retries={"max_attempts": 2},
                signature_version="s3v4",
                s3={"addressing_style": "path"},
            ),
        },
    }


STORAGES = {
    "default": storage_backend(STORAGE_URL),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "static-collected"
# One machine serves its static files straight from the source folders; containers collect them at build.
WHITENOISE_USE_FINDERS = not STATIC_ROOT.exists()
if WHITENOISE_USE_FINDERS:
    warnings.filterwarnings("ignore", "No directory at", UserWarning)
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

# --- What a person may hand in -------------------------------------------------------------------------------------
MAX_FILE_BYTES = env.int("MAX_FILE_BYTES", default=40 * 1024 * 1024)
MAX_ARCHIVE_BYTES = env.int("MAX_ARCHIVE_BYTES", default=500 * 1024 * 1024)
# What a zip may unpack to in all.
MAX_UNPACKED_BYTES = env.int("MAX_UNPACKED_BYTES", default=2 * 1024**3)
MAX_FILES_PER_BATCH = env.int("MAX_FILES_PER_BATCH", default=20_000)
MAX_FILES_PER_REQUEST = env.int("MAX_FILES_PER_REQUEST", default=5_000)  # one plain form, without JavaScript
MAX_REQUEST_BYTES = env.int("MAX_REQUEST_BYTES", default=2 * 1024**3)
# What one person may have stored, and have waiting to be read.
QUOTA_BYTES = env.int("QUOTA_BYTES", default=20 * 1024**3)
QUOTA_WAITING = env.int("QUOTA_WAITING", default=200_000)
FILE_UPLOAD_HANDLERS = ["webapp.upload_handler.LimitingUploadHandler"]
DATA_UPLOAD_MAX_NUMBER_FILES = MAX_FILES_PER_REQUEST + 1  # the handler stops there and says why
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
# How many requests that change something one person (or address, where nobody has signed in) may send, by view: so many
# in so many seconds. They are counted in the queue server; without it nobody is turned away.
RATE_LIMITS = {
    "login": (20, 60),
    "admin:login": (20, 60),
    "password_reset": (5, 300),
    "sign-up": (5, 300),
    "home": (60, 60),
    "sample": (60, 60),
    "open-batch": (60, 60),
    "add-pictures": (60, 60),
    "api:list_batches": (60, 60),  # the address at which a program also hands in
    "add-images": (1_800, 60),
    "api:add_images": (1_800, 60),
    "draw": (120, 60),
    "*": (600, 60),
}

# --- The queue -----------------------------------------------------------------------------------------------------
REDIS_URL = env.address(
    "REDIS_URL",
    ("redis", "rediss", "redis+socket"),
    "queue server",
    "redis://:password@host:6379/0",
    default=f"redis+socket://{VAR_DIR / 'valkey.sock'}",
)
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL.replace("redis+socket://", "unix://", 1),
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    },
}
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_QUEUES = [
    # Each its own exchange: with the default one, a message for any of them would reach all.
    Queue(name, Exchange(name), routing_key=name)
    for name in ("interactive", "bulk", "quarantine", "training", "maintenance")
]
CELERY_TASK_DEFAULT_QUEUE = "maintenance"
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_ROUTES = {
    "read.*": {"queue": "bulk"},
    "train.*": {"queue": "training"},
    "maintain.*": {"queue": "maintenance"},
}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True  # the database holds what came out
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False  # True loses what was running
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Above the hard time limit: a message is given to another worker only when its first one cannot be alive.
    "visibility_timeout": 600,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "queue_order_strategy": "priority",  # in the order named with -Q: interactive before bulk
    "socket_timeout": 10,
    "socket_connect_timeout": 3,
    "socket_keepalive": True,
    "retry_on_timeout": True,
    # A request must not hang when the queue is away: the sweeper sends again what could not be sent.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_TIMEZONE = "UTC"

# How long a worker may stay silent about a picture before another may take it. It renews between pictures.
LEASE_SECONDS = env.float("LEASE_SECONDS", default=60)
MAX_ATTEMPTS = 3
# How long something waits before the sweeper says "look" again, and how often the sweeper comes by.
RESEND_SECONDS = env.float("RESEND_SECONDS", default=30)
SWEEP_SECONDS = env.float("SWEEP_SECONDS", default=15)

# --- Learning ------------------------------------------------------------------------------------------------------
# Pages and predictions go first: the trainer is nice to them and takes no more cores than these.
TRAINING_THREADS = env.int("TRAINING_THREADS", default=2)
TRAINING_NICENESS = env.int("TRAINING_NICENESS", default=10)
# A training that takes longer is ended, and counts as an attempt.
TRAINING_MINUTES = env.int("TRAINING_MINUTES", default=240)

SHIPPED_MODELS_DIR = BASE_DIR / "recognizer" / "bundles" / "weights"
SHIPPED_CHAMPION = "sapling"

# --- People --------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "webapp.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
# Five wrong passwords lock this name out at this address: a stranger elsewhere cannot lock its owner out.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "webapp.visitor.address"
AXES_USERNAME_CALLABLE = "webapp.visitor.name_tried"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True  # who signed in when and where is nobody's business
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_VERBOSE = False
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
EMAIL_CONFIG = env.email("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 15  # else a mail server that says nothing is waited for without end
# Where the site is, for links in mail that no request asked for.
SITE_URL = env.address("SITE_URL", ("http", "https"), "site", "https://digits.example.org")
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="digits@localhost")

# --- Browsers ------------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
CSRF_FAILURE_VIEW = "webapp.views.kept.stale"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000 if HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = env.bool("HSTS_SUBDOMAINS", default=False)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "en"
# As the browser asks, or as was chosen at the foot of a page.
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
FORMAT_MODULE_PATH = "webapp.formats"
TIME_ZONE = env.time_zone("TIME_ZONE", default="UTC")
USE_TZ = True

# --- Logs: one line an event, to standard error --------------------------------------------------------------------
LOG_PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]
LOG_LEVEL = env.one_of("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), default="INFO")
LOG_RENDERER = (
    structlog.processors.JSONRenderer()
    if env.bool("LOG_JSON", default=False)
    else structlog.dev.ConsoleRenderer(colors=False)
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": LOG_PROCESSORS,
            "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, LOG_RENDERER],
        },
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "axes": {"level": "WARNING"},
        "django.server": {"handlers": ["stderr"], "propagate": False},
    },
}
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *LOG_PROCESSORS,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
