"""hosting/nginx.conf, served by a real nginx: headers, redirects, compression, caching, 404, nothing that is not meant for readers."""

from __future__ import annotations

import gzip
import http.client
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pytest
from pages import ROOT, frame_folder
from records import base, dispute, place, position, said

from kb.build import build
from kb.hosting import HEADERS

LONG = "a-former-id-" + "so-" * 60 + "long"
RECORDS = {
    "places/port": place(former_ids=["old-port", LONG], statements=[said(id, "said", id * 99) for id in "abc"]),
    "../changes/first": {"date": "2026-01-01", "summary": "S.", "added": ["port#a", "port#b", "port#c"]},
    "disputes/size": dispute(position("x", "port#a"), position("y", "port#a")),
}
EXTRA = {
    "404.html": "<!doctype html><title>Not found</title>", "assets/kb.css": "a{}" * 500, "assets/share.png": "\x89" * 900,
    ".git/config": "secret", "places/.hidden.json": "secret", ".well-known/security.txt": "Contact: c\n",
    "empty/x.txt": "x", "manifest.sha256": "# commit 1234567\n", "figures/size.csv": "a,b\n" * 200,
}  # fmt: skip


class Answer(NamedTuple):
    """What the server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Nginx:
    """A running nginx."""

    def __init__(self, port: int) -> None:
        self._port = port

    def get(self, path: str, **headers: str) -> Answer:
        """One request, not following redirects. The names of headers have underscores for hyphens."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return Answer(answer.status, dict(answer.getheaders()), body)


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """The committed configuration with another folder and port, and a small site that the build made."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    assert program, "these tests need nginx: run `make server`"
    folder = tmp_path_factory.mktemp("nginx")
    frame, docs = frame_folder(folder, {"": "# Home\n"})
    site = folder / "site"
    assert build(base(folder, RECORDS), frame, docs, site) == []
    for name, text in EXTRA.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text, encoding="latin-1")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    text = (ROOT / "hosting/nginx.conf").read_text(encoding="utf-8")
    assert text.count("/srv/sent-abroad") == 3 and text.count("listen 80;") == 1
    text = text.replace("/srv/sent-abroad", str(site)).replace("listen 80;", f"listen 127.0.0.1:{port};")
    (folder / "site.conf").write_text(text, encoding="utf-8")
    own = {"user": "root"} if os.geteuid() == 0 else {}
    places = {kind: folder / kind for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")}
    (folder / "nginx.conf").write_text(
        "".join(f"{key} {value};\n" for key, value in own.items())
        + f"pid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\nhttp {{\naccess_log off;\n"
        + "".join(f"{kind}_temp_path {path};\n" for kind, path in places.items())
        + f"include /etc/nginx/mime.types;\ndefault_type application/octet-stream;\ninclude {folder}/site.conf;\n}}\n",
        encoding="utf-8",
    )
    command = [program, "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    started = subprocess.run(command, capture_output=True, text=True, check=False)  # returns once it listens
    assert started.returncode == 0, started.stderr
    yield Nginx(port)
    subprocess.run([*command, "-s", "stop"], check=True)


@pytest.mark.parametrize(
    "path", ["/", "/places/port/", "/api/v1/statements.json", "/404-not-there", "/places/old-port/"]
)
def test_every_answer_has_the_headers_the_build_writes_for_other_hosts(nginx: Nginx, path: str) -> None:
    answer = nginx.get(path)
    wanted = {
        name: value
        for name, value in HEADERS["/*"].items()
        if name not in ("Cache-Control", "Strict-Transport-Security")
    }
    assert {name: answer.headers.get(name) for name in wanted} == wanted
    assert "Strict-Transport-Security" not in answer.headers  # the connection is not secure
    assert answer.headers["Server"] == "nginx"


def test_only_the_data_may_be_read_from_anywhere(nginx: Nginx) -> None:
    assert nginx.get("/api/v1/ids.json").headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in nginx.get("/places/port/").headers


@pytest.mark.parametrize("former", ["old-port", LONG])
def test_a_former_address_is_moved_for_good(nginx: Nginx, former: str) -> None:
    answer = nginx.get(f"/places/{former}/")
    assert (answer.status, answer.headers["Location"]) == (301, "/places/port/")


def test_an_address_without_its_slash_leads_to_the_page(nginx: Nginx) -> None:
    answer = nginx.get("/places/port")
    assert (answer.status, answer.headers["Location"]) == (301, "/places/port/")


@pytest.mark.parametrize(
    "path", ["/assets/kb.css", "/places/port/", "/api/v1/statements.json", "/figures/size.csv", "/feed.xml"]
)
def test_text_is_compressed_for_those_who_take_it(nginx: Nginx, path: str) -> None:
    packed, plain = nginx.get(path, Accept_Encoding="gzip"), nginx.get(path)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body)


def test_pictures_are_not_compressed_again(nginx: Nginx) -> None:
    assert "Content-Encoding" not in nginx.get("/assets/share.png", Accept_Encoding="gzip").headers


@pytest.mark.parametrize("path", ["/", "/assets/kb.css", "/api/v1/ids.json"])
def test_a_copy_is_asked_about_and_not_sent_again(nginx: Nginx, path: str) -> None:
    first = nginx.get(path)
    assert first.headers["Cache-Control"] == HEADERS["/*"]["Cache-Control"]
    again = nginx.get(path, If_None_Match=first.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
    assert again.headers["Cache-Control"] == HEADERS["/*"]["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        "/nothing/", "/empty/", "/.git/config", "/.git/", "/places/.hidden.json", "/_headers", "/_redirects",
        "/_redirects.map", "/404.html", "/../nginx.conf", "/places/%2e%2e/_headers",
    ],
)  # fmt: skip
def test_what_is_not_for_readers_is_not_found_and_says_so_on_the_page_for_it(nginx: Nginx, path: str) -> None:
    answer = nginx.get(path)
    if path.startswith("/../"):
        assert answer.status == 400  # refused before it is looked for
        return
    assert answer.status == 404
    assert answer.body.decode() == EXTRA["404.html"]
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_contact_for_security_is_there(nginx: Nginx) -> None:
    assert nginx.get("/.well-known/security.txt").body == b"Contact: c\n"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"), ("/feed.xml", "application/atom+xml"), ("/disputes/size/feed.xml", "application/atom+xml"),
        ("/figures/size.csv", "text/csv"), ("/manifest.sha256", "text/plain"), ("/api/v1/ids.json", "application/json"),
        ("/sitemap.xml", "text/xml"),
    ],
)  # fmt: skip
def test_a_file_says_what_it_is_and_how_it_is_written(nginx: Nginx, path: str, kind: str) -> None:
    assert nginx.get(path).headers["Content-Type"] == f"{kind}; charset=utf-8"
