"""YAML records about North Korea's overseas labour, made into a cross-linked static site.

The straight line: `load` reads records, `graph` links them, `check` finds what is wrong, `render` makes HTML of
them, `frame` fills the pages MkDocs made, `export` writes the machine formats, `build` puts it all in one folder.
"""

__version__ = "0.1.0"
