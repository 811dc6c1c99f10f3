"""Making an account: who the patient is, and the password they choose."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import DataRequired

from portal.forms.account import text_field
from portal.forms.sign_in import email_field


class SignUpForm(FlaskForm):
    """Name, e-mail and password."""

    first_name = text_field("First name", 80, "Type your first name.")
    last_name = text_field("Last name", 80, "Type your last name.")
    email = email_field()
    password = PasswordField("Password", validators=[DataRequired("Choose a password.")])
