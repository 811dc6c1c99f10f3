"""Signing in: by password, or by a code of the mail."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, PasswordField, StringField
from wtforms.validators import DataRequired, Email, Length

LONGEST_EMAIL = 254
NOT_AN_ADDRESS = "This does not look like an e-mail address, such as name@example.com."


def email_field() -> EmailField:
    """The patient's address, without outer space."""
    return EmailField(
        "E-mail",
        filters=[lambda text: text.strip() if text else text],
        validators=[
            DataRequired("Type your e-mail address."),
            Email(NOT_AN_ADDRESS, allow_smtputf8=False),
            Length(max=LONGEST_EMAIL, message="This address is too long."),
        ],
    )


class SignInForm(FlaskForm):
    """E-mail and password."""

    email = email_field()
    password = PasswordField("Password", validators=[DataRequired("Type your password.")])
    is_remembered = BooleanField("Keep me signed in on this device for 30 days")


class AskForCodeForm(FlaskForm):
    """To whom a code is mailed."""

    email = email_field()


class CodeForm(FlaskForm):
    """The six digits of the letter."""

    code = StringField("Six-digit code", validators=[DataRequired("Type the code from the e-mail."), Length(max=40)])


class SignInCodeForm(CodeForm):
    """The six digits, and how long they sign in for."""

    is_remembered = BooleanField("Keep me signed in on this device for 30 days")
