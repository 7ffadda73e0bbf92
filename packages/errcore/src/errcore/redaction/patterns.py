# SPDX-License-Identifier: MIT
"""Secrets that are recognised by their form: each starts with a sigil, is bounded or possessive, and so takes linear time.

The patterns are compiled at the first use, not at import. A pattern that keeps a part of what it matches calls it `keep`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import attrs

from errcore.jsonsafe import REDACTED

if TYPE_CHECKING:
    import re

__all__ = ["mask_cards", "mask_emails", "mask_forms", "mask_pem"]

# Possessive runs (`*+`, `{n,}+`) never give back what they took; that is what makes a hostile text cost one pass.
# A token may follow a written line end (\n in a repr) or a percent-encoded character.
_START = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt])|(?<=%[0-7][0-9A-Fa-f])|(?<=%25[0-7][0-9A-Fa-f]))"
_TOKENS = (
    _START
    + r"""
(?:
    (?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA)[A-Z0-9]{16}+            # AWS ids
  | gh[pousr]_[A-Za-z0-9]{16,}+ | github_pat_\w{16,}+         # GitHub
  | gl(?:pat|ptt|dt|rt|cbt|ft|soat|agent|oas|imt|ptt)-[\w.-]{16,}+
  | xox[abeoprs]-[\w-]{8,}+ | xapp-\d-[\w-]{8,}+ | xoxe\.xox[bp]-[\w-]{8,}+
  | (?:sk|rk)_(?:live|test)_[A-Za-z0-9]{8,}+ | whsec_[A-Za-z0-9+/=]{16,}+
  | AIza[\w-]{30,}+ | ya29\.[\w.-]{16,}+ | GOCSPX-[\w-]{16,}+ | 1//0[\w-]{20,}+
  | sk-(?=[\w-]{0,64}?[0-9A-Z])[\w-]{16,}+                    # OpenAI and those who followed
  | npm_[A-Za-z0-9]{30,}+ | pypi-AgE[\w-]{16,}+
  | hf_[A-Za-z0-9]{30,}+ | do[opr]_v1_[a-f0-9]{32,}+ | dapi[a-f0-9]{32}+ | key-[a-f0-9]{32}+
  | SG\.[\w-]{16,}+\.[\w-]{16,}+ | SK[a-f0-9]{32}+ | shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}+
  | hv[sbr]\.[\w-]{20,}+ | AGE-SECRET-KEY-1[A-Z0-9]{20,}+ | lin_api_[A-Za-z0-9]{30,}+ | sntrys_[\w+/=.-]{30,}+
  | \d{8,10}:AA[\w-]{30,}+                                    # Telegram bots
  | eyJ(?:[\w-]{8,}+(?:\.[\w-]*+)++|[\w-]{17,}+)   # JWT and JWE, cut ones too
)
"""
)
_SHORTEST_TOKEN = 12  # characters that any match of _TOKENS has in one run: a cut JWT, eyJ and nine more
_HOOKS = r"(?P<keep>hooks\.slack\.com/\w{1,32}/|discord(?:app)?\.com/api/webhooks/)[\w/-]{8,}+"
_SCHEMES = r"""
(?P<keep>(?:(?<![\w-])|(?<=\\[nrt])|(?<=%[0-7][0-9a-f]))(?:(?P<basic>Basic)|(?P<bearer>Bearer)|Token|Negotiate|NTLM|ApiKey|Digest|AWS4-HMAC-SHA256)[ \t]++)
(?: (?=(?:username|realm|Credential|oauth_\w{1,32}+|nonce|uri|qop)=)(?<!Bearer[ ])[^\r\n]++ | (?P<credentials>[A-Za-z0-9._~+/-]++=*+) )
"""
_EMAIL = r"(?<![\w.+-])(?!git(?:@|%40))[\w.+-]{1,128}+(?:@|%40)(?:[\w-]{1,63}+\.)+[^\W\d_]{2,24}"
# A sentence may name the header; a block goes on with a line end (a real or an escaped one), with base64, or with a field
# such as "Proc-Type: ", where its lines were made one.
_PEM_HEADER = r"-----BEGIN [A-Z0-9 ]{1,64}+-----(?=[ \t]*+(?:[\r\n]|\\++[rn]|[A-Za-z0-9+/=]{16}|[A-Z][A-Za-z-]{1,32}+:[ ]|\Z))"
_SHORTEST_PEM_LINE = 16  # but for the last one
_PEM_END = r"-----END[A-Z0-9 ]{0,65}+-{0,5}+"
_PEM_BREAK = (
    r"([ \t\r\n]++|(?<!\\)\\++[rn])"  # real or escaped, or what is left of it where lines were made one
)
_PEM_LINE = r"[A-Za-z0-9+/=]++"
# Identifiers in hexadecimal are taken first, so that digits inside them are no card number.
_DIGITS = r"""
(?<![0-9A-Za-z])(?:[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|[0-9a-fA-F]{20,}+)(?![0-9A-Za-z])
| (?<![0-9A-Za-z])(?=[0-9]*+[a-f])[0-9a-f]{16}(?![0-9A-Za-z])
| (?P<run>(?:(?<![0-9])(?!(?<=%)2[0278])|(?<=%2[0278]))(?<![0-9]\.)
  (?:[0-9]{13,19}+(?![0-9]) | [0-9]{4}(?:(?:[\ \t\u00a0\u2007\u2009\u202f.-]|\\t){1,3}+[0-9]{1,7}+){2,}+))
"""
# What follows "bearer" in a sentence; everything else that follows it is taken for a token.
_AFTER_BEARER = frozenset(
    "token tokens auth authentication authorization authorisation of or and is was are a an the in for from with without not"
    " no to must should header headers scheme schemes format realm error required missing invalid expired expected only"
    " credentials value type types challenge based security bonds bond bad scope charset".split()
)
_DOUBLED = str.maketrans("0123456789", "0246813579")


@attrs.frozen
class _Compiled:
    tokens: re.Pattern[str]
    hooks: re.Pattern[str]
    schemes: re.Pattern[str]
    email: re.Pattern[str]
    pem_header: re.Pattern[str]
    pem_end: re.Pattern[str]
    pem_break: re.Pattern[str]
    pem_line: re.Pattern[str]
    digits: re.Pattern[str]
    groups: re.Pattern[str]
    run: re.Pattern[str]
    maybe_card: re.Pattern[str]


@cache
def _compiled() -> _Compiled:
    import re

    return _Compiled(
        tokens=re.compile(_TOKENS, re.VERBOSE | re.ASCII),
        hooks=re.compile(_HOOKS, re.ASCII),
        schemes=re.compile(_SCHEMES, re.VERBOSE | re.ASCII | re.IGNORECASE),
        email=re.compile(_EMAIL),
        pem_header=re.compile(_PEM_HEADER),
        pem_end=re.compile(_PEM_END),
        pem_break=re.compile(_PEM_BREAK),
        pem_line=re.compile(_PEM_LINE),
        digits=re.compile(_DIGITS, re.VERBOSE),
        groups=re.compile("[0-9]++"),
        run=re.compile(rf"[\w.+/=-]{{{_SHORTEST_TOKEN}}}", re.ASCII),
        maybe_card=re.compile(r"[0-9]{13}|[0-9]{4}(?:[ \t\u00a0\u2007\u2009\u202f.-]|\\t){1,3}[0-9]"),
    )


def mask_pem(text: str) -> str:
    """Mask PEM blocks: keys and certificates, also those that lack their end or their beginning.

    >>> mask_pem("key: -----BEGIN PRIVATE KEY-----\\nMIIEvQ\\n-----END PRIVATE KEY----- used")
    'key: [redacted] used'
    """
    if "-----" not in text:
        return text
    known = _compiled()
    out: list[str] = []
    place = 0
    header = known.pem_header.search(text)
    end = known.pem_end.search(text)
    while True:
        if header and (end is None or header.start() < end.start()):
            out += (text[place : header.start()], REDACTED)
            end = known.pem_end.search(text, header.end())
        elif end:
            out += (_without_last_lines(text[place : end.start()]), REDACTED)
        else:
            return "".join((*out, text[place:]))
        if end is None:
            return "".join(out)
        place = end.end()
        if header and header.start() < place:
            header = known.pem_header.search(text, place)
        end = known.pem_end.search(text, place)


def _without_last_lines(text: str) -> str:
    """Drop the lines of base64 that stand before the end of a PEM block whose beginning is missing."""
    known = _compiled()
    pieces = known.pem_break.split(text)  # lines and, between them, what parts them
    kept = len(pieces)
    lines = [index for index in range(0, len(pieces), 2) if pieces[index]]
    for index in reversed(lines):
        line = pieces[index]
        is_short = len(line) < _SHORTEST_PEM_LINE
        if (is_short and index != lines[-1]) or not known.pem_line.fullmatch(line):
            break
        if not is_short:
            kept = index
    return "".join(pieces[:kept])


def mask_forms(text: str) -> str:
    """Mask tokens with a known beginning, webhook addresses, and the credentials after an authentication scheme.

    >>> mask_forms("id AKIAIOSFODNN7EXAMPLE, Basic dXNlcjpwYXNz, Basic authentication, Bearer a1b2c3d4e5")
    'id [redacted], Basic [redacted], Basic authentication, Bearer [redacted]'
    """
    known = _compiled()
    if _may_name_a_scheme(text):
        text = known.schemes.sub(_scheme, text)
    if "hooks" in text:
        text = known.hooks.sub(rf"\g<keep>{REDACTED}", text)
    # Ordinary words are shorter than any token, and looking for length alone is much cheaper.
    return known.tokens.sub(REDACTED, text) if known.run.search(text) else text


def _may_name_a_scheme(text: str) -> bool:
    """Whether one of the words of `_SCHEMES` is in a text, with room for something behind it."""
    if " " not in text and "\t" not in text:
        return False
    low = text.lower()
    return (
        "basic" in low
        or "bearer" in low
        or "token" in low
        or "negotiate" in low
        or "ntlm" in low
        or "apikey" in low
        or "digest" in low
        or "aws4" in low
    )


def _scheme(match: re.Match[str]) -> str:
    """Words follow "basic", "token" and "bearer" in a sentence; credentials look otherwise."""
    credentials = match["credentials"]
    if credentials is None:
        secret = True
    elif match["bearer"]:
        secret = credentials.strip("._-/~+=").lower() not in _AFTER_BEARER
    else:
        secret = _like_credentials(credentials) or (match["basic"] is not None and _is_basic(credentials))
    return match["keep"] + REDACTED if secret else match[0]


def _like_credentials(text: str) -> bool:
    parts = [part for part in text.replace("-", "/").replace(".", "/").replace("_", "/").split("/") if part]
    plain = all(
        part.isalpha() and len(part) < 20 and (part[1:].islower() or part.isupper()) for part in parts
    )
    return len(text) >= 8 and not plain


def _is_basic(text: str) -> bool:
    """RFC 7617: base64 of user, colon, password."""
    from binascii import Error, a2b_base64

    try:
        user, colon, _ = a2b_base64(text.rstrip("=")[: len(text.rstrip("=")) // 4 * 4]).partition(b":")
    except Error:
        return False
    return bool(colon) and user.isascii() and user.decode("ascii").isprintable()


def mask_emails(text: str) -> str:
    """Mask e-mail addresses, also with an encoded `@`.

    >>> mask_emails("jo@example.com git@github.com lodash@4.17.21")
    '[redacted] git@github.com lodash@4.17.21'
    """
    if "@" not in text and "%40" not in text:
        return text
    return _compiled().email.sub(REDACTED, text)


def mask_cards(text: str) -> str:
    """Mask payment card numbers: 13 to 19 digits, in groups or not, with a valid check digit (Luhn, ISO/IEC 7812).

    A number that starts with 0 or 1 is left alone: no bank issues such cards, and times in milliseconds look like it.

    >>> mask_cards("4111 1111 1111 1111, 4111111111111112, 1700000000000")
    '[redacted], 4111111111111112, 1700000000000'
    """
    known = _compiled()
    # Cheaper than the pattern itself, which has to look at identifiers as well.
    return known.digits.sub(_cards, text) if known.maybe_card.search(text) else text


def _cards(match: re.Match[str]) -> str:
    run = match["run"]
    if run is None:
        return match[0]
    out: list[str] = []
    shown = 0
    groups = [(found.start(), found.end()) for found in _compiled().groups.finditer(run)]
    first = 0
    while first < len(groups):
        last = _card_from(run, groups, first)
        if last is not None:
            out += (run[shown : groups[first][0]], REDACTED)
            shown = groups[last][1]
            first = last
        first += 1
    return "".join((*out, run[shown:]))


def _card_from(run: str, groups: list[tuple[int, int]], first: int) -> int | None:
    """Find the last group of a card number that starts with group `first`: groups of 4, 4-6-5 or 4-6-4, or one of all."""
    start, end = groups[first]
    size = end - start
    if (size != 4 and size < 13) or run[start] in "01":
        return None
    digits = run[start:end]
    last = first
    while len(digits) < 13 and last + 1 < len(groups):
        last += 1
        digits += run[slice(*groups[last])]
    while len(digits) <= 19:
        if len(digits) >= 13 and _luhn(digits):
            return last
        last += 1
        if last >= len(groups):
            return None
        digits += run[slice(*groups[last])]
    return None


def _luhn(digits: str) -> bool:
    return (sum(map(int, digits[-1::-2])) + sum(map(int, digits[-2::-2].translate(_DOUBLED)))) % 10 == 0
