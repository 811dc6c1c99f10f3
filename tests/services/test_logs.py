"""A traceback in the log tells where it broke, and nothing of a patient."""

from __future__ import annotations

import json
from typing import Any

import pytest
import structlog
from sqlalchemy import text

from portal import db, logs
from tests.world import World

SURNAME = "Quillfeather"
VALUES = ("dan@example.com", SURNAME)
TWICE = (
    "INSERT INTO patients (id, clinic_id, email, first_name) SELECT :id, clinic_id, email, :name FROM patients LIMIT 1"
)
NO_NUMBER = "SELECT CAST(:name AS integer) FROM patients WHERE email = :id"


@pytest.fixture
def told(world: World, capsys: pytest.CaptureFixture[str]) -> Any:
    """What stands in the log after a statement broke, with a value that only the parameters held."""
    world.arrive("dan")

    def run(statement: str) -> dict[str, str]:
        logs.configure("INFO")
        try:
            with db.begin() as session:
                session.execute(text(statement), {"id": str(db.new_id()), "name": SURNAME})
                raise LookupError("nothing broke")
        except Exception:
            structlog.get_logger().exception("broke")
        finally:
            logs.configure("CRITICAL")
        line: dict[str, str] = json.loads(capsys.readouterr().err.splitlines()[-1])
        return line

    return run


def test_a_row_that_is_refused_is_not_quoted(told: Any) -> None:
    line = told(TWICE)
    assert "IntegrityError" in line["exception"]
    assert "test_logs.py" in line["exception"]
    assert "constraint" in line["exception"]
    assert not [value for value in VALUES if value in str(line)]


def test_a_value_of_the_wrong_kind_is_not_quoted(told: Any) -> None:
    assert not [value for value in VALUES if value in str(told(NO_NUMBER))]


def test_our_own_errors_keep_their_words_and_their_causes() -> None:
    try:
        try:
            raise LookupError("no such plan")
        except LookupError as error:
            raise ValueError("not sold") from error
    except ValueError as error:
        found = logs.written((type(error), error, error.__traceback__))
    assert found.index("LookupError: no such plan") < found.index("ValueError: not sold")
