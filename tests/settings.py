"""The site's own settings, read in the environment of a test run, which must stand before they are."""

from tests import environment  # noqa: F401 (first: it makes the folder, the queue and the database)
from webapp.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one takes half a second a sign-in
WHITENOISE_AUTOREFRESH = True  # else every client of a test lists all static files first
