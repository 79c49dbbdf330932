"""A build after any edits, breaks and accidents leaves what a build from nothing would."""

from __future__ import annotations

import fcntl
import os
import random
import signal
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest
from edits import Edited
from pages import ROOT
from project import files

import kb.project
from kb.build import WHOLE, Outcome, Shard, build
from kb.graph import link
from kb.load import load
from kb.problems import errors

RARE = ("vocabulary", "shell", "lineage", "page_away")
SEED = 6


@pytest.fixture
def edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Edited:
    """A made-up project in the working folder, with frames made without MkDocs."""
    monkeypatch.chdir(tmp_path)
    made = Edited(tmp_path, 20, SEED)
    monkeypatch.setattr(kb.project, "frame_pages", made.frame)
    return made


def built(shard: Shard = WHOLE, site: str = "site", workers: int = 1) -> Outcome:
    """What `kb build` does."""
    return kb.project.built(Path("data"), Path(site), shard=shard, workers=workers)


def clean(edited: Edited) -> Mapping[str, bytes]:
    """The files of a site built from nothing."""
    edited.frame(kb.project.FRAME)
    target = edited.folder / "clean"
    assert build(link(load(edited.data)), kb.project.FRAME, Path("docs"), target) == []
    return files(target)


def assert_right(edited: Edited, since: str = "") -> None:
    """The site is what a build from nothing makes."""
    wanted, found = clean(edited), files(edited.site)
    wrong = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    assert not wrong, f"not as a clean build makes them: {wrong[:8]}, {len(wrong)} in all, after {since}"


def test_after_300_random_edits_the_site_is_what_a_clean_build_makes(edited: Edited) -> None:
    built()
    compared = 0
    while len(edited.made) < 300:
        before = len(edited.made)
        kinds = [edited.edit()] if edited.broken is not None else []
        kinds += [edited.edit() for _ in range(edited.chance.randint(1, 6)) if edited.broken is None]
        if before // 120 < len(edited.made) // 120 and edited.broken is None:
            kinds.append(edited.vocabulary_edit())
        edited.save()
        site = files(edited.site) if edited.broken else {}
        outcome = built()
        since = "; ".join(edited.made[compared:])
        if edited.broken is not None:
            assert errors(outcome.problems), f"nothing was told after {since}"
            assert files(edited.site) == site, f"a build that is stopped changed the site after {since}"
            continue
        assert not errors(outcome.problems), f"{outcome.problems[0]} after {since}"
        if len(edited.made) - compared >= 15 or not {*RARE}.isdisjoint(kinds):
            assert_right(edited, since)
            compared = len(edited.made)
    if edited.broken is not None:
        edited.edit()
        edited.save()
        built()
    assert_right(edited, "; ".join(edited.made[compared:]))
