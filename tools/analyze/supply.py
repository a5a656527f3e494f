# SPDX-License-Identifier: MIT
"""Tasks that share a server's budget: what the server supplies at least, against what they ask for.

A server whose own deadline, its period, holds supplies its budget in each period, and in the worst case nothing from
the end of a budget that came as early as can be to the one that comes as late as can be (the periodic resource of Shin
and Lee, 2003)."""

from fractions import Fraction

from response import Steps, longest_response
from task_model import Answer


def needs(work, budget, period):
    """The least time within which the server has supplied `work` > 0, wherever it begins."""
    blackout = period - budget
    whole = -(-work // budget)  # budgets that it takes, the last perhaps in part
    return 2 * blackout + (whole - 1) * blackout + work


def respond(member, peers, server, costs):
    """The Answer for one of the tasks of a server; the others count as if each were more urgent."""
    def cost(task):
        return task.execution + costs.release + costs.finish

    if sum(Fraction(cost(task), task.period) for task in [member, *peers]) > Fraction(server.execution, server.period):
        return Answer(None, "the tasks of its server ask for more than the budget")

    steps = Steps()

    def ends(jobs):
        own = costs.masked + jobs * cost(member)

        def work(window):
            next_ones = max(0, member.releases(window) - jobs) * costs.release
            return own + next_ones + sum(peer.releases(window) * cost(peer) for peer in peers)
        return steps.least_fixed_point(lambda window: needs(work(window), server.execution, server.period), 1)

    return longest_response(member, ends)
