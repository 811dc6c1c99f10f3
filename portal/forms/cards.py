"""Which card: one on file or a new one; and what the card field sends back."""

from __future__ import annotations

from uuid import UUID

from flask_wtf import FlaskForm
from wtforms import Field, IntegerField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Regexp, ValidationError

NEW_CARD = "new"
CHOOSE = "Choose one of the cards, or a new one."


def is_card_choice(_form: FlaskForm, field: Field) -> None:
    """A validator: the word for a new card, or an id."""
    if field.data == NEW_CARD:
        return
    try:
        UUID(field.data)
    except ValueError as error:
        raise ValidationError(CHOOSE) from error


class CardForm(FlaskForm):
    """The card for the draws to come."""

    card = StringField("Card", validators=[DataRequired(CHOOSE), is_card_choice])

    @property
    def card_id(self) -> UUID | None:
        """The chosen card on file; None for a new one. Only after validate()."""
        return None if self.card.data == NEW_CARD else UUID(self.card.data)


class PayForm(CardForm):
    """The card to pay arrears with, and the amount that the page showed beside the button."""

    shown_cents = IntegerField("Amount", validators=[InputRequired("Reload the page."), NumberRange(min=0)])


class SetupDoneForm(FlaskForm):
    """The setup intent that the card field has just confirmed; the server reads at Stripe what became of it."""

    intent = StringField("Setup intent", validators=[DataRequired(), Length(max=80), Regexp(r"^seti_\w+$")])
