"""The made-up records are valid, plenty and always the same; the comparison runs."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import peers
import prepare
import pytest
from generate import edit, ordinary
from measure import Cost, Side, build, held, power
from project import ROOT, Project, files
from run import NAMES, Base, Work, measure_in_turn, search
from table import costs, reached

from kb.check import check_folder
from kb.frame import Call, slot
from kb.graph import KnowledgeBase
from kb.model import TYPES, Dispute
from kb.page import SHOWN

BENCH = ROOT / "bench"


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCH / script), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def generate(out: Path, records: int = 300, seed: int = 7) -> dict[str, bytes]:
    done = run("generate.py", "--records", str(records), "--seed", str(seed), "--out", str(out))
    assert done.returncode == 0, done.stderr
    return files(out)


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    data = tmp_path_factory.mktemp("made-up") / "data"
    generate(data)
    kb, problems = check_folder(data)
    assert [str(problem) for problem in problems] == []
    return kb


def test_there_are_as_many_records_as_asked_for_of_every_type(made_up: KnowledgeBase) -> None:
    assert len(made_up.records) == 300
    assert all(made_up.by_type[name] for name in TYPES)


@pytest.mark.parametrize("records", [20, 21, 57])
def test_few_records_are_valid_too(tmp_path: Path, records: int) -> None:
    generate(tmp_path, records)
    kb, problems = check_folder(tmp_path)
    assert problems == []
    assert len(kb.records) == records and all(kb.by_type[name] for name in TYPES)


def test_records_are_in_the_shape_of_real_ones(made_up: KnowledgeBase) -> None:
    assert {len(record.statements) for record in made_up.records.values()} == set(range(5, 13))
    assert any("\uac00" <= name.value[0] <= "\ud7a3" for r in made_up.records.values() for name in r.names)
    assert any(cite.voice for linked in made_up.statements.values() for cite in linked.cites)
    assert {linked.status for linked in made_up.statements.values()} == {"reported", "corroborated", "contested"}
    for dispute in made_up.by_type["disputes"]:
        assert isinstance(dispute, Dispute)
        assert len(dispute.positions) == 2 and dispute.calculations


def test_few_records_have_most_links(made_up: KnowledgeBase) -> None:
    links = Counter({id_: len(found) for id_, found in made_up.backlinks.items()})
    most = sum(count for _, count in links.most_common(len(made_up.records) // 10))
    assert most > links.total() / 2


def test_a_seed_always_gives_the_same_bytes_and_another_gives_others(tmp_path: Path) -> None:
    once, again = generate(tmp_path / "once"), generate(tmp_path / "again")
    assert once == again
    assert generate(tmp_path / "other", seed=8).keys() != once.keys()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = run("generate.py", "--out", str(tmp_path))
    assert done.returncode != 0 and "not empty" in done.stderr
    assert files(tmp_path) == {"mine.txt": b"mine"}


def test_made_up_prose_is_on_the_pages_of_its_records(project: Project) -> None:
    for real in (project.folder / "docs").glob("*/*.md"):
        if real.parent.name in TYPES and real.name not in ("_page.md", "index.md"):
            real.unlink()
    data = project.folder / "made-up"
    done = run("generate.py", "--records", "40", "--out", str(data), "--docs", str(project.folder / "docs"))
    assert done.returncode == 0, done.stderr
    for page in (project.folder / "docs").rglob("*.md"):
        if page.parent.name not in TYPES:  # speaks of real records
            page.write_text(f"# {page.stem}\n", encoding="utf-8")
    built = project.kb("build", "--data", str(data))
    assert built.returncode == 0, built.stderr
    pages = [path.read_text(encoding="utf-8") for path in project.site.glob("*/*/index.html")]
    assert sum('<h2 id="background">' in page for page in pages) >= 4


def test_an_edit_is_a_note_in_one_record(tmp_path: Path) -> None:
    before = generate(tmp_path, 40)
    chosen = ordinary(tmp_path)
    assert {file.parent.name for file in chosen} == {"people", "places", "institutions", "policies", "events"}
    edit(chosen[3], random.Random(1))
    after = files(tmp_path)
    changed = chosen[3].relative_to(tmp_path).as_posix()
    assert {name for name in after if after[name] != before.get(name)} == {changed} and after.keys() == before.keys()
    new = [line for line in after[changed].splitlines() if line not in before[changed].splitlines()]
    assert len(new) == 1 and b"note: Read again" in new[0]
    assert check_folder(tmp_path)[1] == []
    edit(chosen[3], random.Random(2))
    assert files(tmp_path)[changed] != after[changed]


def test_the_comparison_prints_what_it_measured(tmp_path: Path) -> None:
    told = tmp_path / "told.json"
    sides = ["kb", "kb-edited", "kb-again", "stock"]
    done = run("run.py", "--records", "200", "--runs", "1", "--json", str(told), "--only", *sides)
    assert done.returncode == 0, done.stderr
    assert "200 made-up records" in done.stdout and "mkdocs-material" in done.stdout and "Hugo" not in done.stdout
    data = json.loads(told.read_text(encoding="utf-8"))
    assert [(one["side"], one["records"]) for one in data["measured"]] == [
        *((side, 200) for side in sides[:3]), ("kb", 20), ("stock", 20),
    ]  # fmt: skip
    assert all(one[figure] > 0 for one in data["measured"] for figure in ("wall", "cpu", "memory"))
    rows = re.findall(r"^(.+?) {2,}[\d.]+ \(goal ([\d.]+)\)$", done.stdout, re.M)
    assert rows == [
        ("full build, 20 records, against stock MkDocs, CPU time", "0.10"),
        ("nothing changed at 200, kb build, against our full build", "0.06"),
        ("power with which CPU grows: 20, 200 records", "1.05"),
    ]
    assert [goal["work"] for goal in data["goals"]] == [work for work, _ in rows]


@pytest.mark.parametrize(("option", "given"), [("--records", "199"), ("--runs", "0"), ("--only", "gatsby")])
def test_what_cannot_be_measured_is_refused(option: str, given: str) -> None:
    done = run("run.py", option, given)
    assert done.returncode == 2 and given in done.stderr.splitlines()[-1]


def test_the_search_is_compared_with_that_of_material(tmp_path: Path) -> None:
    compared = search(Base(tmp_path, 20, 1), names=2)
    rows = re.findall(r"^(here|Material)((?: +[\d.,]+){7})$", str(compared), re.M)
    assert [name for name, _ in rows] == ["here", "Material"]
    assert all(float(figure.replace(",", "")) > 0 for _, figures in rows for figure in figures.split())


def test_sides_are_measured_in_turn() -> None:
    order: list[tuple[str, int]] = []

    def work(name: str) -> Work:
        def measured(run: int) -> Cost:
            order.append((name, run))
            return Cost(run, 1, 1)

        return Work(name, 30, measured)

    measured = measure_in_turn([work("kb"), work("hugo-yaml")], 2)
    assert order == [("kb", 0), ("hugo-yaml", 0), ("kb", 1), ("hugo-yaml", 1)]
    assert measured["kb", 30] == [Cost(0, 1, 1), Cost(1, 1, 1)]


def test_the_table_has_ratios_of_medians_beside_the_goals() -> None:
    measured = {
        ("kb", 10_000): [Cost(20, 40, 900), Cost(10, 30, 300), Cost(15, 90, 600)],
        ("kb-kept", 10_000): [Cost(12, 20, 500)],
        ("hugo-yaml", 10_000): [Cost(60, 100, 2000)],
        ("kb-serve", 10_000): [Cost(0.1, 0.05, 800)],
        ("kb", 1000): [Cost(2, 4, 100)],
    }
    figures = {goal.work: (goal.figure, goal.at_most, goal.kept) for goal in reached(measured, 1000, 10_000)}
    assert figures == {
        "full build, 10,000 records, against Hugo from the same YAML, wall time": (0.25, 0.5, 0.2),
        "the same, CPU time": (0.4, 0.5, 0.2),
        "the same in seconds": (0.1, 0.15, None),
        "peak memory at 10,000, against Hugo from YAML": (0.3, 0.6, 0.25),
        "power with which CPU grows: 1,000, 10,000 records": (pytest.approx(1), 1.05, None),
    }
    assert "0.250 (goal 0.50); 0.200 with the frame kept" in str(next(reached(measured, 1000, 10_000)))
    row = next(line for line in costs(measured, NAMES).splitlines() if "from nothing" in line and "10,000" in line)
    assert row.split()[-5:] == ["10,000", "15.00", "40.00", "600", "4.00"]


def test_the_power_of_a_growth_is_found() -> None:
    assert power((size, 3 * size**1.2) for size in (1000, 10_000, 50_000)) == pytest.approx(1.2)
    assert power([(10, 7), (1000, 7)]) == pytest.approx(0)


HOLDS = """
import os, sys
kept = bytearray(b"x" * (64 << 20))
children = []
for _ in range(int(sys.argv[1])):
    child = os.fork()
    if not child:
        sys.stdin.read()
        os._exit(0)
    children.append(child)
print("ready", flush=True)
sys.stdin.read()
for child in children:
    os.waitpid(child, 0)
"""


@pytest.mark.parametrize("copies", [0, 3])
def test_memory_is_that_of_all_processes_and_what_they_share_counts_once(copies: int) -> None:
    before = held(os.getpid())
    assert before > 1
    command = [sys.executable, "-c", HOLDS, str(copies)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "ready\n"
        own, all_ = held(process.pid), held(os.getpid())
    assert 64 < own < 120
    assert all_ - before > 60
    assert held(process.pid) == 0


BUILDS = """
import subprocess, sys, pathlib
page = pathlib.Path("site/places/one/index.html")
page.parent.mkdir(parents=True)
page.write_text("made")
work = "import time\\nwhile time.process_time() < 0.3: pass"
subprocess.run([sys.executable, "-c", work], check=True)
print("and now for something else")
sys.exit(int(sys.argv[1]))
"""


def test_the_cost_of_a_build_is_that_of_all_it_starts(tmp_path: Path) -> None:
    side = Side("a side", tmp_path, [sys.executable, "-c", BUILDS, "0"])
    cost = build(side, 1)
    assert cost.cpu >= 0.3 and cost.wall >= 0.3 and cost.memory > 1
    assert build(side, 1).cpu >= 0.3, "its site is removed before, or it would fail"


@pytest.mark.parametrize(("code", "records"), [("3", 1), ("0", 2)])
def test_a_side_that_fails_or_leaves_pages_out_stops_with_its_words(tmp_path: Path, code: str, records: int) -> None:
    with pytest.raises(SystemExit, match=rf"a side made 1 pages of {records} records:\nand now for something else"):
        build(Side("a side", tmp_path, [sys.executable, "-c", BUILDS, code]), records)


PROSE = (
    'Those sent home waited. {{ cite("%s", 3) }}\n\n'
    '## Background { #background }\n\n- Crews waited. See {{ link("%s") }}.\n'
)


@pytest.fixture(scope="module")
def prepared(made_up: KnowledgeBase) -> prepare.Prepared:
    dispute, source, place = (made_up.by_type[name][0].id for name in ("disputes", "sources", "places"))
    return prepare.prepare(made_up, {dispute: PROSE % (source, place)})


@pytest.fixture
def tools(tmp_path: Path) -> peers.Tools:
    """A frame of the shape that MkDocs makes, and no tool installed."""
    frame = tmp_path / "frame"
    (frame / "assets").mkdir(parents=True)
    (frame / "assets" / "kb.css").write_text("p { color: red }")
    for name in TYPES:
        start, end = slot(Call("article-start")), slot(Call("article-end"))
        for file, html in (
            (f"{name}/_page/index.html", f"<title>{slot(Call('title'))}</title>{start}<h1></h1>{end}<footer></footer>"),
            (f"{name}/index.html", f"<h1>{name}</h1><p>{slot(Call('index', (name,)))}</p><footer></footer>"),
        ):
            (frame / file).parent.mkdir(parents=True, exist_ok=True)
            (frame / file).write_text(html, encoding="utf-8")
    packages = tmp_path / "eleventy" / "node_modules"
    (packages / "@11ty" / "eleventy").mkdir(parents=True)
    return peers.Tools(tmp_path / "no-hugo", packages / "@11ty" / "eleventy" / "cmd.cjs", frame)


def test_what_peers_print_says_what_our_pages_say(made_up: KnowledgeBase, prepared: prepare.Prepared) -> None:
    for id_, record in prepared.records.items():
        numbers = [cited["n"] for cited in record["cites"]]
        assert numbers == list(range(1, len(numbers) + 1)), "citations are numbered in reading order"
        refs = [entry["ref"] for group in record["groups"] for entry in group["statements"]]
        assert refs == [linked.ref for linked in made_up.of_subject[id_]]
        assert all(prepared.statements[ref]["status"] == made_up.statements[ref].status for ref in refs)
        links = sum(1 + len(link["again"]) for group in record.get("backlinks", []) for link in group["links"])
        assert links == len(made_up.backlinks.get(id_, ()))
        rest = len(made_up.resting_on.get(id_, ())) - SHOWN
        assert record.get("resting_more", "") == (f"{rest:,} more citations" if rest > 0 else "")
        resting = [entry["ref"] for group in record.get("resting", []) for entry in group["statements"]]
        assert resting == [of.ref for of in made_up.resting_on.get(id_, ())[:SHOWN]]
        assert json.loads(record["own"] + record["said"] + record["more"])["id"] == id_
    assert any(record.get("resting_more") for record in prepared.records.values())
    dispute = prepared.records[made_up.by_type["disputes"][0].id]
    assert [position["id"] for position in dispute["positions"]] == ["fewer", "more"]
    assert {"id": "background", "title": "Background", "children": []} in dispute["toc"]


def test_hugo_shows_as_many_statements_as_we_do() -> None:
    template = BENCH / "hugo" / "yaml" / "layouts" / "_partials" / "functions.html"
    assert re.findall(r"\$bound := (\d+)", template.read_text(encoding="utf-8")) == [str(SHOWN)]


def test_prose_is_numbered_and_linked_before_it_is_printed(made_up: KnowledgeBase, prepared: prepare.Prepared) -> None:
    (id_,) = prepared.prose
    text, place = prepared.prose[id_], made_up.by_type["places"][0]
    assert "{{" not in text and '<h2 id="background">' in text
    assert f'<a href="../../places/{place.id}/">{place.caption}</a>' in text
    number = re.search(r'href="#cite-(\d+)"', text)
    assert number
    cited = prepared.records[id_]["cites"][int(number[1]) - 1]
    assert cited["href"] == f"../../sources/{made_up.by_type['sources'][0].id}/#paragraph-3"


def test_front_matter_has_every_record_whole(tmp_path: Path, prepared: prepare.Prepared) -> None:
    peers.write_front_matter(prepared, tmp_path)
    written = {path.stem: path for path in tmp_path.glob("*/*.md") if path.stem != "_index"}
    assert written.keys() == prepared.records.keys()
    for id_, path in written.items():
        front, end = json.JSONDecoder().raw_decode(text := path.read_text(encoding="utf-8"))
        assert text[end:].strip() == prepared.prose.get(id_, "").strip()
        shown = front["params"]["record"]["groups"][0]["statements"][0]
        assert shown["s"] == prepared.statements[shown["ref"]]
        assert re.search(r'"[^"]*[A-Z][^"]*":', json.dumps({**front, "title": ""})) is None, (
            "Hugo makes keys lower case"
        )


@pytest.mark.parametrize("peer", peers.PEERS)
def test_each_peer_has_a_folder_with_all_it_builds_from(tmp_path: Path, tools: peers.Tools, peer: str) -> None:
    data, docs = tmp_path / "data", tmp_path / "docs"
    done = run("generate.py", "--records", "40", "--out", str(data), "--docs", str(docs))
    assert done.returncode == 0, done.stderr
    side = peers.PEERS[peer](tools, tmp_path / "side", data, docs)
    assert side.folder == tmp_path / "side" and side.command
    made = files(side.folder)
    records = {path.relative_to(data).as_posix() for path in data.glob("*/*.yaml")}
    if peer == "eleventy":
        assert set(json.loads(made["records.json"])) == {Path(record).stem for record in records}
        assert {"slot": "article"} in json.loads(made["shells.json"])["places"]
        assert made["assets/kb.css"] == b"p { color: red }"
        return
    assert made["static/assets/kb.css"] == b"p { color: red }"
    shell = "layouts/_partials/shell/places"
    assert made[f"{shell}/before.html"] == b"<title>{{ .title | htmlEscape }}</title>"
    assert made[f"{shell}/after.html"] == made[f"{shell}/index/after.html"] == b"<footer></footer>"
    if peer == "hugo-yaml":
        assert {name for name in made if name.startswith("data/")} == {
            f"data/{r}" for r in (*records, "properties.yaml")
        }
        prose = [text.decode() for name, text in made.items() if name.startswith("assets/prose/")]
        assert len(prose) == len(list(docs.glob("*/*.md")))
        assert all("{{< cite" in text and "{{< link" in text and "{{ " not in text for text in prose)
    else:
        assert {f"content/{record.replace('.yaml', '.md')}" for record in records} <= made.keys()
