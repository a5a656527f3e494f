# SPDX-License-Identifier: MIT
"""How long less urgent tasks can hold up each task because they hold what it needs, from the sections in which tasks
hold locks. Sections of one task do not lie in each other."""

from task_model import EDF


def may_block(task, other):
    """Whether a job of `other` that holds a lock can be less urgent than a job of `task` that is released meanwhile."""
    if other is task or other.priority > task.priority:
        return False
    if other.priority < task.priority:
        return True
    return task.order == EDF and other.deadline > task.deadline - task.jitter


def users(system, lock):
    """The tasks that have a section with the lock of that name."""
    return [task for task in system.tasks
            if any(section.lock == lock for section in system.sections.get(task.name, []))]


def _is_concerned(system, task, lock):
    """Whether a holder of the lock can run before `task`: it runs at the lock's ceiling, or at the priority of any task
    that uses the lock and is not less urgent than `task`."""
    if lock.ceiling is not None:
        return lock.ceiling >= task.priority
    return any(user is task or not may_block(task, user) for user in users(system, lock.name))


def term(system, task):
    """Ticks of blocking of a job, at most.

    With inheritance each less urgent task holds it up by one section at most, and each lock by one. Of locks with a
    ceiling, only one can be held by a less urgent task when it is released."""
    by_task, by_lock, by_ceiling = {}, {}, 0
    for other in system.tasks:
        if not may_block(task, other):
            continue
        for section in system.sections.get(other.name, []):
            lock = system.locks[section.lock]
            if not _is_concerned(system, task, lock):
                continue
            if lock.ceiling is not None:
                by_ceiling = max(by_ceiling, section.length)
            else:
                by_task[other.name] = max(by_task.get(other.name, 0), section.length)
                by_lock[lock.name] = max(by_lock.get(lock.name, 0), section.length)
    return by_ceiling + min(sum(by_task.values()), sum(by_lock.values()))


def fill(system):
    """Sets the blocking of all tasks."""
    for task in system.tasks:
        task.blocking += term(system, task)
