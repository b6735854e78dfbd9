"""A hub of data sets on 127.0.0.1, as much of one as pushing and loading need."""

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha1, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "hf_planted0token0of0the0tests"
REV = "a" * 40


class Hub:
    """What the server holds, and every request it saw.

    Set `refuse` to (method, part of the path, status) to answer so, or `breaks_at` to a part of the path at
    which the connection is dropped.
    """

    def __init__(self) -> None:
        self.repos: dict[str, dict[str, Any]] = {}
        self.blobs: dict[str, bytes] = {}
        self.requests: list[tuple[str, str, bytes]] = []
        self.commits = 0
        self.refuse: tuple[str, str, int] | None = None
        self.breaks_at: str | None = None
        self.url = ""

    def files(self, repo: str) -> dict[str, bytes]:
        return self.repos[repo]["files"]

    def entry(self, repo: str, path: str) -> dict[str, Any]:
        data = self.files(repo)[path]
        entry = {"type": "file", "path": path, "size": len(data), "oid": sha1(data).hexdigest()}
        if path.endswith(".parquet"):
            entry["lfs"] = {"oid": sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}
        return entry

    def info(self, repo: str) -> dict[str, Any]:
        return {
            "_id": "0" * 24,
            "id": repo,
            "sha": REV,
            "private": self.repos[repo]["private"],
            "tags": [],
            "downloads": 0,
            "likes": 0,
            "siblings": [{"rfilename": path} for path in self.files(repo)],
        }


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *_: Any) -> None:
        pass

    def answer(self, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body))} | (headers or {})
        for name, text in headers.items():
            self.send_header(name, text)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_any(self) -> None:
        hub = self.hub
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        hub.requests.append((self.command, self.path, body))
        if hub.breaks_at and hub.breaks_at in path:
            self.close_connection = True
            self.connection.close()
            return
        if hub.refuse and self.command == hub.refuse[0] and hub.refuse[1] in path:
            self.answer({"error": "not for you"}, hub.refuse[2])
            return
        if self.headers.get("Authorization") not in (f"Bearer {TOKEN}", None) or (
            self.command == "POST"
            and "paths-info" not in path
            and not self.headers.get("Authorization")
            and "lfs" not in path
        ):
            self.answer({"error": "Invalid credentials"}, 401)
            return
        self.route(path, parse_qs(parts.query), body)

    do_GET = do_POST = do_PUT = do_HEAD = handle_any

    def route(self, path: str, query: dict[str, list[str]], body: bytes) -> None:
        hub = self.hub
        if path == "/api/repos/create":
            asked = json.loads(body)
            repo = f"{asked.get('organization') or 'me'}/{asked['name']}"
            if repo in hub.repos:
                self.answer({"error": "exists", "url": f"{hub.url}/datasets/{repo}"}, 409)
            else:
                # huggingface_hub 1 says private, 2 says visibility.
                is_private = bool(asked.get("private")) or asked.get("visibility") == "private"
                hub.repos[repo] = {"files": {}, "private": is_private}
                self.answer({"url": f"{hub.url}/datasets/{repo}", "name": repo})
        elif path == "/api/validate-yaml":
            unknown = "license: not-a-licence" in json.loads(body)["content"]
            errors = [{"message": '"license" must be one of [apache-2.0, mit]'}] if unknown else []
            self.answer({"errors": errors, "warnings": []}, 400 if errors else 200)
        elif path.startswith("/blob/") and self.command == "PUT":
            hub.blobs[path.removeprefix("/blob/")] = body
            self.answer({})
        elif path == "/verify":
            self.answer({})
        elif found := re.fullmatch(r"/datasets/([^/]+/[^/]+)\.git/info/lfs/objects/batch", path):
            self.answer(
                {"transfer": "basic", "objects": [self.place(one) for one in json.loads(body)["objects"]]}
            )
        elif found := re.fullmatch(
            r"/(?:api/)?datasets/([^/]+/[^/]+)(?:/([a-z-]+)(?:/([^/]+)(?:/(.*))?)?)?", path
        ):
            repo, what, _, rest = found.groups()
            if repo not in hub.repos:
                self.answer({"error": "Repository not found"}, 404, {"X-Error-Code": "RepoNotFound"})
            else:
                self.repo(repo, what, rest or "", query, body)
        else:
            self.answer({"error": f"no such address {path}"}, 404)

    def place(self, one: dict[str, Any]) -> dict[str, Any]:
        upload = {"href": f"{self.hub.url}/blob/{one['oid']}"}
        return {**one, "actions": {"upload": upload, "verify": {"href": f"{self.hub.url}/verify"}}}

    def repo(self, repo: str, what: str | None, rest: str, query: dict[str, list[str]], body: bytes) -> None:
        hub = self.hub
        files = hub.files(repo)
        if what in (None, "revision"):
            self.answer(hub.info(repo))
        elif what == "preupload":
            self.answer({"files": [self.mode(one) for one in json.loads(body)["files"]]})
        elif what == "commit":
            self.commit(repo, body)
        elif what == "tree":
            self.tree(repo, rest, recursive=query.get("recursive", ["false"])[0].lower() in ("true", "1"))
        elif what == "paths-info":
            asked = parse_qs(body.decode()).get("paths") or json.loads(body or b"{}").get("paths", [])
            self.answer([hub.entry(repo, path) for path in asked if path in files])
        elif what == "resolve" and rest in files:
            data = files[rest]
            tag = sha256(data).hexdigest()
            headers = {"ETag": f'"{tag}"', "X-Repo-Commit": REV, "Accept-Ranges": "bytes"}
            wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
            if wanted:
                start, end = int(wanted[1]), int(wanted[2] or len(data) - 1)
                headers["Content-Range"] = f"bytes {start}-{min(end, len(data) - 1)}/{len(data)}"
                self.answer(data[start : end + 1], 206, headers)
            else:
                self.answer(data, 200, {**headers, "Content-Type": "application/octet-stream"})
        else:
            self.answer({"error": f"no {what} {rest}"}, 404, {"X-Error-Code": "EntryNotFound"})

    def mode(self, one: dict[str, Any]) -> dict[str, Any]:
        mode = "lfs" if one["path"].endswith(".parquet") else "regular"
        return {"path": one["path"], "uploadMode": mode, "shouldIgnore": False}

    def commit(self, repo: str, body: bytes) -> None:
        files = self.hub.files(repo)
        for line in body.splitlines():
            entry = json.loads(line)
            value = entry["value"]
            if entry["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif entry["key"] == "lfsFile":
                files[value["path"]] = self.hub.blobs[value["oid"]]
            elif entry["key"] == "deletedFile":
                del files[value["path"]]
        self.hub.commits += 1
        url = f"{self.hub.url}/datasets/{repo}/commit/{REV}"
        self.answer({"success": True, "commitOid": REV, "commitUrl": url})

    def tree(self, repo: str, under: str, *, recursive: bool) -> None:
        start = f"{under}/" if under else ""
        inside = [path for path in sorted(self.hub.files(repo)) if path.startswith(start)]
        if not inside and under:
            self.answer({"error": "no such folder"}, 404, {"X-Error-Code": "EntryNotFound"})
            return
        folders = sorted(
            {start + path[len(start) :].split("/")[0] for path in inside if "/" in path[len(start) :]}
        )
        shown = inside if recursive else [path for path in inside if "/" not in path[len(start) :]]
        made = [{"type": "directory", "path": path, "size": 0, "oid": "b" * 40} for path in folders]
        self.answer([*made, *(self.hub.entry(repo, path) for path in shown)])


@contextmanager
def serving() -> Iterator[Hub]:
    """A hub, until the block ends."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("OfThisHub", (Handler,), {"hub": hub}))
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
