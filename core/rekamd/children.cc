// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/children.h"

#include "core/io/channel.h"
#include "core/io/memfd.h"
#include "core/io/processes.h"
#include "core/rekamd/log.h"

#include <boost/asio/steady_timer.hpp>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include <sys/random.h>

namespace rekam::rekamd {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// A process that closed its channel is on its way out, and its exit tells more than the end of the channel. Not for
/// ever.
constexpr auto exit_follows = 1s;

broker::Level level_of(io::Priority priority) {
    switch (priority) {
    case io::Priority::error: return broker::Level::error;
    case io::Priority::warning: return broker::Level::warning;
    case io::Priority::debug: return broker::Level::debug;
    case io::Priority::info: break;
    }
    return broker::Level::info;
}

/// Fresh random bytes, fetched from the kernel in larger pieces: a message costs no system call of its own.
class Nonces {
  public:
    std::array<std::uint8_t, 16> next() {
        if (used_ + 16 > pool_.size()) {
            ssize_t got = -1;
            do
                got = ::getrandom(pool_.data(), pool_.size(), 0);
            while (got < 0 && errno == EINTR);
            if (got != static_cast<ssize_t>(pool_.size()))
                throw std::system_error(errno, std::generic_category(), "getrandom");
            used_ = 0;
        }
        std::array<std::uint8_t, 16> nonce{};
        std::memcpy(nonce.data(), pool_.data() + used_, nonce.size());
        used_ += nonce.size();
        return nonce;
    }

  private:
    std::array<std::uint8_t, 256> pool_{}; // getrandom never gives less than it is asked for up to this size
    std::size_t used_ = sizeof pool_;
};

void add_usual(std::map<std::string, std::string>& environment) {
    environment.try_emplace("PATH", "/usr/local/bin:/usr/bin:/bin");
    for (const char* name : {"HOME", "LANG", "TZ"})
        if (const char* value = std::getenv(name))
            environment.try_emplace(name, value);
}

} // namespace

class Children::Impl {
  public:
    Impl(asio::io_context& loop, Programs programs, std::chrono::milliseconds kill_limit, std::uint64_t station,
         std::function<void(broker::Event)> happened)
        : loop_(loop), programs_(std::move(programs)), happened_(std::move(happened)),
          processes_(loop, handlers(), kill_limit, station) {}

    void spawn(broker::Spawn spawn) {
        io::Command command{.program = spawn.kind == broker::ChildKind::gate ? programs_.gate : programs_.host,
                            .arguments = {},
                            .environment = std::move(spawn.environment)};
        add_usual(command.environment);
        children_.emplace(spawn.child, Child{.name = std::move(spawn.name), .channel = nullptr, .exit_due = nullptr});
        processes_.spawn(spawn.child, std::move(command));
    }

    void send(broker::Send send) {
        const auto found = children_.find(send.child);
        if (found == children_.end() || !found->second.channel)
            return;
        for (auto& descriptor : send.message.descriptors) {
            // Negative only where there is none left; the message would be incomplete, so the child is given up below.
            descriptor = io::duplicate(descriptor).release();
        }
        const bool complete = std::ranges::find(send.message.descriptors, -1) == send.message.descriptors.end();
        if (!complete)
            std::erase(send.message.descriptors, -1);
        if (!found->second.channel->send(std::move(send.message)) || !complete)
            broken(send.child, complete ? "it does not read what it is sent" : "no descriptor was left to send to it");
    }

    io::Processes& processes() { return processes_; }

  private:
    struct Child {
        std::string name;
        std::unique_ptr<io::Channel> channel;         ///< null before the start, after a breach, after the end
        std::unique_ptr<asio::steady_timer> exit_due; ///< set when the channel ended before the process
    };

    io::Processes::Handlers handlers() {
        return {
            .started = [this](io::ProcessKey key, pid_t pid, io::Fd channel) { started(key, pid, std::move(channel)); },
            .failed =
                [this](io::ProcessKey key, const std::string& reason) {
                    log(broker::Level::error, children_.at(key).name, reason);
                    children_.erase(key);
                    happened_(broker::ChildSpawnFailed{key, reason});
                },
            .exited = [this](io::ProcessKey key, io::ExitStatus status,
                             const std::string& output) { exited(key, status, output); },
            .gone =
                [this](io::ProcessKey key, bool stuck) {
                    if (stuck) { // its end may still come
                        children_.at(key).channel.reset();
                        children_.at(key).exit_due.reset();
                    } else {
                        children_.erase(key);
                    }
                    happened_(broker::ChildGone{key, stuck});
                },
            .output = [this](io::ProcessKey key, io::Priority priority,
                             const std::string& line) { log(level_of(priority), children_.at(key).name, line); }};
    }

    void started(broker::ChildId id, pid_t pid, io::Fd socket) {
        std::string failure;
        try {
            children_.at(id).channel = std::make_unique<io::Channel>(
                loop_, std::move(socket),
                io::Channel::Handlers{
                    .received = [this, id](wire::Message message) { received(id, std::move(message)); },
                    .ended =
                        [this, id](io::ChannelEnd end, const std::string& reason) {
                            if (end == io::ChannelEnd::broken)
                                broken(id, reason);
                            else
                                await_exit(id);
                        }});
        } catch (const std::runtime_error& error) { // Asio's: this child's end, not ours
            failure = error.what();
        }
        happened_(broker::ChildStarted{id, pid});
        if (!failure.empty())
            broken(id, failure);
    }

    void received(broker::ChildId id, wire::Message message) {
        broker::ChildMessage event{
            .child = id, .message = std::move(message), .sealed_bytes = {}, .nonce = nonces_.next()};
        const bool buffers = event.message.prefix.type == wire::Type::host_buffers;
        for (const auto descriptor : event.message.descriptors)
            event.sealed_bytes.push_back(buffers ? io::buffer_bytes(descriptor) : io::sealed_bytes(descriptor));
        happened_(std::move(event));
    }

    void broken(broker::ChildId id, const std::string& reason) {
        children_.at(id).channel.reset();
        happened_(broker::ChannelBroken{id, reason});
    }

    void await_exit(broker::ChildId id) {
        Child& child = children_.at(id);
        child.exit_due = std::make_unique<asio::steady_timer>(loop_, exit_follows);
        child.exit_due->async_wait([this, id](const boost::system::error_code& error) {
            const auto late = children_.find(id); // it may have ended in the very turn in which the time was up
            if (!error && late != children_.end() && late->second.exit_due)
                broken(id, "it closed its channel but did not end");
        });
    }

    void exited(broker::ChildId id, io::ExitStatus status, const std::string& output) {
        if (children_.at(id).channel)
            children_.at(id).channel->drain(); // its last messages come before its end
        Child& child = children_.at(id);
        child.channel.reset();
        child.exit_due.reset();
        happened_(broker::ChildExited{id, status.code, status.signal, output});
    }

    asio::io_context& loop_;
    Programs programs_;
    std::function<void(broker::Event)> happened_;
    std::map<broker::ChildId, Child> children_;
    Nonces nonces_;
    io::Processes processes_;
};

Children::Children(asio::io_context& loop, Programs programs, std::chrono::milliseconds kill_limit,
                   std::uint64_t station, std::function<void(broker::Event)> happened)
    : impl_(std::make_unique<Impl>(loop, std::move(programs), kill_limit, station, std::move(happened))) {}
Children::~Children() = default;

void Children::spawn(broker::Spawn spawn) { impl_->spawn(std::move(spawn)); }
void Children::kill(broker::ChildId child) { impl_->processes().kill(child); }
void Children::send(broker::Send send) { impl_->send(std::move(send)); }
void Children::kill_all() { impl_->processes().kill_all(); }
bool Children::empty() const { return impl_->processes().empty(); }
void Children::set_kill_limit(std::chrono::milliseconds limit) { impl_->processes().set_kill_limit(limit); }

} // namespace rekam::rekamd
