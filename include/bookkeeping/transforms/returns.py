"""Goods that came back: of a sale that stands, its order by now asks for less (DESIGN R11)."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from bookkeeping.domain import CorrectedLine, Document, DocumentKind, DocumentLine, to_kopecks
from bookkeeping.transforms.revisions import Content, head_differences, partners

NONE_LEFT = Decimal(0)


@dataclass(frozen=True)
class GoodsBack:
    """What a document says once goods have come back.

    :ivar lines: those that are smaller by now.
    :ivar content: all lines in the places in which they were first sent, some perhaps of nothing.
    """

    lines: tuple[CorrectedLine, ...]
    content: Content


def goods_back(sent: Content, due: Document, elsewhere: Collection[str] = ()) -> GoodsBack | None:
    """Return what came back, if nothing else is the matter with the document; None if anything is.

    A price, a name, a rate, the head, more of anything: each makes it another change, which no correction
    for returned goods may hide. So does less of a service, which cannot come back, and of what may have moved
    to another document.

    :param elsewhere: names of what is a service, such as delivery, or stands in the order's other documents.
    """
    after = _left_of_lines(sent, due)
    if after is None or head_differences(sent, due):
        return None
    fallen = (left for line, left in zip(sent.lines, after, strict=True) if left.quantity != line.quantity)
    if any(line.is_service or line.name in elsewhere for line in fallen):
        return None
    content = replace(sent, lines=after)
    changed = tuple(
        CorrectedLine(place, left.quantity, left.price)
        for place, (line, left) in enumerate(zip(sent.lines, after, strict=True), 1)
        if left.quantity != line.quantity
    )
    return GoodsBack(changed, content) if changed and content.total == due.total else None


def sold_elsewhere(document: Document, due: Iterable[Document]) -> set[str]:
    """Return what the order's other sales and acts sell: goods may have moved there, or become a service.

    :param due: what is asked for, of this order or of others too.
    """
    others = (
        each
        for each in due
        if each.key != document.key
        and each.key.order_id == document.key.order_id
        and each.key.kind is not DocumentKind.BILL
    )
    return {line.name for each in others for line in each.lines}


def _left_of_lines(sent: Content, due: Document) -> tuple[DocumentLine, ...] | None:
    """Return each line with what is left of it; None if that is not all that the order asks for."""
    pairs = partners(sent.sold, due.lines)
    if len(pairs) < len(due.lines):
        return None
    left = iter(list(_left(sent.sold, due.lines, pairs)))
    after = tuple(next(left) if line.quantity else line for line in sent.lines)
    return None if None in after else tuple(line for line in after if line is not None)


def _left(
    before: tuple[DocumentLine, ...], after: tuple[DocumentLine, ...], pairs: dict[int, int]
) -> Iterator[DocumentLine | None]:
    for place, line in enumerate(before):
        partner = after[pairs[place]] if place in pairs else None
        yield _smaller(line, partner.quantity if partner else NONE_LEFT, partner)


def _smaller(line: DocumentLine, quantity: Decimal, partner: DocumentLine | None) -> DocumentLine | None:
    """Return a line of which only so much is left; None if its partner is not just less of the same."""
    total = to_kopecks(line.price * quantity)
    is_service = line.is_service or bool(partner and partner.is_service)
    vat = line.vat_rate.inside(total)
    left = replace(line, quantity=quantity, total=total, vat=vat, is_service=is_service)
    is_less = quantity <= line.quantity
    same = partner is None or replace(partner, is_service=is_service) == left
    return left if is_less and same else None
