"""What one YAML scalar is: typed where every reader agrees, refused where readers differ."""

from __future__ import annotations

import re

from multicooker.pipeline.load import problems

_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]",
)
"""Characters that terminals obey, that readers take for line ends, or that no file can hold."""

_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
_WORDS = {"": None, "null": None, "true": True, "false": False}

_YES_OR_NO = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false"})
_NUMBER = re.compile(
    r"""[-+]?(?:
        0x[0-9a-f_]+ | 0o[0-7_]+ | 0b[01_]+         # other bases
      | [0-9][0-9_]*                                # 08, 1_000, +1, and more digits than are exact
      | (?:[0-9][0-9_]*)?\.[0-9_]+(?:e[-+]?[0-9]+)? # .5, 1.5e3
      | [0-9][0-9_]*\.?(?:e[-+]?[0-9]+)?            # 1e3, 1.
      | \.inf | \.nan
    )""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_SIXTIES = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-9]{1,2})+(?:\.[0-9_]*)?")
_DATE = re.compile(
    r"""[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}
        (?: (?:t|[ \t]+) [0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2} (?:\.[0-9]*)?
            (?: [ \t]*(?:z|[-+][0-9]{1,2}(?::?[0-9]{2})?) )? )?""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)


def unfit(text: str) -> str:
    """Return why a text may not enter the program, or an empty string."""
    if bad := _UNFIT.search(text):
        return f"the character {bad[0]!a} is not allowed in a text"
    return ""


def typed(text: str) -> object:
    """Return what an unambiguous plain scalar is: None, a bool, a number, or text."""
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text


def ambiguity(text: str) -> str:
    """Return why a plain scalar must be written in another way, or an empty string."""
    if text in _WORDS or _WHOLE.fullmatch(text) or _DECIMAL.fullmatch(text):
        return ""
    if (advice := _advice(text)) is None:
        return ""
    what = problems.shown(text)[1:-1]
    return f'YAML readers differ over what {what} is: quote it ("{what}"){advice}'


def _advice(text: str) -> str | None:
    if text.lower() in _YES_OR_NO:
        return " or write true or false"
    if text == "~" or text.lower() == "null":
        return " or write null"
    if text in {"=", "<<"} or _DATE.fullmatch(text):
        return ""
    if _SIXTIES.fullmatch(text):
        return " or write a length of time as 90s, 30m or 2h"
    if _NUMBER.fullmatch(text):
        return " or write the number in plain digits, such as 17 or 0.5"
    return None
