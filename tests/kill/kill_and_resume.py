"""A training that is killed again and again, and resumed each time, is the training that was never killed.

    python3 kill_and_resume.py CHAR_LM SCHEDULE [KILLS]

CHAR_LM is the example's program. It is sent SIGKILL at KILLS (50) random moments; in the end its log must be the same file,
and the model in its last checkpoint the same bytes, as of a run in one go. Too long for `make test`: `tools/check kill`.
"""

import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import time

DURATION = "300ktok"  # 0.1 of it is a checkpoint


def command(program, schedule, folder, resume):
    words = [program, schedule, "--out", folder, "--max-duration", DURATION]
    return words + (["--resume", folder] if resume else [])


def model(folder):
    """The model's bytes of the only checkpoint: docs/checkpoints.md has the format."""
    (path,) = folder.glob("*.tempo")
    data = path.read_bytes()
    facts, length = struct.unpack_from("<QQ", data, 32)
    assert len(data) == 64 + facts + length
    return data[64 + facts :]


def run_until_killed(words, seconds):
    """Whether it came to its end before that."""
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _, error = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return False
    if process.returncode and b"nothing is left to train" not in error:  # killed after its last checkpoint
        sys.exit(f"{' '.join(map(str, words))}\n{error.decode()}")
    return True


def check(whole, killed):
    if (whole / "run.csv").read_bytes() != (killed / "run.csv").read_bytes():
        sys.exit("the logs differ")
    if model(whole) != model(killed):
        sys.exit("the models differ")


def main():
    program, schedule = sys.argv[1:3]
    kills = int(sys.argv[3]) if len(sys.argv) > 3 else 50
    moments = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        whole = pathlib.Path(folder, "whole")
        start = time.monotonic()
        assert run_until_killed(command(program, schedule, whole, False), None)
        length = time.monotonic() - start
        killed, done, finished = 0, None, 0
        while killed < kills or done is not None:
            if done is None:
                done = pathlib.Path(folder, f"killed-{finished}")
            # Mostly long enough for a checkpoint or two, and sometimes not for one.
            seconds = moments.uniform(0, 0.5 * length) if killed < kills else None
            resume = done.is_dir() and any(done.glob("*.tempo"))
            if run_until_killed(command(program, schedule, done, resume), seconds):
                check(whole, done)
                done, finished = None, finished + 1
            else:
                killed += 1
        print(f"{killed} kills in {finished} trainings: the same log and the same model, byte for byte")


if __name__ == "__main__":
    main()
