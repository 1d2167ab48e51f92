// SPDX-License-Identifier: Apache-2.0
#include "core/io/processes.h"

#include "core/io/packet_socket.h"
#include "core/io/process_tree.h"

#include <gmock/gmock.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <set>
#include <thread>

#include <sys/stat.h>
#include <sys/wait.h>

namespace rekam::io {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;

/// Not even a zombie.
bool exists(pid_t pid) { return std::filesystem::exists("/proc/" + std::to_string(pid)); }

struct ProcessesTest : testing::Test {
    struct Seen {
        pid_t pid = 0;
        Fd channel;
        std::string failure, tail;
        std::vector<std::string> lines;
        std::optional<ExitStatus> exit;
        bool gone = false, stuck = false;
    };

    void sh(ProcessKey key, const std::string& script, std::map<std::string, std::string> environment = {}) {
        environment.try_emplace("PATH", "/usr/bin:/bin");
        processes.spawn(key,
                        {.program = "/bin/sh", .arguments = {"-c", script}, .environment = std::move(environment)});
    }

    template <class Condition> bool run_until(Condition condition) {
        const auto limit = std::chrono::steady_clock::now() + 60s;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > limit)
                return false;
            loop.restart();
            loop.run_for(10ms);
        }
        return true;
    }
    /// The process number that a script printed in the given line.
    pid_t printed_pid(ProcessKey key, std::size_t line = 0) {
        EXPECT_TRUE(run_until([&] { return seen[key].lines.size() > line; }));
        return static_cast<pid_t>(std::stol(seen[key].lines.at(line)));
    }

    const std::uint64_t station = station_mark("S-" + std::to_string(::getpid()));
    boost::asio::io_context loop{1};
    std::map<ProcessKey, Seen> seen;
    std::vector<std::string> order;
    Processes processes{
        loop,
        {.started =
             [this](ProcessKey key, pid_t pid, Fd channel) {
                 order.emplace_back("started");
                 seen[key].pid = pid;
                 seen[key].channel = std::move(channel);
             },
         .failed =
             [this](ProcessKey key, const std::string& reason) {
                 order.emplace_back("failed");
                 seen[key].failure = reason;
             },
         .exited =
             [this](ProcessKey key, ExitStatus status, const std::string& tail) {
                 order.emplace_back("exited");
                 seen[key].exit = status;
                 seen[key].tail = tail;
             },
         .gone =
             [this](ProcessKey key, bool stuck) {
                 order.emplace_back("gone");
                 seen[key].gone = true;
                 seen[key].stuck = stuck;
             },
         .output = [this](ProcessKey key, Priority, const std::string& line) { seen[key].lines.push_back(line); }},
        20s,
        station};
};

TEST_F(ProcessesTest, a_child_starts_ends_and_is_gone) {
    sh(1, "echo out; echo '<3>err' >&2; printf tail; exit 7");
    ASSERT_TRUE(run_until([&] { return seen[1].gone; }));
    EXPECT_THAT(order, ElementsAre("started", "exited", "gone"));
    EXPECT_EQ(seen[1].exit->code, 7);
    EXPECT_EQ(seen[1].exit->signal, 0);
    EXPECT_FALSE(seen[1].stuck);
    EXPECT_THAT(seen[1].lines, ElementsAre("out", "err", "tail"));
    EXPECT_EQ(seen[1].tail, "out\nerr\ntail\n");
    EXPECT_FALSE(exists(seen[1].pid));
    EXPECT_TRUE(processes.empty());
}

TEST_F(ProcessesTest, a_program_that_cannot_start_says_why) {
    processes.spawn(1, {.program = "/nowhere/rekam-host", .arguments = {}, .environment = {}});
    processes.spawn(2, {.program = "/etc/passwd", .arguments = {}, .environment = {}});
    ASSERT_TRUE(run_until([&] { return !seen[1].failure.empty() && !seen[2].failure.empty(); }));
    EXPECT_THAT(seen[1].failure, HasSubstr("/nowhere/rekam-host: No such file"));
    EXPECT_THAT(seen[2].failure, HasSubstr("Permission denied"));
    EXPECT_THAT(order, ElementsAre("failed", "failed")) << "and nothing else is ever said of them";
    EXPECT_TRUE(processes.empty());
}

TEST_F(ProcessesTest, a_child_gets_what_it_is_given_and_no_more) {
    sh(1,
       "env; umask; ls -l /proc/$$/fd; cut -d' ' -f5 /proc/$$/stat; echo $$;"
       " ulimit -c; grep SigIgn /proc/$$/status",
       {{"GRANTED", "yes"}});
    ASSERT_TRUE(run_until([&] { return seen[1].gone; }));
    const std::string all = testing::PrintToString(seen[1].lines);
    EXPECT_THAT(all, HasSubstr("GRANTED=yes"));
    EXPECT_THAT(all, testing::Not(HasSubstr("REKAM_SOURCE_DIR"))) << "the test's own environment stays here";
    EXPECT_THAT(all, HasSubstr("0077"));
    EXPECT_THAT(all, HasSubstr(" 0 -> /dev/null"));
    EXPECT_THAT(all, HasSubstr(" 3 -> socket"));
    EXPECT_THAT(all, testing::Not(HasSubstr(" 4 -> ")));
    const auto& lines = seen[1].lines;
    ASSERT_GE(lines.size(), 4u);
    EXPECT_EQ(lines[lines.size() - 4], lines[lines.size() - 3]) << "it leads its process group";
    EXPECT_EQ(lines[lines.size() - 2], "0") << "no core dumps";
    EXPECT_THAT(lines.back(), HasSubstr("0000000000000000")) << "no signal is ignored";
}

TEST_F(ProcessesTest, the_channel_is_descriptor_three) {
    sh(1, "exec 3>&-; sleep 1000");
    ASSERT_TRUE(run_until([&] { return seen[1].pid != 0; }));
    ASSERT_TRUE(run_until([&] { return receive_packet(seen[1].channel.get()).status == ReceiveStatus::ended; }));
    processes.kill(1);
    ASSERT_TRUE(run_until([&] { return seen[1].gone; }));
}

TEST_F(ProcessesTest, a_child_that_ignores_everything_is_killed) {
    sh(1, "trap '' TERM INT HUP QUIT; echo ready; while :; do sleep 1000; done");
    ASSERT_TRUE(run_until([&] { return !seen[1].lines.empty(); }));
    processes.kill(1);
    processes.kill(1);
    ASSERT_TRUE(run_until([&] { return seen[1].gone; }));
    EXPECT_EQ(seen[1].exit->signal, SIGKILL);
    EXPECT_FALSE(seen[1].stuck);
    processes.kill(1);
    processes.kill(99);
    EXPECT_THAT(order, ElementsAre("started", "exited", "gone"));
}

TEST_F(ProcessesTest, a_kill_before_exec_is_known_is_no_failure_to_start) {
    sh(1, "sleep 1000");
    processes.kill(1);
    ASSERT_TRUE(run_until([&] { return seen[1].gone; }));
    EXPECT_THAT(order, ElementsAre("started", "exited", "gone"));
}

TEST_F(ProcessesTest, helpers_that_fled_their_group_die_with_the_child) {
    // The second loses its parent, its session and its environment, and starts one of its own.
    sh(1, "sleep 1000 & echo $!; setsid sh -c 'setsid env -i /bin/sh -c \"sleep 1000 & echo \\$!; wait\" & echo $!' &"
          " wait $!; sleep 1000");
    const pid_t first = printed_pid(1, 0), second = printed_pid(1, 1), third = printed_pid(1, 2);
    ASSERT_TRUE(exists(first) && exists(second) && exists(third));
    processes.kill(1);
    ASSERT_TRUE(run_until([&] { return seen[1].gone; }));
    EXPECT_FALSE(exists(first) || exists(second) || exists(third)) << "gone is said when all are gone";
    EXPECT_FALSE(seen[1].stuck);
}

TEST_F(ProcessesTest, helpers_die_too_when_the_child_ends_by_itself) {
    sh(1, "setsid sh -c 'echo $$; exec sleep 1000' & sleep 0.5; exit 3");
    const pid_t helper = printed_pid(1);
    ASSERT_TRUE(run_until([&] { return seen[1].gone; }));
    EXPECT_EQ(seen[1].exit->code, 3);
    EXPECT_FALSE(exists(helper));
}

TEST_F(ProcessesTest, helpers_of_a_living_child_are_left_alone) {
    sh(1, "setsid sh -c 'sleep 1000 & echo $!' & wait; sleep 1000");
    const pid_t helper = printed_pid(1);
    sh(2, "exit 0");
    sh(3, "sleep 1000");
    ASSERT_TRUE(run_until([&] { return seen[2].gone && seen[3].pid != 0; }));
    processes.kill(3);
    ASSERT_TRUE(run_until([&] { return seen[3].gone; }));
    EXPECT_TRUE(exists(helper));
    EXPECT_TRUE(exists(seen[1].pid));
    processes.kill_all();
    ASSERT_TRUE(run_until([&] { return processes.empty(); }));
    EXPECT_FALSE(exists(helper));
}

TEST_F(ProcessesTest, a_mark_is_found_again_whatever_became_of_its_process) {
    sh(1, "setsid sh -c 'setsid env -i /bin/sh -c \"sleep 1000 & echo \\$!; wait\"' & wait; sleep 1000");
    const pid_t helper = printed_pid(1);
    const auto numbers = [](std::uint64_t of) {
        std::set<pid_t> all;
        for (const auto& process : marked(of))
            all.insert(process.pid);
        return all;
    };
    const auto found = numbers(station);
    EXPECT_TRUE(found.contains(helper) && found.contains(seen[1].pid));
    EXPECT_FALSE(found.contains(::getpid())) << "a process without the mark";
    EXPECT_THAT(numbers(station_mark("S-another")), IsEmpty());
    EXPECT_EQ(station_mark("S-1"), station_mark("S-1"));
    EXPECT_NE(station_mark("S-1"), station_mark("S-2"));
    processes.kill(1);
    ASSERT_TRUE(run_until([&] { return seen[1].gone; }));
    EXPECT_THAT(numbers(station), IsEmpty());
}

TEST_F(ProcessesTest, descendants_are_the_same_from_the_lists_of_the_kernel_and_from_all_of_proc) {
    sh(1, "setsid sh -c 'setsid env -i /bin/sh -c \"sleep 1000 & echo \\$!; wait\"' & wait; sleep 1000");
    sh(2, "sleep 1000 & echo $!; wait");
    const pid_t fled = printed_pid(1), below = printed_pid(2);
    std::atomic<pid_t> of_thread = 0;
    std::promise<void> seen_all;
    std::jthread other([&of_thread, over = seen_all.get_future()]() mutable { // its child is in no list of the first
        const pid_t child = ::fork();
        if (child == 0) {
            ::pause();
            ::_exit(0);
        }
        of_thread = child;
        over.wait();
    });
    ASSERT_TRUE(run_until([&] { return of_thread > 0; }));
    const auto numbers = [](const std::vector<Descendant>& found) {
        std::set<pid_t> all;
        for (const auto& process : found)
            all.insert(process.pid);
        return all;
    };
    const auto nobody = [](pid_t) { return false; };
    EXPECT_THAT(numbers(descendants(nobody)), IsSupersetOf({seen[1].pid, seen[2].pid, fled, below, of_thread.load()}));
    EXPECT_EQ(numbers(descendants(nobody)), numbers(scanned_descendants(nobody)));
    const auto second = [&](pid_t pid) { return pid == seen[2].pid; };
    const auto without = numbers(descendants(second));
    EXPECT_TRUE(without.contains(fled) && !without.contains(seen[2].pid) && !without.contains(below));
    EXPECT_EQ(without, numbers(scanned_descendants(second)));
    ::kill(of_thread, SIGKILL);
    ::waitpid(of_thread, nullptr, 0);
    seen_all.set_value();
}

TEST_F(ProcessesTest, a_hundred_children_end_at_once) {
    for (ProcessKey key = 1; key <= 100; ++key)
        sh(key, "echo up; exec sleep 1000");
    ASSERT_TRUE(run_until([&] {
        return std::ranges::all_of(seen, [](auto& s) { return !s.second.lines.empty(); }) && seen.size() == 100;
    }));
    processes.kill_all();
    ASSERT_TRUE(run_until([&] { return processes.empty(); }));
    EXPECT_TRUE(std::ranges::all_of(seen, [](auto& s) { return s.second.gone && !s.second.stuck; }));
}

TEST_F(ProcessesTest, every_end_is_told_while_others_start_and_fail_to) {
    // A descriptor that is closed while a child between fork and exec has a copy of it must wake nobody else.
    ProcessKey last = 0;
    for (int round = 0; round < 60; ++round) {
        for (int i = 0; i < 3; ++i)
            processes.spawn(++last, {.program = "/nowhere/rekam-host", .arguments = {}, .environment = {}});
        sh(++last, "exit 5");
        sh(++last, "sleep 1000");
        loop.restart();
        loop.run_for(1ms);
        processes.kill(last);
    }
    ASSERT_TRUE(run_until([&] { return processes.empty(); }));
    for (ProcessKey key = 1; key <= last; ++key)
        EXPECT_TRUE(key % 5 == 0 || key % 5 == 4 ? seen[key].gone && !seen[key].stuck : !seen[key].failure.empty())
            << key;
}

TEST_F(ProcessesTest, children_die_with_us) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const Fd reader(ends[0]);
    Fd writer(ends[1]);
    const pid_t parent = ::fork();
    ASSERT_GE(parent, 0);
    if (parent == 0) {
        boost::asio::io_context own{1};
        Processes inner(
            own,
            {.started = [&](ProcessKey, pid_t pid, Fd) { static_cast<void>(!::write(writer.get(), &pid, sizeof pid)); },
             .failed = {},
             .exited = {},
             .gone = {},
             .output = {}},
            1s, station);
        inner.spawn(1, {.program = "/bin/sleep", .arguments = {"1000"}, .environment = {}});
        own.run();
        ::_exit(1);
    }
    pid_t child = 0;
    ASSERT_EQ(::read(reader.get(), &child, sizeof child), static_cast<ssize_t>(sizeof child));
    ASSERT_TRUE(exists(child));
    ::kill(parent, SIGKILL);
    ::waitpid(parent, nullptr, 0);
    // The orphan is ours (subreaper): once it is dead it can be collected here.
    ASSERT_TRUE(run_until([&] { return ::waitpid(child, nullptr, WNOHANG) == child; }));
}

TEST_F(ProcessesTest, a_helper_whose_first_thread_has_ended_dies_too) {
    // To /proc it is a zombie, while its other thread lives on with all that it has open.
    sh(1, "setsid /usr/bin/python3 -I -c 'import ctypes, os, threading, time\n"
          "threading.Thread(target=lambda: (print(os.getpid(), flush=True), time.sleep(1000))).start()\n"
          "ctypes.CDLL(None).pthread_exit(None)' & sleep 1; exit 3");
    const pid_t helper = printed_pid(1);
    ASSERT_TRUE(run_until([&] { return seen[1].gone; }));
    EXPECT_FALSE(exists(helper));
    EXPECT_FALSE(seen[1].stuck);
}

/// As another user: starts a child that takes root's uid, so that its kill is refused. 0: it was given up as stuck, and
/// its end was told when it came after all.
int give_up_an_unkillable(const std::string& python) {
    if (::setresuid(65'534, 65'534, 65'534) != 0)
        return 2;
    boost::asio::io_context own{1};
    bool stuck = false, up = false, exited = false, gone = false;
    Processes inner(own,
                    {.started = [](ProcessKey, pid_t, Fd) {},
                     .failed = [](ProcessKey, const std::string&) { ::_exit(3); },
                     .exited = [&](ProcessKey, ExitStatus, const std::string&) { exited = true; },
                     .gone = [&](ProcessKey, bool is_stuck) { (is_stuck ? stuck : gone) = true; },
                     .output = [&](ProcessKey, Priority, const std::string& line) { up = line == "0"; }},
                    300ms, station_mark("S-unkillable"));
    // Ends by itself, so that nothing is left of it whatever happens here.
    inner.spawn(1,
                {.program = python,
                 .arguments = {"-I", "-c",
                               "import os, time; os.setresuid(0, 0, 0); print(os.getuid(), flush=True); time.sleep(3)"},
                 .environment = {}});
    for (int i = 0; i < 2'000 && !up; ++i)
        own.run_one_for(10ms);
    if (!up)
        return 5;
    inner.kill(1);
    for (int i = 0; i < 2'000 && !inner.empty(); ++i)
        own.run_one_for(10ms);
    if (!stuck || exited || gone)
        return 6;
    for (int i = 0; i < 2'000 && !gone; ++i)
        own.run_one_for(10ms);
    return exited && gone ? 0 : 7;
}

TEST_F(ProcessesTest, a_process_that_does_not_die_is_given_up_and_told_so) {
    if (::geteuid() != 0)
        GTEST_SKIP() << "only root can make a process that we cannot kill";
    std::string folder = (std::filesystem::temp_directory_path() / "rekam-XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    const std::string python = folder + "/python3";
    std::filesystem::copy_file(std::filesystem::canonical("/usr/bin/python3"), python);
    std::filesystem::permissions(folder, std::filesystem::perms(0755));
    ASSERT_EQ(::chmod(python.c_str(), 04'755), 0);
    const pid_t helper = ::fork();
    ASSERT_GE(helper, 0);
    if (helper == 0)
        ::_exit(give_up_an_unkillable(python));
    int status = 0;
    ASSERT_EQ(::waitpid(helper, &status, 0), helper);
    std::filesystem::remove_all(folder);
    ASSERT_TRUE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 5)
        GTEST_SKIP() << "set-uid programs do not work here";
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

} // namespace
} // namespace rekam::io
