"""An HTTP server that speaks enough of the Kubernetes API to go wrong like one.

Objects are kept with uid and resourceVersion; a watch replays what came after the version it is given, ends
when the server likes, and answers 410 where that version is too old.  Faults are asked for by tests:
``fail_next`` (a status for the next so many requests of a method), ``drop_watches`` (the connection is cut
within a line), ``lose_answers`` (done, but the connection is cut before it is said), ``compact`` (history is
forgotten, so that every watch is told 410).
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Admission = Callable[[dict[str, Any]], dict[str, Any]]


class ApiServer:
    """State shared by all connections; ``url`` is where it listens."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.history: list[tuple[int, str, dict[str, Any], str]] = []
        self.version = 100
        self.oldest = 0
        self.uids = 0
        self.changed = threading.Condition()
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.admission: Admission = lambda obj: obj
        self.known_fields: Callable[[dict[str, Any]], list[str]] = lambda _obj: []
        """Unknown fields of an object, by path: refused where validation is strict, else pruned in silence."""
        self.missing_kinds: set[str] = set()
        self.fail: dict[str, list[int]] = {}
        self.drop_watches = 0
        self.lose_answers = 0
        """To so many requests that make an object: it is made, and nobody is told."""
        self.watch_s = 5.0
        server = self

        class Handler(_Handler):
            api = server

        self._http = _Server(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self) -> None:
        with self.changed:
            self.watch_s = 0.0
            self.changed.notify_all()
        self._http.shutdown()
        self._http.server_close()

    # What a controller does: change an object, and everybody who watches hears of it.

    def store(self, path: str, obj: dict[str, Any], kind: str) -> dict[str, Any]:
        with self.changed:
            self.version += 1
            obj = deepcopy(obj)
            obj["metadata"]["resourceVersion"] = str(self.version)
            if kind == "DELETED":
                self.objects.pop(path, None)
            else:
                self.objects[path] = obj
            self.history.append((self.version, kind, deepcopy(obj), path))
            self.changed.notify_all()
            return deepcopy(obj)

    def patch(self, path: str, status: dict[str, Any], **spec: Any) -> None:
        """Set fields of the status, and of the spec."""
        with self.changed:
            obj = deepcopy(self.objects[path])
        obj.setdefault("status", {}).update(status)
        obj["spec"].update(spec)
        self.store(path, obj, "MODIFIED")

    def remove(self, path: str) -> None:
        with self.changed:
            obj = self.objects.get(path)
        if obj is not None:
            self.store(path, obj, "DELETED")

    def compact(self) -> None:
        """Forget what happened: whoever asks for more of it is told 410 Gone."""
        with self.changed:
            self.version += 1
            self.oldest = self.version
            self.history.clear()
            self.changed.notify_all()

    def fail_next(self, method: str, *statuses: int) -> None:
        self.fail.setdefault(method, []).extend(statuses)

    def made(self, method: str) -> list[str]:
        return [path for verb, path, _query in self.requests if verb == method]


@contextmanager
def serving() -> Iterator[ApiServer]:
    server = ApiServer()
    try:
        yield server
    finally:
        server.close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away in the middle of a watch is what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    api: ApiServer
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # a header and its body in one packet

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _begin(self) -> tuple[str, dict[str, str]]:
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        self.api.requests.append((self.command, parts.path, query))
        return parts.path, query

    def _body(self) -> dict[str, Any]:
        return json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")

    def _send(self, status: int, value: dict[str, Any]) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _refuse(self, status: int, reason: str, message: str) -> None:
        self._send(
            status,
            {
                "kind": "Status",
                "apiVersion": "v1",
                "status": "Failure",
                "code": status,
                "reason": reason,
                "message": message,
            },
        )

    def _failing(self) -> bool:
        planned = self.api.fail.get(self.command)
        if planned:
            status = planned.pop(0)
            if status == 0:
                self.close_connection = True
                self.connection.close()
            else:
                self._refuse(status, "Injected", f"injected {status}")
            return True
        return False

    def do_GET(self) -> None:
        path, query = self._begin()
        if query.get("watch") == "true":
            return self._watch(path, query)
        if self._failing():
            return None
        with self.api.changed:
            obj = self.api.objects.get(path)
            inside = [o for p, o in sorted(self.api.objects.items()) if p.rpartition("/")[0] == path]
            version = str(self.api.version)
        if obj is not None:
            return self._send(200, obj)
        if path.count("/") == 3 and path.startswith("/apis/"):
            return self._discover(path)
        if path.rpartition("/")[2] in _COLLECTIONS or path.rpartition("/")[2] == "namespaces":
            pairs = [pair.partition("=") for pair in query.get("labelSelector", "").split(",") if pair]
            keys = {key for key, _, _ in pairs}
            wanted = {key: value for key, sign, value in pairs if sign}
            items = [o for o in inside if _selected(o["metadata"].get("labels", {}), keys, wanted)]
            return self._send(200, {"kind": "List", "metadata": {"resourceVersion": version}, "items": items})
        return self._refuse(404, "NotFound", f'"{path.rpartition("/")[2]}" not found')

    def _discover(self, path: str) -> None:
        kinds = {
            "/apis/kubeflow.org/v1": "Profile",
            "/apis/ray.io/v1": "RayJob",
            "/apis/kueue.x-k8s.io/v1beta2": "LocalQueue",
        }
        kind = kinds.get(path)
        if kind is None or kind in self.api.missing_kinds:
            return self._refuse(404, "NotFound", "the server could not find the requested resource")
        return self._send(200, {"kind": "APIResourceList", "resources": [{"kind": kind}]})

    def do_POST(self) -> None:
        path, query = self._begin()
        body = self._body()
        if self._failing():
            return None
        full = f"{path}/{body['metadata']['name']}"
        unknown = self.api.known_fields(body)
        if unknown and query.get("fieldValidation") == "Strict":
            return self._refuse(
                400, "BadRequest", "strict decoding error: " + ", ".join(f'unknown field "{u}"' for u in unknown)
            )
        with self.api.changed:
            if full in self.api.objects:
                return self._refuse(409, "AlreadyExists", f'"{body["metadata"]["name"]}" already exists')
            self.api.uids += 1
            body["metadata"]["uid"] = f"uid-{self.api.uids}"
            body["metadata"]["generation"] = 1
        made = self.api.store(full, self.api.admission(body), "ADDED")
        if self.api.lose_answers > 0:
            self.api.lose_answers -= 1
            self.close_connection = True
            self.connection.close()
            return None
        return self._send(201, made)

    def do_PATCH(self) -> None:
        path, query = self._begin()
        body = self._body()
        if self._failing():
            return None
        if query.get("fieldManager") is None:
            return self._refuse(400, "BadRequest", "fieldManager is required for apply patch")
        if body["kind"] in self.api.missing_kinds:
            return self._refuse(404, "NotFound", "the server could not find the requested resource")
        namespace = path.split("/namespaces/")[1].split("/")[0] if "/namespaces/" in path else ""
        if (
            namespace
            and not path.endswith(f"/namespaces/{namespace}")
            and f"/api/v1/namespaces/{namespace}" not in self.api.objects
        ):
            return self._refuse(404, "NotFound", f'namespaces "{namespace}" not found')
        with self.api.changed:
            before = self.api.objects.get(path)
            if before is None:
                self.api.uids += 1
                body["metadata"]["uid"] = f"uid-{self.api.uids}"
                kind, obj = "ADDED", body
            else:
                kind, obj = "MODIFIED", _merged(before, body)
                if _bare(obj) == _bare(before):
                    return self._send(200, before)
        return self._send(200, self.api.store(path, obj, kind))

    def do_DELETE(self) -> None:
        path, _query = self._begin()
        options = self._body()
        if self._failing():
            return None
        with self.api.changed:
            obj = self.api.objects.get(path)
        if obj is None:
            return self._refuse(404, "NotFound", f'"{path.rpartition("/")[2]}" not found')
        uid = options.get("preconditions", {}).get("uid")
        if uid and uid != obj["metadata"]["uid"]:
            return self._refuse(409, "Conflict", f"the UID in the precondition ({uid}) does not match")
        self.api.remove(path)
        return self._send(200, {"kind": "Status", "status": "Success"})

    def _watch(self, path: str, query: dict[str, str]) -> None:
        name = query.get("fieldSelector", "").partition("=")[2]
        after = int(query["resourceVersion"])
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        end = time.monotonic() + min(self.api.watch_s, float(query.get("timeoutSeconds", 60)))
        while True:
            with self.api.changed:
                if after < self.api.oldest:
                    gone = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version"}
                    self._event("ERROR", gone)
                    break
                new = [e for e in self.api.history if e[0] > after and e[3] == f"{path}/{name}"]
                left = min(end, time.monotonic() + self.api.watch_s) - time.monotonic()
                if not new and left > 0:
                    self.api.changed.wait(left)
                    continue
            for version, kind, obj, _path in new:
                if self.api.drop_watches > 0:
                    self.api.drop_watches -= 1
                    self.wfile.write(b'40\r\n{"type": "MODIFIED", "obj')
                    self.wfile.flush()
                    self.close_connection = True
                    return
                if not self._event(kind, obj):
                    return
                after = version
            if not new:
                break
        self.wfile.write(b"0\r\n\r\n")

    def _event(self, kind: str, obj: dict[str, Any]) -> bool:
        line = json.dumps({"type": kind, "object": obj}).encode() + b"\n"
        try:
            self.wfile.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")
            self.wfile.flush()
        except OSError:
            return False
        return True


_COLLECTIONS = {"rayjobs", "pods", "resourcequotas", "roles", "rolebindings"}


def _merged(before: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """Server-side apply by one manager, in small: maps are merged, all else is replaced."""
    merged = dict(before)
    for key, value in body.items():
        there = merged.get(key)
        merged[key] = _merged(there, value) if isinstance(there, dict) and isinstance(value, dict) else deepcopy(value)
    return merged


def _bare(obj: dict[str, Any]) -> dict[str, Any]:
    metadata = {k: v for k, v in obj["metadata"].items() if k != "resourceVersion"}
    return {**obj, "metadata": metadata}


def _selected(labels: dict[str, str], keys: set[str], wanted: dict[str, str]) -> bool:
    return keys <= labels.keys() and wanted.items() <= labels.items()
