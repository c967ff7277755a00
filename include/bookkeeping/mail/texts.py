"""Texts of strangers in our letters: shown, and never obeyed."""

import re
import unicodedata
from pathlib import Path

from jinja2 import Environment

from bookkeeping.holds import words_for
from bookkeeping.report import words
from bookkeeping.report.html import environment_for

TEMPLATES = Path(__file__).parent / "templates"

BREAKS = ("Cc", "Zl", "Zp")
"""Unicode's categories of what ends a line or steers a terminal; a space takes its place."""


def inert(text: str) -> str:
    r"""Return a text on one line, without characters that nobody sees or that turn its order.

    >>> inert("Анна\r\nBcc: all@x.ru \u202egpj")
    'Анна Bcc: all@x.ru gpj'
    """
    return re.sub(" +", " ", "".join(map(_shown, text))).strip(" ")


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category in BREAKS:
        return " "
    return "" if category.startswith("C") else character


def mail_environment() -> Environment:
    """Return what renders our letters: whatever is put into them is made inert first."""
    environment = environment_for(TEMPLATES, words=words, hold_words=words_for)
    environment.finalize = _finalize
    return environment


def _finalize(value: object) -> object:
    return inert(value) if type(value) is str else value
