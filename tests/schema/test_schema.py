"""The JSON Schema that the program prints, under a real validator: what Tempo reads is valid, what it refuses is not."""

import copy
import json
import os
import pathlib
import re
import subprocess
import unittest

import jsonschema
import yaml

TEMPO = os.environ["TEMPO"]
SOURCE = pathlib.Path(os.environ["TEMPO_SOURCE"])

PLAIN = {
    "tempo": 1,
    "run": {"max_duration": "90ep", "batches_per_epoch": 1251, "samples_per_batch": 1024},
    "optimizer": {"lr": 0.4, "weight_decay": 1e-4},
    "schedules": [{
        "type": "composer.MultiStepWithWarmupScheduler",
        "t_warmup": "5ep",
        "milestones": ["30ep", "60ep"],
        "gamma": 0.1,
        "scale_warmup": False,
        "field": "lr",
    }],
}

GROUPS = {"groups": [{"name": "decay", "lr": 1, "weight_decay": 0.1}, {"name": "rest", "lr": 1}]}


class CoreLoader(yaml.SafeLoader):
    """YAML 1.2's core schema, in which 1e-4 is a number."""

    yaml_implicit_resolvers = {}


for tag, pattern, first in (
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
        ("int", r"[-+]?[0-9]+", list("-+0123456789")),
        ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+.0123456789"))):
    CoreLoader.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile("^(?:" + pattern + ")$"), first)
CoreLoader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(node.value))


def changed(path, value):
    """PLAIN with the value at a path, such as "schedules.0.gamma", replaced or added; None takes it away."""
    document = copy.deepcopy(PLAIN)
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    at = document
    for part in way:
        at = at[part]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return document


STEP = {"type": "composer.StepScheduler", "step_size": "10ba"}

RIGHT = {
    "plain": PLAIN,
    "nothing but a schedule": {"tempo": 1, "schedules": [STEP]},
    "empty sections": {"tempo": 1, "run": {}, "optimizer": {}, "schedules": [STEP]},
    "sections with nothing below": {"tempo": 1, "run": None, "optimizer": None, "schedules": [STEP]},
    "no optimizer": changed("optimizer", None),
    "one schedule without a list": changed("schedules", PLAIN["schedules"][0]),
    "groups": changed("optimizer", GROUPS),
    "one group without a name": changed("optimizer", {"groups": [{"lr": 0.1}]}),
    "a schedule of one group": {**changed("optimizer", GROUPS), "schedules": [
        {**STEP, "groups": "decay"}]},
    "a schedule of several groups": {**changed("optimizer", GROUPS), "schedules": [
        {**STEP, "groups": ["decay", "rest"]}]},
    "a real that is an integer": changed("schedules.0.gamma", 1),
    "a fact that is unknown": changed("run.tokens_per_batch", 0),
    "every fact": changed("run", {"max_duration": "10ep", "batches_per_epoch": 2, "samples_per_batch": 3,
                                  "tokens_per_batch": 4, "scale_schedule_ratio": 0.5,
                                  "step_schedulers_every_batch": True}),
    **{f"t_warmup: {time}": changed("schedules.0.t_warmup", time)
       for time in ("0ba", "0.05dur", "1_000ba", "2e2BA", "10 ba", "+10ba", "2Kba", ".1dur")},
    **{f"max_duration: {time}": changed("run.max_duration", time) for time in ("100Kba", "90EP", "9e1ep")},
}

WRONG = {
    "no version": changed("tempo", None),
    "another version": changed("tempo", 2),
    "a version that is text": changed("tempo", "1"),
    "no schedules": changed("schedules", None),
    "an empty list of schedules": changed("schedules", []),
    "schedules that are text": changed("schedules", "composer.ConstantScheduler"),
    "a misspelt section": changed("optimiser", {"lr": 1}),
    "a misspelt fact": changed("run.max_duratoin", "90ep"),
    "a misspelt type": changed("schedules.0.type", "composer.MultistepWithWarmupScheduler"),
    "a type without its family": changed("schedules.0.type", "MultiStepWithWarmupScheduler"),
    "no type": changed("schedules.0.type", None),
    "a misspelt parameter": changed("schedules.0.gama", 0.1),
    "another type's parameter": changed("schedules.0.alpha_f", 0.1),
    "a required parameter that is missing": changed("schedules.0.t_warmup", None),
    "a time without a unit": changed("schedules.0.t_warmup", 5),
    "a time with an unknown unit": changed("schedules.0.t_warmup", "5epochs"),
    "a time that is only a unit": changed("schedules.0.t_warmup", "ep"),
    "a scaled fraction": changed("schedules.0.t_warmup", "1Kdur"),
    "a time where a list of times is needed": changed("schedules.0.milestones", "30ep"),
    "a number in a list of times": changed("schedules.0.milestones", [30]),
    "text where a number is needed": changed("schedules.0.gamma", "a tenth"),
    "a number below the range": changed("schedules.0", {"type": "composer.ExponentialScheduler", "gamma": -0.1}),
    "a number where a flag is needed": changed("schedules.0.scale_warmup", 1),
    "a field that is no name": changed("schedules.0.field", 3),
    "an empty list of groups": changed("schedules.0.groups", []),
    "a length in fractions of itself": changed("run.max_duration", "1dur"),
    "a length in seconds": changed("run.max_duration", "100sec"),
    "a length without a unit": changed("run.max_duration", 90),
    "a count that is not whole": changed("run.batches_per_epoch", 1.5),
    "a negative count": changed("run.samples_per_batch", -1),
    "a count that is text": changed("run.tokens_per_batch", "4M"),
    "a ratio of 0": changed("run.scale_schedule_ratio", 0),
    "a flag that is a number": changed("run.step_schedulers_every_batch", 1),
    "a run that is a list": changed("run", []),
    "a field that is text": changed("optimizer.lr", "0.1"),
    "a field that is a list": changed("optimizer.betas", [0.9, 0.95]),
    "a field whose name is none": changed("optimizer", {"weight decay": 0.1}),
    "fields beside groups": changed("optimizer", {**GROUPS, "lr": 1}),
    "several groups without names": changed("optimizer", {"groups": [{"lr": 1}, {"lr": 2}]}),
    "no groups in groups": changed("optimizer", {"groups": []}),
}


class Schema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        process = subprocess.run([TEMPO, "schema"], capture_output=True, check=True, timeout=60)
        cls.schema = json.loads(process.stdout)
        cls.validator = jsonschema.Draft202012Validator(cls.schema)

    def assert_valid(self, document):
        errors = [f"{error.json_path}: {error.message}" for error in self.validator.iter_errors(document)]
        self.assertEqual(errors, [])

    def assert_read(self, document, is_read):
        process = subprocess.run([TEMPO, "check", "-"], input=json.dumps(document).encode(), capture_output=True,
                                 check=False, timeout=60)
        self.assertEqual(process.returncode != 2, is_read, process.stderr.decode())

    def test_it_is_a_schema_of_draft_2020_12(self):
        self.assertEqual(self.schema["$schema"], "https://json-schema.org/draft/2020-12/schema")
        jsonschema.Draft202012Validator.check_schema(self.schema)

    def test_every_example_is_valid(self):
        examples = sorted((SOURCE / "examples").glob("*.yaml"))
        self.assertGreaterEqual(len(examples), 8)
        for example in examples:
            with self.subTest(example.name):
                self.assert_valid(yaml.load(example.read_text(), CoreLoader))

    def test_every_document_of_the_golden_rows_is_valid(self):
        seen = 0
        for path in sorted((SOURCE / "tests/golden").glob("*.jsonl")):
            for row in map(json.loads, path.read_text().splitlines()):
                if "error" not in row:
                    with self.subTest(row["id"]):
                        self.assert_valid(row["document"])
                    seen += 1
        self.assertGreaterEqual(seen, 280)

    def test_what_is_right_is_valid_and_is_read(self):
        for name, document in RIGHT.items():
            with self.subTest(name):
                self.assert_valid(document)
                self.assert_read(document, True)

    def test_what_is_wrong_is_not_valid_and_is_refused(self):
        for name, document in WRONG.items():
            with self.subTest(name):
                self.assertFalse(self.validator.is_valid(document))
                self.assert_read(document, False)

    def test_every_type_has_a_definition_with_a_description_of_each_parameter(self):
        types = self.schema["$defs"]["schedule"]["properties"]["type"]["enum"]
        self.assertIn("composer.StepScheduler", types)
        self.assertIn("llmfoundry.InverseSquareRootWithWarmupScheduler", types)
        for name in types:
            definition = self.schema["$defs"][name]
            self.assertFalse(definition["additionalProperties"])
            for key, parameter in definition["properties"].items():
                with self.subTest(f"{name} {key}"):
                    self.assertTrue(key == "type" or parameter["description"])

    def test_a_default_is_told_in_the_kind_of_the_parameter(self):
        properties = self.schema["$defs"]["composer.CosineAnnealingScheduler"]["properties"]
        self.assertEqual(properties["t_max"]["default"], "1dur")
        self.assertEqual(properties["alpha_f"]["default"], 0.0)
        self.assertIs(self.schema["$defs"]["composer.LinearWithWarmupScheduler"]["properties"]["scale_warmup"]["default"],
                      False)


if __name__ == "__main__":
    unittest.main()
