# SPDX-License-Identifier: MIT
"""One row for each check of the test guests, one column for each processor that they ran on."""
from .guest_report import GuestReport
from .settings import IMAGES, LOGS

SHORT = {"Success": "ok", "Skip": "skip", "Failure": "FAIL", "Error": "ERROR"}


class Comparison:
    def __init__(self):
        self._columns = []
        self._rows = {}      # (guest, check) -> {column: verdict}

    def add(self, column, guest, lines):
        """`lines` is [(verdict, rest)] of a GuestReport."""
        if column not in self._columns:
            self._columns.append(column)
        for verdict, rest in lines:
            self._rows.setdefault((guest, rest.partition(": ")[0]), {})[column] = SHORT[verdict]

    def add_earlier(self, column, guests, prefix, judge=lambda lines, guest: lines):
        """What other runs have left behind in the logs PREFIX.GUEST.log, if they ran with the images that are there now."""
        for guest in guests:
            log = LOGS / f"{prefix}.{guest.name}.log"
            if log.exists() and log.stat().st_mtime > max(guest.stat().st_mtime, (IMAGES / "xenolith").stat().st_mtime):
                report = GuestReport()
                report.read(log.read_text(errors="replace").replace("\r", ""))
                self.add(column, guest.name, judge(report.lines, guest.name))

    def write(self, path, more_lines):
        path.write_text("\n".join([*self._table(sorted(self._rows)), *more_lines]) + "\n")

    def differing(self):
        """The rows in which processors that ran the guest disagree, as lines."""
        rows = [row for row in sorted(self._rows) if len(set(self._verdicts(row))) > 1]
        return self._table(rows) if rows else []

    def counts(self):
        """Per column, how many of each verdict."""
        for column in self._columns:
            verdicts = [row[column] for row in self._rows.values() if column in row]
            yield column, {verdict: verdicts.count(verdict) for verdict in SHORT.values() if verdict in verdicts}

    def _verdicts(self, row):
        guest = row[0]
        ran = [column for column in self._columns if any(column in verdicts for (name, _), verdicts in self._rows.items() if name == guest)]
        return [self._rows[row].get(column, "-") for column in ran]

    def _table(self, rows):
        head = f"{'check':52}" + "".join(f"{column:18}" for column in self._columns)
        return [head] + [f"{guest + '.' + check:52}" + "".join(f"{self._rows[guest, check].get(column, '-'):18}"
                                                              for column in self._columns) for guest, check in rows]
