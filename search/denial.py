"""What a question denies is not what it is about: "it isn't the price, it's that we would have to retrain" is about retraining. Pure.

An embedding hardly sees a "not", so a clause that only clears something out of the way is left out before the question is embedded.
"""

MARKS = (",", ";", ":", "–", "—", " but ", " except ", " only that ", " simply ")
SPLIT = r"\s*(?:[,;:–—]|\bbut\b|\bonly that\b|\bsimply\b|\bexcept(?: for)?\b)\s*"
DENIES = (
    r"\b(?:it|that|this|there)(?: is|'s|’s| was)(?:n't|n’t| not) (?:the|that|about|a|an|our|your|so much|just)\b"
    r"|\bis(?:n't|n’t| not) (?:the|our|my|what) (?:problem|issue|trouble|point|question|worry|concern)\b"
    r"|\b(?:not saying|nothing wrong|no problem with|no issue with|nothing against|can be as \w+ as)\b"
    r"|\b(?:is|are|was|were|looks?|seems?|sounds?) (?:all )?(?:fine|ok|okay|great|good)\b"
    r"|\b(?:don't|don’t|doesn't|doesn’t) (?:mind|care)\b|\b(?:like|love|trust) everything\b"
)
LEAST = 3
"""Words that must be left to be a question."""


def meant(query: str) -> str:
    """`query` without the clauses that deny something; as it is when nothing, or nearly nothing, would be left."""
    if not any(mark in query for mark in MARKS):
        return query
    import re  # 4 ms, so only for a question of several clauses

    clauses = [clause for clause in re.split(SPLIT, query) if clause]
    kept = [clause for clause in clauses if not re.search(DENIES, clause, re.I)]
    return ", ".join(kept) if len(kept) < len(clauses) and sum(len(clause.split()) for clause in kept) >= LEAST else query
