"""A worker that dies as soon as its letter has left: run with a ledger's file and a mail server's port."""

import os
import signal
import sys
from datetime import date, timedelta

from tests.unit.mail.postbox import ToPostbox

from bookkeeping.companies import Company
from bookkeeping.ledger import SyncLedger, open_engine
from bookkeeping.ledger.ledger import utc_now
from bookkeeping.mail import Digest, digest_key, send_digest

DAY = date(2026, 10, 3)
COMPANY = Company.model_validate(
    {
        "id": "romashka",
        "title": "ООО «Ромашка»",
        "inn": "7707083893",
        "start_date": "2026-10-01",
        "books": {"system": "kontur"},
        "vat": [{"from": "2019-01-01", "mode": "standard"}],
        "documents": ["sale"],
        "mail": {"accountants": ["buh@example.ru"]},
    }
)
KEY = digest_key(COMPANY.id, DAY)
DIGEST = Digest("<p>Всё сошлось</p>", "Всё сошлось\n")


class Dies(ToPostbox):
    def send(self, message):
        super().send(message)
        os.kill(os.getpid(), signal.SIGKILL)


def digest_once(ledger_file, mailer, late=timedelta(0)):
    """Send the digest by a clock that is late by so much."""
    engine = open_engine(f"sqlite:///{ledger_file}")
    try:
        ledger = SyncLedger(engine, clock=lambda: utc_now() + late)
        return send_digest(COMPANY, DAY, DIGEST, ledger, mailer)
    finally:
        engine.dispose()


if __name__ == "__main__":
    digest_once(sys.argv[1], Dies(int(sys.argv[2])))
