# SPDX-License-Identifier: MIT
"""What a security event says of a client's address: a keyed hash, the address itself if that is wanted, else nothing.

The hash tells that two events came from the same client, to those who cannot try all addresses because they have no
key. A hash without a key hides nothing: all IPv4 addresses are hashed in minutes.
"""

from __future__ import annotations

from typing import Any

from errcore.errors.stock import ConfigurationError
from errcore.jsonsafe import one_line

__all__ = ["address_fields", "checked_key"]

_SHORTEST_KEY = 16  # bytes
_TEXT = 64  # characters: the longest address with a zone has fewer
_UNREADABLE = "[unreadable]"
_NETWORK = 64  # bits of an IPv6 address that one client has for itself


def checked_key(key: object) -> bytes | None:
    """A key as bytes.

    Raises:
        errcore.ConfigurationError: If it is none, or too short.

    >>> checked_key("a-secret-of-16-bytes")
    b'a-secret-of-16-bytes'
    """
    if key is None:
        return None
    found = key.encode() if isinstance(key, str) else key
    if not isinstance(found, bytes) or len(found) < _SHORTEST_KEY:
        raise ConfigurationError(
            "Cannot use this ip_key, because a short one can be guessed; pass a secret text or bytes, "
            f"at least {_SHORTEST_KEY} bytes long and the same in all workers."
        )
    return found


def address_fields(address: object, key: bytes | None, *, store: bool) -> dict[str, str]:
    """What is written of an address: `ip` if it is stored, `ip_hash` if there is a key.

    The hash is the first 128 bits of HMAC-SHA256. Of IPv6 it is that of the /64 network, in which a client can change its
    address as it likes; an IPv4 address in the form of IPv6 is the same as without.

    Args:
        address: As the framework gave it.
        key: The secret.
        store: Whether the address itself is written.

    >>> key = b"k" * 16
    >>> address_fields("2001:db8::1", key, store=False) == address_fields("2001:db8::2", key, store=False)
    True
    >>> address_fields("192.0.2.7", None, store=False), address_fields("nonsense", None, store=True)
    ({}, {'ip': '[unreadable]'})
    """
    fields: dict[str, str] = {}
    if address is None or not (store or key):
        return fields
    network, shown = _read(address)
    if store:
        fields["ip"] = shown
    if key:
        import hashlib  # they are dear, and most processes never see a security event
        import hmac

        fields["ip_hash"] = hmac.new(key, network.encode(), hashlib.sha256).hexdigest()[:32]
    return fields


def _read(address: object) -> tuple[str, str]:
    """The network of the client, and the address in its one spelling."""
    import ipaddress  # as above

    text = one_line(address, _TEXT)
    try:
        found: Any = ipaddress.ip_address(text)
    except ValueError:
        # Whatever it was, it came from outside; that it was no address is all that is said.
        return _UNREADABLE, _UNREADABLE
    if found.version == 6:
        found = found.ipv4_mapped or ipaddress.IPv6Address(int(found))  # without the zone, which is free text
    if found.version == 4:
        return str(found), str(found)
    return str(ipaddress.ip_network((int(found), _NETWORK), strict=False)), str(found)
