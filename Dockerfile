# The slim image brings no providers of its own, so what runs here is what requirements.txt locks.
FROM apache/airflow:slim-3.3.2-python3.11

COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt

COPY --chown=airflow:0 pyproject.toml README.md LICENSE ./
COPY --chown=airflow:0 include include
COPY --chown=airflow:0 plugins plugins
COPY --chown=airflow:0 dags dags

# Installed in place, so that Airflow learns our connection types and every module has one name.
# Compiled here once, so that no process of a container has to.
# A volume takes its owner from the folder that it is first mounted on.
RUN pip install --no-cache-dir --no-deps -e . \
    && python -m compileall -q include plugins \
    && mkdir auth reports staging
ENV PYTHONDONTWRITEBYTECODE=1
