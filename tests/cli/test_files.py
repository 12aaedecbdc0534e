"""How the program writes a file: whole or not at all, and without harm to what was there."""

import os
import stat
import unittest

from support import STEP, Case


class Files(Case):
    def draw(self, path):
        return self.ok("plot", *STEP, "--svg", path)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def mode(self, name):
        return stat.S_IMODE(os.stat(self.path(name)).st_mode)

    def test_a_file_is_replaced(self):
        self.write("curve.svg", "what was there before")
        self.draw("curve.svg")
        self.assertTrue(self.read("curve.svg").endswith("</svg>\n"))
        self.assertEqual(os.listdir(self.directory), ["curve.svg"])

    def test_a_new_file_has_the_rights_of_any_new_file(self):
        self.write("any", "")
        self.draw("curve.svg")
        self.assertEqual(self.mode("curve.svg"), self.mode("any"))

    def test_a_replaced_file_keeps_its_rights(self):
        self.write("curve.svg", "")
        os.chmod(self.path("curve.svg"), 0o640)
        self.draw("curve.svg")
        self.assertEqual(self.mode("curve.svg"), 0o640)

    def test_a_symbolic_link_stays_one(self):
        self.write("target.svg", "")
        os.symlink("target.svg", self.path("link.svg"))
        self.draw("link.svg")
        self.assertTrue(os.path.islink(self.path("link.svg")))
        self.assertTrue(self.read("target.svg").endswith("</svg>\n"))

    def test_what_is_no_file_is_written_in_place(self):
        os.mkfifo(self.path("pipe"))
        reader = os.open(self.path("pipe"), os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        self.draw("pipe")
        self.assertTrue(stat.S_ISFIFO(os.stat(self.path("pipe")).st_mode))
        self.assertIn(b"<svg", os.read(reader, 100))

    def test_a_dash_is_standard_output(self):
        self.assertTrue(self.draw("-").out.endswith("</svg>\n"))
        self.assertEqual(os.listdir(self.directory), [])

    @unittest.skipUnless(os.path.exists("/dev/full"), "there is no /dev/full")
    def test_a_full_device_is_reported(self):
        self.refused("plot", *STEP, "--svg", "/dev/full", at="/dev/full",
                     words=["cannot write", "No space left on device"])

    def test_a_folder_that_is_not_there_is_reported(self):
        self.refused("plot", *STEP, "--svg", "no/curve.svg", at=r"no/curve\.svg",
                     words=["cannot write", "No such file"])

    def test_a_directory_is_no_file(self):
        os.mkdir(self.path("pictures"))
        self.refused("plot", *STEP, "--svg", "pictures", at="pictures", words=["cannot write", "Is a directory"])


if __name__ == "__main__":
    unittest.main()
