"""Somebody who is signed in at the demonstration that `scripts/demo` runs."""

import os
import time

import requests

AT = os.environ["PROVISO_AT"]
PASSWORD = "try proviso today"


class Caller:
    """Asks as one person; whatever is refused ends the program with what the service says."""

    def __init__(self, name, password=PASSWORD):
        self.http = requests.Session()
        self.http.headers["Origin"] = AT
        self.session = self.post("/v1/session", json={"email": f"{name}@example.com", "password": password})
        self.cookie = f"proviso={self.http.cookies['proviso']}"

    def get(self, path):
        return self.told(self.http.get(AT + path))

    def post(self, path, **sent):
        return self.told(self.http.post(AT + path, **sent))

    def put(self, path, **sent):
        return self.told(self.http.put(AT + path, **sent))

    def told(self, answer):
        return self.believed(answer).json()

    def believed(self, answer):
        if not answer.ok:
            raise SystemExit(f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}")
        return answer

    def file(self, path, kind="*/*"):
        """An answer as it is, and not as JSON."""
        return self.believed(self.http.get(AT + path, headers={"Accept": kind})).content

    def pages(self, path):
        found, cursor = [], ""
        while cursor is not None:
            page = self.get(f"{path}?limit=200{cursor}")
            found += page["items"]
            cursor = f"&cursor={page['next_cursor']}" if page.get("next_cursor") else None
        return found

    def token(self, name, **more):
        asked = {"name": name, "scopes": ["read", "file", "work", "administer"], "expires_at": in_days(30)} | more
        return self.post("/v1/tokens", json=asked)


def in_days(days):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + days * 86_400))
