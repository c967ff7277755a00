"""docker-compose.yaml, Dockerfile and .env.example agree with each other and with the Airflow that is locked.

No Docker engine is needed: the real Compose program reads the file, and what it understood is compared with
what the file refers to. Each comparison is also shown copies that are broken.
"""

from __future__ import annotations

import ast
import json
import re
import runpy
import subprocess
import sys
import tomllib
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args
from urllib.parse import urlsplit

import pytest
import yaml
from cryptography.fernet import Fernet

from bookkeeping.companies import Books

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "docker-compose.yaml").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
COMMAND_TABLES = ("cli/cli_config.py", "providers/celery/cli/definition.py")
AIRFLOW = Path(find_spec("airflow").origin).parent

Project = dict[str, Any]
SECRETS = {
    "ACCOUNTANT_PASSWORD",
    "ADMIN_PASSWORD",
    "API_SECRET_KEY",
    "FERNET_KEY",
    "JWT_SECRET",
    "POSTGRES_PASSWORD",
}


def run(*command: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def compose(text: str, dotenv: Path, **shell: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("docker-compose")
    about = ("--file", "-", "--project-directory", ROOT, "--env-file", dotenv, "--profile", "*")
    return run(program, *about, "config", "--format", "json", input=text, env=shell)


def understood(text: str, dotenv: Path, **shell: str) -> Project:
    done = compose(text, dotenv, **shell)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="session")
def values() -> dict[str, str]:
    """What the commands of .env.example print for the variables below them."""
    commands = re.findall(r'^# python3 -c "(.+)"\n(\w+)=$', EXAMPLE, re.MULTILINE)
    return {name: run(sys.executable, "-c", code).stdout.strip() for code, name in commands}


@pytest.fixture(scope="session")
def dotenv(values, tmp_path_factory) -> Path:
    """.env.example as a user fills it in."""
    filled = re.sub(r"^(\w+)=$", lambda empty: f"{empty[1]}={values[empty[1]]}", EXAMPLE, flags=re.MULTILINE)
    path = tmp_path_factory.mktemp("compose") / ".env"
    path.write_text(filled, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def project(dotenv) -> Project:
    return understood(COMPOSE, dotenv)


def test_the_example_tells_how_to_make_every_secret(values):
    assert set(values) == SECRETS
    assert all(re.fullmatch(r"[\w=-]{16,}", value) for value in values.values())
    assert Fernet(values["FERNET_KEY"])
    assert len(values["JWT_SECRET"]) >= 64


def test_the_example_knows_the_variables_of_the_file_and_no_others():
    offered = set(re.findall(r"^(?:# )?([A-Z_]+)=", EXAMPLE, re.MULTILINE))
    assert offered - {"COMPOSE_PROFILES"} == set(re.findall(r"\$\{(\w+)", COMPOSE))


@pytest.mark.parametrize("secret", sorted(SECRETS))
def test_nothing_starts_without_a_secret(secret, dotenv, tmp_path):
    without = tmp_path / ".env"
    without.write_text(re.sub(rf"^{secret}=.*", f"{secret}=", dotenv.read_text(), flags=re.MULTILINE))

    done = compose(COMPOSE, without)

    assert done.returncode != 0
    assert f"variable {secret} is missing a value: Fill it in .env" in done.stderr


def test_a_shell_for_local_work_changes_nothing(dotenv, project):
    local = {
        "AIRFLOW__CORE__EXECUTOR": "OtherExecutor",
        "AIRFLOW_HOME": "elsewhere",
        "REPORTS_PATH": "elsewhere",
    }
    assert understood(COMPOSE, dotenv, **local) == project


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        pytest.param("condition: service_healthy", "condition: healthy", id="unknown condition"),
        pytest.param("      redis:\n", "      rabbit:\n", id="unknown service"),
        pytest.param("source: ledger.sql", "source: books.sql", id="unknown config"),
        pytest.param("- auth:/", "- secrets:/", id="unknown volume"),
        pytest.param("restart: unless", "restarts: unless", id="unknown key"),
    ],
)
def test_the_real_program_refuses_a_broken_copy(good, bad, dotenv):
    assert good in COMPOSE
    assert compose(COMPOSE.replace(good, bad), dotenv).returncode != 0


def locked(package: str) -> str:
    return re.search(rf"^{package}==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)[1]


def of_airflow(project: Project) -> dict[str, Project]:
    return {name: service for name, service in project["services"].items() if name.startswith("airflow-")}


def wrong_images(project: Project) -> Iterator[str]:
    """Ours is named after both of its versions, the others after one that does not move."""
    ours = f"bitrix-accounting:{PYPROJECT['project']['version']}-airflow-{locked('apache-airflow')}"
    for name, service in project["services"].items():
        right = service["image"] == ours if "build" in service else re.search(r":\d", service["image"])
        if not right:
            yield f"{name}: {service['image']}"


def unknown_options(project: Project) -> set[str]:
    """Airflow is silent about a variable that it does not know."""
    sections = yaml.load((AIRFLOW / "config_templates/config.yml").read_text(), yaml.CSafeLoader)
    for info in (AIRFLOW / "providers").rglob("get_provider_info.py"):
        sections |= runpy.run_path(str(info))["get_provider_info"]().get("config", {})
    known = {f"AIRFLOW__{name}__{key}".upper() for name in sections for key in sections[name]["options"]}
    given = {key for service in project["services"].values() for key in service.get("environment", {})}
    return {key for key in given if key.startswith("AIRFLOW__")} - known


def differing_settings(project: Project) -> Iterator[str]:
    """What one container signs, another one reads."""
    services = of_airflow(project)
    for key, value in services["airflow-scheduler"]["environment"].items():
        yield from (f"{name}: {key}" for name in services if services[name]["environment"].get(key) != value)


def absent_sources(project: Project) -> set[str]:
    """An absent folder is made by Docker: empty, and root's."""
    mounts = [mount for service in project["services"].values() for mount in service.get("volumes", [])]
    sources = {Path(mount["source"]) for mount in mounts if mount["type"] == "bind"}
    return {str(source) for source in sources if not (source.exists() and source.is_relative_to(ROOT))}


def unowned_volumes(project: Project) -> set[str]:
    """A volume takes its owner from the image's folder; without one it is root's, and nobody can write."""
    made = {"logs", *re.search(r"mkdir (.+)", DOCKERFILE)[1].split()}
    mounts = [mount for service in of_airflow(project).values() for mount in service["volumes"]]
    targets = {mount["target"] for mount in mounts if mount["type"] == "volume"}
    return targets - {f"/opt/airflow/{folder}" for folder in made}


def unshared_folders(project: Project) -> Iterator[str]:
    """What a task writes outlives its container, and the next task and the page see it."""
    for name, variables in {
        "airflow-scheduler": ("COMPANIES_FILE", "STAGING_PATH", "REPORTS_PATH"),
        "airflow-worker": ("COMPANIES_FILE", "STAGING_PATH", "REPORTS_PATH"),
        "airflow-dag-processor": ("COMPANIES_FILE",),
        "airflow-apiserver": ("COMPANIES_FILE", "REPORTS_PATH"),
    }.items():
        service = project["services"][name]
        targets = [mount["target"] for mount in service["volumes"]]
        paths = {key: Path(service["environment"][key]) for key in variables}
        yield from (f"{name}: {key}" for key in paths if not any(map(paths[key].is_relative_to, targets)))


def exposed_ports(project: Project) -> Iterator[str]:
    """Only Airflow's pages are published, and only to this machine."""
    for name, service in project["services"].items():
        addresses = {port.get("host_ip") for port in service.get("ports", [])}
        yield from (f"{name}: {ip}" for ip in addresses if (name, ip) != ("airflow-apiserver", "127.0.0.1"))


def unwatched_services(project: Project) -> Iterator[str]:
    """Whatever runs for ever is started again and asked for its health; what prepares it runs once."""
    for name, service in project["services"].items():
        watched = (service.get("restart"), "test" in service.get("healthcheck", {}))
        if watched != (("no", False) if name == "airflow-init" else ("unless-stopped", True)):
            yield name


def command_lines(project: Project) -> Iterator[str]:
    """What the image's entry point, which puts `airflow` before all but bash and python, gets to run."""
    for service in project["services"].values():
        if "build" in service:
            command = " ".join(service["command"])
            yield command if command.startswith(("bash", "python")) else f"airflow {command}"
            yield " ".join(service.get("healthcheck", {}).get("test", []))


def unknown_commands(project: Project) -> set[str]:
    said = re.findall(r"\bairflow ([a-z-]+)(?: ([a-z-]+))?", "\n".join(command_lines(project)))
    return {" ".join(filter(None, pair)) for pair in said} - airflow_commands()


def airflow_commands() -> set[str]:
    """Read Airflow's tables of commands as text: it takes seconds to import."""
    trees = [ast.parse((AIRFLOW / table).read_text()) for table in COMMAND_TABLES]
    assigned = [node for tree in trees for node in tree.body if isinstance(node, ast.Assign)]
    tables = {ast.unparse(node.targets[0]): node.value for node in assigned}
    groups = [pair for tree in trees for pair in groups_in(tree)]
    grouped = {(group, name) for group, table in groups for name in names_in(tables[table])}
    alone = {name for tree in trees for name in names_in(tree)} - {name for _, name in grouped}
    return alone | {" ".join(pair) for pair in grouped}


def names_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(ast.Name("ActionCommand"), _, [ast.keyword("name", ast.Constant(name)), *_]):
                yield name


def groups_in(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield each group's name with the name of its table, its last argument."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                ast.Name("GroupCommand"),
                _,
                [ast.keyword("name", ast.Constant(group)), *_, ast.keyword("subcommands", ast.Name(table))],
            ):
                yield group, table


def unknown_arguments(project: Project) -> Iterator[str]:
    """Our own programs say in their help what they take."""
    for module, rest in re.findall(r"\bpython -m (\w+)(.*)", "\n".join(command_lines(project))):
        arguments = re.findall(r"(?<!\S)(?:--)?[a-z]+", rest)
        yield from (f"{module} {argument}" for argument in arguments if argument not in help_of(module))


@cache
def help_of(module: str) -> str:
    return run(sys.executable, "-m", module, "--help").stdout


def unknown_addresses(project: Project) -> set[str]:
    """Every host is a service, and every database is made."""
    environment = project["services"]["airflow-scheduler"]["environment"]
    ledger = json.loads(environment["AIRFLOW_CONN_LEDGER_DEFAULT"])
    urls = [urlsplit(value) for key, value in environment.items() if "://" in value and "BASE" not in key]
    hosts = {ledger["host"], *(url.hostname for url in urls)}
    databases = {ledger["schema"], *(url.path[1:] for url in urls if "postgresql" in url.scheme)}
    made = re.findall(r"CREATE DATABASE (\w+);", project["configs"]["ledger.sql"]["content"])
    first = project["services"]["postgres"]["environment"]["POSTGRES_DB"]
    return (hosts - project["services"].keys()) | (databases - {first, *made})


def pools_made(project: Project) -> dict[str, int]:
    script = project["services"]["airflow-init"]["command"][-1]
    return {name: int(slots) for name, slots in re.findall(r"^pool (\w+) (\d+)$", script, re.MULTILINE)}


def unmatched_pools(project: Project) -> set[str]:
    """A task whose pool is absent is never started; what is no constant in a DAG is the company's books."""
    trees = [ast.parse(path.read_text()) for path in (ROOT / "dags").glob("*.py")]
    keywords = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.keyword)]
    named = [pool.value for pool in keywords if pool.arg == "pool" and isinstance(pool.value, ast.Constant)]
    systems = get_args(Books.model_fields["system"].annotation)
    return pools_made(project).keys() ^ {*systems, *(name.value for name in named)}


def resized_pools(project: Project) -> set[tuple[str, int]]:
    """What is tried out after `make init` runs at the pace of production."""
    tree = ast.parse((ROOT / "include/local_airflow/metadata.py").read_text())
    values = {ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}
    local = {(name, pool["slots"]) for name, pool in ast.literal_eval(values["POOLS"]).items()}
    return local ^ {*pools_made(project).items()}


BROKEN: dict[Callable[[Project], Any], list[tuple[str, str]]] = {
    wrong_images: [("-airflow-3", "-airflow-4"), ("redis:7.2-bookworm", "redis:latest")],
    unknown_options: [
        ("CORE__TEST_CONNECTION", "CORE__TEST_CONNECTIONS"),
        ("CELERY__BROKER_URL", "CELERY__URL"),
    ],
    differing_settings: [('DUMB_INIT_SETSID: "0"', "AIRFLOW__CORE__FERNET_KEY: another")],
    absent_sources: [("./include/config:", "./include/configs:"), ("./dags:", "/etc:")],
    unowned_volumes: [("auth:/opt/airflow/auth", "auth:/opt/airflow/passwords")],
    unshared_folders: [("staging:/opt/airflow/staging", "staging:/opt/airflow/stage")],
    exposed_ports: [
        ("UI_ADDRESS:-127.0.0.1", "UI_ADDRESS:-0.0.0.0"),
        ("    image: redis", "    ports: [6379:6379]\n    image: redis"),
    ],
    unwatched_services: [
        ('restart: "no"', "restart: always"),
        ("test: [CMD, redis-cli, ping]", "disable: true"),
    ],
    unknown_commands: [
        ("command: api-server", "command: webserver"),
        ("airflow db migrate", "airflow db init"),
    ],
    unknown_arguments: [
        ("python -m bookkeeping", "python -m bookkeeper"),
        ("bookkeeping migrate", "bookkeeping upgrade"),
        ("sandbox --host", "sandbox --address"),
    ],
    unknown_addresses: [("CREATE DATABASE ledger", "CREATE DATABASE books"), ("@postgres/", "@database/")],
    unmatched_pools: [("pool bitrix", "pool shop"), ("        pool elba 2\n", "")],
    resized_pools: [("pool kontur 2", "pool kontur 20")],
}


BROKEN_COPIES = [(complaints, good, bad) for complaints, pairs in BROKEN.items() for good, bad in pairs]


@pytest.mark.parametrize("complaints", BROKEN)
def test_the_file_agrees_with_what_it_refers_to(complaints, project):
    assert set(complaints(project)) == set()


@pytest.mark.parametrize(("complaints", "good", "bad"), BROKEN_COPIES)
def test_a_broken_copy_is_noticed(complaints, good, bad, dotenv):
    assert good in COMPOSE
    assert set(complaints(understood(COMPOSE.replace(good, bad), dotenv)))


def test_the_image_is_built_on_the_locked_airflow():
    python = PYPROJECT["tool"]["mypy"]["python_version"]
    assert f"FROM apache/airflow:slim-{locked('apache-airflow')}-python{python}\n" in DOCKERFILE


def test_the_image_gets_only_what_it_copies_and_never_root():
    copied = " ".join(re.findall(r"^COPY (?:--\S+ )?(.+) \S+$", DOCKERFILE, re.MULTILINE)).split()
    let_in = (ROOT / ".dockerignore").read_text().splitlines()

    assert "*" in let_in
    assert [line[1:] for line in let_in if line.startswith("!")] == copied
    assert [path for path in copied if not (ROOT / path).exists()] == []
    assert "USER" not in DOCKERFILE
