"""Train the fine denoiser on pairs that pairs.py made.

python benchmarks/fine_denoiser/train.py PAIRS_FOLDER CHECKPOINT.pt [--minutes 35]
"""

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
from network import BLOCK, FineNetwork
from torch import Tensor, nn
from torch.nn import functional

SIDE, BATCH = 128, 8
PHOTOS, EVERY, HELD = 173, 12, 5
"""Photos that pairs are made of, in turn; those of every twelfth one are held out."""


def dissimilarity(a: Tensor, b: Tensor) -> Tensor:
    """1 - SSIM with a 7 × 7 box."""
    box = torch.ones(3, 1, 7, 7) / 49

    def mean(x: Tensor) -> Tensor:
        return functional.conv2d(x, box, groups=3)

    ma, mb = mean(a), mean(b)
    variances = mean(a * a) - ma * ma + mean(b * b) - mb * mb
    together = mean(a * b) - ma * mb
    light = (2 * ma * mb + 1e-4) / (ma * ma + mb * mb + 1e-4)
    return 1 - (light * (2 * together + 9e-4) / (variances + 9e-4)).mean()


class Crops:
    """Random crops, turned and mirrored, more of them from photos with more noise."""

    def __init__(self, files: list[Path], seed: int) -> None:
        self.pairs = [load(file) for file in files]
        weights = [min(20.0, float(pair[3][0].mean()) * 255) + 1 for pair in self.pairs]
        self.weights = np.array(weights) / sum(weights)
        self.rng = np.random.default_rng(seed)

    def batch(self) -> list[Tensor]:
        chosen = self.rng.choice(len(self.pairs), BATCH, p=self.weights)
        crops = [self.crop(*self.pairs[number]) for number in chosen]
        return [tensors(list(each)) for each in zip(*crops, strict=True)]

    def crop(self, *pair: np.ndarray) -> list[np.ndarray]:
        height, width = pair[0].shape[:2]
        y = int(self.rng.integers(0, (height - SIDE) // BLOCK + 1)) * BLOCK
        x = int(self.rng.integers(0, (width - SIDE) // BLOCK + 1)) * BLOCK
        turns, mirrored = int(self.rng.integers(4)), bool(self.rng.integers(2))
        parts = [array[y : y + SIDE, x : x + SIDE] for array in pair[:3]]
        rows, columns = (slice(at // BLOCK, (at + SIDE) // BLOCK) for at in (y, x))
        parts.append(pair[3][:, rows, columns].transpose(1, 2, 0))
        parts = [np.rot90(part, turns) for part in parts]
        return [np.ascontiguousarray(part[:, ::-1] if mirrored else part) for part in parts]


def load(file: Path) -> list[np.ndarray]:
    stored = np.load(file)
    return [stored[name] for name in ("lifted", "fast", "target", "noise")]


def tensors(arrays: list[np.ndarray]) -> Tensor:
    scale = 255 if arrays[0].dtype == np.uint8 else 1
    return torch.from_numpy(np.stack(arrays)).permute(0, 3, 1, 2).float() / scale


def validated(network: FineNetwork, pairs: list[list[np.ndarray]]) -> np.ndarray:
    """Means of dB and SSIM: of the fast result, and of the network's."""
    scores = []
    with torch.no_grad():
        for lifted, fast, target, noise in pairs:
            parts = [tensors([part]) for part in (lifted, fast, noise.transpose(1, 2, 0))]
            wanted = tensors([target])
            fine = (parts[1] + network(*parts)).clamp(0, 1)
            for result in (parts[1], fine):
                error = float(((result - wanted) ** 2).mean())
                scores.append((-10 * math.log10(error + 1e-9), 1 - dissimilarity(result, wanted)))
    return np.array(scores, float).reshape(-1, 4).mean(0).round(4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--minutes", type=float, default=35)
    parser.add_argument("--start", type=Path, help="a checkpoint whose weights to begin with")
    asked = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    files = sorted(asked.pairs.glob("*.npz"))
    held = [file for file in files if int(file.stem) % PHOTOS % EVERY == HELD]
    crops = Crops([file for file in files if file not in held], 0)
    validation = [load(file) for file in held[:16]]
    network, average = FineNetwork(), FineNetwork()
    if asked.start is not None:
        for parameter, kept in zip(
            network.parameters(), torch.load(asked.start)["ema"], strict=True
        ):
            parameter.data.copy_(kept)
    average.load_state_dict(network.state_dict())
    optimizer = torch.optim.AdamW(network.parameters(), 1e-3, weight_decay=1e-4)
    start, step = time.time(), 0
    while (done := (time.time() - start) / (60 * asked.minutes)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = 1.5e-3 * min(1, step / 60) * (0.5 + 0.5 * math.cos(math.pi * done)) + 1e-6
        lifted, fast, target, noise = crops.batch()
        result = fast + network(lifted, fast, noise)
        loss = torch.sqrt((result - target) ** 2 + 1e-6).mean()
        loss = loss + 0.25 * dissimilarity(result, target)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        step += 1
        decay = min(0.995, 1 - 1 / (0.2 * step + 2))
        with torch.no_grad():
            for kept, new in zip(average.parameters(), network.parameters(), strict=True):
                kept.lerp_(new, 1 - decay)
        if step % 100 == 0:
            print(
                step,
                round(time.time() - start),
                loss.item(),
                validated(average, validation),
                flush=True,
            )
            unfinished = asked.checkpoint.with_suffix(".tmp")
            torch.save({"ema": list(average.parameters()), "step": step}, unfinished)
            unfinished.replace(asked.checkpoint)


if __name__ == "__main__":
    main()
