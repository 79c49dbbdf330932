"""The command line: a thin layer over load, link, check, build and serve."""

from __future__ import annotations

import datetime
import gc
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from kb import __version__, build, schema, words
from kb.check import check_folder
from kb.editors import keep_current, offer
from kb.framing import frame_pages
from kb.graph import KnowledgeBase, Linked, link
from kb.load import load
from kb.model import SINGULAR, TYPES
from kb.problems import Format, Problem, did_you_mean, errors, report

F = TypeVar("F", bound=Callable[..., Any])
DOCS = Path("docs")
FRAME = Path("build/frame")


def _data_option(command: F) -> F:
    option = click.option(
        "--data",
        type=click.Path(path_type=Path),
        default=Path("data"),
        show_default=True,
        help="Folder of the records.",
    )
    return option(command)


class _Commands(click.Group):
    """The commands; one that cannot read or write a file says so in one line."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # whoever reads the output has seen enough; click ends quietly
        except OSError as error:
            raise click.ClickException(f"{error.filename or 'the output'}: {error.strerror}") from error


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
    """


@main.command()
@_data_option
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
    if form == "github":
        _annotate(problems)
    elif problems or form == "json":
        click.echo(report(problems, form))
    if not problems and form == "text":
        click.echo(f"{_counted(kb)}: no problems", err=True)
    raise SystemExit(1 if errors(problems) else 0)


def _annotate(problems: list[Problem]) -> None:
    """Tell GitHub: annotations, and every problem in the summary of the job, where it has one."""
    from kb.github import annotate, summary

    if problems:
        click.echo(annotate(problems))
    given = os.environ
    if place := given.get("GITHUB_STEP_SUMMARY"):
        names = [given.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "SHA")]
        files = "{}/{}/blob/{}/".format(*names) if all(names) else ""
        with Path(place).open("a", encoding="utf-8") as file:
            file.write(summary(problems, files))


@main.command("build")
@_data_option
@click.option(
    "--site-dir", type=click.Path(path_type=Path), default=Path("site"), show_default=True,
    help="Where the finished site goes. It is replaced only when everything came out.",
)  # fmt: skip
def build_(data: Path, site_dir: Path) -> None:
    """Check the records and build the site.

    \b
    Examples:
      kb build
      kb build --site-dir /srv/www
      SITE_URL=https://example.org/labour/ kb build
    """
    start = time.perf_counter()
    gc.disable()  # a build makes few cycles and ends soon; looking for them takes a fifth of its time
    kb, problems = check_folder(data, DOCS)
    _stop_on(problems)
    click.echo(f"checked {_counted(kb)}", err=True)
    frame_pages(FRAME)
    with click.progressbar(length=len(kb.records), label="pages", file=sys.stderr) as bar:
        problems = build.build(
            kb, FRAME, DOCS, site_dir, lambda done, of: bar.update(max(0, min(done, len(kb.records)) - bar.pos))
        )
    _stop_on(problems)
    click.echo(f"built {site_dir}/ in {time.perf_counter() - start:.1f} s", err=True)


@main.command()
@_data_option
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

    serve_site(data, DOCS, Path("build/serve"), host, port)


@main.command()
@_data_option
@click.argument("type_name", metavar="TYPE")
@click.argument("id_", metavar="ID")
def new(data: Path, type_name: str, id_: str) -> None:
    """Start a record: a commented, valid file to fill in.

    TYPE is person, place, institution, policy, event, figure, dispute or source.

    \b
    Examples:
      kb new place khabarovsk
      kb new source rfa-2017-07-19
    """
    plural = {singular: plural for plural, singular in SINGULAR.items()}.get(type_name, type_name)
    if plural not in TYPES:
        names = SINGULAR.values()
        raise click.ClickException(
            f"found “{type_name}”, expected one of {', '.join(names)}{did_you_mean(type_name, names)}"
        )
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", id_):
        raise click.ClickException(f"found “{id_}”, expected lowercase letters a-z, digits and single hyphens")
    kb = link(load(data))
    if id_ in kb.records or id_ in kb.former:
        owner = kb.records[kb.former.get(id_, id_)]
        raise click.ClickException(f"the id “{id_}” is taken by {kb.loaded.path(owner)}: ids are unique over all types")
    path = data / plural / f"{id_}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(schema.start(plural, datetime.date.today().isoformat()))
    except FileExistsError as error:
        raise click.ClickException(f"{path} exists already: mend it (kb check), or choose another id") from error
    click.echo(path)


@main.command()
@_data_option
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
        click.echo(f"  {words.attribution(cite, kb)}: {cite.source.id}, {words.place(cite)}")


@main.command()
@_data_option
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
@_data_option
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


def _stop_on(problems: list[Problem]) -> None:
    if problems:
        click.echo(report(problems), err=True)
    if wrong := errors(problems):
        raise click.ClickException(f"{words.counted(len(wrong), 'error')}; the site is as it was")


def _counted(kb: KnowledgeBase) -> str:
    return f"{words.counted(len(kb.records), 'record')}, {words.counted(len(kb.statements), 'statement')}"
