"""Which network addresses a source may live at. Pure: what DNS answered in, a reason to refuse or None out."""

import ipaddress

_METADATA = {"168.63.129.16"}
"""Cloud metadata services at public addresses; the others are link-local or private anyway."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def refusal(address: str) -> str | None:
    """Why `address`, one that a name resolved to, must not be connected to; None when it is a public one.

    An IPv4 address inside an IPv6 one (mapped, 6to4, Teredo, NAT64) is judged as what it leads to.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    for inner in _inner(ip):
        if reason := refusal(str(inner)):
            return reason
    if str(ip) in _METADATA:
        return "a cloud metadata address"
    special = next((f"a {name}" for name in ("loopback", "link_local", "multicast") if getattr(ip, f"is_{name}")), None)
    if special or not ip.is_global:
        return f"{(special or 'a private').replace('_', '-')} address"
    return None


def _inner(ip: Address) -> list[ipaddress.IPv4Address]:
    if isinstance(ip, ipaddress.IPv4Address):
        return []
    found = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
    if ip in _NAT64 or (int(ip) >> 32 == 0 and int(ip) > 1):
        found.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return [inner for inner in found if inner is not None]


def is_named(host: str, port: int, allowed: tuple[str, ...]) -> bool:
    """Does `[ingest] allow_hosts` name this host, as `host` or `host:port`? As written in the source, not as resolved."""
    plain = host.strip("[]").lower().rstrip(".")
    return any(name.lower() in (plain, f"[{plain}]", f"{plain}:{port}", f"[{plain}]:{port}") for name in allowed)
