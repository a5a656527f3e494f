# SPDX-License-Identifier: MIT
"""From the tables of a file to the system that is analysed: names become references, the kernel's costs are filled in,
and what makes no sense is told with its line."""

from collections import Counter
from dataclasses import replace

import blocking
from task_file import CLOCK_HZ, PRIORITY_MAX
from task_model import EDF, FIXED, RELEASES, Costs, Lock, Member, Section, System, Task

ORDERS = (FIXED, EDF)
PROTOCOLS = ("inherit", "ceiling")


class Reader:
    """One file. `kernel` tells the bound of a cost in instructions, `function` that of a function of the application;
    both raise LookupError with the reason why they cannot."""

    def __init__(self, task_file, kernel, function):
        self.file, self._kernel, self._function = task_file, kernel, function
        self.clock_hz = task_file.system.number("clock_hz", CLOCK_HZ, 1, 1 << 34)
        self.instructions_per_tick = task_file.system.number("instructions_per_tick", 1, 1, 10 ** 6)
        self._sources = {}

    # --- What the kernel takes ---

    def _ticks(self, table, key, instructions):
        if self.clock_hz != CLOCK_HZ and not self.file.system.has("instructions_per_tick"):
            table.fail(key, f"{key}: a bound of {instructions} instructions is no time at {self.clock_hz} Hz without "
                       "instructions_per_tick in [system]")
        return -(-instructions // self.instructions_per_tick)

    def cost(self, key):
        """Ticks of one of the kernel's costs: as [costs] says, else its bound."""
        ticks = self.file.costs.time(key, self.clock_hz, None, 0)
        if ticks is not None:
            self._sources[key] = (ticks, "the file")
            return ticks
        try:
            instructions, source = self._kernel(key)
        except LookupError as error:
            self.file.costs.fail(None, f"{error.args[0]}; give it as {key} in [costs]")
        ticks = self._ticks(self.file.costs, key, instructions)
        self._sources[key] = (ticks, source)
        return ticks

    def costs(self):
        """The four costs that everything pays."""
        found = Costs(*(self.cost(key) for key in ("release", "release_below", "finish", "masked")))
        if found.release_below > found.release:
            self.file.costs.fail("release_below", f"release_below: {found.release_below} is no part of release, which is "
                                 f"{found.release}")
        if found.masked < found.release - found.release_below:
            self.file.costs.fail("masked", f"masked: {found.masked}: a release is a masked stretch, and takes "
                                 f"{found.release}")
        return found

    # --- Names ---

    def named(self, kind):
        """{name: table} of a list."""
        found = {}
        for table in self.file.lists[kind]:
            table.needs("name")
            name = table.text("name")
            if name in found:
                table.fail("name", f"two of [[{kind}]] have the name '{name}'")
            found[name] = table
        return found

    @staticmethod
    def _known(table, key, name, names, kind):
        if name not in names:
            table.fail(key, f"{key}: no [[{kind}]] has the name '{name}'")
        return name

    # --- Tasks ---

    def execution(self, table, period):
        """(ticks, whether the kernel's calls are in them): given, or the bound of a function."""
        key = "execution_of" if table.has("execution_of") else "execution"
        if table.has("execution") == table.has("execution_of"):
            table.fail(key, "one of execution and execution_of says how long a job takes")
        if table.has("execution"):
            ticks, whole = table.time("execution", self.clock_hz), False
        else:
            try:
                ticks, whole = self._ticks(table, "execution_of", self._function(table.text("execution_of"))), True
            except LookupError as error:
                table.fail("execution_of", f"execution_of: {error.args[0]}")
        if period is not None and ticks > period:
            table.fail(key, f"{key}: {ticks} ticks are more than the period, {period}")
        return ticks, whole

    def place(self, table):
        """(priority, order)"""
        table.needs("priority")
        return table.number("priority", None, 0, PRIORITY_MAX), table.text("order", FIXED, ORDERS)

    def calls(self, table, mailboxes):
        """What the calls of a job cost, locks apart."""
        ticks = 0
        for name in table.names("sends"):
            self._known(table, "sends", name, mailboxes, "mailbox")
            ticks += self.cost("send")
        if table.has("receives"):
            self._known(table, "receives", table.text("receives"), mailboxes, "mailbox")
            ticks += self.cost("receive")
        return ticks

    def sections(self, table, locks):
        """The sections of a task, with the calls that begin and end them."""
        found = []
        for inner in table.tables("sections"):
            for key in ("lock", "length"):
                if not inner.has(key):
                    inner.fail(key, f"no {key}")
            lock = self._known(inner, "lock", inner.text("lock"), locks, "lock")
            found.append(Section(lock, inner.time("length", self.clock_hz) + self.cost("lock") + self.cost("unlock")))
            inner.end()
        return found

    def task(self, table, names):
        """(Task, Sections). The period is 0 where a mailbox releases it: it is its sender's."""
        for key in ("period", "jitter"):
            if table.has("receives") and table.has(key):
                table.fail(key, f"{key}: a task that receives is released by who sends")
        if not table.has("receives"):
            table.needs("period")
        period = table.time("period", self.clock_hz)
        ticks, whole = self.execution(table, period)
        sections = self.sections(table, names["lock"])
        calls = self.calls(table, names["mailbox"])
        if not whole:
            ticks += calls + len(sections) * (self.cost("lock") + self.cost("unlock") if sections else 0)
        if sum(section.length for section in sections) > ticks:
            table.fail("sections", f"sections: they are longer together than the execution, {ticks} with its calls")
        priority, order = (0, FIXED) if table.has("server") else self.place(table)
        if order == EDF and table.has("receives"):
            table.fail("order", "order: a task that receives has a fixed priority")
        deadline = table.time("deadline", self.clock_hz, period or 0)
        blocked, late = (table.time(key, self.clock_hz, 0, 0) for key in ("blocking", "jitter"))
        return Task(table.text("name"), period or 0, deadline, ticks, priority, order, blocked, late), sections

    def server(self, table):
        """The task that a server is."""
        for key in ("budget", "period"):
            table.needs(key)
        budget, period = table.time("budget", self.clock_hz), table.time("period", self.clock_hz)
        if budget > period:
            table.fail("budget", f"budget: {budget} ticks are more than the period, {period}")
        return Task(table.text("name"), period, period, budget, *self.place(table))

    # --- All of it ---

    def _member(self, system, table, task, sections, servers):
        for key in ("priority", "order"):
            if table.has(key):
                table.fail(key, f"{key}: a task of a server has that of its server")
        if sections or table.has("receives"):
            table.fail("server", "server: a task of a server neither holds locks nor is released by a mailbox")
        name = self._known(table, "server", table.text("server"), servers, "server")
        system.members.append(Member(task, name))

    def _chain(self, system, tables):
        """Who releases whom; periods and deadlines go down the chains."""
        senders = Counter(name for table in tables.values() for name in table.names("sends"))
        sender = {name: owner for owner, table in tables.items() for name in table.names("sends")}
        by_name = {task.name: task for task in [*system.tasks, *(member.task for member in system.members)]}
        receivers = {name: table.text("receives") for name, table in tables.items() if table.has("receives")}
        for name, mailbox in receivers.items():
            if senders[mailbox] != 1:
                tables[name].fail("receives", f"receives: {senders[mailbox]} tasks send to '{mailbox}', and one must")
            system.chains[name] = sender[mailbox]
        for name in receivers:
            seen, task = [], name
            while task in system.chains:
                if task in seen:
                    tables[name].fail("receives", "receives: the mailboxes lead in a circle")
                seen.append(task)
                task = system.chains[task]
            receiver, period = by_name[name], by_name[task].period
            receiver.period = period
            receiver.deadline = receiver.deadline or period
            if receiver.execution > period:
                tables[name].fail(None, f"execution: {receiver.execution} ticks with its calls are more than the period "
                                  f"of '{task}', {period}")

    def _levels(self, system, tables):
        """All of a level have one order."""
        orders = {}
        for task in system.tasks:
            order = orders.setdefault(task.priority, task.order)
            if order != task.order:
                tables[task.name].fail("order", f"order: priority {task.priority} has tasks of order {order} already, "
                                       f"'{task.name}' is {task.order}")

    @staticmethod
    def _no_level_inherits(users, table):
        """A holder inherits a priority, and no deadline: within an EDF level that bounds nothing."""
        levels = [task.priority for task in users if task.order == EDF]
        for level in levels:
            if levels.count(level) > 1:
                table.fail("protocol", f"protocol: no deadline is inherited, and tasks of the EDF level {level} share this "
                           "lock; it needs a ceiling")

    def _locks(self, system, tables):
        """Locks with their ceilings, which are not below who uses them."""
        for name, table in tables.items():
            protocol = table.text("protocol", "inherit", PROTOCOLS)
            if protocol == "inherit" and table.has("ceiling"):
                table.fail("ceiling", "ceiling: this lock inherits; protocol = \"ceiling\" has one")
            if protocol == "inherit":
                self._no_level_inherits(blocking.users(system, name), table)
            least = max((task.priority + (task.order == EDF) for task in blocking.users(system, name)), default=0)
            ceiling = table.number("ceiling", least, 0, PRIORITY_MAX)
            if protocol == "ceiling" and (ceiling < least or ceiling > PRIORITY_MAX):
                table.fail("ceiling", f"ceiling: {ceiling} is not from {least}, which is that of its users or above an EDF "
                           f"level, to {PRIORITY_MAX}")
            system.locks[name] = Lock(name, ceiling if protocol == "ceiling" else None)

    def system(self):
        """The System; raises Malformed."""
        names = {kind: self.named(kind) for kind in self.file.LISTS}
        system = System(self.costs(), self.clock_hz)
        for name, table in names["server"].items():
            if name in names["task"]:
                table.fail("name", f"a task and a server have the name '{name}'")
            system.tasks.append(self.server(table))
            system.servers.add(name)
        for name, table in names["task"].items():
            task, sections = self.task(table, names)
            if table.has("server"):
                self._member(system, table, task, sections, names["server"])
            else:
                system.tasks.append(task)
                system.sections[name] = sections
        if not names["task"] and not names["server"]:
            self.file.system.fail(None, "no [[task]] and no [[server]]")
        self._chain(system, names["task"])
        self._levels(system, {**names["task"], **names["server"]})
        self._locks(system, names["lock"])
        self._end(system)
        return system

    def _end(self, system):
        """Nothing is left that nobody knows; what may stand and was not needed is taken."""
        for key in ("lock", "unlock", "send", "receive"):
            self.file.costs.time(key, self.clock_hz, None, 0)
        for table in self.file.lists["task"]:
            table.text("server")
            table.end()
        for table in (self.file.system, self.file.costs):
            table.end()
        for kind in ("lock", "mailbox", "server"):
            for table in self.file.lists[kind]:
                table.end()
        system.kernel = self._sources


def with_interrupts(system):
    """The tasks, and what only interrupts: releases of servers' tasks."""
    servers = {task.name: task for task in system.tasks}
    return system.tasks + [replace(member.task, priority=servers[member.server].priority, order=RELEASES)
                           for member in system.members]
