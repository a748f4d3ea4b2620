"""The encoder of all-MiniLM-L6-v2, in torch alone: BERT whose parameters have the names of its weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

HIDDEN, INNER, HEADS, LAYERS = 384, 1536, 12, 6
WORDS, POSITIONS, TYPES = 30522, 512, 2
DROPOUT, EPSILON = 0.1, 1e-12


class Bert(nn.Module):
    """(batch, length) of token ids, and a mask that is true where there is one, to a vector per text."""

    def __init__(self) -> None:
        super().__init__()
        self.embeddings = _Embeddings()
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(_Layer() for _ in range(LAYERS))})
        self.pooler = nn.ModuleDict({"dense": nn.Linear(HIDDEN, HIDDEN)})
        """Part of the weights; sentence embeddings do not use it, so it is not trained either."""

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Of length 1: the mean over the tokens of each text, as the model was trained."""
        state = self.embeddings(ids)
        for layer in self.encoder["layer"]:
            state = layer(state, mask)
        weight = mask.unsqueeze(-1).to(state.dtype)
        return functional.normalize((state * weight).sum(1) / weight.sum(1))


class _Embeddings(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(WORDS, HIDDEN, padding_idx=0)
        self.position_embeddings = nn.Embedding(POSITIONS, HIDDEN)
        self.token_type_embeddings = nn.Embedding(TYPES, HIDDEN)
        self.LayerNorm = nn.LayerNorm(HIDDEN, EPSILON)
        self.dropout = nn.Dropout(DROPOUT)
        self.register_buffer("position_ids", torch.arange(POSITIONS).unsqueeze(0))

    def forward(self, ids: Tensor) -> Tensor:
        positions = self.position_embeddings(self.position_ids[:, : ids.shape[1]])
        types = self.token_type_embeddings(torch.zeros_like(ids))
        return self.dropout(self.LayerNorm(self.word_embeddings(ids) + positions + types))


class _Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.ModuleDict({"self": _Attention(), "output": _Joined(HIDDEN)})
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(HIDDEN, INNER)})
        self.output = _Joined(INNER)

    def forward(self, state: Tensor, mask: Tensor) -> Tensor:
        state = self.attention["output"](self.attention["self"](state, mask), state)
        return self.output(functional.gelu(self.intermediate["dense"](state)), state)


class _Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(HIDDEN, HIDDEN) for _ in range(3))

    def forward(self, state: Tensor, mask: Tensor) -> Tensor:
        query, key, value = (_heads(part(state)) for part in (self.query, self.key, self.value))
        scores = query @ key.transpose(-1, -2) / (HIDDEN // HEADS) ** 0.5
        seen = scores.masked_fill(~mask[:, None, None, :], float("-inf")).softmax(-1)
        return (functional.dropout(seen, DROPOUT, self.training) @ value).transpose(1, 2).flatten(2)


class _Joined(nn.Module):
    """Back to the width of the state, and added to it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.dense = nn.Linear(width, HIDDEN)
        self.LayerNorm = nn.LayerNorm(HIDDEN, EPSILON)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, new: Tensor, state: Tensor) -> Tensor:
        return self.LayerNorm(self.dropout(self.dense(new)) + state)


def _heads(state: Tensor) -> Tensor:
    """(batch, length, hidden) to (batch, heads, length, part)."""
    return state.unflatten(-1, (HEADS, -1)).transpose(1, 2)
