"""Former ids in; what hosts are told out: `_headers` and `_redirects` (Netlify, Cloudflare Pages), `_redirects.map` (nginx).

Their names begin with an underscore, and no host serves them as pages. A host that reads none of them still leads from a
former address to the present one, by the page that stands there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kb.graph import KnowledgeBase

HEADERS: Mapping[str, Mapping[str, str]] = {
    "/*": {
        "Content-Security-Policy": "frame-ancestors 'none'",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Referrer-Policy": "no-referrer",
        "Strict-Transport-Security": "max-age=31536000",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "public, max-age=0, must-revalidate",
    },
    "/api/*": {"Access-Control-Allow-Origin": "*"},
}
"""By address, what a host sends beside a file. What a page itself may load stands in the page (docs/architecture.md);
being shown within another page can be refused by a header alone. Names of files do not change with their content, so
they are asked for again and sent only where they differ."""


def hosting(kb: KnowledgeBase) -> Iterator[tuple[str, bytes]]:
    """Path below the site's root and content of every file for a host."""
    moved = {
        f"/{card.type}/{former}/": f"/{card.type}/{card.id}/"
        for card in kb.cards.values()
        for former in card.former_ids
    }
    rules = "".join(
        f"{address}\n" + "".join(f"  {name}: {value}\n" for name, value in headers.items())
        for address, headers in HEADERS.items()
    )
    yield "_headers", rules.encode()
    yield "_redirects", "".join(f"{old} {new} 301\n" for old, new in sorted(moved.items())).encode()
    yield "_redirects.map", "".join(f"{old} {new};\n" for old, new in sorted(moved.items())).encode()
