"""Airflow can read what the project says of itself, and the forms it draws from it are right."""

import json
import subprocess
import sys
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from bitrix_accounting import provider_info
from bitrix_accounting.hooks.bitrix import BitrixHook
from bitrix_accounting.hooks.elba import ElbaHook
from bitrix_accounting.hooks.kontur import KonturHook
from bitrix_accounting.provider_info import get_provider_info

HOOKS = {"bitrix": BitrixHook, "elba": ElbaHook, "kontur": KonturHook}


def schema(name):
    return json.loads(files("airflow").joinpath(name).read_text())


@pytest.fixture(params=HOOKS)
def connection_type(request):
    types = {each["connection-type"]: each for each in get_provider_info()["connection-types"]}
    return types[request.param]


def test_the_description_satisfies_airflows_own_schema():
    jsonschema.validate(get_provider_info(), schema("provider_info.schema.json"))


def test_the_connection_types_satisfy_the_stricter_schema_of_providers():
    strict = schema("provider.yaml.schema.json")["properties"]["connection-types"]

    jsonschema.validate(get_provider_info()["connection-types"], strict)


def test_the_entry_point_leads_here():
    (ours,) = (each for each in entry_points(group="apache_airflow_provider") if "bitrix" in each.value)

    assert ours.load()() == get_provider_info()
    assert ours.dist.name == get_provider_info()["package-name"] == "bitrix-accounting"


def test_the_module_imports_nothing():
    program = (
        "import sys; before = set(sys.modules); import bitrix_accounting.provider_info; "
        "print(*sorted(set(sys.modules) - before))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout

    assert loaded.split() == ["bitrix_accounting", "bitrix_accounting.provider_info"]


def test_a_type_leads_to_its_hook(connection_type):
    hook = HOOKS[connection_type["connection-type"]]

    assert connection_type["hook-class-name"] == f"{hook.__module__}.{hook.__name__}"
    assert connection_type["hook-name"] == hook.hook_name
    assert connection_type["connection-type"] == hook.conn_type
    assert hook.default_conn_name == f"{hook.conn_type}_default"
    assert getattr(hook(**{hook.conn_name_attr: "mine"}), hook.conn_name_attr) == "mine"


def test_a_form_hides_secrets_and_offers_choices(connection_type):
    fields = connection_type["conn-fields"]
    secrets = {name for name in fields if "secret" in name or name == "refresh_token"}

    assert all(fields[name]["schema"]["format"] == "password" for name in secrets)
    for name in fields.keys() & {"auth", "api", "encoding"}:
        choice = fields[name]["schema"]
        assert choice["default"] == choice["enum"][0]
    for name in fields.keys() - {"auth", "api", "encoding"}:
        assert "null" in fields[name]["schema"]["type"], f"{name} may stay empty"


def test_the_plugin_loader_passes_by_the_package():
    plugins = Path(provider_info.__file__).parents[1]

    assert (plugins / ".airflowignore").read_text().split() == ["bitrix_accounting/"]
