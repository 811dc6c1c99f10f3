"""Who lives in the demo's world, and what each of them shows."""

from __future__ import annotations

from typing import NamedTuple

PASSWORD = "demo-pass-2026"


class Person(NamedTuple):
    """A patient of the demo; `story` finishes the sentence "Alice is ..."."""

    clinic: str
    first_name: str
    last_name: str
    email: str
    phone: str
    address: tuple[str, str, str, str]
    story: str


ALICE = Person(
    "lumina",
    "Alice",
    "Ashford",
    "alice@example.com",
    "+1 (310) 555-0161",
    ("814 Alma Real Drive", "Pacific Palisades", "CA", "90272"),
    "an active member on Glow, drawn on the 31st, with a year of history",
)
CARA = Person(
    "lumina",
    "Cara",
    "Castillo",
    "cara@example.com",
    "+1 (310) 555-0173",
    ("2207 Pearl Street", "Santa Monica", "CA", "90405"),
    "past due: her card was declined, and the second dunning attempt is pending",
)
DAN = Person(
    "lumina",
    "Dan",
    "Delgado",
    "dan@example.com",
    "+1 (424) 555-0128",
    ("560 Venezia Avenue", "Venice", "CA", "90291"),
    "a patient without a membership: become a member as he would",
)
NORA = Person(
    "harbor",
    "Nora",
    "Nilsen",
    "nora@example.com",
    "+1 (207) 555-0184",
    ("19 Waterville Street", "Portland", "ME", "04101"),
    "an active member at another clinic",
)
PEOPLE = (ALICE, CARA, DAN, NORA)
