"""What is an e-mail address: one rule for the companies file, the shop's buyers and the mail connection."""

import re

ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
ADDRESS = re.compile(rf"{ATOM}(?:\.{ATOM})*@{LABEL}(?:\.{LABEL})*")
LONGEST_ADDRESS = 254


def address_of(text: str) -> str | None:
    r"""Return an address as mail servers write it; None for what is no address.

    >>> address_of(" buh@ромашка.рф "), address_of("a@b.ru>\r\nRCPT TO:<c@d.ru")
    ('buh@xn--80aa3agjl3d.xn--p1ai', None)
    """
    name, _, domain = text.strip().rpartition("@")
    try:
        address = f"{name}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return None
    return address if ADDRESS.fullmatch(address) and len(address) <= LONGEST_ADDRESS else None
