"""Airflow reads its settings when it is first imported: tests give it a home of their own before that."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent
HOME = Path(tempfile.mkdtemp(prefix="airflow-tests-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)

for variable in [name for name in os.environ if name.startswith(("AIRFLOW", "COMPANIES_FILE"))]:
    del os.environ[variable]

os.environ.update(
    AIRFLOW_HOME=str(HOME),
    AIRFLOW__CORE__DAGS_FOLDER=str(ROOT / "dags"),
    AIRFLOW__CORE__PLUGINS_FOLDER=str(ROOT / "plugins"),
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
    AIRFLOW__CORE__UNIT_TEST_MODE="False",
    AIRFLOW__CORE__SENSITIVE_VAR_CONN_NAMES="webhook",
    STAGING_PATH=str(HOME / "staging"),
    REPORTS_PATH=str(HOME / "reports"),
)
