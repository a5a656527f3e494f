#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The gates behind the bounds: each is shown something that it must refuse, beside what it must take."""

import copy
import json
import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
for room in ("tools/bounds", "tools"):
    sys.path.insert(0, os.path.join(ROOT, room))
import a64  # noqa: E402
import agree  # noqa: E402
import budget  # noqa: E402
import certificate  # noqa: E402
import cross_check  # noqa: E402
import documents  # noqa: E402
import elf  # noqa: E402
import headers  # noqa: E402
import lp  # noqa: E402
import threads  # noqa: E402
import vectors  # noqa: E402
import verdict  # noqa: E402

# A loop of at most 3 turns of 5 instructions, between 2 and 1 others: columns in, turn, out; a callee of 4.
LEAF = {"name": "leaf", "bound": 4, "costs": [[4, []]], "rows": [["=", 1, [[0, 1]]]], "dual": [4]}
LOOP = {"name": "loop", "bound": 22, "costs": [[2, []], [5, []], [1, ["leaf"]]],
        "rows": [["=", 1, [[0, 1]]], ["=", 0, [[0, -1], [2, 1]]], ["<=", 0, [[1, 1], [0, -3]]]], "dual": [22, 5, 5]}


def lines(*certificates):
    return [json.dumps(each) for each in certificates]


class Certificates(unittest.TestCase):
    """certificate.py believes nothing."""

    def refused(self, **changes):
        changed = copy.deepcopy(LOOP)
        changed.update(changes)
        right, wrong = certificate.check(lines(LEAF, changed))
        self.assertEqual(right, 1)
        self.assertEqual(len(wrong), 1)

    def test_right_ones_hold(self):
        self.assertEqual(certificate.check(lines(LEAF, LOOP)), (2, []))

    def test_a_bound_below_what_the_dual_shows(self):
        self.refused(bound=21)

    def test_a_dual_that_does_not_cover_a_cost(self):
        self.refused(dual=[22, 5, 4])
        self.refused(costs=[[2, []], [6, []], [1, ["leaf"]]])

    def test_a_negative_dual_of_an_inequality(self):
        self.refused(dual=[22, 5, -5])

    def test_a_dual_too_short(self):
        self.refused(dual=[22, 5])

    def test_a_callee_that_is_not_above(self):
        self.refused(costs=[[2, []], [5, []], [1, ["elsewhere"]]])
        right, wrong = certificate.check(lines(LOOP, LEAF))
        self.assertEqual((right, len(wrong)), (1, 1))

    def test_the_same_name_twice(self):
        self.assertEqual(len(certificate.check(lines(LEAF, LEAF))[1]), 1)

    def test_fractions_are_exact(self):
        third = {"name": "third", "bound": 0, "costs": [[1, []]], "rows": [["=", 1, [[0, 3]]]], "dual": ["1/3"]}
        self.assertEqual(certificate.check(lines(third)), (1, []))
        third["dual"] = ["333333333333/1000000000000"]
        self.assertEqual(len(certificate.check(lines(third))[1]), 1)


class Programs(unittest.TestCase):
    """lp.py confirms in exact arithmetic, whatever the solver says."""

    ROWS = [lp.Row({0: 1}, 1, True), lp.Row({1: 1, 0: -3}, 0, False)]

    def test_the_solver_and_its_dual(self):
        found = lp.solve({0: 2, 1: 5}, self.ROWS, 2)
        self.assertEqual(lp.confirm({0: 2, 1: 5}, self.ROWS, found.dual), 17)
        self.assertEqual([round(value) for value in found.primal], [1, 3])

    def test_unbounded_and_infeasible(self):
        with self.assertRaises(lp.Unbounded):
            lp.solve({0: 1, 1: 1}, self.ROWS[:1], 2)
        with self.assertRaises(lp.Infeasible):
            lp.solve({0: 1}, [lp.Row({0: 1}, 1, True), lp.Row({0: 1}, 0, False)], 1)

    def test_a_wrong_dual_is_not_confirmed(self):
        self.assertIsNone(lp.confirm({0: 2, 1: 5}, self.ROWS, [17, 4]))
        self.assertIsNone(lp.confirm({0: 2, 1: 5}, self.ROWS, [17, -5]))


class Budgets(unittest.TestCase):
    """bounds.budget."""

    def test_round_trip(self):
        budgets = {"gcc": {"svc yield": 120, "masked_max": 500}, "clang": {"svc yield": 118}}
        self.assertEqual(budget.parse(budget.text(budgets)), budgets)

    def test_every_difference_is_told(self):
        told = budget.differences({"a": 2, "b": 3, "d": 4}, {"a": 1, "b": 5, "c": 1})
        self.assertEqual(told, [f"a: 2, risen from 1 in {budget.FILE}", f"b: 3, fallen from 5 in {budget.FILE}",
                                f"c: gone; {budget.FILE} says 1", f"d: 4, new; not in {budget.FILE}"])
        self.assertEqual(budget.differences({"a": 1}, {"a": 1}), [])

    def test_bad_lines(self):
        for text in ("gcc name", "gcc name many", "gcc a ²", "gcc a 1\ngcc a 2"):
            with self.assertRaises(budget.BudgetError):
                budget.parse(text)

    def test_what_is_no_file_of_text(self):
        self.assertIsNone(budget.read(os.path.join(ROOT, "no such file")))
        for path in (ROOT, sys.executable):
            with self.assertRaises(budget.BudgetError):
                budget.read(path)


class Gates(unittest.TestCase):
    """verdict.py."""

    def test_masked_limit(self):
        row = {"bound": verdict.MASKED_LIMIT, "file": "f.c", "line": 1, "function": "f"}
        self.assertEqual(verdict.masked({"masked": [row]}), [])
        self.assertEqual(len(verdict.masked({"masked": [{**row, "bound": verdict.MASKED_LIMIT + 1}]})), 1)

    def test_stacks(self):
        stack = {"kernel": {"need": 100, "size": 100}, "threads": {"idle": 5}}
        self.assertEqual(verdict.stacks({"stack": stack}), [])
        stack["kernel"]["need"] = 101
        self.assertEqual(len(verdict.stacks({"stack": stack})), 1)

    def test_stacks_of_threads(self):
        row = {"name": "f", "place": "f.c:1", "need": 100, "size": 100}
        self.assertEqual(verdict.thread_stacks({"threads": [row, {**row, "need": None}]}), [])
        self.assertEqual(len(verdict.thread_stacks({"threads": [{**row, "need": 101}, {**row, "size": 0}]})), 2)

    def test_classes_of_stacks(self):
        classes = threads.sizes(ROOT)
        self.assertEqual((classes, len(classes) > 1), (sorted(classes), True))
        self.assertEqual([threads.class_for(asked, [8, 16]) for asked in (0, 1, 8, 9, 16, 17)], [8, 8, 8, 16, 16, 0])

    def test_closeness(self):
        self.assertEqual(verdict.close_enough([("a", 125, 100)], {}), [])
        self.assertEqual(len(verdict.close_enough([("a", 126, 100)], {})), 1)
        self.assertEqual(verdict.close_enough([("a", 126, 100)], {"a": "because"}), [])
        self.assertEqual(len(verdict.close_enough([("a", 1, None)], {})), 1)

    def test_reasons(self):
        self.assertEqual(verdict.parse_reasons("# a: b\n\na b: because: c\n"), {"a b": "because: c"})
        for text in ("no colon", "a:", ": because", "a: b\na: c"):
            with self.assertRaises(verdict.ReasonsError):
                verdict.parse_reasons(text)
        self.assertEqual(len(verdict.needless_reasons({"a": {}}, {"a": "x", "b": "x", "masked c": "x"})), 1)

    def test_the_same_function_has_one_bound(self):
        one = {"image": "one", "functions": {"f": {"bound": 1}, "g": {"bound": 1}}}
        other = {"image": "other", "functions": {"f": {"bound": 2}}}
        self.assertEqual(len(verdict.same_everywhere(one, other)), 1)


class Seen(unittest.TestCase):
    """agree.py, without an image: numbers only."""

    class Nowhere(agree.Agreement):
        def __init__(self, gathered, seen):  # pylint: disable=super-init-not-called  no image here
            self.gathered, self.seen = gathered, seen

        def _is_analysed(self, address):
            return address < 0x1000

        @property
        def image(self):
            class Image:
                @staticmethod
                def place(address):
                    return hex(address)

                @staticmethod
                def function_of(address):
                    return "a function" if address else None
            return Image()

    def agreement(self, most=10, masked=20, turns=3):
        gathered = {"functions": {"f": {"bound": 10}}, "masked": [{"start": 8, "bound": 20, "function": "f"}], "entries": {},
                    "facts": {"x.c:loop": {"number": 3}}}
        seen = {"functions": {"f": {"max": most, "at": "case"}}, "masked": [{"start": 8, "end": 12, "max": masked, "case": "case"}],
                "loops": {"x.c:loop": {"number": 3, "max": turns, "case": "case"}}, "paths": {}, "doors": {}, "ends": {}}
        return self.Nowhere(gathered, seen)

    def test_within(self):
        self.assertEqual(self.agreement().too_long(), [])
        self.assertEqual(self.agreement().untested(), [])

    def test_each_excess_is_told(self):
        self.assertEqual(len(self.agreement(most=11).too_long()), 1)
        self.assertEqual(len(self.agreement(masked=21).too_long()), 1)
        self.assertEqual(len(self.agreement(turns=4).too_long()), 1)

    def test_a_claim_that_could_be_lower(self):
        self.assertEqual(self.agreement(turns=2).untested(), [("x.c:loop", 3, 2)])

    def test_a_lost_count_matters_in_the_kernel(self):
        found = self.agreement()
        found.seen["problems"] = [("case", "return", 1, pc) for pc in (0, 8, 0x2000)]
        self.assertEqual(len(found.lost_counts()), 2)

    def test_the_longest_stretch_of_a_function(self):
        found = self.agreement(masked=15)
        found.gathered["masked"].append({"start": 64, "bound": 30, "function": "g"})
        self.assertEqual(found.stretches(), [("masked f", 20, 15), ("masked g", 30, None)])

    def test_a_stretch_that_nobody_analysed(self):
        found = self.agreement()
        found.seen["masked"].append({"start": 16, "end": 20, "max": 1, "case": "case"})
        self.assertEqual(len(found.too_long()), 1)


class Decoder(unittest.TestCase):
    """cross_check.py sees a decoder that is wrong."""

    LISTING = "ffff000040081000:\t94000004 \tbl\tffff000040081010 <f>\nffff000040081004:\td50342df \tmsr\tdaifset, #0x2\n" \
              "ffff000040081008:\ta9bf7bfd \tstp\tx29, x30, [sp, #-16]!\n"

    def test_agrees(self):
        self.assertEqual(cross_check.check(self.LISTING), (3, []))

    def test_differs(self):
        for old, new in (("bl\t", "b\t"), ("1010", "1014"), ("daifset", "daifclr"), ("#-16", "#-32")):
            self.assertEqual(len(cross_check.check(self.LISTING.replace(old, new, 1))[1]), 1, old)

    def test_nop(self):
        self.assertEqual(a64.decode(a64.NOP, 0).kind, a64.NEXT)


class Vectors(unittest.TestCase):
    """vectors.py: nobody but the hand-over touches floating-point and SIMD registers."""

    NONE = (0xd503201f, 0xa9bf7bfd, 0xf9400021, 0x8b020000, 0xd51b4220, 0xc85f7c20, 0x14000001)
    SOME = (0x4c9f2c00, 0x3dc00020, 0xfd400020, 0x6d0127e8, 0x1e602820, 0x4e080c00, 0x9e660000, 0xd51b4400, 0xd53b4420,
            0x1c000040, 0x6f00e400, 0x04200000, 0xc0800000)

    class Image:
        """Two functions of two words each, the second one of the application; its last word may be a constant."""

        def __init__(self, name, words, is_constant=False):
            functions = [elf.Function(name, 0, 8), elf.Function("app_main", 8, 16)]
            self.symbols = elf.Symbols(functions=functions, named={vectors.KERNEL_END: (8, 0)})
            self.by_name = {function.name: function for function in functions}
            self.words, self.is_constant = words, is_constant

        def word(self, address):
            return self.words[address // 4]

        def is_data(self, address):
            return self.is_constant and address == 4

        def place(self, address):
            return hex(address)

    def test_each_kind_of_instruction(self):
        self.assertEqual([hex(word) for word in self.NONE if a64.uses_vectors(word)], [])
        self.assertEqual([hex(word) for word in self.SOME if not a64.uses_vectors(word)], [])

    def test_the_kernel_may_not(self):
        words = [a64.NOP, self.SOME[0], self.SOME[0], a64.NOP]
        self.assertEqual(len(vectors.used(self.Image("kernel_main", words))), 2)  # and nobody hands over
        self.assertEqual(len(vectors.used(self.Image("kernel_main", words, is_constant=True))), 1)
        self.assertEqual(vectors.used(self.Image(vectors.HANDS_OVER, words)), [])


class Documents(unittest.TestCase):
    """Tables in documents."""

    def test_fill(self):
        text = "a\n<!-- one -->\nold\n<!-- end -->\nb\n<!-- two -->\nkept\n<!-- end -->\n"
        self.assertEqual(documents.fill(text, {"one": "new\n"}), text.replace("old", "new"))


class Headers(unittest.TestCase):
    """The public calls are found, with what is said of them."""

    def test_calls(self):
        calls = {call.name: call for call in headers.public_calls(ROOT)}
        self.assertIn("status_t thread_spawn(", calls["thread_spawn"].prototype)
        self.assertTrue(calls["thread_join"].is_inline and calls["thread_join"].is_unmasked)
        self.assertNotIn("mailbox_try_send_irq", calls)
        self.assertNotIn("heap_init", calls)
        self.assertIn("NO_SLOT", calls["thread_spawn"].comment)


if __name__ == "__main__":
    unittest.main(verbosity=1)
