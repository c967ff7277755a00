"""Writing a file whole or not at all, on a disk or in an object store."""

import uuid
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that nobody ever reads half of it.

    :param path: a `pathlib.Path` or anything that behaves like one, such as Airflow's `ObjectStoragePath`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.parent / f".{path.name}.{uuid.uuid4().hex}"
    with unfinished.open("wb") as file:
        file.write(data)
    unfinished.replace(path)
