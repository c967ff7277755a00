"""How the portal refuses a call."""

from __future__ import annotations


class RestError(Exception):
    """A refusal, which changed nothing.

    :ivar status: the HTTP status, if the call was not inside a batch.
    :ivar code: what a client should tell refusals apart by; the older modules have numbers.
    """

    def __init__(self, status: int, code: str | int, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.code = code

    def as_dict(self) -> dict[str, str | int]:
        """The refusal as it goes into an answer."""
        return {"error": self.code, "error_description": str(self)}
