// SPDX-License-Identifier: Apache-2.0
#include "core/io/processes.h"

#include "core/io/clock.h"
#include "core/io/process_tree.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <system_error>

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace rekam::io {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Descriptor = asio::posix::stream_descriptor;
using SteadyClock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// Output read in one turn: one chatty child must not starve the others.
constexpr int reads_per_turn = 4;
/// Output read at a death: more than a pipe holds.
constexpr int reads_at_death = 64;
/// Looks at a dying tree come at once, then after 1 ms, doubling up to this.
constexpr auto slowest_look = 50ms;
/// Orphans of living children that end are collected this often.
constexpr auto collect_every = 5s;

struct Child {
    enum class Phase {
        starting, ///< forked; whether exec succeeds is not known yet
        running,
        clearing, ///< ended and reported; its descendants are being killed
    };

    /// Throws std::runtime_error; what it has not taken then is still the caller's.
    Child(asio::io_context& loop, std::string program_path, Spawned& spawned, OutputCollector::Sink sink)
        : program(std::move(program_path)), pid(spawned.pid), pidfd(loop), pipe(loop), report(loop),
          output(std::move(sink)) {
        take(pidfd, spawned.pidfd);
        take(pipe, spawned.output);
        take(report, spawned.report);
        channel = std::move(spawned.channel);
    }

    static void take(Descriptor& descriptor, Fd& fd) {
        descriptor.assign(fd.get());
        static_cast<void>(fd.release());
    }

    std::string program;
    pid_t pid;
    Phase phase = Phase::starting;
    Descriptor pidfd, pipe, report;
    Fd channel;
    OutputCollector output;
    std::optional<SteadyClock::time_point> give_up; ///< set by a kill and by the end of the process
    bool given_up = false;                          ///< said to be stuck; its end is told when it comes after all
};
using ChildPtr = std::shared_ptr<Child>;

} // namespace

class Processes::Impl : public std::enable_shared_from_this<Impl> {
  public:
    Impl(asio::io_context& loop, Handlers handlers, std::chrono::milliseconds kill_limit, std::uint64_t station)
        : loop_(loop), look_timer_(loop), collect_timer_(loop), handlers_(std::move(handlers)), kill_limit_(kill_limit),
          station_(station) {}

    void spawn(ProcessKey key, Command command) {
        command.mark = station_ | key;
        std::optional<Spawned> spawned;
        try {
            spawned = io::spawn(command);
            auto child = std::make_shared<Child>(
                loop_, command.program, *spawned,
                [this, key](Priority priority, const std::string& line) { handlers_.output(key, priority, line); });
            children_.emplace(key, child);
            watch_report(key, child);
            watch_output(child);
            watch_exit(key, child);
        } catch (const std::runtime_error& error) { // the system's, and Asio's, which has another base
            if (spawned)                            // nobody could watch it; collect_orphans takes what is left
                ::kill(spawned->pid, SIGKILL);
            asio::post(loop_, [self = shared_from_this(), key, reason = std::string(error.what())] {
                if (!self->closed_)
                    self->handlers_.failed(key, reason);
            });
        }
    }

    void kill(ProcessKey key) {
        const auto found = children_.find(key);
        if (found == children_.end() || found->second->phase == Child::Phase::clearing)
            return;
        Child& child = *found->second;
        // The group's number cannot be another's: its leader, dead or alive, is not reaped yet.
        ::kill(-child.pid, SIGKILL);
        ::syscall(SYS_pidfd_send_signal, child.pidfd.native_handle(), SIGKILL, nullptr, 0U);
        if (!child.give_up && !child.given_up)
            child.give_up = SteadyClock::now() + kill_limit_;
        look_again_soon();
    }

    void kill_all() {
        for (const auto& [key, child] : std::map(children_))
            kill(key);
    }

    void close() {
        closed_ = true;
        for (const auto& [key, child] : children_)
            if (child->phase != Child::Phase::clearing)
                ::kill(-child->pid, SIGKILL);
        for (const auto& process : descendants([](pid_t) { return false; }))
            if (children_.contains(key_of(process)))
                kill_exactly(process);
        children_.clear();
        look_timer_.cancel();
        collect_timer_.cancel();
    }

    void collect_regularly() {
        collect_timer_.expires_after(collect_every);
        collect_timer_.async_wait([self = shared_from_this()](const error_code& error) {
            if (error || self->closed_)
                return;
            self->collect_orphans();
            if (std::ranges::any_of(self->children_, [](const auto& entry) { return entry.second->given_up; }))
                self->look();
            self->collect_regularly();
        });
    }

    [[nodiscard]] bool empty() const {
        return std::ranges::all_of(children_, [](const auto& entry) { return entry.second->given_up; });
    }
    void set_kill_limit(std::chrono::milliseconds limit) { kill_limit_ = limit; }

  private:
    // --- Start and end of a child's own process
    // -----------------------------------------------------------------------

    void watch_report(ProcessKey key, const ChildPtr& child) {
        child->report.async_wait(Descriptor::wait_read,
                                 [self = shared_from_this(), key, child](const error_code& error) {
                                     if (!error && !self->closed_)
                                         self->learn_start(key, child);
                                 });
    }

    /// Whether exec succeeded; false as long as it is under way.
    bool learn_start(ProcessKey key, const ChildPtr& child) {
        if (child->phase != Child::Phase::starting)
            return true;
        ExecFailure failure;
        ssize_t size = -1;
        do
            size = ::read(child->report.native_handle(), &failure, sizeof failure);
        while (size < 0 && errno == EINTR);
        if (size < 0 && errno == EAGAIN) {
            watch_report(key, child);
            return false;
        }
        ::close(child->report.release());
        child->phase = Child::Phase::running;
        if (size == sizeof failure) {
            const std::string reason = "cannot start " + child->program + ": " + std::strerror(failure.error);
            forget(key); // its next call is its last; collect_orphans takes it if it is not that far yet
            ::waitpid(child->pid, nullptr, WNOHANG);
            handlers_.failed(key, reason);
            return false;
        }
        handlers_.started(key, child->pid, std::move(child->channel));
        return true;
    }

    void watch_exit(ProcessKey key, const ChildPtr& child) {
        child->pidfd.async_wait(Descriptor::wait_read,
                                [self = shared_from_this(), key, child](const error_code& error) {
                                    if (!error && !self->closed_ && self->children_.contains(key))
                                        self->learn_exit(key, child);
                                });
    }

    /// Not yet collected, so that the number is still its own.
    static bool has_ended(pid_t pid) {
        siginfo_t info{};
        int result = -1;
        do
            result = ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT);
        while (result != 0 && errno == EINTR);
        return result != 0 || info.si_pid != 0;
    }

    void learn_exit(ProcessKey key, const ChildPtr& child) {
        if (!has_ended(child->pid))
            return watch_exit(key, child); // woken for nothing
        if (!learn_start(key, child))
            return; // it never became what was asked for, and that has been reported
        read_output(child, reads_at_death);
        ::kill(-child->pid, SIGKILL); // while the unreaped leader keeps the group's number
        siginfo_t info{};
        ::waitid(P_PID, static_cast<id_t>(child->pid), &info, WEXITED | WNOHANG);
        const bool exited = info.si_code == CLD_EXITED;
        child->phase = Child::Phase::clearing;
        child->give_up = SteadyClock::now() + kill_limit_;
        child->given_up = false; // the kernel let go of it
        child->output.finish(now_us());
        handlers_.exited(key, {.code = exited ? info.si_status : 0, .signal = exited ? 0 : info.si_status},
                         child->output.tail());
        look_after_ = 1ms;
        look();
    }

    // --- Output
    // -------------------------------------------------------------------------------------------------------

    void watch_output(const ChildPtr& child) {
        child->pipe.async_wait(Descriptor::wait_read, [self = shared_from_this(), child](const error_code& error) {
            if (!error && !self->closed_ && self->read_output(child, reads_per_turn))
                self->watch_output(child);
        });
    }

    /// False at the pipe's end.
    bool read_output(const ChildPtr& child, int reads) {
        std::array<char, 16'384> bytes{};
        while (reads-- > 0 && child->pipe.is_open()) {
            const ssize_t size = ::read(child->pipe.native_handle(), bytes.data(), bytes.size());
            if (size < 0)
                return errno == EAGAIN || errno == EINTR;
            if (size == 0)
                return false;
            child->output.take({bytes.data(), static_cast<std::size_t>(size)}, now_us());
        }
        return true;
    }

    std::int64_t now_us() { return clock_.now().mono_us; }

    // --- The tree below
    // -----------------------------------------------------------------------------------------------

    /// One look at all dying trees: kills what is left of them, reports those that are gone or given up.
    void look() {
        const auto now = SteadyClock::now();
        std::set<ProcessKey> alive;
        if (std::ranges::any_of(children_,
                                [](const auto& entry) { return entry.second->phase == Child::Phase::clearing; }))
            alive = clear_descendants();
        std::vector<std::pair<ProcessKey, bool>> gone;
        bool more = false;
        for (const auto& [key, child] : children_) {
            const bool cleared = child->phase == Child::Phase::clearing && !alive.contains(key);
            const bool given_up = child->give_up && now >= *child->give_up;
            if (cleared || given_up)
                gone.emplace_back(key, !cleared);
            else
                more |= child->give_up.has_value();
        }
        for (const auto& [key, stuck] : gone)
            if (stuck)
                abandon(*children_.at(key));
            else
                forget(key);
        if (more)
            look_later();
        for (const auto& [key, stuck] : gone)
            handlers_.gone(key, stuck);
    }

    /// Kills the descendants of ended children; gives the children that still have living ones. A process with the mark
    /// of no child hides, or was given up: it is killed too, but no child answers for it.
    std::set<ProcessKey> clear_descendants() {
        std::set<ProcessKey> alive;
        // What a dead one has started is ours by now, so what living ones have under them need not be looked at.
        for (const auto& process : descendants([this](pid_t pid) { return is_main(pid); })) {
            const auto owner = children_.find(key_of(process));
            if (owner != children_.end() && owner->second->phase != Child::Phase::clearing)
                continue; // of a living child
            if (process.zombie) {
                if (process.parent == ::getpid())
                    ::waitpid(process.pid, nullptr, WNOHANG);
                continue; // it holds nothing any more
            }
            kill_exactly(process);
            if (owner != children_.end())
                alive.insert(owner->first);
        }
        return alive;
    }

    /// No child's where the mark is not of this station.
    [[nodiscard]] ProcessKey key_of(const Descendant& process) const { return process.mark ^ station_; }

    [[nodiscard]] bool is_main(pid_t pid) const {
        return std::ranges::any_of(children_, [pid](const auto& entry) {
            return entry.second->pid == pid && entry.second->phase != Child::Phase::clearing;
        });
    }

    void look_again_soon() {
        look_after_ = 1ms;
        look_later();
    }

    void look_later() {
        look_timer_.expires_after(look_after_);
        look_after_ = std::min<std::chrono::milliseconds>(2 * look_after_, slowest_look);
        look_timer_.async_wait([self = shared_from_this()](const error_code& error) {
            if (!error && !self->closed_)
                self->look();
        });
    }

    /// Orphans that ended while their child lives on, and processes that were given up and ended after all.
    void collect_orphans() {
        for (;;) {
            siginfo_t info{};
            if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0 || is_main(info.si_pid))
                return; // a child's own end is its pidfd's matter
            ::waitpid(info.si_pid, nullptr, WNOHANG);
        }
    }

    /// Nobody waits for it any more. Its pidfd is still watched: what hung in the kernel may end one day.
    static void abandon(Child& child) {
        child.give_up.reset();
        child.given_up = true;
    }

    void forget(ProcessKey key) {
        const auto found = children_.find(key);
        if (found == children_.end())
            return;
        // Taken out of the epoll set first, which close() leaves to the kernel: as long as a child between fork and
        // exec has a copy, the kernel would go on waking whatever Asio waits for in its place.
        for (Descriptor* descriptor : {&found->second->pidfd, &found->second->pipe, &found->second->report})
            if (descriptor->is_open())
                ::close(descriptor->release());
        children_.erase(found);
    }

    asio::io_context& loop_;
    asio::steady_timer look_timer_, collect_timer_;
    Handlers handlers_;
    std::chrono::milliseconds kill_limit_;
    const std::uint64_t station_;
    std::map<ProcessKey, ChildPtr> children_;
    std::chrono::milliseconds look_after_ = 1ms; ///< until the next look
    Clock clock_;
    bool closed_ = false;
};

Processes::Processes(asio::io_context& loop, Handlers handlers, std::chrono::milliseconds kill_limit,
                     std::uint64_t station)
    : impl_(std::make_shared<Impl>(loop, std::move(handlers), kill_limit, station)) {
    if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        throw std::system_error(errno, std::generic_category(), "become a subreaper");
    impl_->collect_regularly();
}
Processes::~Processes() { impl_->close(); }

void Processes::spawn(ProcessKey key, Command command) { impl_->spawn(key, std::move(command)); }
void Processes::kill(ProcessKey key) { impl_->kill(key); }
void Processes::kill_all() { impl_->kill_all(); }
bool Processes::empty() const { return impl_->empty(); }
void Processes::set_kill_limit(std::chrono::milliseconds limit) { impl_->set_kill_limit(limit); }

} // namespace rekam::io
