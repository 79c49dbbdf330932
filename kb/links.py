"""Records and pages in; which of the addresses they name still lead somewhere, out.

Every address outside of the site is asked for politely: one request at a time to a host with a pause between them, HEAD
before GET, waiting as long as a host asks for, nothing again that a cache knows well enough. What is gone (*dead*) is
told from what turns programs away (*blocked*) and from what may be back tomorrow (*unsure*), which is dead only after it
failed on several days. Archived copies are suggested, not asked for.
"""

from __future__ import annotations

import json
import os
import re
import socket
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Event, Lock
from typing import Any, Literal, NamedTuple, TypeAlias
from urllib.parse import urldefrag, urljoin, urlsplit

import urllib3
import yaml
from urllib3.exceptions import HTTPError, InvalidHeader, NameResolutionError, SSLError, TimeoutError
from urllib3.util import Retry, Timeout

from kb import __version__, problems
from kb.graph import KnowledgeBase
from kb.load import locate, read_text
from kb.model import Source
from kb.problems import Problem
from kb.words import counted

Verdict: TypeAlias = Literal["alive", "moved", "blocked", "unsure", "dead"]
VERDICTS: tuple[Verdict, ...] = ("alive", "moved", "blocked", "unsure", "dead")

PAUSE = 5.0
"""Seconds between two requests to one host."""
LONGEST_WAIT = 300.0
"""Seconds a host may ask to be left alone for; if it asks for more, it is left alone until the next run."""
TIMEOUT = 20.0
"""Seconds to wait for a connection, and for an answer."""
HOPS = 8
"""Redirects followed before an address is taken to lead in a circle."""
SIZE = 16_384
"""Bytes read of a page, to tell a wall against programs."""
DAYS_TO_DIE = 3
"""On how many days an address has to fail before it is dead."""
ASK_AGAIN: Mapping[Verdict, timedelta] = {verdict: timedelta(days=6) for verdict in VERDICTS} | {
    "unsure": timedelta(hours=20)
}
"""How long a verdict stands."""

NO_SUCH_HOST = "no such host"
_WALL = re.compile(
    rb"captcha|just a moment|checking your browser|are you (?:a )?human|enable javascript and cookies|access denied|unusual traffic",
    re.IGNORECASE,
)
_BLOCKED = frozenset({401, 403, 407, 429, 451, 999})  # 999 is what LinkedIn answers programs with
_GONE = frozenset({404, 410})
_PERMANENT, _TEMPORARY = frozenset({301, 308}), frozenset({302, 303, 307})
_NOT_TEXT = re.compile(
    r"^([ ]*)(```+|~~~+).*?^\1\2|(`+)(?!`).*?(?<!`)\3(?!`)|<!--.*?-->|\{\{.*?\}\}", re.DOTALL | re.MULTILINE
)
_ADDRESS = re.compile(r"https?://[^\s<>\"'`{}|\\^]+")
_HERE = re.compile(r"(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])(?::\d+)?")


class Spot(NamedTuple):
    """Where an address is written. Line and column count from 1."""

    path: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Address:
    """An address outside of the site."""

    url: str
    """Without the part after #."""
    spots: tuple[Spot, ...]
    archive: str | None = None
    """The archived copy that the record itself has."""


class Answer(NamedTuple):
    """What came of asking for an address."""

    verdict: Verdict
    reason: str
    """The status, or what happened instead: "404", "no such host", "timed out"."""
    moved_to: str | None = None
    """Where it has moved for good."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an address, as the cache has it."""

    verdict: Verdict
    reason: str
    asked: str
    """When it was asked for last, as ISO 8601."""
    moved_to: str | None = None
    failed: tuple[str, ...] = ()
    """The days on which it was unsure since it last was not, as ISO 8601."""


Cache: TypeAlias = Mapping[str, Known]


# --- which addresses -------------------------------------------------------------------------------------------------


def addresses(kb: KnowledgeBase, docs: Path | None = None) -> tuple[Address, ...]:
    """Every address of a source, and every one in the text of a page, in the order of their first spot."""
    spots: dict[str, list[Spot]] = defaultdict(list)
    archives: dict[str, str] = {}
    for record in kb.by_type["sources"]:
        assert isinstance(record, Source)
        path = kb.loaded.path(record)
        text = read_text(path)[0] or ""
        for key, url in (("url", record.url), ("archive", record.archive)):
            if url:
                spots[urldefrag(url).url].append(Spot(str(path), *locate(text, (key,))))
        if record.archive:
            archives[urldefrag(record.url).url] = record.archive
    for path in sorted(docs.rglob("*.md")) if docs is not None else ():
        for url, line, column in _written(read_text(path)[0] or ""):
            spots[url].append(Spot(str(path), line, column))
    return tuple(Address(url, tuple(where), archives.get(url)) for url, where in spots.items())


def _written(text: str) -> Iterator[tuple[str, int, int]]:
    """The addresses in Markdown, without those in code and those of the reader's own machine."""
    shown = _NOT_TEXT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    for found in _ADDRESS.finditer(shown):
        url = found[0].rstrip(".,;:!?*_")
        while url.endswith(")") and url.count("(") < url.count(")"):
            url = url[:-1].rstrip(".,;:!?*_")
        if not _HERE.fullmatch(urlsplit(url).netloc):
            start = found.start()
            yield urldefrag(url).url, text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)


# --- asking ----------------------------------------------------------------------------------------------------------


class Pace:
    """Whose turn it is: one request at a time to a host, and a pause after each. Safe to share between threads."""

    def __init__(
        self,
        pause: float = PAUSE,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.pause, self._clock, self._sleep = pause, clock, sleep
        self._locks: dict[str, Lock] = defaultdict(Lock)
        self._free_at: dict[str, float] = {}
        self._new = Lock()

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Wait until the host may be asked, and keep it for oneself meanwhile."""
        with self._new:
            lock = self._locks[host]
        with lock:
            if (wait := self._free_at.get(host, 0) - self._clock()) > 0:
                self._sleep(wait)
            try:
                yield
            finally:
                self.put_off(host, self.pause)

    def put_off(self, host: str, seconds: float) -> None:
        """Leave a host alone for so long from now."""
        self._free_at[host] = max(self._free_at.get(host, 0), self._clock() + seconds)


class _Reply(NamedTuple):
    status: int
    location: str | None
    wait: float | None
    """Seconds the host asks to be left alone for."""
    wall: bool
    """Whether the page is one that turns programs away."""


class Asker:
    """Asks for addresses, one at a time to a host."""

    def __init__(self, agent: str, pace: Pace, timeout: float = TIMEOUT) -> None:
        self._pace = pace
        self._pool = urllib3.PoolManager(
            headers={"User-Agent": agent, "Accept": "text/html,*/*;q=0.8"},
            timeout=Timeout(connect=timeout, read=timeout),
            retries=False,
        )
        self._left_alone: dict[str, float] = {}

    def ask(self, url: str) -> Answer:
        """Ask for an address, following redirects."""
        here, moved_to, seen = url, url, {url}
        for _ in range(HOPS):
            answer = self._settle(here)
            if isinstance(answer, Answer):
                moved = moved_to if moved_to != url else None
                return Answer("moved", answer.reason, moved) if moved and answer.verdict == "alive" else answer
            target = urldefrag(urljoin(here, answer.location or "")).url
            if target in seen:
                return Answer("dead", "redirects in a circle")
            if urlsplit(target).scheme not in ("http", "https"):
                return Answer("unsure", f"redirects to {target[:60]}")
            if answer.status in _PERMANENT and moved_to == here:
                moved_to = target
            seen.add(target)
            here = target
        return Answer("dead", f"redirects more than {HOPS} times")

    def _settle(self, url: str) -> Answer | _Reply:
        """What an address itself says: an answer, or a redirect. HEAD first; GET where that is not answered well."""
        host = urlsplit(url).netloc.lower()
        answer: Answer | _Reply = Answer("unsure", "not asked")
        for attempt, method in enumerate(("HEAD", "GET", "GET")):
            if wait := self._left_alone.get(host):
                return Answer("blocked", f"the host asks to be left alone for {wait:.0f} s")
            reply = self._request(method, url, host, attempt)
            if isinstance(reply, Answer):  # no reply at all
                answer = reply
                if reply.verdict == "dead" or method == "GET":
                    return reply
                continue
            answer = _judged(reply)
            if reply.status in (429, 503) and attempt < 2:
                continue
            if isinstance(answer, _Reply) or answer.verdict == "alive" or method == "GET":
                return answer
        return answer

    def _request(self, method: str, url: str, host: str, attempt: int) -> _Reply | Answer:
        with self._pace.turn(host):
            try:
                response = self._pool.request(method, url, redirect=False, preload_content=False)
                try:
                    page = response.read1(SIZE) if method == "GET" and response.status >= 400 else b""
                finally:
                    response.close()
            except HTTPError as error:
                self._pace.put_off(host, self._pace.pause * 2 ** (attempt + 1))
                return _failed(error)
            reply = _Reply(
                response.status,
                response.headers.get("Location") if response.status in _PERMANENT | _TEMPORARY else None,
                _wait(response.headers.get("Retry-After")),
                "cf-mitigated" in response.headers
                or "x-amzn-waf-action" in response.headers
                or bool(_WALL.search(page)),
            )
            if reply.status in (429, 503):
                wait = reply.wait if reply.wait is not None else self._pace.pause * 2 ** (attempt + 1)
                if wait > LONGEST_WAIT:
                    self._left_alone[host] = wait
                self._pace.put_off(host, min(wait, LONGEST_WAIT))
            return reply


def _judged(reply: _Reply) -> Answer | _Reply:
    status = str(reply.status)
    if reply.location:
        return reply
    if reply.status in _BLOCKED:
        return Answer("blocked", status)
    if reply.wall and reply.status >= 400:
        return Answer("blocked", f"{status}, a wall against programs")
    if 200 <= reply.status < 300:
        return Answer("alive", status)
    return Answer("dead" if reply.status in _GONE else "unsure", status)


def _failed(error: HTTPError) -> Answer:
    cause = error.__cause__
    if isinstance(error, NameResolutionError):
        gone = isinstance(cause, socket.gaierror) and cause.errno != socket.EAI_AGAIN
        return Answer("dead", NO_SUCH_HOST) if gone else Answer("unsure", "the name of the host could not be looked up")
    if isinstance(error, TimeoutError) and not isinstance(error, urllib3.exceptions.NewConnectionError):
        return Answer("unsure", "timed out")
    if isinstance(error, SSLError):
        return Answer("unsure", "its certificate is not valid")
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return Answer("unsure", "no connection")
    return Answer("unsure", "the connection broke off")


def _wait(header: str | None) -> float | None:
    try:
        return Retry(retry_after_max=10**9).parse_retry_after(header) if header else None
    except InvalidHeader:
        return None


def ask_all(
    urls: Sequence[str],
    ask: Callable[[str], Answer],
    answers: dict[str, Answer],
    workers: int = 8,
    done: Callable[[], None] = lambda: None,
) -> None:
    """Ask for every address, several hosts at once, one address after the other on each; `answers` fills as they come.

    What was answered before an interruption is in `answers` as well.
    """
    by_host: dict[str, list[str]] = defaultdict(list)
    for url in urls:
        by_host[urlsplit(url).netloc.lower()].append(url)
    stop, one_at_a_time = Event(), Lock()

    def one_after_the_other(host: str) -> None:
        for url in by_host[host]:
            if stop.is_set():
                return
            answers[url] = ask(url)
            with one_at_a_time:
                done()

    with ThreadPoolExecutor(workers) as pool:
        try:
            for _ in pool.map(one_after_the_other, by_host):
                pass
        except BaseException:
            stop.set()
            raise


# --- remembering -----------------------------------------------------------------------------------------------------


def due(found: Sequence[Address], cache: Cache, now: datetime) -> list[str]:
    """The addresses of which the cache does not know well enough."""
    return [
        address.url
        for address in found
        if (known := cache.get(address.url)) is None
        or not timedelta(0) <= now - datetime.fromisoformat(known.asked) < ASK_AGAIN[known.verdict]
    ]


def remember(cache: Cache, answers: Mapping[str, Answer], now: datetime) -> dict[str, Known]:
    """The cache with new answers.

    Where not a single host of a run could be found, this machine may be offline, and the addresses are unsure.
    """
    known = dict(cache)
    offline = all(answer.reason == NO_SUCH_HOST for answer in answers.values())
    for url, answer in answers.items():
        before, today = cache.get(url), now.date().isoformat()
        verdict, reason = answer.verdict, answer.reason
        failed: tuple[str, ...] = ()
        if verdict == "unsure" or (offline and verdict == "dead"):
            failed = tuple(dict.fromkeys((*(before.failed if before else ()), today)))
            verdict = "unsure"
            if len(failed) >= DAYS_TO_DIE:
                verdict, reason = "dead", f"{reason}, on {len(failed)} days since {failed[0]}"
        known[url] = Known(verdict, reason, now.isoformat(timespec="seconds"), answer.moved_to, failed)
    return known


def read_cache(path: Path) -> tuple[dict[str, Known], str]:
    """The cache in a file, and a note where there is one that cannot be used; it is written anew then."""
    if not path.is_file():
        return {}, ""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return {url: _known(entry) for url, entry in told["addresses"].items()}, ""
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}, f"{path} cannot be read as a cache of links: every address is asked for again"


def _known(entry: Mapping[str, Any]) -> Known:
    known = Known(**{**entry, "failed": tuple(entry["failed"])})
    asked = datetime.fromisoformat(known.asked)
    if known.verdict not in VERDICTS or asked.tzinfo is None or not all(map(date.fromisoformat, known.failed)):
        raise ValueError
    return known


def write_cache(path: Path, cache: Cache) -> None:
    """Write the cache beside the file, then put it in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    told = {"addresses": {url: asdict(known) for url, known in sorted(cache.items())}}
    try:
        beside.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


# --- telling ---------------------------------------------------------------------------------------------------------


def offered(address: Address, cache: Cache) -> str:
    """Where a copy of a dead address may be: the record's own archived copy, else the Wayback Machine's list."""
    archive = address.archive
    if archive and not ((known := cache.get(urldefrag(archive).url)) and known.verdict == "dead"):
        return archive
    return f"https://web.archive.org/web/*/{address.url}"


def link_problems(found: Sequence[Address], cache: Cache) -> list[Problem]:
    """What somebody should mend: dead and moved addresses, wherever they are written."""
    told = []
    for address in found:
        known = cache.get(address.url)
        if known and known.verdict == "dead":
            message = f"{address.url} ({known.reason}); a copy may be at {offered(address, cache)}"
            told += [Problem(*spot, "dead-link", message) for spot in address.spots]
        elif known and known.verdict == "moved":
            told += [Problem(*spot, "moved-link", f"{address.url} is now {known.moved_to}") for spot in address.spots]
    return sorted(told)


def report(found: Sequence[Address], cache: Cache, asked: int, form: Literal["text", "json"] = "text") -> str:
    """What is to be mended, what could not be told, and how many there are of each."""
    looked_at = [(address, cache[address.url]) for address in found if address.url in cache]
    counts = Counter(known.verdict for _, known in looked_at)
    if form == "json":
        listed = [
            {"url": address.url, **asdict(known), "spots": [spot._asdict() for spot in address.spots]}
            | ({"copy": offered(address, cache)} if known.verdict == "dead" else {})
            for address, known in looked_at
        ]
        summary = {verdict: counts[verdict] for verdict in VERDICTS} | {"asked": asked}
        return json.dumps({"addresses": listed, "summary": summary}, ensure_ascii=False, indent=1)
    lines = [
        f"{known.verdict}: {address.url} ({known.reason}) at {':'.join(map(str, address.spots[0]))}"
        for address, known in looked_at
        if known.verdict in ("blocked", "unsure")
    ]
    if told := link_problems(found, cache):
        lines.append(problems.report(told))
    tally = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS)
    return "\n".join([*lines, f"{counted(len(looked_at), 'address', 'addresses')}: {tally}; {asked} asked for now"])


# --- who asks --------------------------------------------------------------------------------------------------------


class _Settings(yaml.SafeLoader):
    """mkdocs.yml, in which `!ENV [NAME, default]` is read from the environment."""


def _from_environment(loader: yaml.SafeLoader, node: yaml.Node) -> object:
    if isinstance(node, yaml.SequenceNode):
        *names, default = loader.construct_sequence(node)
        return next((os.environ[name] for name in names if name in os.environ), default)
    return os.environ.get(str(node.value))


_Settings.add_constructor("!ENV", _from_environment)


def agent(config: Path) -> str:
    """How the project names itself to hosts: its name and address, from mkdocs.yml."""
    settings = yaml.load(config.read_text(encoding="utf-8"), _Settings) if config.is_file() else {}
    name = re.sub(r"[^A-Za-z0-9]", "", str(settings.get("site_name", ""))) or "kb"
    return f"{name}-links/{__version__} (+{settings.get('site_url') or 'address not set'})"
