"""How any of the books refuses a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TEXTS = {
    "account_not_found": "Нет такой организации",
    "ambiguous_credentials": "Нужен либо ключ, либо токен",
    "daily_quota_exceeded": "Суточная квота исчерпана",
    "forbidden": "Нет доступа к организации",
    "insufficient_scope": "У токена нет нужных прав",
    "internal": "Внутренняя ошибка",
    "invalid_token": "Токен не подходит",
    "method_not_allowed": "Метод не поддерживается",
    "no_subscription": "Тариф не включает API",
    "payment_required": "Тариф не включает это действие",
    "plan_without_api": "Тариф не включает API",
    "subscription_expired": "Подписка закончилась",
    "token_expired": "Срок токена истёк",
    "unavailable": "Сервис временно недоступен",
    "duplicate_counterparty": "Контрагент с такими ИНН и КПП уже существует",
    "duplicate_number": "Документ с таким номером в этом году уже есть",
    "has_dependents": "По документу есть оплаты, возвраты или корректировки",
    "document_cancelled": "Документ отменён",
    "not_found": "Не найдено",
    "period_closed": "Период закрыт",
    "rate_limited": "Слишком много запросов",
    "unauthorized": "Ключ или токен не подходит",
    "validation_failed": "Запрос не прошёл проверку",
    "version_conflict": "Документ уже изменён",
    "required": "Поле обязательно",
    "unknown_value": "Недопустимое значение",
    "invalid_inn": "Неверный ИНН",
    "invalid_kpp": "Неверный КПП",
    "invalid_date": "Неверная дата",
    "invalid_amount": "Неверная сумма или количество",
    "too_long": "Слишком длинное значение",
    "total_mismatch": "Итог не равен сумме строк",
    "vat_rate_not_valid_on_date": "Ставка НДС не действует на дату документа",
    "vat_not_allowed_for_account": "Организация работает без НДС",
    "counterparty_not_found": "Контрагент не найден",
    "over_refund": "Возвращено больше, чем оплачено",
    "over_return": "Возвращено больше, чем отгружено",
    "overpayment_not_allowed": "Оплачено больше, чем нужно",
}


@dataclass(frozen=True)
class Detail:
    """One thing that is wrong with one field; *message* may carry data, such as an id that exists already."""

    field: str
    code: str
    message: str = ""

    @property
    def text(self) -> str:
        """The message, or the usual words for the code."""
        return self.message or TEXTS.get(self.code, self.code)


class BookError(Exception):
    """A refusal: the request changed nothing, and *status* and *code* say why."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str = "",
        *,
        details: Sequence[Detail] = (),
        headers: Mapping[str, str] | None = None,
        context: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message or TEXTS.get(code, code))
        self.status = status
        self.code = code
        self.details = tuple(details)
        self.headers = dict(headers or {})
        self.context = context


def not_found() -> BookError:
    """No such thing, or no such call."""
    return BookError(404, "not_found")
