"""`python -m transform.picture FILE`: draw seconds by order lines, from points on standard input."""

from __future__ import annotations

import json
import sys
from itertools import groupby
from operator import itemgetter
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt

COLOURS = {"ours": "#0b6e4f", "DuckDB": "#30638e", "reference": "#d1495b"}


def main(file: str) -> None:
    """Draw a panel for each job."""
    mpl.rcParams |= {"svg.hashsalt": "transform", "svg.fonttype": "none"}  # the same results, the same file
    points = json.load(sys.stdin)
    panels = {name: list(group) for name, group in groupby(points, key=itemgetter("panel"))}
    figure, axes = plt.subplots(1, 2, figsize=(10, 4), sharex=True, constrained_layout=True)
    for axis, (name, group) in zip(axes.flat, panels.items(), strict=False):
        draw(axis, name, group)
    figure.savefig(file, metadata={"Date": None})


def draw(axis: plt.Axes, name: str, points: list[dict[str, Any]]) -> None:
    """Draw one job: a line for each who did it."""
    axis.set(xscale="log", yscale="log", xlabel="order lines", ylabel="seconds")
    axis.set_title(name, fontsize=9)
    for who, colour in COLOURS.items():
        mine = [point for point in points if point["who"] == who]
        if mine:
            places = [point["lines"] for point in mine], [point["seconds"] for point in mine]
            axis.plot(*places, color=colour, label=who, marker="o")
    axis.grid(alpha=0.3)
    axis.legend()


if __name__ == "__main__":
    main(*sys.argv[1:])
