# SPDX-License-Identifier: MIT
"""Which names promise a secret: whole words, known pairs of words, and the words that say it is only about a secret.

`accessToken`, `X-ACCESS-TOKEN`, `access.token` and `access token` are the same name. A name is split into words first,
so that `tokenizer`, `author` and `passenger` are no secrets; `token_count` and `password_policy` are about one.
"""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable

__all__ = ["is_secret_key", "is_secret_phrase", "key_rule"]

_NAME_LIMIT = 128  # characters of a name that are looked at: half from its start, half from its end

_WORDS = frozenset(
    "password passwords passwd passwds pwd pwds passphrase passphrases passcode passkey passkeys pw userpass"
    " secret secrets token authorization cookie cookies credential credentials cred creds bearer jwt"
    " apikey apikeys authkey privkey csrf xsrf csrftoken dsn connstr connectionstring"
    " cvv cvv2 cvc cvc2 pin ssn otp totp hotp iban mnemonic sessionid sessid phpsessid jsessionid asp_sessionid sid"
    " privatekey secretkey accesskey accesskeyid signingkey encryptionkey masterkey sshkey accountkey sharedkey"
    " creditcard creditcardnumber cardnumber cardno ccnumber ccnum htpasswd".split()
)
_ENDINGS = ("password", "passwd", "passphrase", "secret", "token", "apikey")  # dbpassword, clientsecret

_PAIRS = frozenset(
    pair
    for first, seconds in (
        ("api", "key keys"),
        ("access", "key keys tokens"),
        ("private", "key keys"),
        ("priv", "key"),
        ("secret", "key"),
        ("encryption", "key keys"),
        ("signing", "key keys"),
        ("master", "key"),
        ("ssh", "key"),
        ("rsa", "key"),
        ("account", "key"),
        ("shared", "key"),
        ("service", "key"),
        ("deploy", "key"),
        ("license", "key"),
        ("auth", "key code tokens"),
        ("hmac", "key"),
        ("subscription", "key"),
        ("webhook", "key"),
        ("refresh", "tokens"),
        ("api", "tokens"),
        ("bearer", "tokens"),
        ("session", "id ids key cookie tokens"),
        ("sess", "id"),
        ("connection", "string strings"),
        ("conn", "str string"),
        ("credit", "card cards"),
        ("debit", "card cards"),
        ("card", "number numbers no num code pin"),
        ("cc", "number num no"),
        ("security", "code number answer"),
        ("social", "security"),
        ("account", "number"),
        ("routing", "number"),
        ("passport", "number"),
        ("tax", "id"),
        ("verification", "code"),
        ("authorization", "code"),
        ("recovery", "code codes"),
        ("backup", "code codes"),
        ("mfa", "code"),
        ("seed", "phrase"),
        ("recovery", "phrase"),
        ("pass", "word phrase code key"),
        ("pass", "wd"),
        ("basic", "auth"),
        ("http", "auth"),
        ("proxy", "auth"),
        ("amz", "signature"),
        ("goog", "signature"),
        ("hub", "signature"),
        ("webhook", "signature"),
        ("request", "signature"),
        *(
            (owner, "pass")
            for owner in "db database smtp mysql pg postgres redis mongo user admin root ftp".split()
        ),
        *(
            (owner, "pass")
            for owner in "mail email ldap login my auth proxy imap sql mq rabbitmq amqp".split()
        ),
    )
    for pair in ((first, second) for second in seconds.split())
)
_ALONE = frozenset(
    {("auth",), ("x", "auth"), ("pass",), ("sig",)}
)  # secrets only when they are the whole name

#: A name that ends like this tells something about a secret: how many, how long, where, whether.
_ABOUT = frozenset(
    "count counts counter used usage limit limits length len size max min total budget type types url uri endpoint"
    " expiry expiration expires expired expire ttl at in on age policy strength field fields required enabled disabled"
    " present missing valid invalid version algorithm alg format domain path consent banner settings config name names"
    " file filename location provider manager index position offset source status ok error errors issuer audience scope"
    " scopes kind rotation lifetime timeout attempts retries parser class label placeholder".split()
)


@cache
def _encoded() -> re.Pattern[str]:
    import re

    return re.compile("%(?:25){0,4}+[0-7][0-9A-Fa-f]")


def _words(name: str) -> tuple[str, ...]:
    """Split a name at its separators, at changes of case and at digits; fold case.

    >>> _words("X-APIKey2"), _words("accessToken"), _words("user%5Bpassword%5D")
    (('x', 'api', 'key'), ('access', 'token'), ('user', 'password'))
    """
    if not name.isascii():
        from unicodedata import normalize  # fullwidth and other look-alike letters of the same word

        name = normalize("NFKC", name)
    if "%" in name:
        name = _encoded().sub(" ", name)
    words: list[str] = []
    start = 0
    size = len(name)
    for place in range(1, size + 1):
        before = name[place - 1]
        if not before.isalpha():
            start = place
            continue
        if place < size:
            char = name[place]
            if char.isalpha() and (
                char.islower()
                or (
                    before.isupper() == char.isupper()
                    and not (char.isupper() and place + 1 < size and name[place + 1].islower())
                )
            ):
                continue
        words.append(name[start:place].casefold())
        start = place
    return tuple(words)


def _is_secret(words: tuple[str, ...]) -> bool:
    if not words or words[-1] in _ABOUT:
        return False
    for word in words:
        if word in _WORDS or word.endswith(_ENDINGS):
            return True
    return any(pair in _PAIRS for pair in pairwise(words)) or words in _ALONE


@lru_cache(maxsize=2048)
def _known(name: str) -> bool:
    return _is_secret(_words(name))


def _bounded(name: str) -> str:
    half = _NAME_LIMIT // 2
    return name if len(name) <= _NAME_LIMIT else f"{name[:half]} {name[-half:]}"


def is_secret_key(name: str) -> bool:
    """Whether a value under this name is a secret.

    Args:
        name: a key, header, field, form or variable name; of a very long one, its two ends are looked at.

    >>> [is_secret_key(name) for name in ("X-Api-Key", "dbPassword", "session id", "Set-Cookie")]
    [True, True, True, True]
    >>> [is_secret_key(name) for name in ("tokenizer", "max_tokens", "token_count", "author", "primary key")]
    [False, False, False, False, False]
    """
    return _known(name if len(name) <= _NAME_LIMIT else _bounded(name))


@lru_cache(maxsize=1024)
def is_secret_phrase(words: str) -> bool:
    """Whether words of a sentence end in a known pair: of "the api key" only the whole names the secret.

    >>> is_secret_phrase("bad api key"), is_secret_phrase("token at line")
    (True, False)
    """
    return _words(words)[-2:] in _PAIRS


def key_rule(extra: Iterable[str]) -> Callable[[str], bool]:
    """Give `is_secret_key` with further names, each matched as whole words anywhere in a name.

    >>> rule = key_rule(["internal ref"])
    >>> rule("customerInternalRef"), rule("internal"), rule("password")
    (True, False, True)
    """
    more = tuple({words for name in extra if (words := _words(_bounded(name)))})
    if not more:
        return is_secret_key

    @lru_cache(maxsize=2048)
    def known(name: str) -> bool:
        words = _words(name)
        return _is_secret(words) or any(
            words[start : start + len(wanted)] == wanted for wanted in more for start in range(len(words))
        )

    def rule(name: str) -> bool:
        return known(_bounded(name))

    return rule
