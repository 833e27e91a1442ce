"""What engines have to know of the flat topics: Kafka Connect's schema, and tables of PostgreSQL and Flink."""

from types import NoneType
from typing import Any, NamedTuple, get_args

from pydantic.fields import FieldInfo

from schemas.flat import ColumnType, FlatRecord
from schemas.topics import FLAT_TOPICS, Topic

_CONNECT: dict[ColumnType, dict[str, str]] = {
    ColumnType.STRING: {"type": "string"},
    ColumnType.JSON: {"type": "string"},
    # The name lets Debezium's sink fill a column of times; who does not know it has the string.
    ColumnType.TIME: {"type": "string", "name": "io.debezium.time.ZonedTimestamp"},
    ColumnType.INT32: {"type": "int32"},
    ColumnType.INT64: {"type": "int64"},
    ColumnType.DOUBLE: {"type": "double"},
    ColumnType.BOOLEAN: {"type": "boolean"},
}
_POSTGRES = {
    ColumnType.STRING: "text",
    ColumnType.JSON: "text",
    ColumnType.TIME: "timestamptz",
    ColumnType.INT32: "integer",
    ColumnType.INT64: "bigint",
    ColumnType.DOUBLE: "double precision",
    ColumnType.BOOLEAN: "boolean",
}
_FLINK = {
    ColumnType.STRING: "STRING",
    ColumnType.JSON: "STRING",
    ColumnType.TIME: "TIMESTAMP_LTZ(6)",
    ColumnType.INT32: "INT",
    ColumnType.INT64: "BIGINT",
    ColumnType.DOUBLE: "DOUBLE",
    ColumnType.BOOLEAN: "BOOLEAN",
}
_NOTE = "Written by `python -m tgwire.generate` from schemas/flat.py; docs/engines.md explains it."
_FLINK_OPTIONS = {
    "connector": "upsert-kafka",
    "properties.bootstrap.servers": "localhost:9092",
    "key.format": "raw",
    "value.format": "json",
    # With the key among them, a value without one would null it.
    "value.fields-include": "EXCEPT_KEY",
    "value.json.timestamp-format.standard": "ISO-8601",
}


class Column(NamedTuple):
    """A column of a flat topic."""

    name: str
    type: ColumnType
    is_nullable: bool


def columns(model: type[FlatRecord]) -> list[Column]:
    """The columns of a flat record, in order."""
    return [_column(name, field) for name, field in model.model_fields.items()]


def table_name(topic: Topic) -> str:
    """Name of a topic's table: that which Kafka Connect makes of it."""
    return topic.name.replace(".", "_")


def connect_schema(topic: Topic) -> dict[str, Any]:
    """The schema of a topic's values, for ``value.converter.schema.content``."""
    fields = [
        {"field": column.name, **_CONNECT[column.type], "optional": column.is_nullable}
        for column in columns(_model(topic))
    ]
    return {"type": "struct", "name": f"tgwire.{table_name(topic)}", "optional": True, "fields": fields}


def postgres_ddl() -> str:
    """The tables of PostgreSQL."""
    return f"-- {_NOTE}\n" + "".join(map(_postgres_table, FLAT_TOPICS))


def flink_ddl() -> str:
    """The tables of Flink SQL."""
    return f"-- {_NOTE}\n-- Set your brokers, and your topic prefix before the topics.\n" + "".join(
        map(_flink_table, FLAT_TOPICS)
    )


def _postgres_table(topic: Topic) -> str:
    lines = [
        f"    {column.name} {_POSTGRES[column.type]}"
        + (" PRIMARY KEY" if column.name == "key" else "" if column.is_nullable else " NOT NULL")
        for column in columns(_model(topic))
    ]
    return _table(topic, lines) + ");\n"


def _flink_table(topic: Topic) -> str:
    lines = [
        f"    `{column.name}` {_FLINK[column.type]}" + (" NOT NULL" if column.name == "key" else "")
        for column in columns(_model(topic))
    ]
    lines.append("    PRIMARY KEY (`key`) NOT ENFORCED")
    options = {"topic": topic.name, **_FLINK_OPTIONS}
    given = ",\n".join(f"    '{name}' = '{value}'" for name, value in options.items())
    return _table(topic, lines) + f") WITH (\n{given}\n);\n"


def _table(topic: Topic, lines: list[str]) -> str:
    return f"\n-- {topic.purpose}\nCREATE TABLE {table_name(topic)} (\n" + ",\n".join(lines) + "\n"


def _model(topic: Topic) -> type[FlatRecord]:
    (model,) = topic.values
    assert issubclass(model, FlatRecord)
    return model


def _column(name: str, field: FieldInfo) -> Column:
    found = [mark for mark in _marks(field) if isinstance(mark, ColumnType)]
    (kind,) = found
    return Column(name, kind, NoneType in get_args(field.annotation))


def _marks(field: FieldInfo) -> list[Any]:
    """What is annotated to a field, also behind ``| None``."""
    inner = [mark for part in get_args(field.annotation) for mark in getattr(part, "__metadata__", ())]
    return [*field.metadata, *inner]
