# SPDX-License-Identifier: MIT
"""Unit tests of what the benchmark calculates and reads."""
import unittest

from counts import join, read_intervals, read_rows, read_values
from figures import geometric_mean, median, ratio, shown, shown_ratio
from results import Results
from rows import GUEST_ROWS, matching
from symbols import Symbols, short_name
from table import text_table

CONSOLE = "(XEN) x\nRow: hypercall_null 10 2000\n[d0v0] Row: cpuid_exit 4 40\nValue: bytes_per_domain 5\nRow: torn 3\n"
COUNTED = """interval boot hypervisor 900 kernel 0 user 0 image 100 firmware 7
interval 1 hypervisor 0 kernel 0 user 0 image 1 firmware 0
interval 2 hypervisor 50 kernel 0 user 0 image 5 firmware 0
at ffff808040000010 30
at ffff808040000020 20
interval 3 hypervisor 8 kernel 1 user 2 image 3 firmware 0
""".splitlines()


class Figures(unittest.TestCase):
    def test_median(self):
        self.assertEqual(median([3, 1, 2]), 2)
        self.assertEqual(median([4, 1, 2, 3]), 2.5)

    def test_ratio_of_unknown(self):
        self.assertEqual(ratio(1, 4), 0.25)
        self.assertIsNone(ratio(None, 4))
        self.assertIsNone(ratio(1, 0))

    def test_geometric_mean(self):
        self.assertAlmostEqual(geometric_mean([0.5, 2, None]), 1)
        self.assertIsNone(geometric_mean([]))

    def test_shown(self):
        self.assertEqual([shown(n) for n in (None, 12.34, 99, 1234567.8)], ["-", "12.3", "99", "1,234,568"])
        self.assertEqual([shown_ratio(n) for n in (None, 0.012, 0.5)], ["-", "0.012", "0.50"])


class Reading(unittest.TestCase):
    def test_rows_and_values(self):
        self.assertEqual([(row.name, row.time()) for row in read_rows(CONSOLE)], [("hypercall_null", 200), ("cpuid_exit", 10)])
        self.assertEqual(read_values(CONSOLE), {"bytes_per_domain": 5})

    def test_rows_get_their_intervals(self):
        rows = join(read_rows(CONSOLE), read_intervals(COUNTED), skip=1)
        self.assertEqual([row.per_repetition("hypervisor") for row in rows], [5, 2])

    def test_a_missing_interval_is_an_error(self):
        with self.assertRaises(ValueError):
            join(read_rows(CONSOLE), read_intervals(COUNTED), skip=2)


class Profile(unittest.TestCase):
    def test_addresses_belong_to_the_function_before_them(self):
        symbols = Symbols(["ffff808040000000 T first", "ffff808040000018 t second(int) const", "0 U none", "ffff808040000019 b data"])
        histogram = symbols.histogram(read_intervals(COUNTED)[2].addresses)
        self.assertEqual(histogram, {"first": 30, "second(int) const": 20})

    def test_short_name(self):
        self.assertEqual(short_name("xenolith::hvm::(anonymous namespace)::f(xenolith::X<(A)1> const&)"), "hvm::f")
        self.assertEqual(short_name("svm_enter"), "svm_enter")


class Tables(unittest.TestCase):
    def test_matching_by_name_and_title(self):
        self.assertEqual([kind.name for kind in matching(GUEST_ROWS, "cpuid|null hyper")], ["hypercall_null", "cpuid_exit"])
        self.assertEqual(len(matching(GUEST_ROWS, "")), len(GUEST_ROWS))

    def test_ratio_and_aim(self):
        results = Results()
        rows = join(read_rows(CONSOLE), read_intervals(COUNTED), skip=1)
        results.add_counts("xenolith", rows)
        for row in rows:
            row.interval.ranges["hypervisor"] *= 4
        results.add_counts("xen", rows)
        results.add_times("xen", [row for row in rows if row.name == "cpuid_exit"])
        self.assertEqual(results.ratio_of("hypercall_null"), 0.25)
        self.assertTrue(results.meets_aim("hypercall_null"))
        text = text_table(results)
        self.assertIn("null hypercall", text)
        self.assertIn("0.25", text)
        self.assertEqual(Results.from_json(results.to_json()).to_json(), results.to_json())


if __name__ == "__main__":
    unittest.main()
