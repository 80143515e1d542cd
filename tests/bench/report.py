#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Draws bench.json, and puts its numbers into docs/benchmarks.md.

    report.py --input bench.json --page docs/benchmarks.md --plots docs/benchmarks --gnuplot GNUPLOT

What stands between the two marks of the page is written anew; so no number there is typed by hand.
"""

import argparse
import json
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from collect import FORMAT, Bad, write                                   # noqa: E402
from known import grouped                                                # noqa: E402

BEGIN = "<!-- measured: what follows is written by `make bench-plot` -->"
END = "<!-- measured: end -->"
LICENCE = "<!-- SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later -->"
NO_GNUPLOT = "this needs gnuplot. On Debian: apt-get install gnuplot-nox"


# --- bench.json ------------------------------------------------------------------------------------

def need(value, key, kind, where):
    if not isinstance(value, dict) or not isinstance(value.get(key), kind) or \
            isinstance(value[key], bool):
        raise Bad("bench.json: %s has no %s" % (where, key))
    return value[key]


def load(path):
    try:
        with open(path, encoding="utf-8") as stream:
            result = json.load(stream)
    except FileNotFoundError:
        raise Bad("%s is not there: run make bench first" % path)
    except ValueError as error:
        raise Bad("%s: %s" % (path, error))
    if need(result, "format", int, "it") != FORMAT:
        raise Bad("bench.json: format %d is not known" % result["format"])
    need(result, "date", str, "it")
    machine = need(result, "machine", dict, "it")
    need(machine, "cpu", str, "the machine")
    need(machine, "processors", int, "the machine")
    need(machine, "system", str, "the machine")
    need(result, "settings", dict, "it")
    for line in need(result, "lines", list, "it"):
        name = need(line, "name", str, "a line")
        for key in ("baseline", "guarded", "ratio"):
            need(line, key, (int, float), "the line %s" % name)
    return result


# --- the page --------------------------------------------------------------------------------------

def figure(value):
    """Three digits, or all in front of the point."""
    if abs(value) >= 100 or value == int(value):
        return "{:,.0f}".format(value)
    return "%.3g" % value


def cell(text):
    return str(text).replace("|", "\\|").replace("\n", " ")


def head(result):
    machine = result["machine"]
    rows = [("date", result["date"]), ("processor", machine["cpu"]),
            ("processors", machine["processors"]), ("system", machine["system"])]
    rows += sorted(result["settings"].items())
    return ["| | |", "|---|---|"] + ["| %s | %s |" % (cell(a), cell(b)) for a, b in rows]


def table(title, unit, rows):
    text = ["", "### %s" % title, "", "Numbers are %s." % unit, "",
            "| name | baseline | guarded | ratio | the baseline is |", "|---|--:|--:|--:|---|"]
    for line, baseline in rows:
        text.append("| %s | %s | %s | %.3f | %s |" % (
            cell(line["name"]), figure(line["baseline"]), figure(line["guarded"]), line["ratio"],
            cell(baseline)))
    return text


def measured(result, pictures):
    """What stands between the marks. pictures: [(title, path from the page)]"""
    text = head(result)
    for title, path in pictures:
        text += ["", "![%s](%s)" % (title, path)]
    for title, unit, rows in grouped(result["lines"]):
        text += table(title, unit, rows)
    return "\n".join(text)


def renew(page, text):
    """The page with this text between its marks."""
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise Bad("the page does not have the two marks, once each: %s, %s" % (BEGIN, END))
    before = page[:page.index(BEGIN)]
    after = page[page.index(END) + len(END):]
    return before + BEGIN + "\n\n" + text + "\n\n" + END + after


# --- plots -----------------------------------------------------------------------------------------

def quoted(text):
    return '"%s"' % re.sub(r'["\\\n]', " ", text)


def threads_plot(lines):
    """Rates by number of threads, each over the baseline's with one thread."""
    found = {}
    for line in lines:
        match = re.match(r"(.+)-(\d+)t\Z", line["name"])
        if match and not match.group(1).endswith("-scaling"):
            found.setdefault(match.group(1), {})[int(match.group(2))] = line
    stems = [stem for stem in found if len(found[stem]) > 1 and found[stem].get(1)
             and found[stem][1]["baseline"] > 0]
    if not stems:
        return None
    counts = sorted({count for stem in stems for count in found[stem]})
    rows = []
    for stem in stems:
        row = [quoted(stem)]
        for key in ("baseline", "guarded"):
            for count in counts:
                line = found[stem].get(count)
                row.append("%.4f" % (line[key] / found[stem][1]["baseline"]) if line else "NaN")
        rows.append(" ".join(row))
    titles = ["%s, %d thread%s" % (key, count, "s" if count > 1 else "")
              for key in ("baseline", "guarded") for count in counts]
    plots = ", ".join("$data using %d:xtic(1) title %s" % (i + 2, quoted(title))
                      for i, title in enumerate(titles))
    return ["set ylabel 'rate, over the baseline with one thread'", "set style data histograms",
            "set style fill solid 0.8", "set yrange [0:*]"], rows, plots


def cache_plot(lines):
    """Time of a look-up by entries."""
    rows = []
    for line in lines:
        match = re.match(r"cache-get-(\d+)\Z", line["name"])
        if match and line["baseline"] > 0 and line["guarded"] > 0:
            rows.append((int(match.group(1)), 1e6 / line["baseline"], 1e6 / line["guarded"]))
    if not rows:
        return None
    return (["set xlabel 'entries'", "set ylabel 'microseconds for a look-up'", "set logscale xy",
             "set style data linespoints"],
            ["%d %.6g %.6g" % row for row in sorted(rows)],
            '$data using 1:2 title "Mbed TLS", $data using 1:3 title "mbedguard"')


def allocator_plot(lines):
    """What handshakes allocate and free."""
    rows = ["%s %.6g %.6g" % (quoted(line["name"]), line["baseline"], line["guarded"])
            for line in lines if re.match(r"alloc-\d+t\Z", line["name"])]
    if not rows:
        return None
    return (["set ylabel 'rounds of eight handshakes, per second'", "set style data histograms",
             "set style fill solid 0.8", "set yrange [0:*]"], rows,
            '$data using 2:xtic(1) title "baseline", $data using 3 title "guarded"')


PLOTS = [
    ("threads", "Scaling with threads", threads_plot),
    ("cache", "Session cache: time of a look-up by entries", cache_plot),
    ("allocator", "Allocator", allocator_plot),
]


def script(title, parts):
    settings, rows, plots = parts
    return "\n".join(["set title %s" % quoted(title)] + settings +
                     ["$data << EOD"] + rows + ["EOD", "plot " + plots, ""])


def draw(gnuplot, style, text):
    """The picture as SVG."""
    try:
        done = subprocess.run([gnuplot, style, "-"], input=text, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, universal_newlines=True)
    except FileNotFoundError:
        raise Bad(NO_GNUPLOT)
    if done.returncode != 0 or "<svg" not in done.stdout:
        raise Bad("gnuplot: %s" % (done.stderr.strip() or "no picture"))
    return done.stdout.replace("<svg", LICENCE + "\n<svg", 1)


def draw_all(result, directory, gnuplot):
    """{name: (title, SVG)} of all for which there are lines."""
    pictures = {}
    for name, title, plot in PLOTS:
        parts = plot(result["lines"])
        if parts is not None:
            style = os.path.join(directory, "style.gp")
            pictures[name] = title, draw(gnuplot, style, script(title, parts))
    return pictures


def report(source, page_path, directory, gnuplot):
    if not gnuplot:
        raise Bad(NO_GNUPLOT)
    result = load(source)
    with open(page_path, encoding="utf-8") as stream:
        page = stream.read()
    pictures = draw_all(result, directory, gnuplot)
    from_page = os.path.relpath(directory, os.path.dirname(os.path.abspath(page_path)))
    text = renew(page, measured(result, [(title, "%s/%s.svg" % (from_page, name))
                                         for name, (title, _) in pictures.items()]))
    for name, _, _ in PLOTS:
        path = os.path.join(directory, name + ".svg")
        if name in pictures:
            write(path, pictures[name][1])
        elif os.path.exists(path):
            os.remove(path)
    write(page_path, text)


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name in ("--input", "--page", "--plots", "--gnuplot"):
        parser.add_argument(name, required=True)
    options = parser.parse_args(arguments)
    try:
        report(options.input, options.page, options.plots, options.gnuplot)
    except (Bad, OSError) as error:
        print("bench-plot: %s" % error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
