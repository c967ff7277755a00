"""What each hold means, in the words of an accountant: what happened, what follows, what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from bookkeeping.domain import HoldReason

Language = Literal["ru", "en"]


@dataclass(frozen=True)
class HoldWords:
    """One hold in one language.

    :ivar title: what happened, short enough for a table.
    :ivar meaning: what it means for the books.
    :ivar action: what to do next.
    """

    title: str
    meaning: str
    action: str


def words_for(reason: HoldReason, language: Language = "ru") -> HoldWords:
    """Return the words for a hold; every reason has them in both languages."""
    return WORDS[language][reason]


def in_short(reason: HoldReason, language: Language = "en") -> str:
    """Say in a line of a log what happened and what to do.

    >>> in_short(HoldReason.TOO_MANY_LINES)[:52]
    'too_many_lines. Too many lines. Split the shipment i'
    """
    words = words_for(reason, language)
    return f"{reason.value}. {words.title}. {words.action}"


RUSSIAN: Mapping[HoldReason, HoldWords] = {
    HoldReason.INN_INVALID: HoldWords(
        title="ИНН с ошибкой",
        meaning="Контрольные цифры ИНН не сходятся или цифр не 10 и не 12. Документ не создан, чтобы не "
        "выписать его на несуществующего покупателя.",
        action="Уточните ИНН у покупателя и исправьте его в заказе. Ведущий ноль восстановите сами: "
        "программа его не угадывает.",
    ),
    HoldReason.KPP_INVALID: HoldWords(
        title="КПП с ошибкой",
        meaning="КПП состоит не из девяти знаков или содержит недопустимые. С ним контрагент в учёте "
        "задвоился бы.",
        action="Исправьте КПП в заказе по карточке предприятия. У предпринимателя КПП нет: "
        "оставьте поле пустым.",
    ),
    HoldReason.COUNTERPARTY_NAME_MISSING: HoldWords(
        title="Нет названия покупателя",
        meaning="В заказе есть ИНН, но нет ни названия, ни имени, а в учёте такого контрагента ещё нет.",
        action="Впишите название организации или ФИО в заказ либо заведите контрагента с этим ИНН в учёте.",
    ),
    HoldReason.COUNTERPARTY_AMBIGUOUS: HoldWords(
        title="Несколько одинаковых контрагентов",
        meaning="В учёте больше одной карточки с этими ИНН и КПП, и выбрать между ними программа не вправе.",
        action="Объедините карточки или удалите лишнюю: документ уйдёт на ту, что останется.",
    ),
    HoldReason.UNSUPPORTED_CURRENCY: HoldWords(
        title="Заказ не в рублях",
        meaning="Документы выписываются только в рублях. Пересчитывать валюту программа не берётся: курс и "
        "дату курса выбирает бухгалтер.",
        action="Выпишите документ вручную по нужному курсу либо переведите заказ в рубли.",
    ),
    HoldReason.TOTAL_MISMATCH: HoldWords(
        title="Сумма строк не равна сумме заказа",
        meaning="Товары вместе с доставкой дают не ту сумму, что стоит в заказе. Документ был бы неверен "
        "хотя бы на копейку.",
        action="Откройте заказ в магазине, найдите скидку, округление или правку цены и пересохраните заказ.",
    ),
    HoldReason.VAT_RATE_NOT_VALID_ON_DATE: HoldWords(
        title="Ставка НДС не действует на дату",
        meaning="В строке заказа стоит ставка, которой на дату документа нет: например, 20 % в 2026 году.",
        action="Исправьте ставку в товаре и заказе. Чтобы пересчитывать НДС из цены самим, "
        "включите on_stale_vat: recompute.",
    ),
    HoldReason.VAT_RATE_NOT_SUPPORTED: HoldWords(
        title="Учётная система не знает такой ставки НДС",
        meaning="Ставка законна, но передать её в эту систему нельзя, а заменять её похожей недопустимо.",
        action="Выпишите документ вручную в самой системе или попросите поддержку включить эту ставку.",
    ),
    HoldReason.NEGATIVE_AMOUNT: HoldWords(
        title="Отрицательная сумма",
        meaning="В документе есть строка или итог меньше нуля; такой документ продажей не является.",
        action="Оформите скидку в цене товара, а возврат — отдельным документом. Затем исправьте заказ.",
    ),
    HoldReason.IMPLAUSIBLE_AMOUNT: HoldWords(
        title="Неправдоподобное число",
        meaning="Цена, количество или сумма от 10 миллиардов, либо количество, у которого больше четырёх "
        "знаков после запятой: похоже на опечатку. Такой документ исказил бы весь учёт.",
        action="Проверьте цены и количества в заказе. Если сумма верна, выпишите документ вручную.",
    ),
    HoldReason.TOO_MANY_LINES: HoldWords(
        title="Слишком много строк",
        meaning="Строк больше, чем учётная система принимает в одном документе. По частям он не "
        "отправляется, чтобы не разошлись итоги.",
        action="Разделите отгрузку в магазине на несколько или выпишите документ вручную. Если это сводка за "
        "день, выпишите её вручную, а дальше поставьте individuals: per_order.",
    ),
    HoldReason.PERIOD_CLOSED: HoldWords(
        title="Период закрыт",
        meaning="Дата документа попадает в закрытый период. В нём ничего не создаётся, не меняется и не "
        "отменяется.",
        action="Решите, отражать ли продажу текущей датой вручную. Если период открыт снова, "
        "передвиньте closed_through назад.",
    ),
    HoldReason.NUMBER_TAKEN: HoldWords(
        title="Номер уже занят",
        meaning="В учёте есть чужой документ с этим номером, и второй с таким же запутал "
        "бы и вас, и покупателя.",
        action="Найдите документ с этим номером. Если он лишний, удалите или перенумеруйте его.",
    ),
    HoldReason.REJECTED_BY_BOOKS: HoldWords(
        title="Учётная система отказала",
        meaning="Документ отправлен и отклонён; в учёте его нет. Ответ системы приведён рядом.",
        action="Прочтите ответ, исправьте в заказе то, что в нём названо. Если он непонятен, "
        "покажите его администратору.",
    ),
    HoldReason.REQUISITES_MISSING: HoldWords(
        title="Не хватает реквизитов",
        meaning="Для УПД с НДС нужны ИНН, КПП и адрес покупателя, а в заказе чего-то из этого нет.",
        action="Запросите карточку предприятия и дополните реквизиты в заказе.",
    ),
    HoldReason.OUTCOME_UNKNOWN: HoldWords(
        title="Неизвестно, создан ли документ",
        meaning="Запрос ушёл, ответа не было. Документ мог появиться в учёте, поэтому повторно "
        "он не отправлен.",
        action="Поищите документ в учёте по номеру и дате и ответьте в Airflow (Required Actions) или "
        "командой python -m bookkeeping resolve: он есть, с таким идентификатором, или его нет, "
        "отправить снова.",
    ),
    HoldReason.CHANGED_AFTER_POSTING: HoldWords(
        title="Заказ изменён после проведения",
        meaning="Документ в учёте отражает прежний заказ. Сам он не исправлен: этого не "
        "позволяют настройки или учётная система.",
        action="Сверьте строки отличий и исправьте документ вручную или верните прежние значения в заказ.",
    ),
    HoldReason.CANCELLED_AFTER_POSTING: HoldWords(
        title="Заказ отменён после проведения",
        meaning="Документ остался в учёте, хотя продажи больше нет: выручка и НДС завышены.",
        action="Отмените документ или оформите возврат, если товар был отгружен.",
    ),
    HoldReason.MANUAL_REQUIRED: HoldWords(
        title="Нужно сделать вручную",
        meaning="Этого действия учётная система не даёт выполнить программе.",
        action="Сделайте то, что написано рядом, в самой учётной системе.",
    ),
    HoldReason.DAY_NOT_READ: HoldWords(
        title="День ещё не прочитан целиком",
        meaning="Покупки этого дня идут в учёт одной сводкой, а остальных его заказов программа ещё "
        "не видела.",
        action="Ничего: сводка уйдёт, когда отработает запуск за этот день. Если его не было, запустите "
        "sync_orders с business_date этого дня.",
    ),
}

ENGLISH: Mapping[HoldReason, HoldWords] = {
    HoldReason.INN_INVALID: HoldWords(
        title="The INN is wrong",
        meaning="Its check digits do not match, or it has neither 10 nor 12 digits. No document was made, so "
        "that none is issued to a buyer who does not exist.",
        action="Ask the buyer for the INN and correct it in the order. Restore a lost leading zero yourself: "
        "it is never guessed.",
    ),
    HoldReason.KPP_INVALID: HoldWords(
        title="The KPP is wrong",
        meaning="It does not have nine characters, or has forbidden ones. With it the counterparty would be "
        "in the books twice.",
        action="Correct the KPP in the order. A sole proprietor has none: leave the field empty.",
    ),
    HoldReason.COUNTERPARTY_NAME_MISSING: HoldWords(
        title="The buyer has no name",
        meaning="The order has an INN and no name, and the books do not know this counterparty yet.",
        action="Write the name into the order, or create the counterparty with this INN in the books.",
    ),
    HoldReason.COUNTERPARTY_AMBIGUOUS: HoldWords(
        title="Several equal counterparties",
        meaning="The books hold more than one card with this INN and KPP, and choosing is not a program's "
        "job.",
        action="Merge the cards or delete the spare one: the document goes to the one that stays.",
    ),
    HoldReason.UNSUPPORTED_CURRENCY: HoldWords(
        title="The order is not in roubles",
        meaning="Documents are made in roubles only. Currency is not converted: the accountant chooses the "
        "rate and its date.",
        action="Make the document by hand at the right rate, or change the order to roubles.",
    ),
    HoldReason.TOTAL_MISMATCH: HoldWords(
        title="The lines do not add up to the order",
        meaning="Goods and delivery together give another sum than the order's. The document would be wrong, "
        "if only by a kopeck.",
        action="Open the order in the shop, find the discount, rounding or changed price, and save it again.",
    ),
    HoldReason.VAT_RATE_NOT_VALID_ON_DATE: HoldWords(
        title="The VAT rate is not in force on the date",
        meaning="A line has a rate that does not exist on the document's date: 20 % in 2026, for instance.",
        action="Correct the rate in the product and the order. To recompute VAT from the price, set "
        "on_stale_vat: recompute.",
    ),
    HoldReason.VAT_RATE_NOT_SUPPORTED: HoldWords(
        title="The books do not know this VAT rate",
        meaning="The rate is lawful, but these books have no way to take it, and a similar one will not do.",
        action="Make the document by hand in the books, or ask their support to enable the rate.",
    ),
    HoldReason.NEGATIVE_AMOUNT: HoldWords(
        title="A negative amount",
        meaning="A line or the total is below zero; such a document is no sale.",
        action="Put a discount into the price and a return into a document of its own, then correct the "
        "order.",
    ),
    HoldReason.IMPLAUSIBLE_AMOUNT: HoldWords(
        title="An implausible number",
        meaning="A price, a quantity or a sum is ten billion or more, or a quantity has more than four "
        "decimals: it looks like a typo, and such a document would spoil all the books.",
        action="Check the order's prices and quantities. If the sum is right, make the document by hand.",
    ),
    HoldReason.TOO_MANY_LINES: HoldWords(
        title="Too many lines",
        meaning="There are more lines than the books take in one document. It is not sent in parts, so that "
        "the totals stay right.",
        action="Split the shipment in the shop, or make the document by hand. If it is the summary of a day, "
        "make it by hand, and set individuals: per_order from then on.",
    ),
    HoldReason.PERIOD_CLOSED: HoldWords(
        title="The period is closed",
        meaning="The document's date lies in the closed period, where nothing is created, "
        "changed or cancelled.",
        action="Decide whether to enter the sale by hand with a current date. If the period was reopened, "
        "move closed_through back.",
    ),
    HoldReason.NUMBER_TAKEN: HoldWords(
        title="The number is taken",
        meaning="The books hold another document with this number; a second one would confuse you "
        "and the buyer.",
        action="Find the document with this number. If it should not be there, delete or renumber it.",
    ),
    HoldReason.REJECTED_BY_BOOKS: HoldWords(
        title="The books refused",
        meaning="The document was sent and refused; it is not in the books. Their answer stands beside it.",
        action="Read the answer and correct in the order what it names. If it makes no sense, show it to the "
        "administrator.",
    ),
    HoldReason.REQUISITES_MISSING: HoldWords(
        title="Requisites are missing",
        meaning="A universal transfer document with VAT needs the buyer's INN, KPP and address; one is "
        "missing.",
        action="Ask the buyer for the company's details and complete the order.",
    ),
    HoldReason.OUTCOME_UNKNOWN: HoldWords(
        title="Nobody knows whether the document exists",
        meaning="The request went out and no answer came. The document may be in the books, so it was "
        "not sent again.",
        action="Look for it in the books by number and date, and answer in Airflow (Required Actions) or "
        "with python -m bookkeeping resolve: it exists, with this id, or it does not, send again.",
    ),
    HoldReason.CHANGED_AFTER_POSTING: HoldWords(
        title="The order changed after posting",
        meaning="The document shows the order as it was. It was not corrected: the settings or "
        "the books forbid it.",
        action="Compare the lines that differ and correct the document by hand, or restore the order.",
    ),
    HoldReason.CANCELLED_AFTER_POSTING: HoldWords(
        title="The order was cancelled after posting",
        meaning="The document stands though the sale does not: revenue and VAT are too high.",
        action="Cancel the document, or enter a return if the goods had left.",
    ),
    HoldReason.MANUAL_REQUIRED: HoldWords(
        title="To be done by hand",
        meaning="The books do not let a program do this.",
        action="Do what is written beside it in the books themselves.",
    ),
    HoldReason.DAY_NOT_READ: HoldWords(
        title="The day has not been read whole yet",
        meaning="The day's sales to individuals are one summary, and its other orders have not been seen "
        "yet.",
        action="Nothing: the summary is sent by the run of that day. If there was none, trigger sync_orders "
        "with its business_date.",
    ),
}

WORDS: Mapping[Language, Mapping[HoldReason, HoldWords]] = MappingProxyType({"ru": RUSSIAN, "en": ENGLISH})
