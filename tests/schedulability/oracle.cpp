// SPDX-License-Identifier: MIT
// The oracle: whether a set of tasks holds, by going through time tick by tick. No fixed points, no jumps, nothing
// clever: work that has come is added up at each tick, and a window ends at the first tick at which it is done.
//
// Reads sets as admission_host.c does and answers each with a line: "holds" or "late"; "unending" where a window
// outlasts the horizon, which is what a load of more than one does.
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

namespace {

constexpr std::int64_t horizon = 400'000;

enum class Verdict { holds, late, unending };

struct Costs {
    std::int64_t release, release_below, finish, masked;
};

struct Task {
    std::int64_t period, deadline, execution, blocking, jitter;
    int priority, order;
};

// How many releases lie in [0, end), the first one at 0 and late by all its jitter, all later ones at once: the k-th
// of them comes when it is due, and not before 0.
struct Arrivals {
    std::int64_t next, period;
    explicit Arrivals(const Task &task) : next(-task.jitter), period(task.period) {}
    // Those that come before `end` and were not told of yet.
    std::int64_t until(std::int64_t end) {
        std::int64_t count = 0;
        for (; next < end; next += period) {
            count++;
        }
        return count;
    }
};

// What arrives in a window from others, as it grows by a tick at a time.
struct Flow {
    struct Source {
        Arrivals arrivals;
        std::int64_t work;
    };
    std::vector<Source> sources;
    std::int64_t sum = 0;

    void add(const Task &task, std::int64_t work) { sources.push_back({Arrivals(task), work}); }
    std::int64_t by(std::int64_t end) {
        for (Source &source : sources) {
            sum += source.arrivals.until(end) * source.work;
        }
        return sum;
    }
};

std::int64_t whole(const Task &task, const Costs &costs) {
    return task.execution + costs.release + costs.finish;
}

Verdict fixed(const std::vector<Task> &tasks, std::size_t self, const Costs &costs) {
    const Task &task = tasks[self];
    Flow others;
    for (std::size_t i = 0; i < tasks.size(); i++) {
        if (i != self) {
            others.add(tasks[i], tasks[i].priority >= task.priority ? whole(tasks[i], costs) : costs.release_below);
        }
    }
    Arrivals own(task);
    std::int64_t jobs = 1, come = 0;  // the one whose end is looked for, and how many were released
    for (std::int64_t now = 1; now < horizon; now++) {
        const std::int64_t others_work = others.by(now);
        come += own.until(now);
        const auto interrupts = [&] { return std::max<std::int64_t>(come - jobs, 0) * costs.release; };
        while (task.blocking + costs.masked + jobs * whole(task, costs) + interrupts() + others_work <= now) {
            const std::int64_t due_to_come = (jobs - 1) * task.period - task.jitter;
            if (now - due_to_come > task.deadline) {
                return Verdict::late;
            }
            if (due_to_come + task.period >= now) {
                return Verdict::holds;  // its next job comes when this one has ended
            }
            jobs++;
        }
        if (now - ((jobs - 1) * task.period - task.jitter) > task.deadline) {
            return Verdict::late;
        }
    }
    return Verdict::unending;
}

// The level's first idle tick.
std::int64_t busy(const std::vector<Task> &tasks, int level, const Costs &costs) {
    Flow all;
    std::int64_t blocking = 0;
    for (const Task &task : tasks) {
        all.add(task, task.priority >= level ? whole(task, costs) : costs.release_below);
        if (task.priority == level) {
            blocking = std::max(blocking, task.blocking);
        }
    }
    for (std::int64_t now = 1; now < horizon; now++) {
        if (blocking + costs.masked + all.by(now) <= now) {
            return now;
        }
    }
    return horizon;
}

Verdict edf(const std::vector<Task> &tasks, int level, const Costs &costs) {
    const std::int64_t end = busy(tasks, level, costs);
    std::vector<std::int64_t> first(tasks.size());
    std::int64_t work = 0, blocking = 0;  // of what is due by `due`
    std::int64_t done = 1;                // when that has run; it only grows
    Flow others;
    for (std::size_t i = 0; i < tasks.size(); i++) {
        const Task &task = tasks[i];
        first[i] = task.deadline - task.jitter;
        others.add(task, task.priority > level    ? whole(task, costs)
                         : task.priority == level ? costs.release
                                                  : costs.release_below);
    }
    std::int64_t others_work = others.by(done);
    for (std::int64_t due = 1; due <= end && due < horizon; due++) {
        bool is_due = false;
        for (std::size_t i = 0; i < tasks.size(); i++) {
            if (tasks[i].priority == level && due >= first[i] && (due - first[i]) % tasks[i].period == 0) {
                work += tasks[i].execution + costs.finish;
                blocking = std::max(blocking, tasks[i].blocking);
                is_due = true;
            }
        }
        while (is_due && work + blocking + costs.masked + others_work > done) {
            if (++done > due) {
                return Verdict::late;
            }
            others_work = others.by(done);
        }
    }
    return end < horizon ? Verdict::holds : Verdict::unending;
}

Verdict judge(const std::vector<Task> &tasks, const Costs &costs) {
    Verdict worst = Verdict::holds;
    for (std::size_t i = 0; i < tasks.size(); i++) {
        const Task &task = tasks[i];
        if (whole(task, costs) > task.period || whole(task, costs) + task.jitter > task.deadline) {
            return Verdict::late;
        }
    }
    for (std::size_t i = 0; i < tasks.size(); i++) {
        const Verdict found = tasks[i].order == 0 ? fixed(tasks, i, costs) : edf(tasks, tasks[i].priority, costs);
        if (found == Verdict::late) {
            return found;
        }
        worst = found == Verdict::unending ? found : worst;
    }
    return worst;
}

}  // namespace

int main() {
    std::size_t count;
    Costs costs{};
    while (std::cin >> count >> costs.release >> costs.release_below >> costs.finish >> costs.masked) {
        std::vector<Task> tasks(count);
        for (Task &task : tasks) {
            std::cin >> task.period >> task.deadline >> task.execution >> task.blocking >> task.jitter >> task.priority >> task.order;
        }
        const Verdict verdict = judge(tasks, costs);
        std::cout << (verdict == Verdict::holds ? "holds" : verdict == Verdict::late ? "late" : "unending") << '\n';
    }
}
