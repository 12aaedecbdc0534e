"""Logs as other programs read them, and after a kill."""

import csv
import json
import math
import os
import random
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import unittest

TRAIN = os.environ["TEMPO_LOG_TRAIN"]
FORMATS = ("csv", "jsonl", "tensorboard")
EVENTS = "events.out.tfevents.tempo"


# --- TensorBoard's format, from its definitions: record_writer.h, event.proto, summary.proto ---

def masked_crc(data):
    """CRC-32C, bit by bit, masked as TFRecord does."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(data):
    """The contents of the frames of a file of TFRecords; every checksum must agree."""
    while data:
        length, crc = struct.unpack_from("<QI", data)
        assert crc == masked_crc(data[:8])
        content = data[12:12 + length]
        (crc,) = struct.unpack_from("<I", data, 12 + length)
        assert crc == masked_crc(content)
        yield content
        data = data[16 + length:]


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def fields(data):
    """Number and value of each field of a protobuf message."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = varint(data, at)
        else:
            length = {1: 8, 5: 4}.get(wire)
            if length is None:
                length, at = varint(data, at)
            value, at = data[at:at + length], at + length
        yield number, value


def events(path):
    """Each event of a file as a dictionary: file_version, or step and scalars by their tags."""
    with open(path, "rb") as file:
        data = file.read()
    for content in records(data):
        event = {}
        for number, value in fields(content):
            if number == 2:
                event["step"] = value
            elif number == 3:
                event["file_version"] = value.decode()
            elif number == 5:
                for _, scalar in fields(value):
                    parts = dict(fields(scalar))
                    event[parts[1].decode()] = struct.unpack("<f", parts[2])[0]
        yield event


def float32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


class LogTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.directory)

    def path(self, name):
        return os.path.join(self.directory, name)

    def train(self, log_format, name, batches):
        subprocess.run([TRAIN, log_format, self.path(name), str(batches)], check=True)
        return self.path(os.path.join(name, EVENTS) if log_format == "tensorboard" else name)

    def expected(self, batches):
        for batch in range(1, batches + 1):
            metric = 2 + 1 / (batch // 100) if batch >= 100 else None
            yield batch, 2 + math.sin(batch) / batch, metric, 1e-3 * math.cos(batch / batches), 0.01

    def test_csv_reads_back_to_the_same_doubles(self):
        with open(self.train("csv", "log", 250), newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(["batch", "epoch", "sample", "token", "loss", "metric", "lr", "decay.weight_decay"],
                         list(rows[0]))
        found = [(int(row["batch"]), float(row["loss"]), float(row["metric"]) if row["metric"] else None,
                  float(row["lr"]), float(row["decay.weight_decay"])) for row in rows]
        self.assertEqual(list(self.expected(250)), found)

    def test_json_lines_read_back_to_the_same_doubles(self):
        with open(self.train("jsonl", "log", 250), encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        found = [(row["batch"], row["loss"], row["metric"], row["lr"], row["decay.weight_decay"]) for row in rows]
        self.assertEqual(list(self.expected(250)), found)

    def test_tensorboard_has_an_event_for_each_update(self):
        first, *found = events(self.train("tensorboard", "log", 250))
        self.assertEqual({"file_version": "brain.Event:2"}, first)
        expected = []
        for batch, loss, metric, lr, decay in self.expected(250):
            event = {"step": batch, "loss": float32(loss), "lr": float32(lr), "decay.weight_decay": float32(decay)}
            if metric is not None:
                event["metric"] = float32(metric)
            expected.append(event)
        self.assertEqual(expected, found)

    def test_a_run_that_is_killed_leaves_the_log_of_one_that_is_not(self):
        chance = random.Random(4)
        batches = 40000
        for log_format in FORMATS:
            with self.subTest(log_format), open(self.train(log_format, "whole", batches), "rb") as file:
                whole = file.read()
            arguments = [TRAIN, log_format, self.path("killed"), str(batches), self.path("checkpoint")]
            kills = 0
            while True:
                with subprocess.Popen(arguments, stderr=subprocess.PIPE) as process:
                    time.sleep(chance.uniform(0, 0.15) if kills < 20 else 0)
                    if kills < 20:
                        process.send_signal(signal.SIGKILL)
                    error = process.communicate()[1]
                kills += process.returncode == -signal.SIGKILL
                if process.returncode != -signal.SIGKILL:
                    break
            self.assertEqual((0, b""), (process.returncode, error))
            self.assertGreater(kills, 0)
            name = os.path.join("killed", EVENTS) if log_format == "tensorboard" else "killed"
            with open(self.path(name), "rb") as file:
                self.assertEqual(whole, file.read())
            for name in ("whole", "killed", "checkpoint"):
                shutil.rmtree(self.path(name), ignore_errors=True)
                if os.path.exists(self.path(name)):
                    os.unlink(self.path(name))


if __name__ == "__main__":
    unittest.main()
