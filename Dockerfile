# Three images from one file: `web` without models, `worker` with LiteRT, `trainer` with TensorFlow.
ARG PYTHON_VERSION=3.12

FROM python:${PYTHON_VERSION}-slim AS base
ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    VAR_DIR=/var/lib/digits
RUN useradd --uid 10001 --home-dir /app --shell /usr/sbin/nologin digits \
    && install --directory --owner=digits --mode=0700 "$VAR_DIR"
WORKDIR /app


FROM base AS web
COPY requirements/web.txt requirements/
RUN pip install --require-hashes --requirement requirements/web.txt
COPY manage.py ./
COPY webapp webapp
# The folder must stand before: that it stands is how the settings know that static files are collected.
# The key is thrown away with this command.
RUN mkdir static-collected \
    && SECRET_KEY=only-for-collecting VAR_DIR=/tmp/collecting python manage.py collectstatic --no-input --verbosity 0 \
    && rm -rf /tmp/collecting
USER digits
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as web; web.urlopen(web.Request('http://127.0.0.1:8000/healthz', headers={'Host': 'localhost'}), timeout=4)"]
CMD ["gunicorn", "webapp.wsgi", "--config", "python:webapp.server", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--preload", "--no-control-socket", "--worker-tmp-dir", "/dev/shm", "--graceful-timeout", "20"]


FROM base AS worker
COPY requirements/worker.txt requirements/
RUN pip install --require-hashes --requirement requirements/worker.txt
COPY manage.py ./
COPY webapp webapp
COPY recognizer recognizer
COPY worker worker
USER digits
# Which queues it serves is said where it is run; a process for each core is Celery's own default.
ENTRYPOINT ["python", "-m", "celery", "-A", "worker"]
CMD ["worker", "-Q", "interactive,bulk", "-n", "prediction@%h", "-P", "prefork", "-O", "fair", "-l", "INFO", "--without-gossip", "--without-mingle"]


FROM base AS trainer
COPY requirements/trainer.txt requirements/
RUN pip install --require-hashes --requirement requirements/trainer.txt
COPY manage.py ./
COPY webapp webapp
COPY recognizer recognizer
COPY worker worker
USER digits
# Training needs MNIST. Fetched and verified here, so that a running trainer asks nobody.
RUN python -m recognizer fetch
ENTRYPOINT ["python", "-m", "celery", "-A", "worker"]
CMD ["worker", "-Q", "training", "-n", "training@%h", "-c", "1", "--max-tasks-per-child=1", "-P", "prefork", "-O", "fair", "-l", "INFO", "--without-gossip", "--without-mingle"]
