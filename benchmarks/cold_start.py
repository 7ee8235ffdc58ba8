"""Cold start of `nightlift enhance` on a small JPEG, against importing its libraries.

python benchmarks/cold_start.py [--model zero-dce.onnx] [--runs 10]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import simplejpeg

IMPORTS = [sys.executable, "-c", "import numpy, cv2, simplejpeg, onnxruntime"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="a released model; default: the recommended method")
    parser.add_argument("--runs", type=int, default=10)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "night.jpg"
        pixels = np.random.default_rng(0).integers(0, 60, (400, 600, 3), dtype=np.uint8)
        source.write_bytes(simplejpeg.encode_jpeg(pixels))
        command = [sys.executable, "-m", "nightlift", "enhance", str(source), "--overwrite"]
        if given.model:
            command += ["--model", given.model]
        enhance, imports = [], []
        for _ in range(given.runs):
            enhance.append(_seconds(command))
            imports.append(_seconds(IMPORTS))
    ratio = statistics.median(enhance) / statistics.median(imports)
    print(f"nightlift enhance, 600x400  {1000 * statistics.median(enhance):7.0f} ms")
    print(f"importing its libraries     {1000 * statistics.median(imports):7.0f} ms")
    print(f"ratio                       {ratio:7.2f}")


def _seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
