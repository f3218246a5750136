"""Which answer fits the question, and how sure that is. Pure: numbers in, numbers out.

score = BEST · the nearest passage + WHOLE · the whole entry + CENTROID · the phrasings' mean direction (cosines)
        + LEXICAL · BM25 / (BM25 + SATURATION) + BOOST for the competitor named − OTHER_KINDS for what is no objection;
probability = logistic(STEEPNESS · (score − MIDDLE)). Where that of the first answer is neither high nor low, search/reader.py reads
it together with the question; what it says, times `read`, is added to its score, and the curve is another one. How the numbers were
found: docs/design/index.md.
"""

from search.lexicon import MASK
from search.table import floats

TYPE_CHECKING = False
if TYPE_CHECKING:  # what a cold process does not import
    from collections.abc import Mapping, Sequence

    from search.shapes import Facet, Ranking

RANKING: "Ranking" = {
    "best": 0.5,
    "whole": 0.35,
    "centroid": 0.5,
    "lexical": 0.3,
    "saturation": 12.0,
    "boost": 0.1,
    "other_kinds": 0.12,
    "read": 0.0,
    "steepness": 11.9,
    "middle": 0.81,
}
"""Written into every pack, so that whoever reads it ranks alike."""
READ: "Ranking" = {**RANKING, "read": 0.06, "steepness": 6.3, "middle": 0.937}
"""Where the first answer was read."""
UNSURE = (0.08, 0.7)
"""Nothing is read where the first answer's probability is lower or higher: a second look changes nothing there, and takes 16 ms."""
LEFT_OUT = -1e38
_E = 2.718281828459045


def mask(query: str, names: "Mapping[str, Sequence[str]]") -> tuple[str, set[str]]:
    """`query` with competitors' names as "they", and the competitors named. `names`: slug → slug, title, aliases."""
    named: set[str] = set()
    for slug, forms in names.items():
        for form in sorted(forms, key=len, reverse=True):
            masked = _without(query, form)
            if masked != query:
                query, named = masked, named | {slug}
    return query, named


def _without(query: str, form: str) -> str:
    """`query` with MASK wherever `form` stands as a word of its own, in any case, perhaps with 's."""
    low, form, at = query.lower(), form.lower(), 0
    if len(low) != len(query) or not form:  # letters whose lower case is longer: their places would not fit
        return query
    while (at := low.find(form, at)) >= 0:
        end = at + len(form)
        end += 2 if low[end : end + 2] in ("'s", "’s") else 0
        if _in_word(low[at - 1 : at]) or _in_word(low[end : end + 1]):
            at += 1
        else:
            query, low, at = f"{query[:at]}{MASK}{query[end:]}", f"{low[:at]}{MASK}{low[end:]}", at + len(MASK)
    return query


def _in_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def weights(ranking: "Ranking") -> tuple[float, float, float, float, float]:
    """What the kernel needs of them."""
    return ranking["best"], ranking["whole"], ranking["centroid"], ranking["lexical"], ranking["saturation"]


def adjustments(
    facets: "Sequence[Facet]", named: set[str], ranking: "Ranking", only: str | None = None, stage: str | None = None,
    audience: str | None = None, kind: str | None = None,
) -> "memoryview[float]":  # fmt: skip
    """What each facet adds to a score; LEFT_OUT where a filter excludes it. What names no competitor or stage is about all of them."""
    found = floats(len(facets))
    for n, (what, competitors, stages, of) in enumerate(facets):
        if (
            (only is not None and competitors and only not in competitors)
            or (stage is not None and stages and stage not in stages)
            or (audience is not None and of != audience)
            or (kind is not None and what != kind)
        ):
            found[n] = LEFT_OUT
        else:
            found[n] = (ranking["boost"] if named.intersection(competitors) else 0.0) - (what != "objection") * ranking["other_kinds"]
    return found


def unsure(chance: float) -> bool:
    """Is a second look at an answer of this probability worth its time?"""
    return UNSURE[0] < chance < UNSURE[1]


def after(chances: "Sequence[float]", first: float) -> list[float]:
    """The answers' probabilities, once the first one's is known from a second look: what stood behind it is no likelier."""
    return [first, *(min(chance, first) for chance in chances[1:])]


def score_of(chance: float, ranking: "Ranking") -> float:
    """The score whose probability is `chance`: what `probability` undoes."""
    import math

    chance = min(max(chance, 1e-6), 1 - 1e-6)
    return ranking["middle"] + math.log(chance / (1 - chance)) / ranking["steepness"]


def probability(score: float, ranking: "Ranking") -> float:
    """The calibrated probability that an answer of this score is right."""
    return float(1 / (1 + _E ** (-ranking["steepness"] * (score - ranking["middle"]))))
