"""What the project tells Airflow about itself; imports nothing."""


def get_provider_info() -> dict[str, object]:
    """Return the provider's description."""
    return {"package-name": "bitrix-accounting", "name": "Bitrix accounting", "description": "Orders into books."}
