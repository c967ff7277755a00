"""The tables of a closing, the same on the page and in the workbook."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from bookkeeping.closing.month import (
    Cause,
    ChangeRow,
    Closing,
    Gap,
    HoldTotal,
    KindTotal,
    LateDocument,
    RateTotal,
    Repeat,
    UnrecordedMoney,
)
from bookkeeping.closing.verdict import verdict, why
from bookkeeping.closing.words import CAUSES, FIELDS, change_value, kind_name, rate_or_rest
from bookkeeping.domain import DocumentKind
from bookkeeping.holds import words_for
from bookkeeping.ledger import Entry
from bookkeeping.outcomes import ForeignRow, Outcome
from bookkeeping.report.formats import short_day
from bookkeeping.report.tables import Row, Table
from bookkeeping.report.totals import OutcomeTotal
from bookkeeping.report.words import KINDS, MONEY_KINDS, OUTCOMES, STATUSES

T = TypeVar("T")

MOSCOW = ZoneInfo("Europe/Moscow")
"""The time of the country's accountants."""


@dataclass(frozen=True)
class Section:
    """One table with what has to be known to read it.

    :ivar empty: what is said in place of a table without rows; nothing if the section is left out then.
    """

    table: Table
    about: str
    empty: str = ""


def sections(closing: Closing) -> tuple[Section, ...]:
    """Return what the page shows, in its order; the workbook has the same rows, each in full."""
    return (
        *_what_changed(closing),
        Section(
            _table("Документы", TOTAL_COLUMNS, _total, closing.documents),
            "По журналу программы: проведено, дата документа — в этом месяце; без отменённых. Документ стоит "
            "так, как был выписан; возвраты товара — отдельной строкой, по своей дате, со знаком минус.",
            "Проведённых документов с датой в этом месяце нет.",
        ),
        Section(
            _table("НДС по ставкам", RATE_COLUMNS, _rate, closing.rates),
            "По строкам документов, как они были отправлены. Если строки неизвестны или по документу был "
            "возврат, его сумма не разложена.",
        ),
        Section(
            _table("Деньги", MONEY_COLUMNS, _money_total, closing.money),
            "По журналу программы: записано в учёт, дата оплаты или возврата — в этом месяце.",
            "Программа не записала в учёт ни одной оплаты за этот месяц.",
        ),
        Section(
            _table("Результаты", OUTCOME_COLUMNS, _outcome, closing.outcomes),
            "По сверке: заказы, с которыми в этом месяце что-то происходило. Сами заказы — в файлах "
            "reconciliation.html и reconciliation.xlsx.",
            "Заказов с событиями в этом месяце нет.",
        ),
        Section(
            _table("Удержано", HOLD_COLUMNS, _hold, closing.holds),
            "Почему документы и деньги месяца не отправлены и что сделать.",
        ),
        Section(
            _table("Не проведено", WAITING_COLUMNS, _waiting, closing.waiting),
            "По журналу программы: записи с датой в этом месяце, которых в учёте нет, и те, о которых "
            "неизвестно, есть ли они там.",
            "Всё, что должно быть в учёте за этот месяц, проведено.",
        ),
        Section(
            _table("Проведено поздно", LATE_COLUMNS, _late, closing.late),
            "Документы с датой в этом месяце, которые попали в учёт позже следующего за ним дня (время "
            "московское). Если отчётность за месяц уже сдана, проверьте, вошли ли они в неё.",
        ),
        Section(
            _table("Деньги не записаны", UNRECORDED_COLUMNS, _unrecorded, closing.unrecorded),
            "По магазину: оплаты и возвраты с датой в этом месяце, которых нет в учёте целиком или в части.",
        ),
        Section(
            _table("Пропуски номеров", CAUSE_COLUMNS, _cause, _causes(closing.gaps)),
            "Номера от первого до последнего заказа, созданного в этом месяце, под которыми нет документа "
            "данного вида. Пропуск без заказа — повод спросить, не удалён ли заказ из магазина.",
        ),
        Section(
            _table("Номера", GAP_COLUMNS, _gap, _listed(closing.gaps)),
            "Пропуски по одному; сначала те, которых ни один заказ не объясняет.",
        ),
        Section(
            _table("Повторы номеров", REPEAT_COLUMNS, _repeat, closing.repeats),
            "Один номер у нескольких документов одного вида в одном году.",
        ),
        Section(
            _table("Чужие документы", FOREIGN_COLUMNS, _foreign, closing.foreign),
            OUTCOMES[Outcome.FOREIGN].meaning,
        ),
    )


def tables(closing: Closing) -> tuple[Table, ...]:
    """Return the workbook's sheets: the verdict, then all that the page shows."""
    return (_conclusion(closing), *(section.table for section in sections(closing)))


def _table(title: str, columns: dict[str, int], to_row: Callable[[T], Row], things: Iterable[T]) -> Table:
    return Table(title, columns, [to_row(thing) for thing in things])


def _conclusion(closing: Closing) -> Table:
    closed = f"по {short_day(closing.closed_through)}" if closing.closed_through else "не закрыт"
    rows: list[Row] = [
        ("Компания", closing.title),
        ("Период", f"{short_day(closing.first_day)} — {short_day(closing.last_day)}"),
        ("Вывод", f"{verdict(closing)} {why(closing)}".strip()),
        *(("Обратите внимание", note) for note in closing.notes),
        ("Закрытый период", closed),
        ("Пакет собран", moment(closing.created_at)),
    ]
    return Table("Вывод", {"Что": 24, "Ответ": 120}, rows)


def moment(at: datetime) -> str:
    """Write a moment as people in Moscow would."""
    return f"{at.astimezone(MOSCOW):%d.%m.%Y %H:%M}"


TOTAL_COLUMNS = {"Документ": 20, "Количество": 12, "Сумма, ₽": 18, "В том числе НДС, ₽": 18}


def _total(total: KindTotal) -> Row:
    return kind_name(total.kind), total.count, total.total, total.vat


RATE_COLUMNS = {"Документ": 20, "Ставка НДС": 26, "Сумма, ₽": 18, "В том числе НДС, ₽": 18}


def _rate(total: RateTotal) -> Row:
    return KINDS[total.kind], rate_or_rest(total.rate), total.total, total.vat


MONEY_COLUMNS = {"Операция": 20, "Количество": 12, "Сумма, ₽": 18}


def _money_total(total: KindTotal) -> Row:
    return kind_name(total.kind), total.count, total.total


OUTCOME_COLUMNS = {
    "Результат": 30,
    "Количество": 12,
    "Сумма, ₽": 18,
    "Разница, ₽": 18,
    "Что это значит": 80,
}


def _outcome(total: OutcomeTotal) -> Row:
    words = OUTCOMES[total.outcome]
    return words.title, total.count, total.amount, total.difference, words.meaning


HOLD_COLUMNS = {"Причина": 34, "Количество": 12, "Сумма, ₽": 18, "Что это значит": 70, "Что сделать": 70}


def _hold(total: HoldTotal) -> Row:
    words = words_for(total.reason)
    return words.title, total.count, total.total, words.meaning, words.action


WAITING_COLUMNS = {
    "Что": 16,
    "Номер": 16,
    "Дата": 12,
    "Сумма, ₽": 16,
    "Состояние": 18,
    "Причина": 34,
    "Подробности": 70,
    "ID заказа": 14,
    "Ключ": 36,
}


def _waiting(entry: Entry) -> Row:
    return (
        kind_name(entry.kind),
        entry.number,
        entry.dated_on,
        entry.total,
        STATUSES[entry.status],
        words_for(entry.reason).title if entry.reason else None,
        entry.detail or None,
        entry.order_id,
        entry.key,
    )


LATE_COLUMNS = {"Документ": 16, "Номер": 16, "Дата": 12, "Проведён": 18, "Сумма, ₽": 16, "ID заказа": 14}


def _late(late: LateDocument) -> Row:
    entry = late.entry
    return (
        kind_name(entry.kind),
        entry.number,
        entry.dated_on,
        moment(late.posted_at),
        entry.total,
        entry.order_id,
    )


UNRECORDED_COLUMNS = {
    "Операция": 14,
    "Заказ": 16,
    "Дата": 12,
    "В магазине, ₽": 16,
    "В учёте, ₽": 16,
    "Не записано, ₽": 16,
    "Состояние": 18,
    "Примечание": 70,
    "ID оплаты": 14,
}


def _unrecorded(row: UnrecordedMoney) -> Row:
    money = row.money
    return (
        MONEY_KINDS[money.kind],
        row.number,
        money.paid_on,
        money.amount,
        money.recorded,
        row.missing,
        STATUSES[money.status] if money.status else None,
        money.note or None,
        money.payment_id,
    )


CAUSE_COLUMNS = {"Документ": 16, "Почему нет документа": 60, "Номеров": 12}

CauseCount = tuple[DocumentKind, Cause, int]


def _causes(gaps: Iterable[Gap]) -> Iterator[CauseCount]:
    counts: dict[tuple[DocumentKind, Cause], int] = defaultdict(int)
    for gap in gaps:
        counts[gap.kind, gap.cause] += gap.count
    for kind in DocumentKind:
        yield from ((kind, cause, counts[kind, cause]) for cause in Cause if (kind, cause) in counts)


def _cause(counted: CauseCount) -> Row:
    kind, cause, count = counted
    return KINDS[kind], CAUSES[cause], count


GAP_COLUMNS = {
    "Документ": 16,
    "С номера": 16,
    "По номер": 16,
    "Номеров": 12,
    "Почему": 44,
    "Подробности": 80,
}


def _listed(gaps: Iterable[Gap]) -> list[Gap]:
    """Leave out what is no gap: most goods need no act, and nobody wants to read of each."""
    listed = [gap for gap in gaps if gap.cause is not Cause.OTHER_KIND]
    return sorted(listed, key=lambda gap: list(Cause).index(gap.cause))


def _gap(gap: Gap) -> Row:
    return KINDS[gap.kind], gap.first, gap.last, gap.count, CAUSES[gap.cause], gap.text or None


REPEAT_COLUMNS = {
    "Документ": 16,
    "Номер": 16,
    "Дата": 12,
    "Сумма, ₽": 16,
    "Чей": 16,
    "Ключ или ID в учёте": 40,
}


def _repeat(row: Repeat) -> Row:
    whose = "наш" if row.is_ours else "чужой"
    return KINDS[row.kind], row.number, row.issued_on, row.total, whose, row.key


FOREIGN_COLUMNS = {
    "Документ": 16,
    "Номер": 16,
    "Дата": 12,
    "Сумма, ₽": 16,
    "Пояснение": 70,
    "ID в учёте": 40,
}


def _foreign(row: ForeignRow) -> Row:
    return KINDS[row.kind], row.number, row.issued_on, row.total, row.explanation, row.external_id


CHANGE_COLUMNS = {
    "Что": 26,
    "Номер": 16,
    "Что изменилось": 22,
    "Было": 26,
    "Стало": 26,
    "ID заказа или ключ": 36,
}


def _what_changed(closing: Closing) -> list[Section]:
    if closing.previous is None:
        return []
    since = moment(closing.previous.created_at)
    table = _table("Что изменилось с прошлого раза", CHANGE_COLUMNS, _change, closing.changes)
    nothing = f"С {since} (мск) ничего не изменилось."
    if closing.previous.damaged:
        nothing = f"Отличий от пакета, собранного {since} (мск), не видно, но он повреждён."
    if not closing.previous.is_compared:
        nothing = f"Пакет, собранный {since} (мск), повреждён: сравнить с ним нельзя."
    return [Section(table, f"Прошлый пакет собран {since} (мск).", nothing)]


def _change(change: ChangeRow) -> Row:
    return (
        kind_name(change.kind),
        change.number,
        FIELDS[change.field],
        change_value(change, change.before),
        change_value(change, change.after),
        change.id,
    )
