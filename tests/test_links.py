"""Addresses asked for on a local server that answers well, badly, slowly and not at all; politeness by what it saw."""

from __future__ import annotations

import itertools
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest
import ryaml
from click.testing import CliRunner, Result
from pages import ROOT
from records import base, source, write

from kb import links
from kb.cli import main
from kb.links import (
    Address,
    Answer,
    Asker,
    Known,
    Pace,
    Spot,
    addresses,
    agent,
    ask_all,
    due,
    link_problems,
    offered,
    read_cache,
    remember,
    report,
    write_cache,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PAUSE = 5.0


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.time = 1000.0
        self._lock = threading.Lock()

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        with self._lock:
            self.time += seconds


class Seen(NamedTuple):
    """A request as the server saw it."""

    time: float
    method: str
    path: str
    agent: str


class Server:
    """A host that answers each path in its own way, and keeps a log."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.log: list[Seen] = []
        self.inside = self.most = 0
        self.second, self.release, self.flooded = threading.Event(), threading.Event(), threading.Event()
        self._lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:
                pass

            def do_HEAD(self) -> None:
                server.log.append(Seen(clock.now(), self.command, self.path, self.headers["User-Agent"]))
                server.answer(self)

            do_GET = do_HEAD

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._http.server_port}"

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    def close(self) -> None:
        self.release.set()
        self._http.shutdown()
        self._http.server_close()

    def times(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(seen.path == path for seen in self.log)

    def answer(self, to: BaseHTTPRequestHandler) -> None:
        path, _, argument = to.path.partition("?")
        head = to.command == "HEAD"
        if path == "/slow":
            self.release.wait(30)
        elif path == "/reset":
            to.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            to.connection.close()
        elif path == "/held":
            # Over before the answer goes out, which is all that whoever asked can wait for.
            with self._lock:
                self.inside += 1
                self.most = max(self.most, self.inside)
                if self.inside > 1:
                    self.second.set()
            self.second.wait(0.05)
            with self._lock:
                self.inside -= 1
            send(to, 200)
        elif path == "/to":
            status, _, target = argument.partition(",")
            send(to, int(status), location=target)
        elif path == "/loop":
            send(to, 302, location="/loop-again")
        elif path == "/loop-again":
            send(to, 302, location="/loop")
        elif path == "/ever-on":
            send(to, 302, location=f"/ever-on?{int(argument or 0) + 1}")
        elif path == "/busy":
            send(to, 429 if self.times(to.path) == 1 else 200, retry_after="70")
        elif path == "/busy-for-ever":
            send(to, 429, retry_after=argument or "1")
        elif path == "/get-only":
            send(to, 405 if head else 200)
        elif path == "/head-lies":
            send(to, 404 if head else 200)
        elif path == "/wall":
            send(to, 503, b"<title>Just a moment...</title>")
        elif path == "/flood":
            send(to, 405 if head else 404, length=10**9)
            try:
                while not head:
                    to.wfile.write(b"x" * 65536)
            except OSError:
                self.flooded.set()
        else:
            send(to, int(path.strip("/")))


def send(
    to: BaseHTTPRequestHandler,
    status: int,
    body: bytes = b"",
    length: int | None = None,
    retry_after: str = "",
    location: str = "",
) -> None:
    """An answer."""
    to.send_response(status)
    for name, value in (("Retry-After", retry_after), ("Location", location)):
        if value:
            to.send_header(name, value)
    to.send_header("Content-Length", str(len(body) if length is None else length))
    to.end_headers()
    if to.command == "GET":
        to.wfile.write(body)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Iterator[Server]:
    server = Server(clock)
    yield server
    server.close()


@pytest.fixture
def other(clock: Clock) -> Iterator[Server]:
    server = Server(clock)
    yield server
    server.close()


@pytest.fixture
def asker(clock: Clock) -> Asker:
    return Asker("Test-links/0 (+https://kb.example/)", Pace(PAUSE, clock.now, clock.sleep), timeout=0.3)


# --- verdicts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "verdict", "reason"),
    [
        ("/200", "alive", "200"), ("/204", "alive", "204"), ("/get-only", "alive", "200"), ("/head-lies", "alive", "200"),
        ("/404", "dead", "404"), ("/410", "dead", "410"), ("/loop", "dead", "redirects in a circle"),
        ("/ever-on", "dead", "redirects more than 8 times"), ("/to?302,/404", "dead", "404"), ("/flood", "dead", "404"),
        ("/401", "blocked", "401"), ("/403", "blocked", "403"), ("/451", "blocked", "451"), ("/999", "blocked", "999"),
        ("/busy-for-ever", "blocked", "429"), ("/wall", "blocked", "503, a wall against programs"),
        ("/to?302,/403", "blocked", "403"),
        ("/500", "unsure", "500"), ("/503", "unsure", "503"), ("/400", "unsure", "400"), ("/slow", "unsure", "timed out"),
        ("/reset", "unsure", "the connection broke off"), ("/to?302,ftp://x.example/", "unsure", "redirects to ftp://x.example/"),
        ("/to?302,/200", "alive", "200"), ("/to?302,/to?301,/200", "alive", "200"),
    ],
)  # fmt: skip
def test_dead_is_told_from_blocked_and_from_unsure(
    server: Server, asker: Asker, path: str, verdict: str, reason: str
) -> None:
    assert asker.ask(server.url(path)) == (verdict, reason, None)


@pytest.mark.parametrize(
    ("path", "moved_to"),
    [
        ("/to?301,/200", "/200"),
        ("/to?308,/200", "/200"),
        ("/to?301,/to?301,/200", "/200"),
        ("/to?301,/to?302,/200", "/to?302,/200"),
    ],
)
def test_what_moved_for_good_is_told_with_its_new_address(
    server: Server, asker: Asker, path: str, moved_to: str
) -> None:
    assert asker.ask(server.url(path)) == ("moved", "200", server.url(moved_to))


def test_a_host_that_is_no_more_is_dead_and_one_that_cannot_be_looked_up_unsure(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(errno: int) -> Callable[..., object]:
        def look_up(*_: object, **__: object) -> object:
            raise socket.gaierror(errno, "made up")

        return look_up

    monkeypatch.setattr(socket, "getaddrinfo", fail(socket.EAI_NONAME))
    assert asker.ask("http://nowhere.example/") == ("dead", "no such host", None)
    monkeypatch.setattr(socket, "getaddrinfo", fail(socket.EAI_AGAIN))
    assert asker.ask("http://somewhere.example/").verdict == "unsure"


def test_a_host_that_does_not_listen_is_unsure(asker: Asker) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
        assert asker.ask(url) == ("unsure", "no connection", None)


def test_no_more_of_a_page_is_read_than_is_needed(server: Server, asker: Asker) -> None:
    assert asker.ask(server.url("/flood")).reason == "404"
    assert server.flooded.wait(10)


# --- politeness ------------------------------------------------------------------------------------------------------


def test_a_head_is_enough_where_it_is_answered_well(server: Server, asker: Asker) -> None:
    asker.ask(server.url("/200"))
    asker.ask(server.url("/404"))
    assert [(seen.method, seen.path) for seen in server.log] == [("HEAD", "/200"), ("HEAD", "/404"), ("GET", "/404")]


def test_the_project_says_who_it_is(server: Server, asker: Asker) -> None:
    asker.ask(server.url("/404"))
    assert {seen.agent for seen in server.log} == {"Test-links/0 (+https://kb.example/)"}


def test_a_host_has_a_pause_after_each_request(server: Server, asker: Asker) -> None:
    for path in ("/200", "/404", "/loop"):
        asker.ask(server.url(path))
    times = [seen.time for seen in server.log]
    assert len(times) == 5
    assert [later - earlier for earlier, later in itertools.pairwise(times)] == [PAUSE] * 4


def test_a_redirect_to_another_host_keeps_to_the_pause_of_that_host(
    server: Server, other: Server, asker: Asker
) -> None:
    asker.ask(other.url("/200"))
    asker.ask(server.url(f"/to?302,{other.url('/204')}"))
    assert [seen.path for seen in other.log] == ["/200", "/204"]
    assert other.log[1].time - other.log[0].time == PAUSE
    assert server.log[0].time == other.log[0].time


def test_a_host_that_asks_for_time_is_given_it(server: Server, asker: Asker) -> None:
    assert asker.ask(server.url("/busy")).verdict == "alive"
    asked, again = server.log
    assert again.time - asked.time == 70


def test_a_host_that_fails_is_given_more_and_more_time(server: Server, asker: Asker) -> None:
    asker.ask(server.url("/503"))
    times = [seen.time for seen in server.log]
    assert [later - earlier for earlier, later in itertools.pairwise(times)] == [2 * PAUSE, 4 * PAUSE]
    asker.ask(server.url("/200"))
    assert server.log[-1].time - times[-1] == 8 * PAUSE


@pytest.mark.parametrize("wait", ["3600", "Fri, 31 Dec 2100 23:59:59 GMT"])
def test_a_host_that_asks_for_more_time_than_there_is_is_left_alone(server: Server, asker: Asker, wait: str) -> None:
    url = server.url(f"/busy-for-ever?{wait.replace(' ', '%20')}")
    server.answer = lambda to: send(to, 429, retry_after=wait)  # type: ignore[method-assign]
    first, second = asker.ask(url), asker.ask(server.url("/200"))
    assert (first.verdict, second.verdict) == ("blocked", "blocked")
    assert "left alone" in second.reason
    assert len(server.log) == 1


def test_a_host_is_asked_for_one_address_at_a_time_and_several_hosts_at_once(
    server: Server, other: Server, asker: Asker
) -> None:
    urls = [host.url(f"/held?{i}") for i in range(4) for host in (server, other)]
    answers: dict[str, Answer] = {}
    ask_all(urls, asker.ask, answers)
    assert {answer.verdict for answer in answers.values()} == {"alive"}
    assert set(answers) == set(urls)
    assert (len(server.log), server.most, len(other.log), other.most) == (4, 1, 4, 1)


def test_a_turn_ends_before_the_next_begins() -> None:
    pace, order = Pace(0), list[str]()
    trying = threading.Event()

    def second() -> None:
        trying.set()
        with pace.turn("a"):
            order.append("second")

    with pace.turn("a"):
        thread = threading.Thread(target=second)
        thread.start()
        trying.wait()
        with pace.turn("b"):
            order.append("other host")
        thread.join(0.05)
        order.append("first")
    thread.join()
    assert order == ["other host", "first", "second"]


def test_what_was_answered_before_an_interruption_is_kept() -> None:
    answers: dict[str, Answer] = {}

    def ask(url: str) -> Answer:
        if url.endswith("2"):
            raise KeyboardInterrupt
        return Answer("alive", "200")

    with pytest.raises(KeyboardInterrupt):
        ask_all([f"http://a.example/{i}" for i in range(5)], ask, answers)
    assert list(answers) == ["http://a.example/0", "http://a.example/1"]


# --- the cache -------------------------------------------------------------------------------------------------------

URL = "http://courier.example/1"
ADDRESS = Address(URL, (Spot("data/sources/article.yaml", 3, 6),))
GOOD, UNSURE = Answer("alive", "200"), Answer("unsure", "timed out")
ELSEWHERE = {"http://gull.example/": GOOD}


@pytest.mark.parametrize(
    ("answer", "hours", "asked"),
    [
        (GOOD, 1, False), (GOOD, 24 * 5, False), (GOOD, 24 * 7, True), (Answer("dead", "404"), 24 * 5, False),
        (Answer("blocked", "403"), 24 * 5, False), (UNSURE, 1, False), (UNSURE, 21, True), (GOOD, -1, True),
    ],
)  # fmt: skip
def test_what_is_known_well_enough_is_not_asked_again(answer: Answer, hours: int, asked: bool) -> None:
    cache = remember({}, {URL: answer}, NOW)
    assert due([ADDRESS], cache, NOW + timedelta(hours=hours)) == ([URL] if asked else [])


def test_what_fails_is_dead_only_after_it_failed_on_several_days() -> None:
    cache: dict[str, Known] = {}
    verdicts = []
    for hours in (0, 2, 24, 26, 48):
        cache = remember(cache, {URL: UNSURE}, NOW + timedelta(hours=hours))
        verdicts.append(cache[URL].verdict)
    assert verdicts == ["unsure", "unsure", "unsure", "unsure", "dead"]
    assert cache[URL].reason == "timed out, on 3 days since 2026-03-02"


@pytest.mark.parametrize("answer", [GOOD, Answer("blocked", "403"), Answer("moved", "200", "http://new.example/")])
def test_days_are_counted_anew_once_it_answered(answer: Answer) -> None:
    cache: dict[str, Known] = {}
    for day, said in enumerate([UNSURE, UNSURE, answer, UNSURE, UNSURE]):
        cache = remember(cache, {URL: said}, NOW + timedelta(days=day))
    assert cache[URL].verdict == "unsure"


def test_no_host_is_dead_where_this_machine_may_be_offline() -> None:
    lost = Answer("dead", "no such host")
    assert remember({}, {URL: lost, "http://b.example/": lost}, NOW)[URL].verdict == "unsure"
    assert remember({}, {URL: lost, **ELSEWHERE}, NOW)[URL].verdict == "dead"


def test_the_cache_is_read_as_it_was_written(tmp_path: Path) -> None:
    cache = remember({}, {URL: UNSURE, "http://a.example/": Answer("moved", "200", "http://b.example/")}, NOW)
    write_cache(tmp_path / "new/links.json", cache)
    assert read_cache(tmp_path / "new/links.json") == (cache, "")
    assert read_cache(tmp_path / "none.json") == ({}, "")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["links.json"]


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", '{"addresses": {"u": {}}}', '{"addresses": []}',
        '{"addresses": {"u": {"verdict": "fine", "reason": "", "asked": "2026-03-02T12:00:00+00:00", "failed": []}}}',
        '{"addresses": {"u": {"verdict": "alive", "reason": "", "asked": "2026-03-02T12:00:00", "failed": []}}}',
        '{"addresses": {"u": {"verdict": "alive", "reason": "", "asked": "2026-03-02T12:00:00+00:00", "failed": ["x"]}}}',
    ],
)  # fmt: skip
def test_a_cache_that_cannot_be_used_is_left_aside_with_a_note(tmp_path: Path, text: str) -> None:
    (tmp_path / "links.json").write_text(text, encoding="utf-8")
    cache, note = read_cache(tmp_path / "links.json")
    assert cache == {}
    assert "links.json cannot be read" in note


def test_a_cache_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "links.json"
    write_cache(path, {})
    before = path.read_bytes()

    def fail(self: Path, target: Path) -> Path:
        raise OSError("made up")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="made up"):
        write_cache(path, remember({}, {URL: GOOD}, NOW))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


# --- which addresses, and what is told -------------------------------------------------------------------------------

PAGE = """\
# A page

See [the courier](https://courier.example/a_(b)), <https://gull.example/x#part> and https://tern.example/.

    https://plover.example/ stands in the text.

`https://code.example/` and http://127.0.0.1:8000/ do not count, nor does {{ link("https://macro.example/") }}.

```sh
curl https://fence.example/
```
<!-- https://comment.example/ -->
[1]: https://courier.example/1
"""


def test_addresses_are_those_of_sources_and_in_the_text_of_pages(tmp_path: Path) -> None:
    kb = base(tmp_path, {"sources/article": source(archive="https://archive.example/1")})
    docs = tmp_path / "docs"
    (docs / "below").mkdir(parents=True)
    (docs / "below/page.md").write_text(PAGE, encoding="utf-8")
    found = {address.url: address for address in addresses(kb, docs)}
    assert list(found) == [
        "https://courier.example/1", "https://archive.example/1", "https://courier.example/a_(b)",
        "https://gull.example/x", "https://tern.example/", "https://plover.example/",
    ]  # fmt: skip
    in_record, on_page = found["https://courier.example/1"].spots
    assert found["https://courier.example/1"].archive == "https://archive.example/1"
    for spot, start in ((in_record, '"https://courier.example/1"'), (on_page, "https://courier.example/1")):
        line = Path(spot.path).read_text(encoding="utf-8").splitlines()[spot.line - 1]
        assert line[spot.column - 1 :].startswith(start)


def known(verdict: str, reason: str = "404", moved_to: str | None = None) -> Known:
    return Known(verdict, reason, NOW.isoformat(), moved_to)  # type: ignore[arg-type]


def test_an_archived_copy_is_offered_for_what_is_dead() -> None:
    archived = Address(URL, ADDRESS.spots, "https://archive.example/1")
    assert offered(archived, {}) == "https://archive.example/1"
    assert offered(archived, {"https://archive.example/1": known("dead")}) == f"https://web.archive.org/web/*/{URL}"
    assert offered(ADDRESS, {}) == f"https://web.archive.org/web/*/{URL}"


def test_dead_and_moved_addresses_are_problems_wherever_they_are_written() -> None:
    twice = Address(URL, (Spot("a.yaml", 3, 6), Spot("docs/b.md", 1, 2)))
    told = [str(p) for p in link_problems([twice], {URL: known("dead")})]
    copy = f"a copy may be at https://web.archive.org/web/*/{URL}"
    assert told == [
        f"a.yaml:3:6: dead-link: warning: {URL} (404); {copy}",
        f"docs/b.md:1:2: dead-link: warning: {URL} (404); {copy}",
    ]
    (moved,) = link_problems([ADDRESS], {URL: known("moved", "200", "http://new.example/")})
    assert str(moved).endswith(f"3:6: moved-link: warning: {URL} is now http://new.example/")
    for verdict in ("alive", "blocked", "unsure"):
        assert link_problems([ADDRESS], {URL: known(verdict)}) == []


def test_the_report_tells_what_could_not_be_told_and_counts_all() -> None:
    found = [Address(f"http://a.example/{v}", (Spot("a.yaml", 1, 1),)) for v in links.VERDICTS]
    cache = {address.url: known(verdict) for address, verdict in zip(found, links.VERDICTS, strict=True)}
    *lines, summary = report(found, cache, asked=2).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["blocked:", "unsure:", "a.yaml:1:1:", "a.yaml:1:1:"]
    assert summary == "5 addresses: 1 alive, 1 moved, 1 blocked, 1 unsure, 1 dead; 2 asked for now"
    told = json.loads(report(found, cache, asked=2, form="json"))
    assert told["summary"] == {"alive": 1, "moved": 1, "blocked": 1, "unsure": 1, "dead": 1, "asked": 2}
    assert [(entry["verdict"], "copy" in entry) for entry in told["addresses"]] == [
        (verdict, verdict == "dead") for verdict in links.VERDICTS
    ]


def test_the_name_and_address_of_the_project_come_from_its_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "mkdocs.yml"
    config.write_text('site_name: A Name\nsite_url: !ENV [SITE_URL, "http://here/"]\nx: !ENV X\n', encoding="utf-8")
    monkeypatch.delenv("SITE_URL", raising=False)
    assert agent(config).startswith("AName-links/")
    assert agent(config).endswith(" (+http://here/)")
    monkeypatch.setenv("SITE_URL", "https://kb.example/")
    assert agent(config).endswith(" (+https://kb.example/)")
    monkeypatch.setenv("SITE_URL", "")
    assert agent(config).endswith(" (+address not set)")
    assert agent(tmp_path / "none.yml").startswith("kb-links/")


# --- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def data(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A base with a dead address on a local server, and no pause between requests."""
    monkeypatch.setattr(links, "PAUSE", 0.0)
    return write(tmp_path, {"sources/article": source(url=server.url("/404"), archive=server.url("/200"))})


def run(data: Path, *arguments: str) -> Result:
    """`kb links`."""
    return CliRunner().invoke(
        main, ["links", "--data", str(data), "--cache", str(data.parent / "links.json"), *arguments]
    )


def test_a_second_run_asks_for_nothing_the_cache_knows(data: Path, server: Server) -> None:
    first = run(data)
    asked = len(server.log)
    second = run(data)
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert asked == len(server.log) == 3
    assert "2 addresses: 1 alive, 0 moved, 0 blocked, 0 unsure, 1 dead; 2 asked for now" in first.output
    assert "1 dead; 0 asked for now" in second.output
    assert f"a copy may be at {server.url('/200')}" in second.output


def test_a_dead_address_fails_only_where_it_is_asked_to(data: Path) -> None:
    assert run(data, "--strict").exit_code == 1
    assert json.loads(run(data, "--format", "json").stdout)["summary"]["dead"] == 1


def test_an_interrupted_run_keeps_what_it_has(data: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = Asker.ask

    def interrupted(self: Asker, url: str) -> Answer:
        if url.endswith("/200"):
            raise KeyboardInterrupt
        return ask(self, url)

    monkeypatch.setattr(Asker, "ask", interrupted)
    assert run(data).exit_code == 1
    cache, _ = read_cache(data.parent / "links.json")
    assert list(cache) == [server.url("/404")]


def test_a_damaged_cache_is_told_and_made_anew(data: Path) -> None:
    (data.parent / "links.json").write_text("{", encoding="utf-8")
    done = run(data)
    assert "links.json cannot be read as a cache of links" in done.stderr
    assert len(read_cache(data.parent / "links.json")[0]) == 2


def test_bad_records_are_refused_before_anything_is_asked(data: Path, server: Server) -> None:
    (data / "places").mkdir()
    (data / "places/x.yaml").write_text("name: [", encoding="utf-8")
    done = run(data)
    assert (done.exit_code, server.log, (data.parent / "links.json").exists()) == (1, [], False)
    assert "mend these files first" in done.stderr


# --- the schedule ----------------------------------------------------------------------------------------------------


def test_links_are_asked_for_every_week_and_never_for_a_pull_request() -> None:
    workflow = ryaml.loads((ROOT / ".github/workflows/links.yml").read_text(encoding="utf-8"))  # type: ignore[attr-defined]
    assert set(workflow["on"]) == {"schedule", "workflow_dispatch"}
    ((minute, hour, day, month, weekday),) = (when["cron"].split() for when in workflow["on"]["schedule"])
    assert (minute.isdigit(), hour.isdigit(), day, month, weekday.isdigit()) == (True, True, "*", "*", True)
    steps = workflow["jobs"]["links"]["steps"]
    commands = "\n".join(step.get("run", "") for step in steps)
    assert "kb links" in commands
    assert "--strict" not in commands
    kept = [step["with"]["path"] for step in steps if "cache" in step.get("uses", "")]
    option = next(option for option in main.commands["links"].params if option.name == "cache")
    assert kept == [str(option.default)]
