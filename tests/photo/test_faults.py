"""Files that once hung, filled the memory or ended in a traceback: a photo or a sentence each."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

FAULTS = Path(__file__).resolve().parents[1] / "faults"
FILES = sorted(path for path in FAULTS.glob("*/*") if path.is_file())

CHILD = """
import json, resource, signal, sys
from pathlib import Path
from nightlift.errors import NightliftError
from nightlift.photo.header import dimensions
from nightlift.photo.read import read
from nightlift.photo.write import encode

resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))


def tried(act):
    try:
        return act(), None
    except NightliftError as error:
        return None, str(error)
    except Exception as error:
        return None, f"TRACEBACK {type(error).__name__}: {error}"


for name in sys.argv[1:]:
    signal.setitimer(signal.ITIMER_PROF, 5)  # of the processor; then the process is killed
    data = Path(name).read_bytes()
    photo, sentence = tried(lambda: read(data, threads=2))
    sentences = [sentence, tried(lambda: dimensions(data))[1]]
    small = photo is not None and photo.pixels.size < 1 << 20
    for format in ("same", "jpeg", "png", "tiff", "webp", "avif", "bmp") if small else ("same",):
        for strip in ("none", "gps", "all") if photo is not None else ():
            written, sentence = tried(lambda: encode(photo, format=format, strip=strip))
            sentences.append(sentence)
            if written is not None and small:
                again, sentence = tried(lambda: read(written))
                sentences.append(sentence)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(json.dumps([name, photo is not None, sentences, memory]), flush=True)
"""


@pytest.fixture(scope="module")
def outcomes():
    command = [sys.executable, "-W", "ignore", "-c", CHILD, *map(str, FILES)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == len(FILES), f"{FILES[len(rows)].name}: {done.stderr or done.returncode}"
    return {Path(name).name: rest for name, *rest in rows}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits as Linux knows them")
def test_every_file_is_a_photo_or_a_sentence_in_bounded_time_and_memory(outcomes):
    for name, (read, sentences, memory) in outcomes.items():
        told = [sentence for sentence in sentences if sentence is not None]
        assert read or told, name
        for sentence in told:
            assert not sentence.startswith("TRACEBACK"), (name, sentence)
            assert "\n" not in sentence and "0x" not in sentence, (name, sentence)
        assert memory < 1024, f"{name} or one before it took {memory} MiB"
