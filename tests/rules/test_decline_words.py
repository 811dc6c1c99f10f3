"""Each decline has its two sentences, and none says more than it may."""

from __future__ import annotations

import pytest

from portal.rules.decline_words import GENERIC, NOT_FINISHED, WORDS, decline_words


@pytest.mark.parametrize(
    "decline_code", ["lost_card", "stolen_card", "pickup_card", "fraudulent", "do_not_honor", "new"]
)
def test_a_suspected_card_reads_like_any_other_decline(decline_code: str) -> None:
    assert decline_words("card_declined", decline_code) == GENERIC


def test_the_banks_code_says_more_than_stripes() -> None:
    assert decline_words("card_declined", "insufficient_funds") == WORDS["insufficient_funds"]
    assert decline_words("expired_card", None) == WORDS["expired_card"]
    assert decline_words("expired_card", "generic_decline") == WORDS["expired_card"]


def test_nothing_known_means_that_it_was_not_finished() -> None:
    assert decline_words(None, None) == NOT_FINISHED


@pytest.mark.parametrize("code", sorted(WORDS))
def test_each_has_two_whole_sentences(code: str) -> None:
    for sentence in WORDS[code]:
        assert sentence[0].isupper()
        assert sentence.endswith(".")
