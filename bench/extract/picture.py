"""`python -m extract.picture FILE`: draw seconds by orders, from points on standard input."""

from __future__ import annotations

import json
import sys
from itertools import groupby
from operator import itemgetter
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt

COLOURS = {"ours": "#0b6e4f", "fast_bitrix24": "#d1495b", "b24pysdk": "#30638e"}


def main(file: str) -> None:
    """Draw a panel for each kind of portal."""
    mpl.rcParams |= {"svg.hashsalt": "extraction", "svg.fonttype": "none"}  # the same results, the same file
    points = json.load(sys.stdin)
    panels = {name: list(group) for name, group in groupby(points, key=itemgetter("panel"))}
    figure, axes = plt.subplots(2, 2, figsize=(10, 7), sharex=True, sharey=True, constrained_layout=True)
    for axis, (name, group) in zip(axes.flat, panels.items(), strict=False):
        draw(axis, name, group)
    figure.savefig(file, metadata={"Date": None})


def draw(axis: plt.Axes, name: str, points: list[dict[str, Any]]) -> None:
    """Draw the readings of one kind of portal: a line for each contender, hollow where rows were lost."""
    axis.set(xscale="log", yscale="log", xlabel="orders of the day", ylabel="seconds")
    axis.set_title(name, fontsize=9)
    for who, colour in COLOURS.items():
        mine = [point for point in points if point["who"] == who]
        places = [point["orders"] for point in mine], [point["seconds"] for point in mine]
        fillings = ["white" if point["lost"] else colour for point in mine]
        axis.plot(*places, color=colour, label=who)
        axis.scatter(*places, color=fillings, edgecolors=colour, zorder=2)
    axis.grid(alpha=0.3)
    axis.legend()


if __name__ == "__main__":
    main(*sys.argv[1:])
