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
    mpl.rcParams["svg.hashsalt"] = "extraction"  # the same results make the same file
    points = json.load(sys.stdin)
    panels = {name: list(group) for name, group in groupby(points, key=itemgetter("panel"))}
    figure, axes = plt.subplots(2, 2, figsize=(10, 7), sharex=True, sharey=True, constrained_layout=True)
    for axis, (name, group) in zip(axes.flat, panels.items(), strict=False):
        draw(axis, name, group)
    figure.savefig(file, metadata={"Date": None})


def draw(axis: plt.Axes, name: str, points: list[dict[str, Any]]) -> None:
    """Draw the readings of one kind of portal, a line for each contender; one that failed ends early."""
    axis.set(xscale="log", yscale="log", xlabel="orders of the day", ylabel="seconds")
    axis.set_title(name, fontsize=9)
    for who, colour in COLOURS.items():
        mine = [(point["orders"], point["seconds"]) for point in points if point["who"] == who]
        if mine:
            axis.plot(*zip(*mine, strict=True), marker="o", label=who, color=colour)
    axis.grid(alpha=0.3, which="both")
    axis.legend()


if __name__ == "__main__":
    main(*sys.argv[1:])
