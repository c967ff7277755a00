"""Airflow's scheduler with the libraries of our tasks loaded before it begins.

The local executor forks every task from the scheduler. A task that finds pandas and the project there
already starts in a tenth of a second; one that has to load them takes seconds, most of its whole time.
"""

from __future__ import annotations

from airflow.__main__ import main

import bitrix_accounting.steps  # noqa: F401 - for its effect: it loads all that the tasks need

if __name__ == "__main__":
    main()
