// SPDX-License-Identifier: Apache-2.0
#include "core/gate/shell.h"

#include "core/base/build.h"
#include "core/gate/guard.h"
#include "core/io/text.h"

#include <array>
#include <chrono>
#include <stdexcept>

#include <sys/random.h>
#include <unistd.h>

namespace rekam::gate {
namespace {

namespace asio = boost::asio;

constexpr int drain_most = 256; ///< then others get their turn, but nobody sleeps
constexpr int subscriptions_most = 4'096;

BrokerMessage heard(wire::Message message) {
    BrokerMessage event{std::move(message)};
    if ((event.message.prefix.flags & wire::flag_ticket) != 0 &&
        ::getrandom(event.entropy.data(), event.entropy.size(), 0) != std::ssize(event.entropy))
        throw std::runtime_error("the kernel gives no random bytes for a ticket");
    return event;
}

} // namespace

void log_line(Level level, std::string_view message) {
    constexpr std::array<std::string_view, 3> words{"info", "warning", "error"};
    std::string line(words.at(static_cast<std::size_t>(level)));
    line += ": ";
    line += io::escape(message);
    line += '\n';
    static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
}

Shell::Shell(io::Fd channel, const Bounds& bounds) : table_(schema::all(), bounds), timer_(loop_) {
    channel_.emplace(
        loop_, std::move(channel),
        io::Channel::Handlers{[this](wire::Message message) { feed(heard(std::move(message))); },
                              [this](io::ChannelEnd how, const std::string& reason) { broker_gone(how, reason); }});
}

Shell::~Shell() {
    for (auto& one : watched_)
        one.descriptor.release(); // libzmq closes its own
}

int Shell::run() {
    const auto work = asio::make_work_guard(loop_);
    feed(Started{std::string(build_id()), ::getpid()});
    while (!exit_code_) {
        loop_.poll();
        tick_if_due();
        // What the handlers sent may have swallowed the wake-up of what has come meanwhile, so this comes last.
        const bool more = !exit_code_ && drain();
        channel_->flush();
        if (exit_code_ || more)
            continue;
        arm();
        watch();
        loop_.run_one();
    }
    channel_->flush();
    return *exit_code_;
}

bool Shell::drain() {
    if (!front_)
        return false;
    const bool more =
        front_->drain_subscriptions(subscriptions_most, [this](Subscription one) { feed(std::move(one)); });
    if (!channel_->idle()) { // the broker does not keep up: clients wait in their own queues
        channel_->flush();
        if (!channel_->idle()) {
            front_->look();
            return more;
        }
    }
    return front_->drain(drain_most, [this](ClientMessage message) {
        if (!exit_code_)
            feed(std::move(message));
    }) || more;
}

void Shell::tick_if_due() {
    if (exit_code_ || clock_.now().mono_us < table_.next_deadline_us())
        return;
    const auto totals = guard::totals();
    feed(Tick{{totals.not_zmtp, totals.refused}});
}

void Shell::arm() {
    const std::int64_t due_us = table_.next_deadline_us();
    if (due_us == armed_us_)
        return;
    armed_us_ = due_us;
    if (due_us == never_us) {
        timer_.cancel();
        return;
    }
    // steady_timer runs on CLOCK_MONOTONIC, as the table's deadlines do; waking is all that it is for.
    timer_.expires_at(std::chrono::steady_clock::time_point(std::chrono::microseconds(due_us)));
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error)
            armed_us_ = never_us;
    });
}

void Shell::feed(Event event) {
    const Now now = clock_.now();
    for (auto& effect : table_.step(now, std::move(event)))
        perform(effect);
    while (!refused_.empty()) { // what these cause may be refused in turn: then it waits in the table
        auto refused = std::exchange(refused_, {});
        for (auto& one : refused)
            for (auto& effect : table_.step(now, std::move(one)))
                perform(effect);
    }
    while (!gone_.empty())
        for (const auto key : std::exchange(gone_, {}))
            for (auto& effect : table_.step(now, DataClosed{key}))
                perform(effect);
}

void Shell::perform(Effect& effect) {
    if (auto* send = std::get_if<SendClient>(&effect)) {
        if (auto refused = front_->send(std::move(*send)))
            refused_.push_back(std::move(*refused));
    } else if (auto* message = std::get_if<SendBroker>(&effect)) {
        to_broker(std::move(message->message));
    } else if (auto* event = std::get_if<Publish>(&effect)) {
        front_->publish(*event);
    } else if (auto* sockets = std::get_if<Open>(&effect)) {
        open(*sockets);
    } else if (auto* client = std::get_if<Disconnect>(&effect)) {
        guard::cut(client->connection);
    } else if (auto* data = std::get_if<SendData>(&effect)) {
        if (!data_->send(*data))
            gone_.push_back(data->connection);
    } else if (auto* over = std::get_if<CloseData>(&effect)) {
        data_->close(over->connection);
    } else if (auto* descriptor = std::get_if<CloseDescriptor>(&effect)) {
        ::close(descriptor->descriptor);
    } else if (auto* line = std::get_if<Log>(&effect)) {
        log_line(line->level, line->message);
    } else if (auto* end = std::get_if<Exit>(&effect)) {
        exit_code_ = end->code;
    }
}

void Shell::open(const Open& effect) {
    front_.emplace(effect);
    for (const int number : front_->descriptors())
        watched_.emplace_back(loop_, number);
    if (effect.config.data)
        data_.emplace(loop_, *effect.config.data, front_->connections_below(),
                      [this](Event event) { feed(std::move(event)); });
    log_line(Level::info, "listening");
}

void Shell::watch() {
    // The callback does nothing: the loop looks at the sockets before every sleep. Nor does it wait again by itself,
    // since the descriptor stays readable until the loop has looked.
    for (auto& one : watched_)
        if (!std::exchange(one.waiting, true))
            one.descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                                      [&one](const auto&) { one.waiting = false; });
}

void Shell::to_broker(wire::Message message) {
    if (!channel_->send(std::move(message)) && !exit_code_) {
        log_line(Level::error, "the broker does not read");
        exit_code_ = 1;
    }
}

void Shell::broker_gone(io::ChannelEnd how, const std::string& reason) {
    if (exit_code_)
        return;
    if (how == io::ChannelEnd::broken)
        log_line(Level::error, "the broker's channel is broken: " + reason);
    exit_code_ = how == io::ChannelEnd::broken ? 1 : 0;
}

} // namespace rekam::gate
