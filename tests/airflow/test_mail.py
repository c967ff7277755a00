"""Mail as Airflow sends it: one digest a day, and an alert of a failed run, over real servers."""

import json
import threading
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import sqlalchemy as sa
from aiosmtpd.smtp import AuthResult
from airflow.sdk.exceptions import AirflowSkipException
from tests.unit.mail.postbox import Elements, Postbox, free_port, html_of, serving_mail, text_of

from bitrix_accounting.alerts import HttpAlert, MailAlert, alerts, failure_of
from bitrix_accounting.mailing import mailbox
from bitrix_accounting.period import BusinessDay
from bookkeeping.companies import companies_file, load_companies
from bookkeeping.domain import HoldReason, Status
from bookkeeping.errors import MisconfiguredError, TransientError
from bookkeeping.extraction import Day, Known, Portal, stage_day
from bookkeeping.ledger import Due
from bookkeeping.mail import MAIL, Digest, Letter, digest_key, send_digest, to_message
from bookkeeping.staging import Staging
from bookkeeping.storage import newest_extraction, read_table
from sandbox.app import Settings, create_app, serving

pytestmark = pytest.mark.filterwarnings("default")  # Airflow runs in this process, with warnings of its own

DAGS = Path(__file__).parents[2] / "dags"
DAY = date(2026, 10, 3)
SECRET = "smtp-canary-5f2c"
ALERTS = "    alerts: {mail: [team@example.ru], http_conn_id: alerts_http}\n"


@pytest.fixture
def origin():
    """A few days of a smaller shop than other tests want; some orders wait to be paid."""
    settings = Settings(seed=1, first_day=date(2026, 10, 1), days=3, orders_per_day=9, limits=False)
    with serving(create_app(settings)) as address:
        yield address


@pytest.fixture
def postbox():
    return Postbox()


def connection(port, **changes):
    extra = {"disable_ssl": True, "disable_tls": True, "timeout": 5, "from_email": "books@example.ru"}
    fields = {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "login": "books", "password": SECRET}
    return json.dumps(fields | {"extra": extra} | changes)


@pytest.fixture
def smtp(postbox, monkeypatch):
    """The connection to a server that lets in who knows the password."""

    def lets_in(server, session, envelope, mechanism, known):
        return AuthResult(success=known.password == SECRET.encode(), handled=False)

    with serving_mail(postbox, authenticator=lets_in, auth_require_tls=False) as port:
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", connection(port))
        yield port


@pytest.fixture
def message(clock):
    letter = Letter("ivanov/mail/digest/2026-10-03", ["buh@example.ru"], "Тема", "Текст\n", "<p>Текст</p>")
    return to_message(letter, "books@example.ru", clock())


def test_a_message_is_handed_over_once_over_the_connection(smtp, postbox, message):
    way = mailbox()

    way.send(message)
    way.send(message)

    assert way.sender == "books@example.ru"
    assert [letter["Message-ID"] for letter in postbox.letters] == [message["Message-ID"]] * 2


def test_a_server_that_refuses_is_asked_once(smtp, postbox, message):
    postbox.answers.extend([("DATA", "451 later"), ("DATA", "451 later")])

    with pytest.raises(TransientError, match="451"):
        mailbox().send(message)

    assert (len(postbox.answers), postbox.taken) == (1, [])


def test_a_server_that_is_down_had_no_effect(monkeypatch, message):
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", connection(free_port()))

    with pytest.raises(TransientError, match=r"smtp_default cannot be reached \(ConnectionRefusedError\)"):
        mailbox().send(message)


@pytest.mark.parametrize("changes", [{"password": "wrong"}, {"extra": {"disable_ssl": True}}])
def test_a_wrong_password_or_tls_is_a_persons_to_correct(smtp, postbox, monkeypatch, message, changes):
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", connection(smtp, **changes))

    with pytest.raises(MisconfiguredError, match="lets nobody in") as refused:
        mailbox().send(message)

    assert SECRET not in str(refused.value)
    assert postbox.taken == []


PLAIN = {"disable_ssl": True, "disable_tls": True, "from_email": "books@example.ru"}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"password": "пароль-5f2c"}, "UnicodeEncodeError"),
        ({"extra": PLAIN | {"disable_ssl": False, "ssl_context": "defualt-5f2c"}}, "RuntimeError"),
        ({"extra": PLAIN | {"timeout": 0}}, "ValueError"),
        ({"extra": PLAIN | {"timeout": "abc-5f2c"}}, "ValueError"),
    ],
)
def test_a_setting_that_cannot_be_used_leaves_the_letter_waiting(
    smtp, postbox, monkeypatch, ledger, changes, why
):
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", connection(smtp, **changes))
    ivanov, key = load_companies(companies_file())[1], digest_key("ivanov", DAY)

    with pytest.raises(MisconfiguredError, match=rf"lets nobody in \({why}\)") as refused:
        send_digest(ivanov, DAY, Digest("<p>Текст</p>", "Тема\n"), ledger, mailbox())

    assert (ledger.status_of(key), postbox.taken) == (Status.PENDING, [])
    assert "5f2c" not in f"{refused.value} {ledger.entry(key).detail}"


def test_without_a_connection_the_task_is_skipped(connections):
    with pytest.raises(AirflowSkipException, match="no connection smtp_default"):
        mailbox()


def xcoms():
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    with create_session() as session:
        return str(session.scalars(sa.select(XComModel.value)).all())


def stage(day_of_orders, tmp_path):
    """Stage a day's orders as a run of the day leaves them, and return them."""
    from bitrix_accounting.hooks.bitrix import BitrixHook

    ivanov, name = load_companies(companies_file())[1], day_of_orders.isoformat()
    folder = tmp_path / "staging" / "ivanov" / name
    client, day = BitrixHook(ivanov.shop.conn_id).get_client(), BusinessDay.on(day_of_orders, ivanov.zone)
    staging = Staging(folder / "20261004T000000000000-0a1b2c3d", folder / "unfinished")
    stage_day(client, ivanov.shop, Day(day.start, day.end), staging, Known(), Portal())
    return read_table(newest_extraction(folder) / "orders.parquet").to_pylist()


@pytest.fixture
def orders(connections, tmp_path):
    return stage(DAY, tmp_path)


def test_a_day_that_is_not_over_has_its_report_and_no_digest_yet(
    run_dag, connections, smtp, postbox, ledger, tmp_path
):
    today = datetime.now(load_companies(companies_file())[1].zone).date()
    stage(today, tmp_path)
    held = {
        "order_id": "7",
        "number": "A-7",
        "reason": HoldReason.MANUAL_REQUIRED,
        "detail": "неверный e-mail",
    }
    ledger.expect([Due("ivanov/mail/bill/7", "ivanov", MAIL, dated_on=today, **held)])

    run = run_dag("reconcile__ivanov", business_date=today.isoformat())

    assert run.state == "success"
    assert run.get_task_instance("digest").state == "skipped"
    assert (postbox.taken, ledger.entry(digest_key("ivanov", today))) == ([], None)
    told = (tmp_path / "reports" / "ivanov" / today.isoformat() / "digest.txt").read_text()
    assert "- неверный e-mail | 1 | № A-7" in told


def test_a_day_brings_one_digest_whatever_is_run_again(
    run_dag, orders, smtp, postbox, ledger, tmp_path, capfd
):
    runs = [run_dag("reconcile__ivanov", business_date=DAY.isoformat()) for _ in range(2)]

    assert [run.state for run in runs] == ["success", "success"]
    [letter] = postbox.letters
    assert letter["To"] == "buh@ivanov.example"
    assert letter["Subject"].startswith("ИП Иванов И. И., 03.10.2026: требуют внимания: ")
    assert "Нет в учёте" in html_of(letter)
    assert ledger.entry(digest_key("ivanov", DAY)).external_id == letter["Message-ID"]
    report = tmp_path / "reports" / "ivanov" / DAY.isoformat()
    assert (report / "digest.txt").read_text().splitlines() == text_of(letter).splitlines()
    told = capfd.readouterr().out + xcoms()
    assert orders
    for canary in (SECRET, *(row[field] for row in orders for field in ("email", "phone", "name"))):
        assert not canary or canary not in told


@pytest.fixture
def wired(airflow_database, connections, tmp_path, monkeypatch):
    """The DAGs of companies of which only Romashka wants alerts, and Ivanov letters to customers."""
    from airflow.dag_processing.dagbag import DagBag

    known = (
        companies_file()
        .read_text()
        .replace("    mail: {accountants: []", f"{ALERTS}    mail: {{accountants: []", 1)
    )
    letters = "mail: {accountants: [buh@ivanov.example], bill_to_customer: true}\n    bill_due_days: 9999"
    file = tmp_path / "companies.yaml"
    file.write_text(known.replace("mail: {accountants: [buh@ivanov.example]}", letters))
    monkeypatch.setenv("COMPANIES_FILE", str(file))
    return DagBag(dag_folder=str(DAGS)).dags


@pytest.fixture
def romashka(wired):
    return load_companies(companies_file())[0]


@pytest.fixture
def posts(monkeypatch):
    """What a server was sent as JSON that stands behind the connection of the alerts."""
    received = []

    class Chat(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *said):
            pass

    server = HTTPServer(("127.0.0.1", 0), Chat)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    fields = {"conn_type": "http", "host": f"http://127.0.0.1:{server.server_port}/hook"}
    monkeypatch.setenv("AIRFLOW_CONN_ALERTS_HTTP", json.dumps(fields))
    yield received
    server.shutdown()
    server.server_close()


def test_a_failed_run_is_told_by_mail_and_by_http(wired, smtp, postbox, posts, capfd):
    dag = wired["sync_orders__romashka"]

    run = dag.test(run_conf={"business_date": DAY.isoformat(), "orders": ["999999"]})

    assert run.state == "failed"
    [letter], [post] = postbox.letters, posts
    assert (letter["To"], letter["Subject"]) == (
        "team@example.ru",
        "sync_orders__romashka failed for 2026-10-03",
    )
    text = Elements(letter.get_payload()[0].get_content()).text
    assert (post["company"], post["day"], post["task"]) == ("romashka", DAY.isoformat(), "extract")
    for line in post["text"].split("\n"):
        assert line in text
    assert "nothing of this run is in the books yet" in text
    assert post["where"].endswith(
        f"/dags/sync_orders__romashka/runs/{run.run_id.replace(':', '%3A').replace('+', '%2B')}"
    )
    assert SECRET not in capfd.readouterr().out + text + str(post)


def test_all_dags_of_a_company_are_watched_if_it_wants_that(wired):
    for kind in ("sync_orders", "reconcile", "sweep"):
        callbacks = wired[f"{kind}__romashka"].on_failure_callback
        assert [type(callback) for callback in callbacks] == [MailAlert, HttpAlert]
        assert wired[f"{kind}__ivanov"].on_failure_callback is None


def test_letters_to_customers_follow_the_money_where_they_are_wanted(wired):
    assert "bill_to_customer" not in wired["sync_orders__romashka"].task_ids
    dag = wired["sync_orders__ivanov"]

    task = dag.get_task("bill_to_customer")
    assert "pay" in task.upstream_task_ids
    assert (task.downstream_task_ids, task.trigger_rule) == ({"finished"}, "none_failed")
    assert dag.get_task("reconcile").upstream_task_ids == {"transform", "pay"}
    with pytest.raises(AirflowSkipException):
        task._pre_execute_hook({"params": {"plan_only": True}})


def test_customers_get_the_links_to_their_bills_and_nobody_reads_who_they_are(
    wired, smtp, postbox, ledger, capfd
):
    run = wired["sync_orders__ivanov"].test(run_conf={"business_date": DAY.isoformat()})

    assert run.state == "success"
    letters = [e for e in ledger.of_company("ivanov", ["mail"]) if e.status is Status.POSTED]
    assert {letter["Message-ID"] for letter in postbox.letters} == {e.external_id for e in letters}
    assert len(postbox.letters) == len(letters) > 0
    assert "посмотреть и оплатить" in text_of(postbox.letters[0]).lower()
    told = capfd.readouterr().out + xcoms()
    assert not [to for recipients in postbox.recipients for to in recipients if to in told]
    assert SECRET not in told


def test_an_alert_survives_a_run_that_never_got_to_a_task_and_hostile_names(wired, romashka):
    evil = "x\r\nBcc: all@evil.example \u202e{{ conn.smtp_default.password }}<script>"

    told = failure_of({"dag": wired["sweep__romashka"], "run_id": evil, "reason": "timed_out"}, romashka)

    assert (told["task"], told["day"]) == ("", "an unknown day")
    assert told["subject"] == "sweep__romashka failed for an unknown day"
    assert not any(c in "\r\u202e" for value in told.values() for c in value)
    assert "{{ conn" in told["text"]


def test_a_template_in_a_runs_name_is_text(wired, romashka, smtp, postbox):
    MailAlert(romashka)({"dag": wired["sweep__romashka"], "run_id": "{{ 6 * 7 }}<script>", "reason": "x"})

    page = postbox.letters[0].get_payload()[0].get_content()
    assert "{{ 6 * 7 }}&lt;script&gt;" in page


def test_nobody_is_told_unless_asked_for():
    assert [alerts(company) for company in load_companies(companies_file())] == [None] * 3
