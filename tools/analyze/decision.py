# SPDX-License-Identifier: MIT
"""The answers for a whole system: blocking, then response times, again and again while mailboxes hand lateness on."""

import blocking
import response
import supply
from meaning import with_interrupts
from task_model import Answer

ROUNDS_MAX = 1000


def _hand_on(system, answers):
    """Who is released by a mailbox is so late as its sender may be; True if that changed anything."""
    tasks = {task.name: task for task in system.tasks}
    changed = False
    for receiver, sender in system.chains.items():
        late = answers[sender].response
        if late is not None and late > tasks[receiver].jitter:
            tasks[receiver].jitter = late
            changed = True
    return changed


def _members(system, answers):
    servers = {task.name: task for task in system.tasks}
    found = {}
    for member in system.members:
        peers = [other.task for other in system.members if other.server == member.server and other is not member]
        if answers[member.server].holds:
            answer = supply.respond(member.task, peers, servers[member.server], system.costs)
        else:
            answer = Answer(None, f"its server '{member.server}' is late")
        found[member.task.name] = answer
    return found


def settle(system):
    """{name: Answer} of all tasks, servers and servers' tasks, with the blocking that they have."""
    for _ in range(ROUNDS_MAX):
        answers = response.everything(with_interrupts(system), system.costs)
        answers.update(_members(system, answers))
        # Lateness only grows, so who is late already stays late.
        if not _hand_on(system, answers) or not all(answers[receiver].holds for receiver in system.chains):
            break
    for receiver in system.chains:
        if answers[receiver].holds and not _chain_is_known(system, answers, receiver):
            answers[receiver] = Answer(None, "nothing is known of who releases it")
    return answers


def _chain_is_known(system, answers, name):
    while name in system.chains:
        name = system.chains[name]
        if answers[name].response is None:
            return False
    return True


def decide(system):
    """The same of a system as it was read: blocking is found out first."""
    blocking.fill(system)
    return settle(system)
