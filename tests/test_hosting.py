"""What hosts are told: headers, and where former ids lead."""

from __future__ import annotations

from pathlib import Path

from project import Project
from records import base, place

from kb.hosting import hosting

MOVED = {"places/port": place(former_ids=["old-port", "pier"]), "places/quay": place()}


def test_former_addresses_lead_to_the_present_one(tmp_path: Path) -> None:
    made = dict(hosting(base(tmp_path, MOVED)))
    assert made["_redirects"] == b"/places/old-port/ /places/port/ 301\n/places/pier/ /places/port/ 301\n"
    assert made["_redirects.map"] == b"/places/old-port/ /places/port/;\n/places/pier/ /places/port/;\n"


def test_without_former_ids_there_is_nothing_to_redirect(tmp_path: Path) -> None:
    made = dict(hosting(base(tmp_path, {})))
    assert (made["_redirects"], made["_redirects.map"]) == (b"", b"")


def test_headers_are_an_address_and_then_indented_names_and_values(tmp_path: Path) -> None:
    first, *rest = dict(hosting(base(tmp_path, {})))["_headers"].decode().splitlines()
    assert first == "/*"
    assert "  X-Content-Type-Options: nosniff" in rest
    assert rest[-2:] == ["/api/*", "  Access-Control-Allow-Origin: *"]
    for line in rest:
        name, _, value = line.strip().partition(": ")
        assert line.startswith("/") or (line.startswith("  ") and name and value)


def test_the_build_writes_them(built: Project) -> None:
    assert (built.site / "_headers").read_text(encoding="utf-8").startswith("/*\n")
    assert (built.site / "_redirects").is_file() and (built.site / "_redirects.map").is_file()
