"""What a host says arrives as it was said, whatever signs are in it."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote

from hypothesis import given
from hypothesis import strategies as st

from platewright.client.addressing import question, word
from platewright.client.session import Session

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXT)
def test_a_word_is_one_word_and_reads_back(text: str) -> None:
    said = word(text)
    assert said.isascii()
    assert not set(said) & set("/?#&= +\r\n")
    assert unquote(said) == text


@given(st.lists(st.tuples(TEXT, TEXT)))
def test_a_question_reads_back(words: list[tuple[str, str]]) -> None:
    assert parse_qsl(question(words), keep_blank_values=True) == words


def test_a_folder_whose_name_is_no_text_raises_nothing_on_the_host_s_thread() -> None:
    session = Session(may_start=False)
    try:
        assert not session.takes("/shots/\udcff").done
        assert not session.picture("/shots/\udcff", "a\ud800.exr", exposure=0.5).done
    finally:
        session.close()
