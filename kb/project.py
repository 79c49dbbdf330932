"""A project's folder in; its site, checked and built, out: what `kb build` does, with what earlier builds kept.

One build at a time works in a folder; a second waits. What is kept stands in `build/`, a store for every folder a site is put in.
"""

from __future__ import annotations

import fcntl
import marshal
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from hashlib import blake2b, sha256
from pathlib import Path

from kb import store
from kb.build import WHOLE, Outcome, Shard, renew, stale
from kb.check import check_base, check_record
from kb.framing import frame_pages, made_by
from kb.graph import KnowledgeBase, changes, link
from kb.load import CHANGES, VOCABULARY, load, read_text
from kb.parts import Framed, Parts
from kb.problems import Problem, errors
from kb.reads import Traits, packed
from kb.spread import beside, spread
from kb.store import Kept

DOCS = Path("docs")
BUILD = Path("build")
FRAME = BUILD / "frame"

_PIECE = 100
"""Records that one process checks before it takes others."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A base that was checked, as far as it was not known to stand."""

    kb: KnowledgeBase
    problems: list[Problem]
    before: Kept
    """What an earlier build kept, as far as it holds."""
    changed: Traits
    reads: Mapping[str, bytes]
    """Of every record, what the rules read, or what an earlier build read of it."""
    warnings: Mapping[str, list[Problem]]
    """What was found of every record, now or earlier, that stops no build."""
    standing: bytes
    """Digest of what every page may rest on, as it was before it was read."""
    prose: bytes
    """Digest of the hand-written pages, likewise."""
    base: list[Problem]
    """What was found of the base as a whole, now or earlier."""


def checked(data: Path, docs: Path, before: Kept, workers: int) -> Checked:
    """Load, link and check the records that are not as they were, and those that read them."""
    standing, prose = _standing(data), _digest(sorted(docs.rglob("*.md")))
    loaded = load(data, before.cards, before.parsed)
    kb = link(loaded)
    changed = changes({card.id: card for card in before.cards.values()}, kb.cards)
    as_it_was = not (changed or loaded.problems) and len(loaded.cards) == len(kb.cards)
    as_it_was &= before.facts.get("prose") == prose
    if before.facts.get("standing") != standing:
        before, as_it_was = Kept(before.facts, before.cards, note=before.note), False
    ids = stale(before, changed, kb.cards)
    if len(ids) == len(kb.cards):
        kb.link_all()
    base = [Problem(*told) for told in marshal.loads(before.facts["base"])] if as_it_was else check_base(kb, docs)
    problems = [*base]
    once = {(card.type, card.id) for card in kb.cards.values()}
    for card in loaded.cards:  # the second of two with one id
        if (card.type, card.id) not in once:
            problems += check_record(kb, loaded.record(card))
    parts = before.parts
    reads = {id_: parts[name].reads for id_ in kb.cards if (name := f"record {id_}") in parts}
    warnings = {
        id_: [Problem(*found) for found in told]
        for id_, told in marshal.loads(before.facts.get("warnings", marshal.dumps({}))).items()
        if id_ in kb.cards
    }

    def look(number: int) -> list[tuple[str, bytes, list[Problem]]]:
        made = []
        for id_ in ids[number * _PIECE : (number + 1) * _PIECE]:
            found = kb.reads.noting(check_record, kb, loaded.record(kb.cards[id_]))
            made.append((id_, packed(found.all_traits()), found.value))
        return made

    pieces = -(-len(ids) // _PIECE)
    for some in spread(pieces, look, workers if pieces > 3 else 1):
        for id_, read, found in some:
            reads[id_], warnings[id_] = read, found
    problems += [problem for found in warnings.values() for problem in found]
    return Checked(kb, sorted(set(problems)), before, changed, reads, warnings, standing, prose, base)


def built(
    data: Path,
    site_dir: Path,
    *,
    workers: int = 1,
    shard: Shard = WHOLE,
    told: Callable[[Checked], None] = lambda checked: None,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Outcome:
    """Check the project in the working folder, and have `site_dir` hold its site.

    `told` hears what checking came to, before anything is made. Problems that stop the build are in the outcome; then the site is
    as it was.
    """
    with beside(lambda: frame_pages(FRAME), workers) as framed:
        kept, key = _kept(site_dir, shard), made_by()
        before = store.read(kept, key)
        look = checked(data, DOCS, before, workers)
        told(look)
        if errors(look.problems):
            return Outcome(look.problems, {}, 0)
        framed()
    parts = Parts(look.kb, Framed(FRAME), DOCS)
    settings = repr(astuple(parts.site)).encode()
    of_same = look.before if before.facts.get("settings") == settings else Kept()
    outcome = renew(
        parts, site_dir, before=of_same, changed=look.changed, checked=look.reads, workers=workers, shard=shard, progress=progress
    )  # fmt: skip
    if outcome.problems:
        return outcome
    facts = {
        "standing": look.standing,
        "prose": look.prose,
        "base": marshal.dumps([astuple(problem) for problem in look.base]),
        "settings": settings,
        "warnings": marshal.dumps({id_: [astuple(p) for p in found] for id_, found in look.warnings.items() if found}),
    }
    cards = {(card.type, card.id): card for card in look.kb.cards.values()}
    store.write(kept, key, before, Kept(facts, cards, outcome.parts, outcome.found, look.kb.loaded.fresh))
    return outcome


@contextmanager
def alone(waiting: Callable[[], None]) -> Iterator[None]:
    """No other build works in this folder until the end of the block; `waiting` is called where one does."""
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _kept(site_dir: Path, shard: Shard) -> Path:
    where = sha256(f"{site_dir.resolve()} {shard}".encode()).hexdigest()[:16]
    return BUILD / "kept" / f"{where}.sqlite"


def _standing(data: Path) -> bytes:
    """A digest of what every page may rest on: the vocabulary and the releases."""
    return _digest((data / VOCABULARY, *sorted((data.parent / CHANGES).glob("*.yaml"))))


def _digest(files: Iterable[Path]) -> bytes:
    found = (f"{file}\0{read_text(file)[0] or ''}\0" for file in files)
    return blake2b("".join(found).encode(), digest_size=16).digest()
