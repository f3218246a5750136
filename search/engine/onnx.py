"""A model of any other shape, through ONNX Runtime and the tokenizers library: half a second cold, where torch takes five."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from search.engine.numeric import F32


class Onnx:
    """An exported model: see search/sbert/export.py. Raises OSError or ValueError when a file is missing or is no model."""

    def __init__(self, exported: Path, folder: str) -> None:
        """`folder`: where the model's own tokenizer.json lies."""
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = os.cpu_count() or 1
        try:
            self._session = onnxruntime.InferenceSession(str(exported), options, providers=["CPUExecutionProvider"])
            self._tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
        except Exception as error:  # each library has its own, derived from nothing closer
            raise ValueError(str(error)) from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(int(self._session.get_modelmeta().custom_metadata_map["most"]))

    def embed(self, texts: Sequence[str]) -> "F32":
        """Unit vectors, shape (len(texts), dimension), float32; one text at a time, so that none depends on another."""
        import numpy as np

        rows = []
        for text in texts:
            ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
            rows.append(self._session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0])
        found: F32 = np.stack(rows).astype(np.float32)
        return found
