"""A real mail server on this machine, which takes letters, refuses them, or falls silent."""

import email
import smtplib
import socket
from collections import deque
from contextlib import contextmanager
from email.policy import default
from html.parser import HTMLParser

from aiosmtpd.controller import Controller

from bookkeeping.mail import hand_over

SENDER = "books@example.ru"


class Postbox:
    """What the server has been given, and how it behaves.

    :ivar answers: how the next commands are answered: ("RCPT" or "DATA", a reply); "drop" hangs up.
    """

    def __init__(self):
        self.taken, self.recipients, self.answers = [], [], deque()

    async def handle_RCPT(self, server, _session, envelope, address, _options):  # noqa: N802 - aiosmtpd's
        if reply := self._next("RCPT", server):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, _session, envelope):  # noqa: N802 - aiosmtpd's
        reply = self._next("DATA", None)
        if reply in {None, "drop"}:
            self.taken.append(envelope.content)
            self.recipients.append(list(envelope.rcpt_tos))
        if reply == "drop":
            server.transport.abort()
        return reply or "250 OK"

    def _next(self, command, server):
        if not self.answers or self.answers[0][0] != command:
            return None
        reply = self.answers.popleft()[1]
        if reply == "drop" and server:
            server.transport.abort()
        return reply

    @property
    def letters(self):
        return [email.message_from_bytes(content, policy=default) for content in self.taken]


class ToPostbox:
    """A mailer without Airflow: a real client for a real server."""

    sender = SENDER

    def __init__(self, port):
        self.port = port

    def send(self, message):
        with smtplib.SMTP("127.0.0.1", self.port, timeout=5) as client:
            hand_over(client, message, clock=lambda: 0.0)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextmanager
def serving_mail(postbox, **options):
    """Yield the port of a server that gives a postbox what it gets."""
    controller = Controller(postbox, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


class Elements(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, page):
        super().__init__()
        self.found, self.text = [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    @property
    def tags(self):
        return {tag for tag, _ in self.found}


def html_of(letter):
    return _body(letter, "html")


def text_of(letter):
    return _body(letter, "plain")


def _body(letter, kind):
    return letter.get_body((kind,)).get_content().replace("\r\n", "\n")
