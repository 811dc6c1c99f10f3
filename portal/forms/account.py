"""The patient's own account: name, phone, billing address, password."""

from __future__ import annotations

import re
from functools import cache

from babel import Locale
from flask_wtf import FlaskForm
from wtforms import Field, PasswordField, SelectField, StringField, TelField
from wtforms.validators import DataRequired, EqualTo, Length, ValidationError

# Codes that Babel lists beside the countries: groups of them, and the unknown.
NOT_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")
PHONE_DIGITS = range(7, 16)


def one_line(text: str | None) -> str:
    """What was typed, on one line, without outer space and unprintable characters."""
    return " ".join(UNPRINTABLE.sub(" ", text or "").split())


def text_field(label: str, longest: int, required: str | None = None) -> StringField:
    """One line of text; `required` is the sentence for an empty one."""
    validators = [DataRequired(required)] if required else []
    too_long = Length(max=longest, message=f"Use at most {longest} characters.")
    return StringField(label, filters=[one_line], validators=[*validators, too_long])


def is_phone(_form: FlaskForm, field: Field) -> None:
    """A validator: a telephone number as people write it, or nothing."""
    digits = sum(character.isdigit() for character in field.data or "")
    if field.data and (digits not in PHONE_DIGITS or not re.fullmatch(r"[0-9+()./ext -]+", field.data)):
        raise ValidationError("Type the number with its area code, such as (415) 555-0134.")


@cache
def countries() -> list[tuple[str, str]]:
    """Every country as (ISO 3166 code, English name): the United States first, the others by name."""
    names = Locale("en").territories.items()
    known = [each for each in names if re.fullmatch("[A-Z]{2}", each[0]) and each[0] not in NOT_COUNTRIES]
    return sorted(known, key=lambda country: (country[0] != "US", country[1]))


class DetailsForm(FlaskForm):
    """Name, phone and billing address."""

    first_name = text_field("First name", 80, "Type your first name.")
    last_name = text_field("Last name", 80, "Type your last name.")
    phone = TelField("Phone", filters=[one_line], validators=[Length(max=40), is_phone])
    address_line1 = text_field("Address", 120)
    address_line2 = text_field("Apartment, suite", 120)
    city = text_field("City", 80)
    region = text_field("State or region", 80)
    postal_code = text_field("ZIP or postal code", 20)
    country = SelectField("Country", choices=countries, default="US")


class NewPasswordForm(FlaskForm):
    """A new password, for a patient who has just proved by a code who they are."""

    new_password = PasswordField("New password", validators=[DataRequired("Type a new password.")])
    repeated = PasswordField(
        "New password again",
        validators=[
            DataRequired("Type the new password once more."),
            EqualTo("new_password", "The two new passwords differ. Type the same one twice."),
        ],
    )


class ChangePasswordForm(NewPasswordForm):
    """A new password, for a patient who knows the present one."""

    current_password = PasswordField("Current password", validators=[DataRequired("Type your current password.")])
