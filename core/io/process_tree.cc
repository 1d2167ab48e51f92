// SPDX-License-Identifier: Apache-2.0
#include "core/io/process_tree.h"

#include "core/base/digest.h"
#include "core/io/fd.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

#include <dirent.h>
#include <sys/resource.h>
#include <sys/syscall.h>

namespace rekam::io {
namespace {

constexpr int station_shift = 32;
constexpr auto marked_limit = static_cast<__rlimit_resource>(10); // RLIMIT_LOCKS; glibc hides the name

std::optional<std::uint64_t> mark_of(pid_t pid) {
    rlimit limit{};
    if (::prlimit(pid, marked_limit, nullptr, &limit) != 0 || limit.rlim_max == RLIM_INFINITY)
        return std::nullopt;
    return limit.rlim_max;
}

/// Field `number` of /proc/PID/stat counted from the state, which is 0; the name before it may hold anything.
std::string_view field(std::string_view stat, int number) {
    stat.remove_prefix(std::min(stat.size(), stat.rfind(')') + 2));
    for (; number > 0; --number)
        stat.remove_prefix(std::min(stat.size(), stat.find(' ') + 1));
    return stat.substr(0, stat.find(' '));
}

template <class Number> Number parse(std::string_view digits) {
    Number value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

/// The name in /proc/PID/stat: all between the first and the last parenthesis.
std::string name_in(std::string_view stat) {
    const auto begin = stat.find('('), end = stat.rfind(')');
    return begin < end ? std::string(stat.substr(begin + 1, end - begin - 1)) : std::string();
}

std::optional<Descendant> look_at(const char* pid) {
    const Fd file(::open((std::string("/proc/") + pid + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 1'024> bytes{};
    const ssize_t size = file ? ::read(file.get(), bytes.data(), bytes.size()) : -1;
    if (size <= 0)
        return std::nullopt;
    const std::string_view stat(bytes.data(), static_cast<std::size_t>(size));
    const std::string_view state = field(stat, 0);
    // A leader that has ended is a zombie as long as one of its threads is left, which may hang in the kernel with all
    // that the process has open.
    const bool last_thread = parse<int>(field(stat, 17)) <= 1;
    return Descendant{.pid = parse<pid_t>(pid),
                      .parent = parse<pid_t>(field(stat, 1)),
                      .start_ticks = parse<std::uint64_t>(field(stat, 19)),
                      .zombie = (state == "Z" && last_thread) || state == "X",
                      .mark = 0,
                      .name = name_in(stat)};
}

/// The numbers in /proc, or in /proc/PID/task.
template <class Take> void for_each_number(const std::string& folder, Take take) {
    const std::unique_ptr<DIR, int (*)(DIR*)> all(::opendir(folder.c_str()), ::closedir);
    if (!all)
        return;
    while (const dirent* entry = ::readdir(all.get()))
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
            take(entry->d_name);
}

std::string read_all(const std::string& path) {
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::string text;
    std::array<char, 4'096> bytes{};
    for (ssize_t size = 0; file && (size = ::read(file.get(), bytes.data(), bytes.size())) > 0;)
        text.append(bytes.data(), static_cast<std::size_t>(size));
    return text;
}

/// The kernel keeps them for each thread that forked.
std::vector<std::string> children_of(pid_t parent) {
    std::vector<std::string> children;
    const std::string tasks = "/proc/" + std::to_string(parent) + "/task/";
    for_each_number(tasks, [&](const char* thread) {
        std::istringstream list(read_all(tasks + thread + "/children"));
        children.insert(children.end(), std::istream_iterator<std::string>(list), {});
    });
    return children;
}

std::vector<Descendant> walk(const std::function<bool(pid_t)>& leave_out) {
    std::vector<Descendant> found;
    const auto add_children = [&](pid_t parent, std::uint64_t mark) {
        for (const auto& number : children_of(parent)) {
            if (leave_out(parse<pid_t>(number)))
                continue;
            if (auto child = look_at(number.c_str())) {
                child->mark = mark_of(child->pid).value_or(mark);
                found.push_back(std::move(*child));
            }
        }
    };
    add_children(::getpid(), 0);
    for (std::size_t i = 0; i < found.size(); ++i)
        add_children(found[i].pid, found[i].mark);
    return found;
}

} // namespace

std::uint64_t station_mark(std::string_view station_id) {
    // 31 bits, so that no mark is RLIM_INFINITY, which everybody has.
    const auto half = std::stoull(sha256_hex(station_id).substr(0, 8), nullptr, 16) & 0x7fff'ffff;
    return std::max<std::uint64_t>(half, 1) << station_shift;
}

void set_mark(std::uint64_t mark) {
    const rlimit limit{.rlim_cur = mark, .rlim_max = mark};
    ::setrlimit(marked_limit, &limit);
}

std::vector<Descendant> descendants(const std::function<bool(pid_t)>& leave_out) {
    static const bool kept = ::access("/proc/thread-self/children", R_OK) == 0;
    if (!kept)
        return scanned_descendants(leave_out);
    // A process that is collected, or handed to another parent, while the lists are read may hide one that lives. Then
    // the next walk sees another tree, so one that was seen twice is whole.
    constexpr int walks_max = 8;
    auto before = walk(leave_out);
    for (int walks = 1; walks < walks_max; ++walks) {
        auto now = walk(leave_out);
        if (std::ranges::equal(before, now, [](const Descendant& one, const Descendant& other) {
                return one.pid == other.pid && one.start_ticks == other.start_ticks && one.parent == other.parent;
            }))
            return now;
        before = std::move(now);
    }
    return scanned_descendants(leave_out);
}

std::vector<Descendant> scanned_descendants(const std::function<bool(pid_t)>& leave_out) {
    std::multimap<pid_t, Descendant> by_parent;
    for_each_number("/proc", [&](const char* number) {
        if (auto process = look_at(number))
            by_parent.emplace(process->parent, std::move(*process));
    });
    std::vector<Descendant> found;
    const auto add_children = [&](pid_t parent, std::uint64_t mark) {
        for (auto [child, end] = by_parent.equal_range(parent); child != end; ++child) {
            if (leave_out(child->second.pid))
                continue;
            found.push_back(child->second);
            found.back().mark = mark_of(child->second.pid).value_or(mark);
        }
    };
    add_children(::getpid(), 0);
    for (std::size_t i = 0; i < found.size(); ++i)
        add_children(found[i].pid, found[i].mark);
    return found;
}

std::vector<Descendant> marked(std::uint64_t station) {
    std::vector<Descendant> found;
    for_each_number("/proc", [&](const char* number) {
        const auto pid = parse<pid_t>(number);
        const auto mark = mark_of(pid);
        if (!mark || *mark >> station_shift != station >> station_shift || pid == ::getpid())
            return;
        // The number may be another process's by now: only a mark that is still there after its start is its own.
        const auto process = look_at(number);
        if (process && !process->zombie && mark_of(pid) == mark) {
            found.push_back(*process);
            found.back().mark = *mark;
        }
    });
    return found;
}

void kill_exactly(const Descendant& process) {
    const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0U)));
    const auto now = look_at(std::to_string(process.pid).c_str());
    if (pidfd && now && now->start_ticks == process.start_ticks)
        ::syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0U);
}

} // namespace rekam::io
