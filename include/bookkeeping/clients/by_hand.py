"""What books will not do to a document that stands in them, in words for who does it by hand."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from bookkeeping.clients.failures import ApiRefusal
from bookkeeping.domain import HoldReason
from bookkeeping.errors import RejectedError

DEEDS: Mapping[HoldReason, str] = {
    HoldReason.CHANGED_AFTER_POSTING: "Заказ изменился, а документ в учёте изменить нельзя",
    HoldReason.CANCELLED_AFTER_POSTING: "Заказ отменён, а документ в учёте отменить нельзя",
}
WHY: Mapping[str, str] = {
    "conflict": "он уже оплачен или отклонён",
    "document_cancelled": "он там отменён",
    "duplicate_number": "его номер уже занят другим",
    "has_dependents": "по нему есть оплаты, возвраты или корректировки",
    "not_found": "его там нет, или этот учёт такого не умеет",
    "period_closed": "период закрыт",
}


@contextmanager
def left_to_a_person(deed: HoldReason, external_id: str) -> Iterator[None]:
    """Say what to do by hand where the books refuse to touch a document that stands in them.

    :param deed: ``changed_after_posting`` or ``cancelled_after_posting``.
    :raises RejectedError: for that reason, unless the refusal has a better one.
    """
    try:
        yield
    except ApiRefusal as refusal:
        why = next((WHY[code] for code in refusal.codes if code in WHY), refusal.summary)
        is_vague = refusal.reason is HoldReason.REJECTED_BY_BOOKS
        reason = deed if is_vague else refusal.reason
        raise RejectedError(_by_hand(deed, external_id, why), reason=reason) from refusal


def by_hand(deed: HoldReason, external_id: str, why: str) -> RejectedError:
    """Return the error that leaves a change or a cancellation to a person."""
    return RejectedError(_by_hand(deed, external_id, why), reason=deed)


def _by_hand(deed: HoldReason, external_id: str, why: str) -> str:
    return f"{DEEDS[deed]} ({external_id}): {why}. Сделайте это вручную."
