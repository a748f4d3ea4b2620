"""Train a small network and keep its checkpoints. Run again, it goes on where it was, even if it was killed.

python examples/train_pytorch.py models --steps 400
"""

import argparse
import math

import torch
from torch.nn import functional

from casreg import Registry
from casreg.checkpoint import Saver

NAME = "runs/spirals"


def spirals(count, random):
    """Points on three spirals, and which of them each is on."""
    label = torch.randint(0, 3, (count,), generator=random)
    radius = torch.rand(count, generator=random)
    angle = 4 * radius + label * (2 * math.pi / 3)
    points = torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1)
    return points + 0.02 * torch.randn(count, 2, generator=random), label


def train(backend, steps, every):
    torch.manual_seed(0)
    layers = [torch.nn.Linear(2, 256), torch.nn.GELU(), torch.nn.Linear(256, 256), torch.nn.GELU()]
    model = torch.nn.Sequential(*layers, torch.nn.Linear(256, 3))
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)
    random = torch.Generator().manual_seed(1)
    held_out = spirals(1000, torch.Generator().manual_seed(2))

    reg = Registry(backend, version_objects=True)
    with Saver(reg, NAME, keep_last=3, keep_every=200, keep_best=1, metric="val_loss") as saver:
        start = 0
        if restored := saver.restore():
            model.load_state_dict(restored.state["model"])
            optimizer.load_state_dict(restored.state["optimizer"])
            schedule.load_state_dict(restored.state["schedule"])
            random.set_state(restored.state["random"])
            start = restored.step
            print(f"going on after step {start}")

        for step in range(start + 1, steps + 1):
            points, label = spirals(64, random)
            loss = functional.cross_entropy(model(points), label)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            if step % every == 0:
                with torch.no_grad():
                    val_loss = functional.cross_entropy(model(held_out[0]), held_out[1])
                state = {
                    "model": model.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "schedule": schedule.state_dict(),
                    "random": random.get_state(),
                }
                saver.save(step, state, metrics={"val_loss": val_loss})

        for kept in saver.checkpoints():
            facts = reg.info(NAME, kept.version)
            print(
                f"step {kept.step}: val_loss {kept.metrics['val_loss']:.4f},",
                f"{facts['new_size']:,} bytes stored of {facts['size']:,}",
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("store", help="a directory, or s3://bucket/prefix")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--every", type=int, default=50, help="steps between checkpoints")
    given = parser.parse_args()
    train(given.store, given.steps, given.every)
