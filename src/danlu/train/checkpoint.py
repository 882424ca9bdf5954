"""Checkpoint: everything a cohort needs to go on after `kill -9`, in one file, swapped whole."""

from __future__ import annotations

from pathlib import Path

import safetensors
import safetensors.torch
from safetensors import safe_open
from torch import Tensor

from danlu.data.durable import write_atomically

FILE = "checkpoint.safetensors"


def save(folder: Path, key: str, state: str, tensors: dict[str, Tensor]) -> None:
    """Write tensors and ``state`` (JSON); ``key`` says what they belong to."""
    metadata = {"key": key, "state": state}
    write_atomically(folder / FILE, safetensors.torch.save(_here(tensors), metadata))


def load(folder: Path, key: str) -> tuple[str, dict[str, Tensor]] | None:
    """Read what ``save`` wrote for the same ``key``, whatever device it came from; else None."""
    try:
        with safe_open(folder / FILE, framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("key") != key:
                return None
            return metadata["state"], {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, safetensors.SafetensorError):
        return None


def save_tensors(path: Path, tensors: dict[str, Tensor]) -> None:
    """Write weights keyed by node names."""
    write_atomically(path, safetensors.torch.save(_here(tensors)))


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Read weights keyed by node names."""
    return safetensors.torch.load_file(path)


def _here(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: t.cpu().contiguous() for name, t in tensors.items()}
