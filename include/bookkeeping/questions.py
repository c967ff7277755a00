"""What only a person can find out: unanswered writes into books that cannot be looked into."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bookkeeping.answers import AGAIN
from bookkeeping.domain import Capability, DocumentKind, MoneyKind, Status
from bookkeeping.ledger import Entry, SyncLedger
from bookkeeping.mail.letters import MAIL, message_id
from bookkeeping.posting import CORRECTION
from bookkeeping.report.formats import counted, roubles, short_day
from bookkeeping.report.words import KINDS, MONEY_KINDS
from bookkeeping.write_back import WRITE_BACK

KNOWN_BY_INN = "inn:"
REPEATABLE = ("update", "cancel")
"""What may be sent a second time without harm: nobody needs to be asked."""

SHOWN = 5

SENT = ("ушло", "sent")
"""What a person writes who knows that a letter has arrived: letters have no id to look for."""

HINT = f"id в учёте (о письме — «{SENT[0]}»), или «{AGAIN[0]}», если там этого нет; пусто — оставить как есть"

BODY = """
Запросы на эти записи ушли, а ответы потерялись; сама программа не может узнать, чем это кончилось.
Найдите каждую запись в учёте и напишите рядом с ней:

- **id в учёте** — если она там есть: программа запомнит id и больше её не отправит;
- **{again}** (или **again**) — если её там нет: она уйдёт в учёт со следующим ежедневным запуском
  `sync_orders__{company}`; раньше — если очистить (Clear) `extract` этого дня со всем, что за ним следует;
- о письме — **{sent}** (или **sent**), если адресат его получил; **{again}** — если нет: письмо покупателю
  уйдёт так же, а письмо за день — если очистить (Clear) `digest` того дня в `reconcile__{company}`;
- ничего — если вы не уверены: запись останется без ответа.

Пока ответа нет, ничего не отправляется второй раз. Если не ответить вовсе, всё останется как есть,
а сверка следующего дня спросит снова.
"""


@dataclass(frozen=True)
class Question:
    """One unanswered write, as a person knows it.

    :ivar title: kind, number, date and sum; never who buys.
    """

    key: str
    title: str


def questions(
    ledger: SyncLedger, company: str, order_ids: Collection[str], capabilities: Collection[Capability]
) -> list[Question]:
    """Return what a person is to be asked about these orders, and about counterparties of the company."""
    unknown = [entry for entry in ledger.in_status(Status.UNKNOWN) if entry.company == company]
    here = [entry for entry in unknown if not entry.order_id or entry.order_id in order_ids]
    asked = [entry for entry in here if not can_be_looked_up(entry, capabilities)]
    return [Question(entry.key, _title(entry, ledger)) for entry in asked]


def can_be_looked_up(entry: Entry, capabilities: Collection[Capability]) -> bool:
    """Whether the next run can learn by itself how a write ended."""
    if entry.kind in set(DocumentKind):
        return Capability.SEARCH_DOCUMENTS in capabilities
    if entry.kind in set(MoneyKind):
        return Capability.PAYMENTS_LIST in capabilities
    if entry.kind == CORRECTION:
        return Capability.CORRECTIONS in capabilities
    if entry.kind in REPEATABLE or entry.kind == WRITE_BACK:
        return True  # the one may be sent again, the other can be read in the shop
    return entry.counterparty_key.startswith(KNOWN_BY_INN)


def in_ids(texts: Mapping[str, str | None]) -> dict[str, str | None]:
    """Put a letter's own id where a person wrote beside its key that it has arrived."""
    return {key: message_id(key) if _has_arrived(key, text) else text for key, text in texts.items()}


def _has_arrived(key: str, text: str | None) -> bool:
    is_letter = key.split("/")[1:2] == [MAIL]
    return is_letter and (text or "").strip().lower() in SENT


def subject(title: str, day: date, asked: Sequence[Question]) -> str:
    """Return the headline: whose, which day's and how many."""
    return f"{title}, {short_day(day)}: {counted(len(asked), 'запись', 'записи', 'записей')} без ответа"


def body(company: str) -> str:
    """Return what to do, as Markdown."""
    return BODY.format(again=AGAIN[0], sent=SENT[0], company=company).strip()


def _title(entry: Entry, ledger: SyncLedger) -> str:
    if entry.kind == MAIL:
        return _title_of_letter(entry)
    dated = f"от {short_day(entry.dated_on)} на {roubles(entry.total)}"
    if entry.kind in set(DocumentKind):
        return f"{KINDS[DocumentKind(entry.kind)]} № {entry.number} {dated}"
    if entry.kind in set(MoneyKind):
        return f"{MONEY_KINDS[MoneyKind(entry.kind)]} по заказу № {entry.number} {dated}"
    if entry.kind == CORRECTION:
        return f"Корректировка (возврат товара) № {entry.number} {dated}"
    return f"Контрагент: покупатель {_bought(_of_buyer(entry, ledger))}"


def _title_of_letter(letter: Entry) -> str:
    if not letter.order_id:
        return f"Письмо бухгалтеру за {short_day(letter.dated_on)}"
    return f"Письмо покупателю со счётом № {letter.number} от {short_day(letter.dated_on)}"


def _of_buyer(counterparty: Entry, ledger: SyncLedger) -> Iterable[str]:
    documents = ledger.of_company(counterparty.company, list(DocumentKind))
    wanted = counterparty.counterparty_key
    return dict.fromkeys(d.number for d in documents if d.counterparty_key == wanted and d.number)


def _bought(numbers: Iterable[str]) -> str:
    known = list(numbers)
    more = " и других" if len(known) > SHOWN else ""
    return f"по документам № {', '.join(known[:SHOWN])}{more}" if known else "без документов"
