"""What tests share: the project in a folder of its own, and the site built from it once."""

from __future__ import annotations

from pathlib import Path

import pytest
from project import Project, copied


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project with its site built by `kb build`. Nobody may change it."""
    project = copied(tmp_path_factory.mktemp("built") / "project")
    done = project.kb("build")
    assert done.returncode == 0, done.stderr
    return project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A copy of the project to change."""
    return copied(tmp_path / "project")
