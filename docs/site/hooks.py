"""What MkDocs is told beside its settings: the pages that are made from other files, and where links
that leave docs/ lead to.

README.md is the home page; a page of the reference is made for each public package, and the gallery
by gallery.py. Files of the repository that pages link to are put into the site.
"""

from __future__ import annotations

import posixpath
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

sys.path.append(str(Path(__file__).parent))
import gallery

ROOT = Path(__file__).parents[2]
PACKAGES = ("symbolic", "signatures", "programs", "evals", "students", "optimizers", "train")
PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
}
LINK = re.compile(r"(!?\[(?:[^\[\]]|!?\[[^\[\]]*\]\([^)]*\))*\])\(([^)#:\s]+)((?:#[^)\s]*)?)\)")
FILES = "repository"  # where the site has files that are no pages
SHOWN = {".txt", ".png", ".svg", ".html"}  # by a browser, as they are


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made, and the files that pages link to."""
    made = {page: (ROOT / name).read_text(encoding="utf-8") for name, page in PAGES.items()}
    made |= {f"reference/{name}.md": _reference(name) for name in PACKAGES}
    made |= {f"gallery/{name}": content for name, content in gallery.pages().items()}
    for path, content in made.items():
        files.append(File.generated(config, path, content=content))
    linked = {t for page in files.documentation_pages() for t in _targets(page)}
    for target in sorted(t for t in linked if not _in_docs(t) and t not in PAGES):
        if (ROOT / target).is_file():
            copy = File.generated(config, _copy(target), content=(ROOT / target).read_bytes())
            files.append(copy)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead every link to its place in the site; what is linked to a folder stays as words."""

    def led(found: re.Match[str]) -> str:
        words, target, anchor = found.groups()
        path = _resolved(target, page.file.src_uri)
        if (ROOT / path).is_dir():
            return words[1:-1]
        place = PAGES.get(path) or (path.removeprefix("docs/") if _in_docs(path) else _copy(path))
        start = posixpath.dirname(page.file.src_uri) or "."
        return f"{words}({posixpath.relpath(place, start)}{anchor})"

    return LINK.sub(led, markdown)


def _targets(page: File) -> Iterator[str]:
    for found in LINK.finditer(page.content_string):
        yield _resolved(found[2], page.src_uri)


def _resolved(target: str, page: str) -> str:
    """The path in the repository that a link on a page of the site means."""
    origin = next((name for name, made in PAGES.items() if made == page), f"docs/{page}")
    return posixpath.normpath(posixpath.join(posixpath.dirname(origin), target))


def _in_docs(path: str) -> bool:
    """Whether MkDocs has it already."""
    return path.startswith("docs/") and not path.startswith("docs/site/")


def _copy(path: str) -> str:
    """Where the site has the file; as text where a browser would not show it."""
    shown = path.replace("/.", "/").lstrip(".")  # MkDocs leaves hidden files out
    return f"{FILES}/{shown}" + ("" if Path(path).suffix in SHOWN else ".txt")


def _reference(package: str) -> str:
    return f"# zoped.{package}\n\n::: zoped.{package}\n"
