# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# What the pictures of docs/benchmarks.md have in common; the rest comes from tests/bench/report.py.
set terminal svg size 800,420 dynamic enhanced font "sans-serif,12" background "white"
set termoption noenhanced
set encoding utf8
set key outside bottom center horizontal
set grid ytics
set border 3
set tics nomirror
set boxwidth 0.9
set rmargin 5
