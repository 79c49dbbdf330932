"""The command line: a thin layer over load, link, check, build and serve."""

from __future__ import annotations

import datetime
import gc
import re
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

import click

from kb import __version__, schema, words
from kb.build import WHOLE, Shard
from kb.check import check_folder
from kb.editing import COMMANDS, data_option
from kb.editors import keep_current, offer
from kb.edits import CutOffError, RefusedError
from kb.github import tell
from kb.graph import KnowledgeBase, Linked, link
from kb.load import FileChanged, load
from kb.model import SINGULAR
from kb.problems import Format, Problem, did_you_mean, errors, report
from kb.project import BUILD, DOCS, Checked, alone, built
from kb.spread import processors


class _Commands(click.Group):
    """The commands; one that cannot read or write a file says so in one line."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # whoever reads the output has seen enough; click ends quietly
        except (RefusedError, CutOffError) as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            raise click.ClickException(f"{error.filename or 'the output'}: {error.strerror}") from error
        except FileChanged as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kb")
def main() -> None:
    """Check, build and serve the knowledge base.

    \b
    Examples:
      kb serve                       see the site and every edit at http://127.0.0.1:8000/
      kb check                       every mistake, as path:line:col: code: message
      kb new source rfa-2017-07-19   start a record
      kb show ningbo                 what is known of a record
      kb verify --sources ../copies  whether its sources say so
      kb links                       whether their addresses still lead there
    """


@main.command()
@data_option
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True,
    help="Lines of text, a JSON list, or GitHub annotations, with the rest in the summary of the job.",
)  # fmt: skip
def check(data: Path, form: Format) -> None:
    """Tell every mistake in the records, all in one run.

    Exits with 1 if any is an error. Every code is explained on the site's reference page. Prose in a docs/ folder beside
    the data folder is checked with it, and so are the releases in changes/. Editors are told of the ids there are, in
    schema/ids.json.

    \b
    Examples:
      kb check
      kb check --format github
      kb check --data ../other/data --format json
    """
    docs = data.parent / DOCS
    kb, problems = check_folder(data, docs if docs.is_dir() else None)
    keep_current(kb)
    tell(problems, form)
    if not problems and form == "text":
        click.echo(f"{_counted(kb)}: no problems", err=True)
    raise SystemExit(1 if errors(problems) else 0)


class _ShardType(click.ParamType):  # type: ignore[type-arg]  # click makes it generic for type checkers alone
    """A share of a site, written i/n."""

    name = "I/N"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Shard:
        if isinstance(value, Shard):
            return value
        found = re.fullmatch(r"([1-9]\d{0,5})/([1-9]\d{0,5})", str(value))
        if found is None or int(found[1]) > int(found[2]):
            self.fail(f"found “{value}”, expected one of n shares, such as 1/4", param, ctx)
        return Shard(int(found[1]), int(found[2]))


@main.command("build")
@data_option
@click.option(
    "--site-dir", type=click.Path(path_type=Path), default=Path("site"), show_default=True,
    help="Where the finished site goes. It is touched only when everything came out.",
)  # fmt: skip
@click.option(
    "--workers", type=click.IntRange(1, 256), default=None,
    help="Processes that share the work where there is much of it; by default one for each processor.",
)  # fmt: skip
@click.option(
    "--shard", type=_ShardType(), default=WHOLE, show_default=True,
    help="Make only the i-th of n shares of the site; all shares put together are the site.",
)  # fmt: skip
def build_(data: Path, site_dir: Path, workers: int | None, shard: Shard) -> None:
    """Check the records and build the site.

    What is as an earlier build left it is not made again.

    \b
    Examples:
      kb build
      kb build --site-dir /srv/www
      kb build --shard 1/4
      SITE_URL=https://example.org/labour/ kb build
    """
    start = time.perf_counter()
    gc.disable()  # a build makes few cycles and ends soon; looking for them takes a fifth of its time
    with alone(lambda: click.echo("another build works in this folder: waiting for it to end", err=True)):
        with ExitStack() as shown:
            bar: Any = None

            def told(look: Checked) -> None:
                nonlocal bar
                if look.before.note:
                    click.echo(f"{look.before.note}: everything is made again", err=True)
                if look.problems and not errors(look.problems):
                    click.echo(report(look.problems), err=True)
                if not errors(look.problems):
                    click.echo(f"checked {_counted(look.kb)}", err=True)
                    bar = shown.enter_context(click.progressbar(length=1, label="parts", file=sys.stderr))

            def progress(done: int, of: int) -> None:
                bar.length = of
                bar.update(done - bar.pos)

            outcome = built(
                data, site_dir, workers=workers or processors(), shard=shard, told=told, progress=progress
            )  # fmt: skip
        _stop_on(outcome.problems)
    made = words.counted(outcome.made, "part")
    gc.freeze()  # nor is memory looked through once more at the end, only to be given back
    click.echo(f"built {site_dir}/ in {time.perf_counter() - start:.1f} s, {made} made", err=True)


@main.command()
@data_option
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes any free port.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
def serve(data: Path, port: int, host: str) -> None:
    """Build the site, serve it, and show every edit in the browser.

    Follows data/, docs/, the templates and mkdocs.yml. A mistake is shown here and on the page; the last good page
    stays.

    \b
    Examples:
      kb serve
      kb serve --port 8080
    """
    from kb.serve import serve as serve_site

    serve_site(data, DOCS, BUILD / "serve", host, port)


@main.command()
@data_option
@click.argument("id_", metavar="ID")
def show(data: Path, id_: str) -> None:
    """Print what is known of a record, or of one statement.

    \b
    Examples:
      kb show ningbo
      kb show ningbo-departure-2016#size
    """
    kb = link(load(data))
    owner, _, anchor = id_.partition("#")
    record = kb.records.get(kb.former.get(owner, owner))
    if record is None:
        if wrong := [problem for problem in kb.loaded.problems if Path(problem.path).stem == owner]:
            click.echo(report(wrong), err=True)
            raise click.ClickException(f"“{owner}” cannot be shown before its file is mended")
        raise click.ClickException(f"no record “{owner}”{did_you_mean(owner, kb.records)}")
    shown = [s for s in kb.of_subject[record.id] if anchor in ("", s.statement.id)]
    if anchor and not shown:
        near = [s.id for s in record.statements]
        raise click.ClickException(f"“{owner}” has no statement “{anchor}”{did_you_mean(anchor, near)}")
    if not anchor:
        click.secho(words.visible(record.caption), bold=True)
        click.echo(f"{SINGULAR[record.type]}, {record.kind} · {kb.loaded.path(record)}")
        if record.names:
            click.echo(" · ".join(name.value for name in record.names))
        click.echo(words.visible(record.summary))
    for linked in shown:
        _show_statement(kb, linked)
    if not anchor and (links := kb.backlinks.get(record.id, ())):
        click.echo()
        for backlink in links:
            click.echo(f"  {backlink.label}: {backlink.record.caption} ({backlink.record.id})")


def _show_statement(kb: KnowledgeBase, linked: Linked) -> None:
    scope = linked.statement.qualifiers
    limits = [
        scope.time.words if scope.time else "",
        scope.place or "",
        scope.agency or "",
        scope.sector or "",
        scope.group or "",
    ]
    click.echo(f"\n  {linked.ref}  [{linked.status}]")
    click.echo(f"  {linked.declared.label}: {words.visible(words.value(linked.value))}")
    if any(limits):
        click.echo(f"  scope: {', '.join(filter(None, limits))}")
    for cite in linked.cites:
        click.echo(f"  {cite.says}: {cite.source.id}, {words.place(cite)}")


@main.command("verify")
@data_option
@click.option(
    "--sources", "folder", required=True, type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with copies of sources: named <source-id>.txt, or whatever has the recorded sha256.",
)  # fmt: skip
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="Lines of text, or JSON.",
)  # fmt: skip
@click.argument("source_ids", metavar="[SOURCE...]", nargs=-1)
def verify_(data: Path, folder: Path, form: Literal["text", "json"], source_ids: tuple[str, ...]) -> None:
    """Look up what statements say in copies of their sources.

    For every citation: whether its paragraph exists, and whether the figures, dates and names of the statement stand in
    it or the citation says why not. Exits with 1 if something is not found or a copy is not the one recorded.

    \b
    Examples:
      kb verify --sources ../copies
      kb verify --sources ../copies rfa-2017-07-19
      kb verify --sources ../copies --format json
    """
    from kb import verify

    kb = link(load(data))
    _stop_on_unread(kb)
    known = [source.id for source in kb.by_type["sources"]]
    for id_ in source_ids:
        if id_ not in known:
            raise click.ClickException(f"no source “{id_}”{did_you_mean(id_, known)}")
    found = verify.verify(kb, folder, source_ids)
    click.echo(verify.report(kb, found, form))
    raise SystemExit(1 if errors(found.problems) else 0)


@main.command("links")
@data_option
@click.option(
    "--cache", type=click.Path(path_type=Path, dir_okay=False), default=Path("build/links.json"), show_default=True,
    help="What is known from before; written anew at the end, and when interrupted.",
)  # fmt: skip
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="Lines of text, or JSON.",
)  # fmt: skip
@click.option("--strict", is_flag=True, help="Exit with 1 if an address is dead.")
def links_(data: Path, cache: Path, form: Literal["text", "json"], strict: bool) -> None:
    """Ask whether the addresses of records and pages still lead somewhere.

    Asks slowly, one request at a time to a host, and not again for what the cache knows. Tells what is dead from what
    turns programs away and from what may be back tomorrow, which is dead once it failed on several days.

    \b
    Examples:
      kb links
      kb links --cache ../links.json --format json
      kb links --strict
    """
    from kb import links

    kb = link(load(data))
    _stop_on_unread(kb)
    docs = data.parent / DOCS
    found = links.addresses(kb, docs if docs.is_dir() else None)
    before, note = links.read_cache(cache)
    if note:
        click.echo(note, err=True)
    now = datetime.datetime.now(datetime.UTC)
    urls = links.due(found, before, now)
    asker = links.Asker(links.agent(data.parent / "mkdocs.yml"), links.Pace(links.PAUSE))
    answers: dict[str, links.Answer] = {}
    try:
        with click.progressbar(length=len(urls), label="addresses", file=sys.stderr) as bar:
            links.ask_all(urls, asker.ask, answers, done=lambda: bar.update(1))
    finally:
        known = links.remember(before, answers, now)
        links.write_cache(cache, known)
    click.echo(links.report(found, known, len(answers), form))
    raise SystemExit(1 if strict and any(p.code == "dead-link" for p in links.link_problems(found, known)) else 0)


@main.command()
@data_option
@click.argument("name")
@click.option("--summary", required=True, help="One plain sentence about the release.")
@click.option("--since", help="The commit to compare with; otherwise the one that brought the last release.")
@click.option("--date", default=None, help="The day it is published, YYYY-MM-DD; otherwise today.")
def release(data: Path, name: str, summary: str, since: str | None, date: str | None) -> None:
    """Record what changed since the last release, for readers.

    Compares the records with those of an earlier commit, statement by statement, and writes changes/NAME.yaml: what was
    corrected, withdrawn, revised and added. Write the reason of every correction and withdrawal into it; `kb check`
    names each that is missing. Commit it together with the records.

    \b
    Examples:
      kb release 2026-12 --summary "Statements on wages in Russia, and one correction."
      kb release 2026-12 --summary "A correction." --since v1
    """
    from kb.changes import KINDS, write_release

    kb, problems = check_folder(data)
    if wrong := errors(problems):
        click.echo(report(wrong), err=True)
        raise click.ClickException(
            f"{words.counted(len(wrong), 'error')}: mend them first, then record what is published"
        )
    path, difference = write_release(kb, name, date or datetime.date.today().isoformat(), summary, since)
    counts = [f"{words.number(len(getattr(difference, kind)))} {kind}" for kind in KINDS]
    click.echo(f"{path}: {', '.join(counts)}")
    if reasons := len(difference.corrected) + len(difference.withdrawn):
        click.echo(f"write {words.counted(reasons, 'reason')} into it: `kb check` names each place", err=True)


@main.command()
@click.option(
    "--site-dir", type=click.Path(path_type=Path), default=Path("site"), show_default=True, help="The finished site."
)
@click.option("--commit", help="The commit it was made from; otherwise the one that is checked out.")
@click.option("--check", "place", metavar="DIR|URL", help="Compare what is there with the manifest; writes nothing.")
@click.option("--manifest", "against", metavar="FILE|URL", help="Compare with this one and not with the site's own.")
def manifest(site_dir: Path, commit: str | None, place: str | None, against: str | None) -> None:
    """Write the digest of every published file, or say what differs elsewhere.

    Writes manifest.sha256 into the site, which `sha256sum --check` reads too. With --check, tells every file that is
    missing, extra or changed in a folder or at an address, and exits with 1 if any is.

    \b
    Examples:
      kb manifest
      kb manifest --check https://example.org/labour/
      kb manifest --check ../copy --manifest manifest.sha256
    """
    from kb import manifest as proof

    own = site_dir / proof.NAME
    if place is None:
        if not (site_dir / "index.html").is_file():
            raise click.ClickException(f"{site_dir}: found no site here: build it first (kb build)")
        if commit and not re.fullmatch(r"[0-9a-f]{7,64}", commit):
            raise click.ClickException(f"found “{commit}”, expected the hexadecimal name of a commit (--commit)")
        named, clean = (commit, True) if commit else proof.commit_of(Path())
        digests = proof.measure(site_dir)
        text = proof.written(digests, named, clean)
        new = own.with_name(f".{own.name}.new")
        new.write_text(text, encoding="utf-8")
        new.rename(own)
        click.echo(f"{own}: {words.counted(len(digests), 'file')}, commit {named}")
        if not clean:
            click.echo("some changes are in no commit, so nobody else can make this site: commit them first", err=True)
        return
    if not against and not own.is_file():
        raise click.ClickException(
            f"{own}: found no manifest: make it (kb build, kb manifest), or name one (--manifest)"
        )
    expected = proof.read(against or str(own))
    found = proof.check(expected, place)
    for difference in found:
        click.echo(difference)
    ways = [
        f"{words.number(n)} {way}" for way in ("missing", "extra", "changed") if (n := sum(d.way == way for d in found))
    ]
    of = f"{words.counted(len(expected.digests), 'file')} of commit {expected.commit or 'unknown'}"
    click.echo(f"{place}: {', '.join(ways) or 'the same'}; {of}", err=True)
    raise SystemExit(1 if found else 0)


@main.command("schema")
@click.argument("type_name", metavar="[TYPE]", required=False)
@click.option(
    "--write",
    "folder",
    type=click.Path(path_type=Path),
    is_flag=False,
    flag_value=Path("schema"),
    help="Write every schema to a folder (schema/).",
)
@click.option("--ids", "with_ids", is_flag=True, help="Write the ids of the records beside them (schema/ids.json).")
@data_option
def schema_(type_name: str | None, folder: Path | None, with_ids: bool, data: Path) -> None:
    """Print the JSON Schema of a type, or write what editors read.

    The schemas are committed; the ids are not, as they change with every record: `kb check` and `kb serve` write them too.

    \b
    Examples:
      kb schema people
      kb schema --write
      kb schema --ids
    """
    if with_ids:
        if path := offer(link(load(data))):
            click.echo(path)
        return
    if folder is not None:
        for path in schema.write(folder):
            click.echo(path)
        return
    found = schema.schemas()
    name = {singular: plural for plural, singular in SINGULAR.items()}.get(type_name or "", type_name)
    if f"{name}.json" not in found:
        names = [file.removesuffix(".json") for file in found]
        raise click.ClickException(f"name a type: {', '.join(names)}{did_you_mean(type_name or '', names)}")
    click.echo(found[f"{name}.json"], nl=False)


def _stop_on_unread(kb: KnowledgeBase) -> None:
    """Refuse a base with files that cannot be read: what they say would be missing without a word."""
    if kb.loaded.problems:
        click.echo(report(kb.loaded.problems), err=True)
        raise click.ClickException("mend these files first (kb check)")


for _command in COMMANDS:
    main.add_command(_command)


def _stop_on(problems: list[Problem]) -> None:
    if problems:
        click.echo(report(problems), err=True)
    if wrong := errors(problems):
        raise click.ClickException(f"{words.counted(len(wrong), 'error')}; the site is as it was")


def _counted(kb: KnowledgeBase) -> str:
    return f"{words.counted(len(kb.records), 'record')}, {words.counted(kb.size, 'statement')}"
