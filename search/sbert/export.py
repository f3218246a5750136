"""A model of any shape → one ONNX file, with pooling and normalising in it."""

from pathlib import Path

from kb.errors import KbError
from search.sbert.embed import model


def export(folder: str, into: Path) -> None:
    """Write the model in `folder` as `into`. Raises KbError when it cannot be exported."""
    import warnings

    import onnx
    import torch

    whole = model(folder)

    class Unit(torch.nn.Module):  # type: ignore[misc]  # torch is not typed here
        def __init__(self) -> None:
            super().__init__()
            self.whole = whole

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            found = self.whole({"input_ids": input_ids, "attention_mask": attention_mask})["sentence_embedding"]
            return torch.nn.functional.normalize(found, dim=1)

    into.parent.mkdir(parents=True, exist_ok=True)
    temporary = into.with_suffix(".part")
    axes = {0: "texts", 1: "tokens"}
    sample = torch.ones((1, 7), dtype=torch.int64)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                Unit().eval(), (sample, sample), str(temporary), input_names=["input_ids", "attention_mask"], output_names=["vector"],
                dynamic_axes={"input_ids": axes, "attention_mask": axes}, dynamo=False,
            )  # fmt: skip
        made = onnx.load(str(temporary))
        onnx.helper.set_model_props(made, {"most": str(whole.max_seq_length or 512)})
        onnx.save(made, str(temporary))
        temporary.replace(into)
    except Exception as error:  # whatever an operator that ONNX does not know raises
        temporary.unlink(missing_ok=True)
        raise KbError(folder, f"cannot be exported to ONNX ({str(error).splitlines()[0][:120]})") from error
