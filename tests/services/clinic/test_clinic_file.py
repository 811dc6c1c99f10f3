"""A clinic from its file: all of it is made, or every problem is told and nothing is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import db
from portal.models import AgreementVersion, Clinic, Coupon, CouponPlan, PlanPrice
from portal.rules.calendar import Frequency
from portal.rules.coupons import AmountKind, Duration
from portal.services.clinic import clinic_file, clinics, plans
from portal.services.clinic.clinic_file import ClinicFileError

NOW = datetime(2027, 1, 31, 2, 30, tzinfo=UTC)
WORLD = Path(__file__).parent.parent.parent.parent / "sandbox/world"
SMALL = """
[clinic]
slug = "tiny"
name = "Tiny Clinic"
time_zone = "America/Chicago"
currency = "USD"
colour = "#336699"
email = "desk@tiny.example"
phone = "555 0100"
address = "1 Main Street"

[programme]
name = "Tiny Club"

[[agreements]]
name = "Club agreement"
text = "Dear {{ patient_name }}, you pay {{ fee }}."

[[plans]]
slug = "basic"
name = "Basic"
agreement = "Club agreement"
monthly_fee = 24.95
benefits = ["One facial"]

[[coupons]]
code = "Hello"
percent = 10
duration = "forever"
"""


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    engine = db.connect(database_url)
    with db.begin() as session:
        yield session
        session.rollback()
    engine.dispose()


def problems_of(session: Session, toml: str | Path) -> list[str]:
    with pytest.raises(ClinicFileError) as refused:
        clinic_file.create(session, toml, NOW)
    assert session.scalar(select(func.count()).select_from(Clinic)) == 0
    return refused.value.problems


def test_the_demo_clinics_are_made_whole(session: Session) -> None:
    lumina = clinic_file.create(session, WORLD / "lumina.toml", NOW)
    clinic_file.create(session, WORLD / "harbor.toml", NOW)
    assert [clinic.slug for clinic in clinics.all(session)] == ["harbor", "lumina"]
    assert lumina.programme.is_open
    assert lumina.logo_type == "image/svg+xml"
    radiance = plans.by_slug(session, lumina, "radiance")
    assert radiance is not None
    assert radiance.setup_fee_cents == 5000
    today = date(2027, 1, 30)
    prices = [radiance.price(frequency, today) for frequency in Frequency]
    assert [price.fee_cents for price in prices if price] == [19900, 199000]
    assert len(radiance.benefits) == 4
    vip = plans.by_slug(session, lumina, "vip")
    assert vip is not None
    assert (vip.banks_fee, vip.commitment_months, vip.cancellation_fee_cents) == (True, 6, 20000)
    assert [plan.slug for plan in plans.offered(session, lumina, today)] == ["glow", "radiance", "vip"]


def test_coupons_keep_their_terms(session: Session) -> None:
    clinic_file.create(session, WORLD / "lumina.toml", NOW)
    clinic_file.create(session, WORLD / "harbor.toml", NOW)
    kept = {coupon.code: coupon for coupon in session.scalars(select(Coupon))}
    spring = kept["SPRING20"]
    assert (spring.amount_kind, spring.amount, spring.duration, spring.periods) == (
        AmountKind.PERCENT,
        20,
        Duration.PERIODS,
        3,
    )
    assert (kept["WELCOME100"].amount_kind, kept["WELCOME100"].amount) == (AmountKind.DOLLAR, 10000)
    assert kept["OLD2020"].expires_on == date(2020, 12, 31)
    limited = list(session.scalars(select(CouponPlan.coupon_id)))
    assert limited == [kept["ANCHOR15"].id]


def test_prices_hold_from_the_clinic_s_own_today(session: Session) -> None:
    clinic_file.create(session, SMALL, NOW)
    assert session.scalars(select(PlanPrice.starts_on)).all() == [date(2027, 1, 30)]
    assert session.scalars(select(PlanPrice.fee_cents)).all() == [2495]
    assert session.scalars(select(AgreementVersion.number)).all() == [1]


def test_a_second_run_is_refused_and_changes_nothing(session: Session) -> None:
    clinic_file.create(session, SMALL, NOW)
    with pytest.raises(ClinicFileError, match=r"clinic\.slug: There is already a clinic 'tiny'"):
        clinic_file.create(session, SMALL, NOW)
    assert session.scalar(select(func.count()).select_from(Clinic)) == 1


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        ('slug = "tiny"', 'slug = "static"', "clinic.slug: The slug 'static' is reserved"),
        ('slug = "tiny"', 'slug = "Tiny Clinic"', "clinic.slug: A slug has at least"),
        ('name = "Tiny Clinic"', 'name = ""', "clinic.name: This must be a text of 1 to 120"),
        ('"America/Chicago"', '"Chicago"', "clinic.time_zone: 'Chicago' is not a time zone"),
        ('currency = "USD"', 'currency = "XXX"', "clinic.currency: This must be one of"),
        ('"#336699"', '"blue"', "clinic.colour: A colour is written #rrggbb, not 'blue'."),
        ('"desk@tiny.example"', '"desk"', "clinic.email: "),
        ('phone = "555 0100"', "", "clinic.phone: This must be a text"),
        ('name = "Tiny Club"', 'name = "Tiny Club"\ndunning_days = [3, 1]', "programme.dunning_days: Dun"),
        ("{{ fee }}", "{{ price }}", "agreements 1.text: The merge field 'price' is not known"),
        ('agreement = "Club agreement"', 'agreement = "Other"', "plans 1.agreement: No agreement"),
        ("monthly_fee = 24.95", "monthly_fee = 24.955", "plans 1.monthly_fee: This must be an amount"),
        ("monthly_fee = 24.95", 'monthly_fee = "24.95"', "plans 1.monthly_fee: This must be an amount"),
        ("monthly_fee = 24.95", "monthly_fee = inf", "plans 1.monthly_fee: This must be an amount"),
        ("monthly_fee = 24.95", "monthly_fee = -5", "plans 1.monthly_fee: This must be an amount"),
        ("monthly_fee = 24.95", "", "plans 1.monthly_fee: A plan needs"),
        ("monthly_fee = 24.95", "monthly_fee = 1\nmontly = 2", "plans 1.montly: This key is not known here"),
        ("percent = 10", "percent = 101", "coupons 1.percent: This must be a whole number from 1 to 100."),
        ("percent = 10", "percent = 10\namount = 5", "coupons 1.percent: A coupon has either"),
        ('duration = "forever"', 'duration = "periods"', "coupons 1.periods: "),
        ('duration = "forever"', 'plans = ["gold"]', "coupons 1.plans: No plan has the slug 'gold'."),
        ("[programme]", "[program]", "programme: The table [programme] is missing."),
    ],
)  # fmt: skip
def test_a_problem_names_its_key_and_nothing_is_made(session: Session, right: str, wrong: str, problem: str) -> None:
    assert right in SMALL
    problems = problems_of(session, SMALL.replace(right, wrong, 1))
    assert any(found.startswith(problem) for found in problems), problems


def test_all_problems_are_told_at_once(session: Session) -> None:
    problems = problems_of(session, "[clinic]\nslug = 'x'\n")
    keys = {problem.partition(":")[0] for problem in problems}
    assert {"clinic.slug", "clinic.name", "programme", "agreements", "plans"} <= keys


@pytest.mark.parametrize("toml", ["slug = ", "a = 1\na = 2"])
def test_what_is_not_toml_is_said_so(session: Session, toml: str) -> None:
    assert problems_of(session, toml)[0].startswith("The file is not TOML: ")


def test_a_missing_file_is_said_so(session: Session, tmp_path: Path) -> None:
    assert "cannot be read" in problems_of(session, tmp_path / "none.toml")[0]


SVG = '<svg xmlns="http://www.w3.org/2000/svg" {attribute}>{inside}</svg>'


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (SVG.format(attribute="", inside="<script>alert(1)</script>"), "may not hold <script>"),
        (SVG.format(attribute='onload="alert(1)"', inside=""), "may not hold the attribute onload"),
        (SVG.format(attribute="", inside='<use href="https://evil.example/x"/>'), "from outside"),
        (SVG.format(attribute="", inside="<style>@import url(//evil.example)</style>"), "from outside"),
        ('<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.format(attribute="", inside=""), "DOCTYPE"),
        (SVG.format(attribute="", inside=" " * 200_001), "200 KB"),
        ("GIF89a", "none of them"),
        ("<html></html>", "none of them"),
    ],
)
def test_a_logo_that_could_do_harm_is_refused(session: Session, tmp_path: Path, picture: str, reason: str) -> None:
    (tmp_path / "logo.svg").write_text(picture)
    file = tmp_path / "tiny.toml"
    file.write_text(SMALL.replace('slug = "tiny"', 'slug = "tiny"\nlogo = "logo.svg"'))
    (problem,) = problems_of(session, file)
    assert problem.startswith("clinic.logo: ")
    assert reason in problem


def test_a_logo_outside_the_file_s_folder_is_refused(session: Session, tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    folder = tmp_path / "inside"
    folder.mkdir()
    (folder / "tiny.toml").write_text(SMALL.replace('slug = "tiny"', 'slug = "tiny"\nlogo = "../logo.png"'))
    (problem,) = problems_of(session, folder / "tiny.toml")
    assert problem.startswith("clinic.logo: The logo is a file beside the TOML file")


def test_pictures_are_told_by_their_bytes(session: Session, tmp_path: Path) -> None:
    (tmp_path / "logo.svg").write_bytes(b"RIFF\0\0\0\0WEBPVP8 ")
    file = tmp_path / "tiny.toml"
    file.write_text(SMALL.replace('slug = "tiny"', 'slug = "tiny"\nlogo = "logo.svg"'))
    assert clinic_file.create(session, file, NOW).logo_type == "image/webp"
