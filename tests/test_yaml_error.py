"""What is forgotten in a YAML text, and the sentence that says so: the line, and what is meant."""

from pathlib import Path

import pytest
import yaml

from lr_plugin.recipe import load_schedule
from lr_plugin.schedule import ScheduleError
from lr_plugin.yaml_error import not_yaml

INDENTED = (
    "it is indented otherwise than what it stands beside; write as many blanks before it as before "
    "the lines that it belongs to"
)
FURTHER = (
    "it is indented further than the line above, which has a value already; write as many blanks "
    "before it as there are above"
)
TWO_COLONS = "there are two ': ' in one line; put quotes around what is text, or begin a new line"

TWICE = "kind: a\nkind: b\n"  # which plain YAML takes, and OmegaConf does not

# A text, and what is said of it behind "is not YAML: ".
ANSWERS = {
    "kind: sequence\nphases:\n  up: {kind: linear duration: 5%}\n": (
        "line 3, 'up: {kind: linear duration: 5%}': a comma is missing before 'duration'"
    ),
    'up: {kind: "linear" duration: 5%}': (
        "line 1, 'up: {kind: \"linear\" duration: 5%}': a comma is missing before 'duration'"
    ),
    "up: {kind: 1 {a: 2}}": "line 1, 'up: {kind: 1 {a: 2}}': a comma is missing before '{'",
    "values: [1 2\nkind: knots\n": (
        "line 2, 'kind: knots': a comma or ']' is missing before 'kind', for the '[' of line 1 is "
        "still open"
    ),
    "phases:\n  up: {kind: linear\n  down: {kind: cosine}\n": (
        "line 3, 'down: {kind: cosine}': a comma or '}' is missing before 'down', for the '{' of "
        "line 2 is still open"
    ),
    "up: {kind: linear, duration: 5%\n\n": (
        "line 1, 'up: {kind: linear, duration: 5%': '{' is never closed; write '}' where it ends"
    ),
    "values: [1, 2}\n": (
        "line 1, 'values: [1, 2}': the '[' of line 1 is closed with '}'; write ']'"
    ),
    "up: {kind: linear, , }": "line 1, 'up: {kind: linear, , }': a value is missing before ','",
    "kind: linear}\n": None,
    "up: {kind: linear}}\n": (
        "line 1, 'up: {kind: linear}}': '}' closes nothing; remove it, or write what it is to close"
    ),
    "phases:\n\tup: {kind: linear}\n": (
        "line 2, 'up: {kind: linear}': there is a tab in it; write blanks instead"
    ),
    "duration: %5\n": "line 1, 'duration: %5': no value begins with '%'; put quotes around it",
    TWICE: "line 2, 'kind: b': the key 'kind' is there twice; remove one of them",
    "kind: linear\nunit: 'steps\nend_value: 1\n": (
        'line 2, "unit: \'steps": a quote is not closed; write it where the text ends'
    ),
    "kind: 'it's'\n": (
        "line 1, \"kind: 'it's'\": text goes on behind a quote; put one pair of quotes around all "
        "of it"
    ),
    "kind: linear\n end_value: 1\n": f"line 2, 'end_value: 1': {FURTHER}",
    "kind: linear, end_value: 1\n": f"line 1, 'kind: linear, end_value: 1': {TWO_COLONS}",
    "phases:\n  up: 1\n down: 2\n": f"line 3, 'down: 2': {INDENTED}",
    "kind: linear\n- 1\n": f"line 2, '- 1': {INDENTED}",
    "kind: linear\nend_value:1\nstart_value: 0\n": (
        "line 2, 'end_value:1': a blank is missing behind ':'"
    ),
    "kind: linear\nend_value\nstart_value: 0\n": (
        "line 2, 'end_value': it is neither 'key: value' nor part of the line above; write ': ' "
        "and a value"
    ),
    "duration: *half\n": "line 1, 'duration: *half': '*half' stands for nothing; put quotes around",
    "kind: !!python/name:os.system\n": (
        "line 1, 'kind: !!python/name:os.system': plain data has no tag such as "
        "'python/name:os.system'; remove it"
    ),
    "kind: linear\n---\nkind: cosine\n": (
        "line 2, '---': '---' begins a second text; write one in a file"
    ),
    'monitor: "val\\d"\n': (
        "line 1, 'monitor: \"val\\\\d\"': between double quotes '\\d' stands for nothing; write "
        "single quotes"
    ),
    "kind: {{kind}}\n": (
        "line 1, 'kind: {{kind}}': a key is text or a number; write it without braces"
    ),
    "kind: >linear\n": "line 1, 'kind: >linear': while scanning a block scalar expected chomping",
    "%linear\n": "line 2: expected '<document start>', but found '<stream end>'",
    "kind: \0": "unacceptable character #x0000: special characters are not allowed in",
    f"{'a' * 70}: {{b: c d: {'e' * 90}}}": f"line 1, '{'a' * 51}: {{b: c d: {'e' * 18}': a comma",
}


def said(text: str) -> str | None:
    try:
        yaml.safe_load(text)
    except yaml.YAMLError as error:
        return not_yaml(error, "'mine.yaml'", text)
    return None


@pytest.mark.parametrize("text", [text for text in ANSWERS if text != TWICE])
def test_each_slip_has_its_line_and_what_is_meant(text: str) -> None:
    answer, expected = said(text), ANSWERS[text]

    assert (answer is None) == (expected is None)
    assert (answer or "").startswith(f"'mine.yaml' is not YAML: {expected}" if expected else "")


@pytest.mark.parametrize("text", [text for text, answer in ANSWERS.items() if answer])
def test_a_file_of_ones_own_is_answered_so(text: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(ScheduleError) as caught:
        load_schedule(path)

    assert str(caught.value).startswith(f"schedule: {str(path)!r} is not YAML: {ANSWERS[text]}")


def test_what_was_read_is_taken_from_the_error_where_it_is_not_given(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("kind: [linear\n")
    with path.open() as stream, pytest.raises(yaml.YAMLError) as caught:
        yaml.safe_load(stream)

    assert not_yaml(caught.value) == (
        f"{str(path)!r} is not YAML: line 1, 'kind: [linear': '[' is never closed; write ']' where "
        "it ends"
    )


def test_a_text_that_is_gone_is_not_shown() -> None:
    with pytest.raises(yaml.YAMLError) as caught:
        yaml.safe_load("kind: [linear\n")

    assert not_yaml(caught.value) == (
        "'<unicode string>' is not YAML: line 1: '[' is never closed; write ']' where it ends"
    )


def test_a_file_of_bytes_is_to_be_saved_as_text(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ScheduleError) as caught:
        load_schedule(path)

    assert str(caught.value) == (
        f"schedule: {str(path)!r} is not text ('utf-8' codec can't decode byte 0xff in position 0: "
        "invalid start byte); save it in UTF-8"
    )


def test_another_error_is_none_of_yamls() -> None:
    assert not_yaml(ValueError("kind: [linear")) is None
