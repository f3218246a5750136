"""HTML that a mail or a chat carries → plain paragraphs. Pure."""

from bs4 import BeautifulSoup

from ingest.inbox.heard import tidy

_NOISE = "script, style, head, title, attachment, blockquote, .gmail_quote, .gmail_signature, #appendonsend, #divRplyFwdMsg"
_LINES = ("p", "div", "li", "tr", "h1", "h2", "h3", "h4", "pre")


def words(html: str) -> str:
    """What a person would read, without quoted replies and signatures."""
    soup = BeautifulSoup(html, "lxml")
    for noise in soup.select(_NOISE):
        noise.decompose()
    for tag in soup.find_all("br"):
        tag.replace_with("\n")
    for tag in soup.find_all(_LINES):
        tag.insert_before("\n")
        tag.insert_after("\n")
    lines = (" ".join(line.split()) for line in soup.get_text().split("\n"))
    return tidy("\n".join(lines))
