"""What the project tells Airflow about itself; it imports nothing, for every `airflow` command runs it."""


def get_provider_info() -> dict[str, object]:
    """Return the provider's description: three connection types and their forms."""
    return {
        "package-name": "bitrix-accounting",
        "name": "Bitrix accounting",
        "description": "Orders from 1C-Bitrix into Kontur.Accounting and Elba, once and to the kopeck.",
        "connection-types": [_bitrix(), _elba(), _kontur()],
    }


def _bitrix() -> dict[str, object]:
    return {
        "connection-type": "bitrix",
        "hook-name": "1C-Bitrix, Bitrix24",
        "hook-class-name": "bitrix_accounting.hooks.bitrix.BitrixHook",
        "ui-field-behaviour": {
            "hidden-fields": ["schema", "port"],
            "relabeling": {"login": "Webhook user id", "password": "Webhook code"},
            "placeholders": {
                "host": "https://shop.example.ru",
                "login": "1",
                "password": "code from the webhook",
            },
        },
        "conn-fields": {
            "auth": _choice("Authorization", "webhook", "oauth"),
            "client_id": _text("Application id", "oauth only"),
            "client_secret": _secret("Application key", "oauth only"),
            "refresh_token": _secret("First refresh token", "oauth only; a new one here begins anew"),
            "token_url": _address(
                "Token URL", "oauth only; https://oauth.bitrix.info/oauth/token/ unless set"
            ),
            "encoding": _choice("Encoding", "json", "form"),
            **_pace("2 a second, 50 in one go", "70"),
            **_at_once("4"),
        },
    }


def _elba() -> dict[str, object]:
    return {
        "connection-type": "elba",
        "hook-name": "Kontur.Elba",
        "hook-class-name": "bitrix_accounting.hooks.elba.ElbaHook",
        "ui-field-behaviour": {
            "hidden-fields": ["schema", "port"],
            "relabeling": {
                "login": "Client id (oauth)",
                "password": "Client secret (oauth) or API key (public)",
            },
            "placeholders": {"host": "https://elba-api.kontur.ru/v1"},
        },
        "conn-fields": {
            "api": _choice("API", "oauth", "public"),
            "token_url": _address("Token URL", "oauth only"),
            "scope": _text("Scope", "oauth only; elba.api unless set"),
            "organization_id": _text("Organization id", "public only"),
            "bank_account_id": _text("Bank account id", "public only; Elba's own choice unless set"),
            "api_key_header": _text("Header of the API key", "public only; X-Kontur-ApiKey unless set"),
            "capabilities": _switches(),
            **_pace("oauth 1 a second, 60 in one go; public 2 and 10", "60"),
            **_at_once("oauth 2, public 4"),
        },
    }


def _kontur() -> dict[str, object]:
    return {
        "connection-type": "kontur",
        "hook-name": "Kontur.Accounting",
        "hook-class-name": "bitrix_accounting.hooks.kontur.KonturHook",
        "ui-field-behaviour": {
            "hidden-fields": ["schema", "port"],
            "relabeling": {"login": "Account id", "password": "API key"},
            "placeholders": {"host": "https://api.kontur.ru/budget/v1", "login": "the organisation's id"},
        },
        "conn-fields": {
            "auth": _choice("Authorization", "api_key", "oauth"),
            "api_key_header": _text("Header of the API key", "X-Api-Key unless set"),
            "token_url": _address("Token URL", "oauth only"),
            "client_id": _text("Client id", "oauth only"),
            "client_secret": _secret("Client secret", "oauth only"),
            "scope": _text("Scope", "oauth only; accounting.api unless set"),
            "capabilities": _switches(),
            **_pace("5 a second, 10 in one go", "60"),
            **_at_once("2"),
        },
    }


def _at_once(limit: str) -> dict[str, object]:
    number: dict[str, object] = {"type": ["integer", "null"], "minimum": 1}
    return {"at_once": _field("Requests under way together", f"{limit} unless set", number)}


def _pace(limit: str, timeout: str) -> dict[str, object]:
    seconds: dict[str, object] = {"type": ["number", "null"], "minimum": 1}
    return {
        "rate": _field(
            "Requests a second", f"{limit} unless set", {"type": ["number", "null"], "minimum": 0.01}
        ),
        "burst": _field(
            "Requests in one go after a rest",
            f"{limit} unless set",
            {"type": ["integer", "null"], "minimum": 1},
        ),
        "timeout": _field("Seconds to wait for an answer", f"{timeout} unless set", seconds),
    }


def _choice(label: str, *allowed: str) -> dict[str, object]:
    schema: dict[str, object] = {"type": "string", "enum": list(allowed), "default": allowed[0]}
    return _field(label, " or ".join(allowed), schema)


def _text(label: str, description: str) -> dict[str, object]:
    return _field(label, description, {"type": ["string", "null"]})


def _secret(label: str, description: str) -> dict[str, object]:
    return _field(label, description, {"type": ["string", "null"], "format": "password"})


def _address(label: str, description: str) -> dict[str, object]:
    return _field(label, description, {"type": ["string", "null"], "format": "url"})


def _switches() -> dict[str, object]:
    example = 'what these books cannot do here, e.g. {"search_documents": false}'
    return _field("Capabilities", example, {"type": ["object", "null"]})


def _field(label: str, description: str, schema: dict[str, object]) -> dict[str, object]:
    return {"label": label, "description": description, "schema": schema}
