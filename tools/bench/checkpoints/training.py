"""A real fine-tune on CPU, as sentence encoders are trained; run by the interpreter that has torch.

A batch is 32 pairs of (name, docstring); each name shall be nearest to its own docstring among the 32.
"""

from __future__ import annotations

import json
import random
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import torch
from tokenizers import Tokenizer
from torch.nn import functional

from tools.bench import weights
from tools.bench.checkpoints import files
from tools.bench.checkpoints.bert import Bert
from tools.bench.checkpoints.docstrings import Pair, collect

BATCH, LENGTH, LEARNING_RATE, SCALE = 32, 64, 2e-5, 20.0
THREADS = 2
"""Always: sums are split by their number, and so is the rounding."""
_POOL = 16
"""Batches that are cut together from as many pairs, by length."""
_DTYPES = {"F32": torch.float32, "I64": torch.int64}


def main(folder: str, model: str, packages: list[str], steps: int, count: int, seed: int) -> None:
    """Lay ``count`` checkpoints below ``folder``, ``steps`` updates apart, the first after as many."""
    torch.manual_seed(seed)
    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(True)
    bert, tokenizer = _bert(Path(model)), _tokenizer(Path(model))
    optimizer = torch.optim.AdamW(bert.parameters(), lr=LEARNING_RATE)
    batches = _batches(collect(Path(sysconfig.get_path("purelib")), packages), seed)
    for number in range(1, count + 1):
        start = perf_counter()
        losses = [_update(bert, optimizer, tokenizer, next(batches)) for _ in range(steps)]
        _keep(Path(folder) / str(number), bert, optimizer, number * steps)
        seconds, loss = perf_counter() - start, sum(losses) / steps
        print(f"checkpoint {number} of {count}: loss {loss:.4f}, {seconds:.0f} s", flush=True)


def _bert(model: Path) -> Bert:
    bert = Bert()
    bert.load_state_dict(
        {
            tensor.name: torch.frombuffer(bytearray(tensor.data), dtype=_DTYPES[tensor.dtype]).reshape(
                tensor.shape
            )
            for tensor in weights.read(model / "model.safetensors")
        }
    )
    return bert.train()


def _tokenizer(model: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.enable_truncation(LENGTH)
    tokenizer.enable_padding()
    return tokenizer


def _batches(pairs: list[Pair], seed: int) -> Iterator[list[Pair]]:
    """For ever, and mixed anew each time round. Those of a batch are of about the same length: a batch is
    padded to its longest.
    """
    generator = random.Random(seed)
    while True:
        mixed = generator.sample(pairs, len(pairs))
        for first in range(0, len(mixed), BATCH * _POOL):
            pool = sorted(mixed[first : first + BATCH * _POOL], key=lambda pair: len(pair.text))
            starts = range(0, len(pool) - BATCH + 1, BATCH)
            for start in generator.sample(starts, len(starts)):
                yield pool[start : start + BATCH]


def _update(bert: Bert, optimizer: torch.optim.AdamW, tokenizer: Tokenizer, batch: list[Pair]) -> float:
    """One step; the loss before it."""
    names, texts = (_embed(bert, tokenizer, list(side)) for side in zip(*batch, strict=True))
    loss = functional.cross_entropy(names @ texts.T * SCALE, torch.arange(len(batch)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def _embed(bert: Bert, tokenizer: Tokenizer, texts: list[str]) -> torch.Tensor:
    encoded = tokenizer.encode_batch(texts)
    mask = torch.tensor([one.attention_mask for one in encoded]).bool()
    return bert(torch.tensor([one.ids for one in encoded]), mask)


def _keep(folder: Path, bert: Bert, optimizer: torch.optim.AdamW, step: int) -> None:
    folder.mkdir(exist_ok=True)
    model = bert.state_dict()
    files.write_weights(folder, {name: tensor.numpy() for name, tensor in model.items()})
    adam = {
        name: {kind: state[kind].numpy() for kind in ("exp_avg", "exp_avg_sq")}
        for name, parameter in bert.named_parameters()
        if (state := optimizer.state.get(parameter))
    }
    files.write_adam(folder, adam, step)
    combined = {"model": model, "optimizer": optimizer.state_dict(), "step": step}
    torch.save(combined, folder / files.COMBINED)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
