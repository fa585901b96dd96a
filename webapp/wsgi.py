import gc
import os

from django.core.wsgi import get_wsgi_application

from webapp.checks import refuse_unsafe_start
from webapp.text import in_utf8

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")

refuse_unsafe_start()
application = in_utf8(get_wsgi_application())
# What is loaded here is kept for good. Unless the collector passes it over, a process that ends walks through all of
# it, and one that was forked copies every page on the way: 0.4 to 0.9 seconds, most of what stopping may take.
gc.freeze()
