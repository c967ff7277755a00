"""Public links to bills and acts in Elba's public API: one a document, and only a conflict tells its id."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from bookkeeping.clients.answers import Answer, Json
from bookkeeping.clients.failures import ApiRefusal
from bookkeeping.clients.transport import Payload, Transport
from bookkeeping.errors import MisconfiguredError, OutcomeUnknownError

UUID = re.compile(r"(?<![0-9a-f-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f-])", re.IGNORECASE)
CONFLICT, NOT_FOUND = 409, 404
LOOKS: Payload = {"withSignatures": False, "isQrCodeEnabled": False}


@dataclass(frozen=True)
class Links:
    """The links of one organization's documents.

    :ivar organization: what every path begins with.
    """

    http: Transport
    organization: str

    def publish(self, document_id: str) -> str:
        """Open the document to everybody who has its address, and return the address.

        :raises OutcomeUnknownError: it may be open by now; asking again does no harm.
        """
        try:
            answer = self._create(document_id, published=True)
        except ApiRefusal as refusal:
            link_id = self._existing(refusal, document_id)
            self._set(link_id, published=True)
            answer = self.http.read("GET", self._path(link_id))
        if url := answer.get("url"):
            return str(url)
        raise OutcomeUnknownError(f"The link to document {document_id} came without its address: ask again.")

    def withdraw(self, document_id: str) -> None:
        """Close the document to the public, if it was open at all.

        A link cannot be looked for, so one is made, closed from the start: what is refused because there is
        one already gets closed, and what was made for nothing is deleted.
        """
        try:
            answer = self._create(document_id, published=False)
        except ApiRefusal as refusal:
            self._set(self._existing(refusal, document_id), published=False)
        else:
            if link_id := answer.get("id"):
                self._delete(str(link_id))

    def _create(self, document_id: str, *, published: bool) -> Answer:
        payload = {"documentId": document_id, "published": published, **LOOKS}
        http = self.http.with_verdicts({"404": MisconfiguredError})
        return http.write("POST", f"{self.organization}/document-links", json=payload)

    def _set(self, link_id: str, *, published: bool) -> None:
        self.http.write("PUT", self._path(link_id), json={"isPublished": published, **LOOKS})

    def _delete(self, link_id: str) -> None:
        """Delete a link; as a second time is as good as once, it is repeated like a read."""
        try:
            self.http.read("DELETE", self._path(link_id))
        except ApiRefusal as refusal:
            if refusal.status != NOT_FOUND:
                raise

    def _existing(self, refusal: ApiRefusal, document_id: str) -> str:
        if refusal.status != CONFLICT:
            raise refusal
        ids = dict.fromkeys(_ids_in(refusal.body))
        ids.pop(document_id.lower(), None)
        if len(ids) != 1:
            raise refusal
        return next(iter(ids))

    def _path(self, link_id: str) -> str:
        return f"{self.organization}/document-links/{quote(link_id, safe='')}"


def _ids_in(body: Json) -> Iterator[str]:
    """Yield every id in an error, wherever it stands; the request's own id stands outside of it."""
    inside = body.get("error") if isinstance(body, dict) else None
    for text in _texts(inside):
        yield from (found.lower() for found in UUID.findall(text))


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)
