"""Why a patient cancels: asked, never required."""

from __future__ import annotations

import re

from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import Length

LONGEST_REASON = 500
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def plain_text(text: str | None) -> str:
    """What was typed, with its line breaks (browsers send each as two characters) and without unprintable ones."""
    return UNPRINTABLE.sub("", (text or "").replace("\r\n", "\n")).strip()


class CancelForm(FlaskForm):
    """The reason, in the patient's own words."""

    reason = TextAreaField(
        "Why are you leaving?",
        filters=[plain_text],
        validators=[Length(max=LONGEST_REASON, message=f"Use at most {LONGEST_REASON} characters.")],
    )
