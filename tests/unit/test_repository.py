"""The repository as a stranger finds it: complete, pinned, explained, and tied to nobody's machine."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.txt", "requirements-dev.txt")
REASONS = (ROOT / "docs/adr/0003-dependencies.md").read_text(encoding="utf-8")

PIN = re.compile(r"[\w.-]+(\[[\w,-]+\])?==[\w.!+-]+( ; .+)?")
LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")

# Written so that they do not find themselves.
REGISTRY = re.compile(
    r"--(?:extra-)?index[-]url|--find[-]links|://[^/\s]*\b(?:artifactory|devpi|jfrog|nexus)\b"
)
PERSONAL = re.compile(rf"(?<![\w.])(?:/(?:home|Users)/\w|/roo[t]/|{re.escape(str(ROOT))})")
TEMPORARY = re.compile(r"(?<![\w.])/tm[p]/\w")


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """Every text file that Git keeps, or would keep after the next commit."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    files = [ROOT / name for name in listed.stdout.split("\0") if (ROOT / name).is_file()]
    contents = {str(file.relative_to(ROOT)): file.read_bytes() for file in files}
    return {name: content.decode() for name, content in contents.items() if b"\0" not in content}


@pytest.mark.parametrize("folder", ["dags", "plugins", "include", "tests"])
def test_a_folder_is_where_airflow_users_look_for_it(folder):
    assert (ROOT / folder).is_dir()


@pytest.mark.parametrize(
    "name",
    [
        ".ci/run",
        ".env.example",
        "CHANGELOG.md",
        "LICENSE",
        "Makefile",
        "README.md",
        "docker-compose.yaml",
        "pyproject.toml",
        "requirements.txt",
    ],
)
def test_a_file_is_where_a_stranger_looks_for_it(name):
    assert (ROOT / name).is_file()


def test_ci_runs_what_the_readme_tells_everyone_to_run_and_nothing_else(texts):
    lines = texts[".ci/run"].splitlines()
    assert [line for line in lines if not line.startswith(("#", "set ", "cd "))] == ["exec make check"]
    assert "make check" in texts["README.md"]
    assert os.access(ROOT / ".ci/run", os.X_OK)


def unpinned(lock: str) -> list[str]:
    lines = [line for line in lock.splitlines() if not line.lstrip().startswith("#")]
    return [line for line in lines if not PIN.fullmatch(line)]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_version_is_exact_and_from_no_particular_index(lock, texts):
    assert unpinned(texts[lock]) == []


@pytest.mark.parametrize(
    "line", ["airflow>=3", "airflow", "-i https://pypi.example/simple", "a @ https://b.example/a.whl"]
)
def test_a_version_that_is_not_exact_is_noticed(line):
    assert unpinned(f"pandas==3.1.1\n    # via pip\n{line}\n") == [line]


def chosen(requirements: str) -> set[str]:
    return set(re.findall(r"^[a-z][\w.-]*", requirements, re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_dependency_is_locked(lock, texts):
    assert chosen(texts[lock.replace(".txt", ".in")]) <= chosen(texts[lock])


def test_every_dependency_has_its_reason_and_no_reason_outlives_it(texts):
    explained = {
        name
        for subject in re.findall(r"^- (.+?):", REASONS, re.MULTILINE)
        for name in re.findall(r"`(.+?)`", subject)
    }
    assert explained == chosen(texts["requirements.in"]) | chosen(texts["requirements-dev.in"])


def traces(name: str, text: str) -> list[str]:
    """What ties a file to one machine; only a test may name a temporary folder."""
    patterns = [PERSONAL, REGISTRY] if name.startswith("tests/") else [PERSONAL, REGISTRY, TEMPORARY]
    return [found[0] for pattern in patterns for found in pattern.finditer(text)]


def test_no_file_is_tied_to_one_machine(texts):
    assert {name: found for name, text in texts.items() if (found := traces(name, text))} == {}


@pytest.mark.parametrize(
    "text",
    [
        "cd /" + "home/maria/shop",
        'open("/' + 'root/.netrc")',
        f"cd {ROOT}",
        "out = /" + "tmp/report.html",
        "pip install --index-" + "url https://pypi.shop.example",
        "pip install https://" + "nexus.shop.example/ours.whl",
    ],
)
def test_a_trace_of_one_machine_is_noticed(text):
    assert traces("Makefile", text)


def broken_links(folder: Path, markdown: str) -> list[str]:
    return [link for link in LINK.findall(markdown) if not (folder / link).exists()]


def test_every_link_leads_somewhere(texts):
    pages = {name: text for name, text in texts.items() if name.endswith(".md")}
    broken = {name: broken_links((ROOT / name).parent, text) for name, text in pages.items()}
    assert {name: links for name, links in broken.items() if links} == {}


def test_a_link_that_leads_nowhere_is_noticed():
    text = "[us](LICENSE#top), [top](#top), [them](https://example.ru/x) and [nobody](docs/nobody.md)"
    assert broken_links(ROOT, text) == ["docs/nobody.md"]
