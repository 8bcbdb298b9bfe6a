# SPDX-License-Identifier: MIT
"""The results as text."""
from figures import ratio, shown, shown_ratio
from results import OURS, PEER
from rows import VALUES, kind_of
from symbols import short_name

HEAD = ("row", "Xenolith", "Xen 4.17", "ratio", "aim", "", "time ratio")


def row_cells(results, name):
    met = results.meets_aim(name)
    return (kind_of(name).title, shown(results.instructions(name, OURS)), shown(results.instructions(name, PEER)),
            shown_ratio(results.ratio_of(name)), f"{kind_of(name).aim}", "" if met is None else "met" if met else "NOT MET",
            shown_ratio(results.time_ratio_of(name)))


def value_cells(results, name, title):
    ours, theirs = (results.values.get(name, {}).get(which) for which in (OURS, PEER))
    return (f"{title} (bytes)", shown(ours), shown(theirs), shown_ratio(ratio(ours, theirs)), "", "", "")


def all_cells(results):
    rows = [row_cells(results, name) for name in results.names()]
    return rows + [value_cells(results, name, title) for name, title in VALUES.items() if name in results.values]


def text_table(results):
    """One line for each row: hypervisor instructions of one repetition, their ratio, the ratio of times."""
    cells = [HEAD, *all_cells(results)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEAD))]
    lines = ["  ".join(text.ljust(width) if column == 0 else text.rjust(width) for column, (text, width) in enumerate(zip(row, widths)))
             for row in cells]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:], "", summary(results)])


def summary(results):
    verdicts = [results.meets_aim(name) for name in results.names()]
    met, known = verdicts.count(True), len(verdicts) - verdicts.count(None)
    return f"{met} of {known} rows meet their aim; geometric mean of the ratios {shown_ratio(results.mean_ratio())}"


def profile_text(results, name, length=40):
    """Where our hypervisor spends a row's instructions."""
    profile = results.profiles.get(name)
    if not profile:
        return f"{name}: not counted"
    total = results.instructions(name, OURS)
    lines = [f"{kind_of(name).title} ({name}): {shown(total)} instructions of the hypervisor in one repetition"]
    for function, count in list(profile.items())[:length]:
        lines.append(f"{count:12.1f} {count / total:6.1%}  {short_name(function)}")
    return "\n".join(lines)
