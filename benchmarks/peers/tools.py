"""What somebody would use instead, each as its own documentation has it: make an index of texts, ask it, in a process of its own.

usage: python -m benchmarks.peers.tools TOOL build|ask|all FOLDER MODEL [QUERY]

FOLDER holds texts.jsonl (`{"id", "text"}`) and questions.jsonl (`{"query"}`); the tools keep their index there. `ask` prints the nearest
ids for one question, as a person would call it; `all` asks every question in one process and prints a line of JSON for each.
"""

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

Found = list[tuple[str, float]]
Ask = Callable[[str], Found]
MOST = 10


def rows(path: Path) -> Iterator[dict[str, str]]:
    return (json.loads(line) for line in path.read_text().splitlines())


def texts(folder: Path) -> dict[str, str]:
    return {row["id"]: row["text"] for row in rows(folder / "texts.jsonl")}


class Plain:
    """sentence-transformers and Chroma: one vector for each text."""

    @staticmethod
    def build(folder: Path, model: str) -> None:
        import chromadb
        from sentence_transformers import SentenceTransformer

        known = texts(folder)
        kept = chromadb.PersistentClient(str(folder / "plain")).get_or_create_collection(
            "texts", configuration={"hnsw": {"space": "cosine"}}
        )
        encoder = SentenceTransformer(model, device="cpu")
        kept.add(ids=list(known), embeddings=encoder.encode(list(known.values()), normalize_embeddings=True))

    @staticmethod
    def opened(folder: Path, model: str) -> Ask:
        import chromadb
        from sentence_transformers import SentenceTransformer

        kept = chromadb.PersistentClient(str(folder / "plain")).get_collection("texts")
        encoder = SentenceTransformer(model, device="cpu")

        def ask(query: str) -> Found:
            found = kept.query(query_embeddings=[encoder.encode(query, normalize_embeddings=True)], n_results=MOST)
            return [(ident, 1 - far) for ident, far in zip(found["ids"][0], found["distances"][0], strict=True)]

        return ask


class Txtai:
    """txtai, with its hybrid index (vectors and BM25), which its documentation recommends."""

    @staticmethod
    def build(folder: Path, model: str) -> None:
        from txtai import Embeddings

        made = Embeddings(path=model, hybrid=True)
        made.index((ident, text, None) for ident, text in texts(folder).items())
        made.save(str(folder / "txtai"))

    @staticmethod
    def opened(folder: Path, model: str) -> Ask:
        from txtai import Embeddings

        made = Embeddings()
        made.load(str(folder / "txtai"))
        return lambda query: [(str(ident), float(score)) for ident, score in made.search(query, MOST)]


class Llm:
    """`llm similar`, with its plugin for sentence-transformers."""

    @staticmethod
    def build(folder: Path, model: str) -> None:
        import llm
        import sqlite_utils

        Llm._register(folder, model)
        kept = llm.Collection("texts", sqlite_utils.Database(folder / "llm.db"), model_id="sentence-transformers/own")
        kept.embed_multi(texts(folder).items())

    @staticmethod
    def opened(folder: Path, model: str) -> Ask:
        import llm
        import sqlite_utils

        kept = llm.Collection("texts", sqlite_utils.Database(folder / "llm.db"), create=False)
        return lambda query: [(entry.id, entry.score) for entry in kept.similar(query, number=MOST)]

    @staticmethod
    def _register(folder: Path, model: str) -> None:
        import llm

        said = [{"name": model, "max_length": None, "trust_remote_code": False}]
        (llm.user_dir() / "sentence-transformers.json").write_text(json.dumps(said))
        (llm.user_dir() / "aliases.json").write_text(json.dumps({"sentence-transformers/own": f"sentence-transformers/{model}"}))


class Ripgrep:
    """`rg`: any word of four letters or more; the file with the most different ones first."""

    @staticmethod
    def build(folder: Path, model: str) -> None:
        (folder / "rg").mkdir()
        for n, text in enumerate(texts(folder).values()):
            (folder / f"rg/{n}").write_text(text)

    @staticmethod
    def opened(folder: Path, model: str) -> Ask:
        names = list(texts(folder))

        def ask(query: str) -> Found:
            words = re.findall(r"\w{4,}", query)
            if not words:
                return []
            command = ["rg", "-o", "-i", "--no-line-number", *(part for word in words for part in ("-e", word)), "."]
            done = subprocess.run(command, cwd=folder / "rg", capture_output=True, text=True, check=False)
            hits = {tuple(line.lower().removeprefix("./").split(":", 1)) for line in done.stdout.splitlines()}
            return [(names[int(n)], float(count)) for n, count in Counter(n for n, _ in hits).most_common(MOST)]

        return ask


TOOLS = {"plain": Plain, "txtai": Txtai, "llm": Llm, "rg": Ripgrep}


def main(tool: str, what: str, folder: str, model: str, query: str = "") -> None:
    chosen, place = TOOLS[tool], Path(folder)
    if what == "build":
        chosen.build(place, model)
        return
    ask = chosen.opened(place, model)
    for asked in [query] if what == "ask" else [row["query"] for row in rows(place / "questions.jsonl")]:
        found = ask(asked)
        print(found[:3] if what == "ask" else json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
