"""Many machines share pictures through S3-compatible storage: a real one, and a worker that knows nothing else."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import numpy as np
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.storage import default_storage

from recognizer.learning.mnist import Digits
from tests.conftest import Processes, png, wait_until
from webapp.models import Batch, User
from webapp.settings import storage_backend

WEED = Path(sys.executable).with_name("weed")


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


@pytest.fixture(scope="module")
def storage_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("seaweedfs")
    master, volume, filer, s3 = [p for p in free_ports(40) if p < 55_000][:4]  # it adds 10,000 for its gRPC ports
    keys = {"accessKey": "key", "secretKey": "se/cret"}
    config = folder / "s3.json"
    config.write_text(json.dumps({"identities": [{"name": "digits", "credentials": [keys], "actions": ["Admin"]}]}))
    words = f"server -dir={folder} -ip=127.0.0.1 -ip.bind=127.0.0.1 -master.port={master} -volume.port={volume}"
    words += f" -filer.port={filer} -s3 -s3.port={s3} -s3.config={config} -volume.max=4 -master.volumeSizeLimitMB=32"
    words += " -s3.port.iceberg=0 -s3.port.lance=0"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([WEED, *words.split()], stdout=log, stderr=log)
    client = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{s3}",
        aws_access_key_id=keys["accessKey"],
        aws_secret_access_key=keys["secretKey"],
    )

    def has_bucket() -> bool:
        try:
            client.create_bucket(Bucket="digits")
        except (BotoCoreError, ClientError):
            return False
        return True

    try:
        wait_until(has_bucket)
        yield f"s3://key:se%2Fcret@127.0.0.1:{s3}/digits?tls=0"
    finally:
        process.kill()
        process.wait()


def test_a_batch_is_read_through_object_storage(
    processes: Processes,
    champion: None,
    alice: User,
    hand_in: Callable[..., Batch],
    digits: Digits,
    settings: object,
    storage_url: str,
    tmp_path: Path,
) -> None:
    settings.STORAGES = settings.STORAGES | {"default": storage_backend(storage_url)}  # type: ignore[attr-defined]
    processes.worker("interactive,bulk", "reader", STORAGE_URL=storage_url, VAR_DIR=str(tmp_path))
    noise = np.random.default_rng(1).normal(128, 30, (400, 400)).clip(0, 255).astype(np.uint8)  # too large for a row
    batch = hand_in(alice, files=[("digit.png", png(digits.images[0])), ("noise.png", png(noise))])

    def done() -> bool:
        batch.refresh_from_db()
        return batch.is_done

    wait_until(done)
    assert batch.read_count == 2
    image = batch.images.last()
    assert default_storage.open(image.copy_key).read(4) == b"RIFF"
    assert not os.path.exists(tmp_path / "media")
    batch.delete()
    assert not default_storage.exists(image.key)
    assert not default_storage.exists(image.copy_key)
