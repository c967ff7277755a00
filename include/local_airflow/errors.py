"""What keeps the local Airflow from running, in words for the person at the shell."""


class LocalAirflowError(Exception):
    """Something is wrong that the message explains; it is shown without a traceback."""


class InterruptedByUserError(LocalAirflowError):
    """A person or the system asked us to stop, and everything is to be stopped in order."""
