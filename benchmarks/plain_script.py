"""The alternative: what most people would write for `kb search`, with the same model and the same Chroma.

usage: python -m benchmarks.plain_script CHROMA_FOLDER MODEL_FOLDER QUERY
"""

import sys

import chromadb
from sentence_transformers import SentenceTransformer


def main(folder: str, model: str, query: str) -> None:
    encoder = SentenceTransformer(model, device="cpu")
    rows = chromadb.PersistentClient(path=folder).get_collection("rejoinder-passages", embedding_function=None)
    found = rows.query(query_embeddings=[encoder.encode(query, normalize_embeddings=True)], n_results=5)
    for ident, distance in zip(found["ids"][0], found["distances"][0], strict=True):
        print(f"{1 - distance:.3f} {ident}")


if __name__ == "__main__":
    main(*sys.argv[1:])
