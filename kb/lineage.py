"""A source in; whose words it carries, and by which way they came, out.

Drawn as a tree with the source at its root: below it stand those it had words from directly, below an outlet those whose
words that outlet passed on. Each branch has the paragraphs it holds for and how many statements rest on it, so that a
reader sees how much goes back to how few.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from kb.graph import KnowledgeBase, had_from
from kb.load import Card
from kb.model import AnyRecord, Source, Voice


@dataclass(frozen=True, slots=True)
class Branch:
    """Somebody whose words a source carries."""

    record: AnyRecord | None
    """Their record, where they have one."""
    voice: Voice | None
    """How the source describes them; None for an outlet or a body it had words from."""
    at: tuple[int, ...]
    """Paragraphs; all where there are none."""
    inferred: tuple[int, ...]
    """Those of the paragraphs for which it is inferred."""
    statements: int
    """How many statements rest on these words."""
    branches: tuple[Branch, ...] = ()
    """Those whose words it passed on."""

    @property
    def unsure(self) -> bool:
        """Whether something of it, or of a branch below, is inferred."""
        return bool(self.inferred) or any(branch.unsure for branch in self.branches)


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where the words of a source come from, and which sources repeat it."""

    own: int
    """Statements that rest on the words of the source itself."""
    branches: tuple[Branch, ...]
    repeated_by: tuple[Card, ...]


def lineage(kb: KnowledgeBase, source: Source) -> Lineage | None:
    """The tree of a source; None where nobody else's words are on record and no source repeats it."""
    links = kb.backlinks.get(source.id, ())
    repeated_by = tuple({link.record.id: link.record for link in links if link.record.type == Source.type}.values())
    if not (source.voices or source.lineage or repeated_by):
        return None
    said = kb.resting_on.get(source.id, ())
    by_voice = Counter(voice for voice, _ in {(resting.voice, resting.ref) for resting in said if resting.voice})
    had = {resting.at: had_from(source, resting.at) for resting in said}
    origins = {at: entry.origin if entry else "" for at, entry in had.items()}
    from_others = Counter(origin for origin, _ in {(origins[r.at], r.ref) for r in said if not r.voice})

    said_there: dict[str, list[Branch]] = defaultdict(list)
    outlets = dict.fromkeys(entry.origin for entry in source.lineage)
    for voice in source.voices:
        record = kb.records.get(voice.entity or voice.speaks_for or "")
        body = voice.speaks_for or voice.entity or ""
        first, *further = voice.through or ((body,) if body in outlets else ("",))
        leaf = Branch(record, voice, voice.at, voice.at if voice.inferred else (), by_voice[voice.id])
        for outlet in reversed(further):
            leaf = Branch(kb.records.get(outlet), None, voice.at, (), 0, (leaf,))
        said_there[first].append(leaf)

    told_by_voice = {voice.entity for voice in source.voices}
    branches = []
    for outlet in dict.fromkeys((*outlets, *(first for first in said_there if first))):
        if outlet not in said_there and outlet in told_by_voice:
            continue
        entries = [entry for entry in source.lineage if entry.origin == outlet]
        at = tuple(sorted({p for entry in entries for p in entry.at}))
        inferred = tuple(p for entry in entries if entry.inferred for p in entry.at)
        below = tuple(said_there.get(outlet, ()))
        branches.append(Branch(kb.records.get(outlet), None, at, inferred, from_others[outlet], below))
    return Lineage(from_others[""], (*branches, *said_there.get("", ())), repeated_by)
