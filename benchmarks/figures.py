# SPDX-License-Identifier: MIT
"""Arithmetic of the results."""
import math


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def ratio(ours, theirs):
    """Ours to theirs; None where either is not known or theirs is nothing."""
    return ours / theirs if ours is not None and theirs else None


def geometric_mean(ratios):
    known = [value for value in ratios if value]
    return math.exp(sum(map(math.log, known)) / len(known)) if known else None


def shown(number):
    """A count for people: thousands apart, one decimal below 100."""
    if number is None:
        return "-"
    return f"{number:.1f}" if number < 100 and number != int(number) else f"{round(number):,}"


def shown_ratio(value):
    return "-" if value is None else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"
