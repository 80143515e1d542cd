#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Runs measures, shows what they print, and writes it to bench.json with what they were measured on.

    collect.py --output bench.json --set KEY=VALUE... -- PROGRAM...

A program prints lines `name baseline guarded ratio`; those that begin with # are notes. A note `# baseline
name: text` says what the baseline of a line is, where that is not always the same. Whatever else it
prints, a program that fails, or a name that comes twice, is an error, and nothing is written.
"""

import argparse
import datetime
import json
import math
import os
import platform
import re
import subprocess
import sys

FORMAT = 1
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]*\Z")
BASELINE = re.compile(r"# baseline ([A-Za-z0-9][A-Za-z0-9_.+-]*): (\S.*)")


class Bad(Exception):
    """An input that is not what it has to be."""


def number(text, what):
    try:
        value = float(text)
    except ValueError:
        raise Bad("%s is no number: %s" % (what, text))
    if not math.isfinite(value):
        raise Bad("%s is not finite: %s" % (what, text))
    return value


def read_line(text):
    """A line of a program as a dictionary; None for a note."""
    if text.startswith("#") or not text.strip():
        return None
    fields = text.split()
    if len(fields) != 4:
        raise Bad("not `name baseline guarded ratio`: %s" % text.strip())
    if not NAME.match(fields[0]):
        raise Bad("not a name: %s" % fields[0])
    line = {"name": fields[0]}
    for key, field in zip(("baseline", "guarded", "ratio"), fields[1:]):
        line[key] = number(field, "the %s of %s" % (key, fields[0]))
    return line


def run(program, show):
    """The lines of one program."""
    lines = []
    baselines = {}
    with subprocess.Popen([program], stdout=subprocess.PIPE, universal_newlines=True) as process:
        for text in process.stdout:
            show(text)
            told = BASELINE.match(text)
            if told:
                baselines[told.group(1)] = told.group(2).strip()
            line = read_line(text)
            if line is not None:
                line["program"] = os.path.basename(program)
                if line["name"] in baselines:
                    line["baseline-is"] = baselines[line["name"]]
                lines.append(line)
    if process.returncode != 0:
        raise Bad("%s ended with %d" % (program, process.returncode))
    return lines


def cpu(path="/proc/cpuinfo"):
    """The model of the processor, as the system names it."""
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            found = re.search(r"^(?:model name|Model|Hardware)\s*:\s*(.+?)\s*$", stream.read(), re.M)
    except OSError:
        found = None
    return found.group(1) if found else platform.processor() or platform.machine() or "unknown"


def system(path="/etc/os-release"):
    try:
        with open(path, encoding="utf-8") as stream:
            found = re.search(r'^PRETTY_NAME="?([^"\n]*)"?$', stream.read(), re.M)
    except OSError:
        found = None
    kernel = "%s %s" % (platform.system(), platform.release())
    return "%s, %s" % (found.group(1), kernel) if found else kernel


def processors():
    """Those that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def write(path, text):
    """Whole or not at all."""
    part = path + ".part"
    with open(part, "w", encoding="utf-8") as stream:
        stream.write(text)
    os.replace(part, path)


def pairs(texts):
    result = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise Bad("not KEY=VALUE: %s" % text)
        result[key] = value
    return result


def collect(output, settings, programs, show):
    lines = []
    for program in programs:
        lines += run(program, show)
    names = [line["name"] for line in lines]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Bad("comes twice: %s" % ", ".join(twice))
    if not lines:
        raise Bad("nothing was measured")
    result = {
        "format": FORMAT,
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
        "machine": {"cpu": cpu(), "processors": processors(), "system": system()},
        "settings": pairs(settings),
        "lines": lines,
    }
    write(output, json.dumps(result, indent=1) + "\n")


def show_at_once(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--output", required=True)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("programs", nargs="+")
    options = parser.parse_args(arguments)
    try:
        collect(options.output, options.set, options.programs, show_at_once)
    except (Bad, OSError) as error:
        print("bench: %s" % error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
