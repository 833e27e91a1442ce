"""What a place of Parquet holds, for who reads it: Delta tables, or plain files."""

from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.dataset as ds
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from sinks.errors import ParquetPlaceError
from sinks.parquet.delta import STORAGE
from sinks.parquet.sink import UNDATED
from sinks.parquet.tables import TABLES

_LOG: Final = "_delta_log"
_ENDING: Final = ".parquet"


def datasets(place: str) -> dict[str, Any]:
    """What can be read at a place, by name; ParquetPlaceError where there is nothing, or where it cannot be read.

    A place of the parquet sink (a folder, or an address such as ``s3://bucket/prefix``), one Delta table, a folder with
    files of Parquet, or one file. Delta tables are those of this moment, without what was replaced.
    """
    try:
        found = _in_bucket(place.rstrip("/")) if "://" in place else _in_folder(Path(place).expanduser())
    except (DeltaError, pa.ArrowException, OSError) as error:
        raise ParquetPlaceError(f"{place}: cannot be read: {' '.join(str(error).split())}") from error
    if not found:
        raise ParquetPlaceError(f"{place}: has no Parquet: neither a Delta table nor a file *{_ENDING}")
    return found


def _in_bucket(place: str) -> dict[str, Any]:
    names = [name for table in TABLES.values() for name in (table.name, table.name + UNDATED)]
    tables = {name: f"{place}/{name}" for name in names} | {place.rpartition("/")[2]: place}
    found = {}
    for name, address in tables.items():
        with suppress(TableNotFoundError):
            found[name] = _delta(address)
    return found


def _in_folder(place: Path) -> dict[str, Any]:
    if place.is_file():
        return {place.stem: ds.dataset(place, format="parquet")}
    if (place / _LOG).is_dir():
        return {place.absolute().name: _delta(str(place))}
    found = {}
    for path in sorted(place.iterdir()):
        if (path / _LOG).is_dir():
            found[path.name] = _delta(str(path))
        elif path.suffix == _ENDING and path.is_file():
            found[path.stem] = ds.dataset(path, format="parquet")
    return found


def _delta(address: str) -> Any:  # noqa: ANN401 - pyarrow has no types
    return DeltaTable(address, storage_options=STORAGE).to_pyarrow_dataset()
