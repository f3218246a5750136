"""What a site's robots.txt asks of readers like us. Pure: the text in, an answer out."""

from dataclasses import dataclass

from protego import Protego

AGENT = "Rejoinder"
"""The name that a robots.txt can address us by."""
MOST = 512 * 1024
"""Bytes of a robots.txt that are looked at, as search engines do."""


@dataclass(frozen=True)
class Robots:
    """The rules of one host."""

    rules: Protego
    pause: float
    """Seconds that the site wants between two requests."""

    def allow(self, url: str) -> bool:
        """May `url` be fetched?"""
        return bool(self.rules.can_fetch(url, AGENT))


def robots(body: bytes) -> Robots:
    """Read a robots.txt; what is no robots.txt allows everything."""
    rules = Protego.parse(body[:MOST].decode("utf-8", "replace"))
    return Robots(rules, float(rules.crawl_delay(AGENT) or 0))


ALLOW_ALL = robots(b"")
