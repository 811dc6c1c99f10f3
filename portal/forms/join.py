"""The wizard's forms: the plan, the patient's details with draw day and coupon, the signature."""

from __future__ import annotations

import re

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, Form, HiddenField, IntegerField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError

from portal.forms.account import DetailsForm, one_line
from portal.rules.calendar import Frequency

ZIP = re.compile(r"\d{5}(-\d{4})?")
NO_RECORDS = "Tick the first box if you agree to electronic records; without them we cannot begin online."
NO_CHARGES = "Tick the second box if you agree to the charges; without it we cannot begin your membership."
WORDED_FREQUENCIES = [
    SelectChoice(Frequency.MONTH.value, "Every month"),
    SelectChoice(Frequency.YEAR.value, "Every year"),
]


class PlanForm(FlaskForm):
    """Which plan, and how often it is drawn; both are looked up again on the server."""

    plan = StringField("Plan", filters=[one_line], validators=[DataRequired("Choose a plan.")])
    frequency = RadioField(
        "How often would you like to pay?",
        choices=WORDED_FREQUENCIES,
        default=Frequency.MONTH.value,
        validators=[Optional()],
    )
    coupon = HiddenField(filters=[one_line])


class JoinDetailsForm(DetailsForm):
    """What the account holds of the patient, all of it needed for billing, with draw day and coupon."""

    draw_day = IntegerField(
        "Draw day",
        validators=[
            InputRequired("Choose the day of the month, from 1 to 31."),
            NumberRange(1, 31, "The draw day is a day of the month, from 1 to 31."),
        ],
    )
    coupon_code = StringField(
        "Coupon code", filters=[one_line], validators=[Length(max=40, message="No coupon code is that long.")]
    )

    def validate_phone(self, field: Field) -> None:
        """The clinic must be able to reach its members."""
        _require(field, "Type your phone number.")

    def validate_address_line1(self, field: Field) -> None:
        """A bill needs a street."""
        _require(field, "Type your street and number.")

    def validate_city(self, field: Field) -> None:
        """A bill needs a city."""
        _require(field, "Type your city.")

    def validate_region(self, field: Field) -> None:
        """A bill in the United States needs a state."""
        if self.country.data == "US":
            _require(field, "Type your state, such as CA.")

    def validate_postal_code(self, field: Field) -> None:
        """A ZIP code in the United States; elsewhere whatever the post there uses."""
        if self.country.data != "US":
            return
        _require(field, "Type your ZIP code.")
        if not ZIP.fullmatch(field.data):
            raise ValidationError("A ZIP code has five digits, such as 90210.")


class AgreementForm(FlaskForm):
    """Both consents, unticked at first, and the name typed as a signature; what was shown comes back with it."""

    records_consent = BooleanField(validators=[InputRequired(NO_RECORDS)])
    charge_consent = BooleanField(validators=[InputRequired(NO_CHARGES)])
    signature = StringField(
        "Type your full name",
        filters=[one_line],
        validators=[
            DataRequired("Type your full name to sign."),
            Length(max=200, message="Use at most 200 characters."),
        ],
    )
    shown = HiddenField()
    text_sha256 = HiddenField()

    def validate_signature(self, field: Field) -> None:
        """A name has letters, in whatever script."""
        if sum(character.isalpha() for character in field.data or "") < len("Li"):
            raise ValidationError("Type your name in letters, as you would sign it.")


class PaymentForm(FlaskForm):
    """Which card, under which disclosure."""

    card = StringField(default="new")
    shown = HiddenField()


def without_draw_day(form: Form) -> None:
    """An annual membership is drawn on its joining date and asks nothing."""
    del form.draw_day


def _require(field: Field, sentence: str) -> None:
    if not field.data:
        raise ValidationError(sentence)
