// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "sdk/client/cpp/src/channel.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstring>
#include <system_error>
#include <utility>

#include "sdk/client/cpp/src/read.h"

namespace rekam {
namespace {

constexpr std::int64_t poll_max_ms = 1000;
const char* const stopped = "the connection was closed by this program";

using Parts = std::vector<zmq::message_t>;

bool receive(zmq::socket_t& socket, Parts& parts) {
    parts.clear();
    do {
        zmq::message_t part;
        if (!socket.recv(part, zmq::recv_flags::dontwait))
            return false;
        parts.push_back(std::move(part));
    } while (parts.back().more());
    return true;
}

Bytes bytes_of(const zmq::message_t& part) {
    const auto* first = part.data<std::byte>();
    return {first, first + part.size()};
}

} // namespace

std::int64_t monotonic_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

std::string random_hex(std::size_t count) {
    std::vector<unsigned char> bytes(count);
    if (getrandom(bytes.data(), count, 0) != static_cast<ssize_t>(count)) {
        throw std::system_error(errno, std::generic_category(), "getrandom");
    }
    std::string text;
    for (const unsigned char byte : bytes) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

Channel::Channel(const Endpoints& endpoints, boost::json::object hello, const std::string& resume)
    : endpoints_(endpoints), wake_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      requests_(open_socket(zmq::socket_type::dealer)), events_(open_socket(zmq::socket_type::sub)),
      monitor_(context_, zmq::socket_type::pair), core_(std::move(hello), random_hex(6), resume) {
    if (wake_fd_ < 0)
        throw std::system_error(errno, std::generic_category(), "eventfd");
    requests_.set(zmq::sockopt::immediate, true); // nothing waits in a queue for a gate that is not there
    const char* const watched = "inproc://monitor";
    if (zmq_socket_monitor(requests_.handle(), watched, ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED) != 0) {
        throw zmq::error_t();
    }
    monitor_.connect(watched);
    for (const char* topic : {"$beat", "$welcome"})
        events_.set(zmq::sockopt::subscribe, topic);
    requests_.connect(endpoints_.requests);
    events_.connect(endpoints_.events);
    thread_ = std::thread([this] { run(); });
}

Channel::~Channel() {
    close(); // nothing that the I/O thread keeps refers to this object, so it is never the one that ends it
    ::close(wake_fd_);
}

zmq::socket_t Channel::open_socket(zmq::socket_type type) {
    zmq::socket_t socket(context_, type);
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::reconnect_ivl, 10);
    socket.set(zmq::sockopt::heartbeat_ivl, 1000);
    socket.set(zmq::sockopt::heartbeat_timeout, 5000);
    return socket;
}

void Channel::post(Task task) {
    {
        const std::lock_guard lock(mutex_);
        if (closed_)
            throw Error(local_error("no-answer", stopped, "", "caller", "never"));
        tasks_.push_back(std::move(task));
    }
    const std::uint64_t one = 1;
    // EAGAIN: the counter is full, so the thread is awake already.
    if (::write(wake_fd_, &one, sizeof one) < 0 && errno != EAGAIN) {
        throw std::system_error(errno, std::generic_category(), "eventfd");
    }
}

bool Channel::wait_settled(std::int64_t timeout_ms) {
    std::unique_lock lock(mutex_);
    settled_.wait_for(lock, std::chrono::milliseconds(timeout_ms), [this] { return ready_ || refusal_ || closed_; });
    if (refusal_)
        throw Error(*refusal_);
    return ready_;
}

Channel::Standing Channel::standing() const {
    const std::lock_guard lock(mutex_);
    return standing_;
}

int Channel::follow(std::vector<std::string> prefixes, Follow follow) {
    int id = 0;
    {
        const std::lock_guard lock(mutex_);
        id = next_follower_++;
    }
    post([this, id, prefixes = std::move(prefixes), follow = std::move(follow)](std::int64_t, SessionCore&) {
        for (const auto& prefix : prefixes)
            events_.set(zmq::sockopt::subscribe, prefix);
        followers_.push_back({id, prefixes, follow});
    });
    return id;
}

void Channel::unfollow(int follower) {
    post([this, follower](std::int64_t, SessionCore&) {
        const auto found = std::find_if(followers_.begin(), followers_.end(),
                                        [follower](const Follower& entry) { return entry.id == follower; });
        if (found == followers_.end())
            return;
        for (const auto& prefix : found->prefixes)
            events_.set(zmq::sockopt::unsubscribe, prefix); // libzmq counts
        followers_.erase(found);
    });
}

void Channel::close() {
    stop_ = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_fd_, &one, sizeof one); // full means awake
    if (thread_.get_id() == std::this_thread::get_id())
        return;
    const std::lock_guard lock(join_mutex_);
    if (thread_.joinable())
        thread_.join();
}

void Channel::run() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr); // signals are the application's
    while (!stop_)
        turn();
    shut();
}

void Channel::turn() {
    const auto wanted = core_.next_timer_ms(monotonic_ms());
    const std::int64_t wait_ms =
        wanted ? std::clamp<std::int64_t>(*wanted - monotonic_ms(), 0, poll_max_ms) : poll_max_ms;
    wait(wait_ms);
    drain_replies(); // before the monitor: what came before a disconnect still counts
    drain_monitor();
    drain_events();
    run_tasks();
    core_.tick(monotonic_ms());
    flush();
    publish_standing();
}

void Channel::wait(std::int64_t timeout_ms) {
    const short answers = core_.outbox().empty() ? ZMQ_POLLIN : ZMQ_POLLIN | ZMQ_POLLOUT;
    zmq_pollitem_t items[] = {{requests_.handle(), 0, answers, 0},
                              {monitor_.handle(), 0, ZMQ_POLLIN, 0},
                              {events_.handle(), 0, ZMQ_POLLIN, 0},
                              {nullptr, wake_fd_, ZMQ_POLLIN, 0}};
    zmq_poll(items, 4, timeout_ms); // a signal ends it early: the turn that follows is harmless
    std::uint64_t count = 0;
    [[maybe_unused]] const auto woken = ::read(wake_fd_, &count, sizeof count);
}

void Channel::drain_replies() {
    Parts parts;
    while (receive(requests_, parts)) {
        const auto header = read::parse(parts[0].to_string_view());
        if (!header)
            continue;
        std::vector<Bytes> rest;
        for (std::size_t i = 1; i < parts.size(); ++i)
            rest.push_back(bytes_of(parts[i]));
        core_.message(monotonic_ms(), *header, std::move(rest));
    }
}

void Channel::drain_monitor() {
    Parts parts;
    while (receive(monitor_, parts)) {
        std::uint16_t event = 0;
        std::memcpy(&event, parts[0].data(), sizeof event);
        if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
            core_.connected(monotonic_ms());
        if (event == ZMQ_EVENT_DISCONNECTED)
            core_.disconnected();
    }
}

void Channel::drain_events() {
    Parts parts;
    while (receive(events_, parts)) {
        // The welcome message is one part (libzmq keeps it so): its topic and its JSON stand in it together.
        std::string_view topic = parts[0].to_string_view();
        std::string_view body = parts.size() > 1 ? parts[1].to_string_view() : std::string_view();
        if (parts.size() == 1) {
            const auto brace = std::min(topic.find('{'), topic.size());
            body = topic.substr(brace);
            topic = topic.substr(0, brace);
        }
        const auto header = read::parse(body);
        if (!header)
            continue;
        const std::string stream(topic.substr(0, topic.find_first_of(std::string_view("\0 \n", 3))));
        if (stream.starts_with('$')) {
            core_.beat(monotonic_ms(), {read::number(*header, "station_epoch"), read::number(*header, "gate_epoch")});
        }
        for (const auto& follower : followers_)
            follower.follow(stream, *header);
    }
}

void Channel::run_tasks() {
    std::vector<Task> tasks;
    {
        const std::lock_guard lock(mutex_);
        tasks.swap(tasks_);
    }
    for (const auto& task : tasks)
        task(monotonic_ms(), core_);
}

void Channel::flush() {
    auto& outbox = core_.outbox();
    while (!outbox.empty()) {
        const auto with = core_.attachments().find(outbox.front());
        const bool alone = with == core_.attachments().end();
        const auto more = alone ? zmq::send_flags::dontwait : zmq::send_flags::dontwait | zmq::send_flags::sndmore;
        if (!requests_.send(zmq::buffer(outbox.front()), more))
            return;
        // Whether a message can go is decided at its header; its parts follow it without condition.
        for (std::size_t i = 0; !alone && i < with->second.size(); ++i)
            requests_.send(zmq::buffer(with->second[i]),
                           i + 1 == with->second.size() ? zmq::send_flags::none : zmq::send_flags::sndmore);
        if (!alone)
            core_.attachments().erase(with);
        outbox.pop_front();
    }
}

void Channel::publish_standing() {
    const std::lock_guard lock(mutex_);
    if (core_.state() == SessionCore::State::refused)
        refusal_ = core_.refusal();
    if (core_.state() == SessionCore::State::ready) {
        if (!ready_ || standing_.epochs != core_.epochs() || standing_.session != core_.session()) {
            standing_ = {core_.session(), core_.epochs(), boost::json::serialize(core_.welcome())};
        }
        ready_ = true;
    }
    if (ready_ || refusal_)
        settled_.notify_all();
}

void Channel::shut() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        settled_.notify_all();
    }
    run_tasks(); // a request that nobody will send still gets its end
    core_.end_all(local_error("no-answer", stopped, "", "caller", "never", "unknown"));
    zmq_socket_monitor(requests_.handle(), nullptr, 0);
    for (const auto& follower : followers_)
        follower.follow("$closed", {});
    followers_.clear();
}

} // namespace rekam
