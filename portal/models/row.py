"""What every row of a clinic has: an id that leaks no counts, its clinic, and keys that point into no other one."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, event, text
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from portal.db import Base, new_id


class ClinicRow:
    """A mixin: id and clinic. Tables that others point to add `unique_in_clinic()` to their arguments."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    clinic_id: Mapped[UUID] = mapped_column(ForeignKey("clinics.id"), index=True)


def unique_in_clinic() -> UniqueConstraint:
    """Lets other tables point here by (clinic_id, id), so that no row can point into another clinic."""
    return UniqueConstraint("clinic_id", "id")


def same_clinic(column: str, table: str) -> ForeignKeyConstraint:
    """A foreign key from (clinic_id, `column`) to a row of the same clinic."""
    return ForeignKeyConstraint(["clinic_id", column], [f"{table}.clinic_id", f"{table}.id"])


def partial_index(name: str, *columns: str, where: str, is_unique: bool = False) -> Index:
    """An index of the rows that fulfil `where` only, alike on both databases."""
    return Index(name, *columns, unique=is_unique, sqlite_where=text(where), postgresql_where=text(where))


class AppendOnlyError(Exception):
    """A row that is evidence or money was about to be changed or deleted."""


def append_only(model: type[Base]) -> None:
    """Refuses updates and deletes of this model's rows; the migration's triggers refuse them to everyone else too."""

    def refuse(_mapper: Mapper[Base], _connection: object, target: Base) -> None:
        raise AppendOnlyError(f"{model.__tablename__} rows are never changed: {target!r}")

    event.listen(model, "before_update", refuse)
    event.listen(model, "before_delete", refuse)
