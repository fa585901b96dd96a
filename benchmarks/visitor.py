"""Somebody who hands pictures in from outside, over HTTP. For benchmarks/chaos.py."""

import http.cookiejar
import io
import re
import secrets
import urllib.error
import urllib.request

from benchmarks.besieged import wait

Picture = tuple[str, bytes]


class Visitor:
    """Somebody with a browser, signed in."""

    def __init__(self, port: int, name: str, password: str) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.token = ""
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        wait(self.is_there, 60)
        self.post("/sign-in/", {"username": name, "password": password})

    def is_there(self) -> bool:
        try:
            return bool(self.opener.open(f"{self.address}/healthz", timeout=5).status == 200)
        except OSError:
            return False

    def post(self, path: str, fields: dict[str, str], files: list[Picture] = []) -> tuple[int, str]:  # noqa: B006
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)', self.get("/sign-in/") or self.get("/account/"))
        self.token = token[1] if token else self.token
        boundary, body = secrets.token_hex(), io.BytesIO()
        for name, value in {"csrfmiddlewaretoken": self.token, **fields}.items():
            body.write(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
        for name, data in files:
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="pictures"; filename="{name}"\r\n'
            body.write(f"{head}Content-Type: image/png\r\n\r\n".encode() + data + b"\r\n")
        body.write(f"--{boundary}--\r\n".encode())
        form = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Referer": self.address}
        return self.ask(urllib.request.Request(self.address + path, body.getvalue(), form))

    def get(self, path: str) -> str:
        return self.ask(urllib.request.Request(self.address + path))[1]

    def ask(self, request: urllib.request.Request) -> tuple[int, str]:
        try:
            with self.opener.open(request, timeout=90) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def hand_in(self, files: list[Picture]) -> tuple[int, str]:
        """201 where it led to the batch's page."""
        status, page = self.post("/", {"name": "Visit"}, files)
        return (201 if status == 200 and "Visit" in page else status), page
