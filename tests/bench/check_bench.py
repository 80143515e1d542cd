#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""What collects measures and reports them: good and bad lines, missing fields, groups, the page."""

import contextlib
import io
import json
import os
import shutil
import stat
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import collect                                                           # noqa: E402
import known                                                             # noqa: E402
import report                                                            # noqa: E402
from collect import Bad                                                  # noqa: E402

LINES = """# a note
# baseline alloc-2t: another one
handshake-rsa-1t 100.0 99.0 0.990
handshake-rsa-2t 190.0 188.0 0.989
cache-get-50 3000000 3300000 1.100
cache-get-50000 6000 2900000 483.333
alloc-1t 9000000 9900000 1.1
alloc-2t 900000 19000000 21.1
rng-scaling-2t 10 19 1.9
whatever-else 1.5 3 2
"""


class Folder(unittest.TestCase):
    """A test in a folder of its own."""

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def at(self, name):
        return os.path.join(self.folder, name)

    def file(self, name, text):
        with open(self.at(name), "w", encoding="utf-8") as stream:
            stream.write(text)
        return self.at(name)

    def read(self, name):
        with open(self.at(name), encoding="utf-8") as stream:
            return stream.read()

    def program(self, name, text):
        path = self.file(name, "#!/bin/sh\n" + text)
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
        return path

    def prints(self, name, text, status=0):
        return self.program(name, "cat <<'EOF'\n%sEOF\nexit %d\n" % (text, status))

    def collect(self, *programs):
        """The status, and what was shown and told."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = collect.main(["--output", self.at("bench.json"), "--set", "compiler=cc 1=2",
                                   "--"] + list(programs))
        return status, out.getvalue(), err.getvalue()


class Collecting(Folder):
    def test_lines(self):
        status, shown, told = self.collect(self.prints("one", LINES), self.prints("two", "b-x 1 2 2\n"))
        self.assertEqual((status, told), (0, ""))
        self.assertEqual(shown, LINES + "b-x 1 2 2\n")
        result = report.load(self.at("bench.json"))
        self.assertEqual(len(result["lines"]), 9)
        self.assertEqual(result["lines"][0], {"name": "handshake-rsa-1t", "baseline": 100.0,
                                              "guarded": 99.0, "ratio": 0.99, "program": "one"})
        self.assertEqual(result["lines"][8]["program"], "two")
        self.assertEqual([line["name"] for line in result["lines"] if "baseline-is" in line], ["alloc-2t"])
        self.assertEqual(result["settings"], {"compiler": "cc 1=2"})
        self.assertRegex(result["date"], r"^\d{4}-\d\d-\d\d$")
        self.assertGreaterEqual(result["machine"]["processors"], 1)
        self.assertTrue(result["machine"]["cpu"] and result["machine"]["system"])

    def test_bad_lines(self):
        for line, words in (("a 1 2", "not `name"), ("a 1 2 3 4", "not `name"), ("a 1 x 2", "guarded of a"),
                            ("a 1 2 inf", "finite"), ("a nan 2 2", "finite"), ("-a 1 2 2", "not a name"),
                            ("a|b 1 2 2", "not a name"), ("a 1 2 2\na 1 2 2", "twice: a"),
                            ("# nothing", "nothing was measured")):
            status, _, told = self.collect(self.prints("bad", line + "\n"))
            self.assertEqual(status, 1, line)
            self.assertIn(words, told)
            self.assertFalse(os.path.exists(self.at("bench.json")), line)

    def test_bad_programs(self):
        self.file("bench.json", "as it was")
        status, _, told = self.collect(self.prints("fails", "a 1 2 2\n", 3))
        self.assertEqual(status, 1)
        self.assertIn("ended with 3", told)
        status, _, told = self.collect(self.at("missing"))
        self.assertEqual(status, 1)
        self.assertIn("missing", told)
        self.assertEqual(self.read("bench.json"), "as it was")

    def test_settings(self):
        for text in ("nothing", "=value"):
            with self.assertRaises(Bad):
                collect.pairs([text])

    def test_unknown_machine(self):
        self.assertTrue(collect.cpu(self.at("missing")))
        self.assertTrue(collect.system(self.at("missing")))
        self.assertEqual(collect.cpu(self.file("cpuinfo", "processor\t: 0\nmodel name\t: A CPU \n")),
                         "A CPU")
        self.assertTrue(collect.system(self.file("release", 'NAME=x\nPRETTY_NAME="An OS 1"\n'))
                        .startswith("An OS 1, "))


class Groups(unittest.TestCase):
    def test_known(self):
        names = ["guard-overhead", "handshake-ec-2t", "psa-sign-2keys-2t", "psa-sign-2keys-2t-mutex",
                 "psa-latency-during-rsa4096", "rsa-shared-2t", "rsa-shared-2t-upstream", "cache-2t",
                 "cache-get-50", "ticket-2t", "cookie-2t", "rng-1t", "rng-2t", "rng-scaling-2t",
                 "alloc-1t", "alloc-2t", "alloc-scaling-2t", "parse-path", "sizeof-ssl", "memory-idle-tls"]
        places = {name: known.place(name) for name in names}
        self.assertTrue(all(number < len(known.GROUPS) for number, _ in places.values()))
        self.assertNotEqual(places["psa-sign-2keys-2t"], places["psa-sign-2keys-2t-mutex"])
        self.assertNotEqual(places["rsa-shared-2t"], places["rsa-shared-2t-upstream"])
        self.assertNotEqual(places["alloc-2t"], places["alloc-scaling-2t"])

    def test_others_come_last(self):
        groups = known.grouped([{"name": "new-thing"}, {"name": "sizeof-ssl"}, {"name": "echo-64"}])
        self.assertEqual([title for title, _, _ in groups], ["TLS", "Memory", "Others"])
        self.assertEqual([line["name"] for line, _ in groups[2][2]], ["new-thing"])


PAGE = "Before.\n\n%s\nold\n%s\n\nAfter.\n" % (report.BEGIN, report.END)


class Reporting(Folder):
    def setUp(self):
        super().setUp()
        self.collect(self.prints("one", LINES))
        os.mkdir(self.at("plots"))
        self.file("page.md", PAGE)
        self.file("plots/style.gp", "")
        # It draws what it is told to, so that the tests need no gnuplot.
        self.gnuplot = self.program("gnuplot", "echo '<?xml?>'; echo '<svg>'; cat; echo '</svg>'\n")

    def report(self, gnuplot=None):
        err = io.StringIO()
        with contextlib.redirect_stderr(err):
            status = report.main(["--input", self.at("bench.json"), "--page", self.at("page.md"),
                                  "--plots", self.at("plots"),
                                  "--gnuplot", self.gnuplot if gnuplot is None else gnuplot])
        return status, err.getvalue()

    def change(self, change):
        result = json.loads(self.read("bench.json"))
        change(result)
        self.file("bench.json", json.dumps(result))

    def test_page(self):
        self.assertEqual(self.report(), (0, ""))
        page = self.read("page.md")
        self.assertTrue(page.startswith("Before.\n\n" + report.BEGIN))
        self.assertTrue(page.endswith(report.END + "\n\nAfter.\n"))
        self.assertNotIn("old", page)
        self.assertIn("| compiler | cc 1=2 |", page)
        self.assertIn("| handshake-rsa-1t | 100 | 99 | 0.990 |", page)
        self.assertIn("| cache-get-50000 | 6,000 | 2,900,000 | 483.333 |", page)
        self.assertIn("| alloc-2t | 900,000 | 19,000,000 | 21.100 | another one |", page)
        self.assertRegex(page, r"\| alloc-1t \|.*\| Mbed TLS's buffer allocator .*\|")
        self.assertIn("### Others", page)
        self.assertIn("![Allocator](plots/allocator.svg)", page)
        # Again, and nothing changes.
        self.assertEqual(self.report(), (0, ""))
        self.assertEqual(self.read("page.md"), page)

    def test_plots(self):
        self.assertEqual(self.report(), (0, ""))
        self.assertEqual(sorted(os.listdir(self.at("plots"))),
                         ["allocator.svg", "cache.svg", "style.gp", "threads.svg"])
        for name in ("allocator", "cache", "threads"):
            self.assertIn(report.LICENCE, self.read("plots/%s.svg" % name))
        self.assertIn("50 0.333333 0.30303\n50000 166.667 0.344828\n", self.read("plots/cache.svg"))
        self.assertIn('"handshake-rsa" 1.0000 1.9000 0.9900 1.8800\n', self.read("plots/threads.svg"))
        self.assertNotIn("rng", self.read("plots/threads.svg"))

    def test_what_was_not_measured_is_not_drawn(self):
        self.report()
        self.collect(self.prints("one", "alloc-2t 9000000 9900000 1.1\n"))
        self.assertEqual(self.report(), (0, ""))
        self.assertEqual(sorted(os.listdir(self.at("plots"))), ["allocator.svg", "style.gp"])
        self.assertNotIn("cache.svg", self.read("page.md"))

    def expect_refused(self, words, gnuplot=None):
        status, told = self.report(gnuplot)
        self.assertEqual(status, 1)
        self.assertIn(words, told)
        self.assertEqual(self.read("page.md"), PAGE)
        self.assertEqual(os.listdir(self.at("plots")), ["style.gp"])

    def test_no_gnuplot(self):
        self.expect_refused("apt-get install gnuplot", "")
        self.expect_refused("apt-get install gnuplot", self.at("missing"))

    def test_gnuplot_fails(self):
        self.expect_refused("line 3", self.program("gnuplot", "echo line 3 >&2; exit 1\n"))
        self.expect_refused("no picture", self.program("gnuplot", "cat >/dev/null\n"))

    def test_no_measures(self):
        os.remove(self.at("bench.json"))
        self.expect_refused("run make bench first")
        self.file("bench.json", "{")
        self.expect_refused("bench.json")
        self.file("bench.json", "[]")
        self.expect_refused("no format")

    def test_missing_fields(self):
        whole = self.read("bench.json")
        for change, words in (
                (lambda r: r.pop("lines"), "no lines"), (lambda r: r.update(format=9), "format 9"),
                (lambda r: r.pop("date"), "no date"), (lambda r: r["machine"].pop("cpu"), "no cpu"),
                (lambda r: r.update(machine=1), "no machine"), (lambda r: r.pop("settings"), "no settings"),
                (lambda r: r["lines"][0].pop("name"), "no name"),
                (lambda r: r["lines"][1].pop("ratio"), "handshake-rsa-2t has no ratio"),
                (lambda r: r["lines"][1].update(baseline="1"), "no baseline"),
                (lambda r: r["lines"].append(3), "a line has no name")):
            self.file("bench.json", whole)
            self.change(change)
            self.expect_refused(words)

    def test_page_without_marks(self):
        for page in ("nothing", PAGE + report.BEGIN, report.END + report.BEGIN, report.BEGIN):
            with self.assertRaises(Bad):
                report.renew(page, "text")

    def test_the_page_has_its_marks(self):
        top = os.environ.get("SRCDIR") or os.path.dirname(os.path.dirname(HERE))
        with open(os.path.join(top, "docs", "benchmarks.md"), encoding="utf-8") as stream:
            self.assertIn("\n\ntext\n\n", report.renew(stream.read(), "text"))


if __name__ == "__main__":
    unittest.main()
