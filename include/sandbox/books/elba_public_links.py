"""Public links to documents of the public Elba API."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sandbox.books.elba_public_common import DOCUMENTS, found, read, refuse
from sandbox.books.elba_public_models import LinkSettings, NewLink
from sandbox.books.errors import BookError, Detail
from sandbox.books.web import Action, Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.books.book import Book, Row
    from sandbox.books.web import Call, Paths

LINKS = "/organizations/{organization}/document-links"

LINKABLE = ("bills", "acts")


class Links:
    """Make, change and delete the one link that a bill or an act may have."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def paths(self) -> Paths:
        """The calls of this part."""
        one = {"GET": Action(self.get), "PUT": Action(self.update), "DELETE": Action(self.delete)}
        return {LINKS: {"POST": Action(self.create)}, f"{LINKS}/{{id}}": one}

    def create(self, call: Call) -> Answer:
        """Make the link of a document that has none."""
        row = read(NewLink, call).row()
        refuse(self._objections(row))
        for twin in self._book.where("links", "documentId", row["documentId"]):
            raise self._conflict(row["documentId"], twin["id"])
        link_id = self._book.new_id()
        url = f"https://elba.kontur.ru/Documents/{UUID(link_id).hex}"
        self._book.add("links", {"id": link_id, "url": url} | row)
        return Answer(201, {"id": link_id, "url": url})

    def get(self, call: Call) -> Answer:
        """Where the link leads."""
        return Answer(200, {"url": found(self._book, "links", call.path["id"])["url"]})

    def update(self, call: Call) -> Answer:
        """Publish or unpublish, and what to show."""
        row = found(self._book, "links", call.path["id"])
        settings = read(LinkSettings, call).row()
        changed = row | settings | {"published": settings["isPublished"]}
        del changed["isPublished"]
        refuse(self._objections(changed))
        self._book.replace("links", changed)
        return Answer(204)

    def delete(self, call: Call) -> Answer:
        """Take the link away; the document may get another."""
        self._book.remove("links", found(self._book, "links", call.path["id"])["id"])
        return Answer(204)

    def _objections(self, link: Row) -> Iterator[Detail]:
        kind = self._kind_of(link["documentId"])
        if kind is None:
            yield Detail("documentId", "document_not_found", "Такого документа не существует")
        elif kind not in LINKABLE:
            text = "Для данного типа документа, нельзя создать ссылку"
            yield Detail("documentId", "document_type_not_linkable", text)
        if link["withSignatures"] and self._book.is_set("signatures", "missing"):
            yield Detail("withSignatures", "signatures_missing", "Не загружены ваши подписи или печать")
        if link["isQrCodeEnabled"]:
            yield from self._qr_objections(kind)

    def _qr_objections(self, kind: str | None) -> Iterator[Detail]:
        if kind != "bills":
            yield Detail("isQrCodeEnabled", "qr_bills_only", "QR-код бывает только у счёта")
        if all(account["closed"] for account in self._book.rows("bank_accounts")):
            text = "Проверьте что добавлен банковский счет"
            yield Detail("isQrCodeEnabled", "qr_bank_account_missing", text)

    def _kind_of(self, document_id: str) -> str | None:
        kinds = (kind for kind in DOCUMENTS if self._book.find(kind, document_id))
        return next(kinds, None)

    def _conflict(self, document_id: str, link_id: str) -> BookError:
        text = "Ссылка уже была создана"
        match self._book.profile("link_conflict"):
            case "message":
                return BookError(409, "link_exists", f"{text} для документа {document_id}: {link_id}")
            case "target":
                return BookError(409, "link_exists", text, details=[Detail(link_id, "link_exists", text)])
            case "details":
                return BookError(
                    409, "link_exists", text, details=[Detail("documentId", "link_exists", link_id)]
                )
        return BookError(409, "link_exists", text, context={"linkId": link_id})
