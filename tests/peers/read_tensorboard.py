"""Reads logs with TensorBoard's own reader: read_tensorboard.py FOLDER... prints the last step of each scalar.

Needs the package tensorboard (read with 2.21). tests/log reads the same files without it.
"""

import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.backend.event_processing.io_wrapper import ListDirectoryAbsolute, IsTensorFlowEventsFile


def main(folders):
    for folder in folders:
        files = [path for path in ListDirectoryAbsolute(folder) if IsTensorFlowEventsFile(path)]
        print(folder, [sum(1 for _ in EventFileLoader(path).Load()) for path in files], "events")
        accumulator = EventAccumulator(folder, size_guidance={"scalars": 0})
        accumulator.Reload()
        tags = accumulator.Tags()
        for tag in tags["scalars"]:
            scalars = accumulator.Scalars(tag)
            print(f"  {tag}: {len(scalars)} scalars, step {scalars[-1].step}: {scalars[-1].value!r}")


if __name__ == "__main__":
    main(sys.argv[1:])
