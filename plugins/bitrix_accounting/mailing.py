"""Mail over the connection of Airflow's SMTP provider, each message handed over once."""

import smtplib
import ssl
from email.message import EmailMessage
from typing import cast

from airflow.providers.smtp.hooks.smtp import SmtpHook
from airflow.sdk.exceptions import AirflowException, AirflowNotFoundException, AirflowSkipException

from bookkeeping.errors import MisconfiguredError
from bookkeeping.mail import UnreachableError, hand_over

SMTP_CONN_ID = "smtp_default"
REFUSED_FOR_GOOD = 500


class MailHook(SmtpHook):
    """The provider's hook, for its connection alone: its own sending tries again by itself."""

    _smtp_client: smtplib.SMTP | None

    @property
    def sender(self) -> str:
        """The address that letters come from, with or without a name."""
        return str(self.from_email or self.smtp_user)

    def send(self, message: EmailMessage) -> None:
        """Log in and hand a message over once; every error says whether it may be on its way."""
        try:
            hand_over(self._log_in(), message)
        finally:
            self._hang_up()

    def _log_in(self) -> smtplib.SMTP:
        """Connect as the connection says; what is refused for good is for a person to correct."""
        try:
            self.get_conn()
            return cast("smtplib.SMTP", self._smtp_client)
        except (ssl.SSLCertVerificationError, smtplib.SMTPNotSupportedError) as error:
            raise self._misconfigured(type(error).__name__) from None
        except smtplib.SMTPResponseException as error:
            if error.smtp_code >= REFUSED_FOR_GOOD:
                raise self._misconfigured(str(error.smtp_code)) from None
            raise self._unreachable(str(error.smtp_code)) from None
        except (smtplib.SMTPException, OSError, AirflowException) as error:
            raise self._unreachable(type(error).__name__) from None  # its words may quote the login
        except Exception as error:  # noqa: BLE001 - whatever a setting makes smtplib say: no letter has left
            raise self._misconfigured(type(error).__name__) from None

    def _hang_up(self) -> None:
        if self._smtp_client:
            self._smtp_client.close()
        self._smtp_client = None

    def _misconfigured(self, why: str) -> MisconfiguredError:
        return MisconfiguredError(
            f"The mail server of the connection {self.smtp_conn_id} lets nobody in ({why}). No letter was "
            "sent. Correct its login, password (ASCII only), timeout, ssl_context, disable_ssl and "
            "disable_tls, and clear this task."
        )

    def _unreachable(self, why: str) -> UnreachableError:
        return UnreachableError(
            f"The mail server of the connection {self.smtp_conn_id} cannot be reached ({why}). No letter was "
            "sent; the next try sends it."
        )


def mailbox() -> MailHook:
    """Return the way to the mail server; where there is none, the present task is skipped."""
    hook = MailHook(SMTP_CONN_ID)
    try:
        hook.smtp_connection = hook.get_connection(SMTP_CONN_ID)
    except AirflowNotFoundException:
        raise AirflowSkipException(
            f"There is no connection {SMTP_CONN_ID}, so no letters are sent. Make it in Airflow (type SMTP, "
            "with from_email), and clear this task."
        ) from None
    return hook
