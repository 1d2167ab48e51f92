// SPDX-License-Identifier: Apache-2.0
// Deliveries to subscribers: a broker that does nothing but publish, a real rekam-gate, and SUB sockets; against a PUB
// socket that sends the same bytes. Each publisher is a process of its own and stands still in the other's turn.
#include "core/io/packet_socket.h"
#include "core/io/spawn.h"
#include "core/wire/codec.h"
#include "core/wire/gate_messages.h"
#include "core/wire/packet.h"
#include "tests/bench/commands.h"
#include "tests/bench/measure.h"

#include <csignal>
#include <filesystem>
#include <functional>
#include <stdexcept>

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.hpp>

namespace rekam::bench {
namespace {

constexpr int queue_messages = 32; ///< as the gate's own, so that both drop alike
constexpr const char* stream = "device.id.rekam.bench/dev-1";

/// An event's data of 300 bytes, as long as a device's record.
std::string data_of(std::int64_t seq) {
    std::string text =
        R"({"device":"id.rekam.bench/dev-1","state":"busy","seq":)" + std::to_string(seq) + R"(,"model":")";
    return text.append(298 - text.size(), 'm') + "\"}";
}

/// A forked publisher, stopped until it is let go.
class Publisher {
  public:
    explicit Publisher(const std::function<void()>& publish) {
        pid_ = ::fork();
        must(pid_ >= 0, "fork");
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            try {
                publish();
            } catch (const std::exception& error) {
                std::fprintf(stderr, "publisher: %s\n", error.what());
            }
            ::_exit(1);
        }
    }
    ~Publisher() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    Publisher(const Publisher&) = delete;
    Publisher& operator=(const Publisher&) = delete;
    void stand() const { ::kill(pid_, SIGSTOP); }
    void go() const { ::kill(pid_, SIGCONT); }

  private:
    pid_t pid_ = -1;
};

void publish_raw(const std::string& endpoint) {
    zmq::context_t context;
    zmq::socket_t socket(context, zmq::socket_type::pub);
    socket.set(zmq::sockopt::sndhwm, queue_messages);
    socket.bind(endpoint);
    const std::string topic = stream;
    for (std::int64_t seq = 1;; ++seq) {
        socket.send(zmq::buffer(topic), zmq::send_flags::sndmore);
        socket.send(zmq::buffer(data_of(seq)), zmq::send_flags::none);
    }
}

void send_all(int channel, wire::Packer& packer) {
    for (; !packer.empty(); packer.pop_front())
        while (io::send_packet(channel, packer.front().bytes, {}) == io::SendStatus::full) {
            pollfd wait{channel, POLLOUT, 0};
            ::poll(&wait, 1, 1'000);
        }
}

wire::Message message_of(wire::Type type, std::string json, std::string tail = {}) {
    wire::Message message;
    message.prefix.type = type;
    message.prefix.incarnation = 1;
    message.json = std::move(json);
    message.tail = std::move(tail);
    return message;
}

void publish_through_gate(const std::string& gate, const std::string& folder) {
    const auto spawned = io::spawn({.program = gate, .arguments = {}, .environment = {}, .mark = 0});
    const int channel = spawned.channel.get();
    pollfd wait{channel, POLLIN, 0};
    must(::poll(&wait, 1, 20'000) == 1, "the gate does not greet");
    static_cast<void>(io::receive_packet(channel));
    wire::GateConfig config;
    config.requests = folder + "/requests";
    config.events = folder + "/events";
    config.station = {"st-1", "Bench", "UTC"};
    config.station_epoch = config.gate_epoch = 1;
    wire::Packer packer;
    packer.add(message_of(wire::Type::gate_config, wire::encode(config)));
    send_all(channel, packer);
    constexpr int together = 16; // a step of the broker seldom has more
    for (std::int64_t seq = 1;;) {
        for (int i = 0; i < together; ++i, ++seq)
            packer.add(message_of(wire::Type::gate_event, data_of(seq), wire::encode(wire::EventHead{stream, seq})));
        send_all(channel, packer);
        while (io::receive_packet(channel).status == io::ReceiveStatus::packet)
            ; // counters
    }
}

class Subscribers {
  public:
    Subscribers(zmq::context_t& context, const std::string& endpoint, int count) {
        for (int i = 0; i < count; ++i) {
            auto& socket = sockets_.emplace_back(context, zmq::socket_type::sub);
            socket.set(zmq::sockopt::rcvhwm, 1'000);
            socket.set(zmq::sockopt::linger, 0);
            socket.set(zmq::sockopt::subscribe, stream);
            socket.connect(endpoint);
            items_.push_back({socket.handle(), 0, ZMQ_POLLIN, 0});
        }
    }
    /// Deliveries until then; 0 from a socket that is not connected yet.
    std::int64_t count_until(std::int64_t until_ns) {
        std::int64_t count = 0;
        zmq::message_t part;
        while (now_ns() < until_ns) {
            if (zmq::poll(items_, std::chrono::milliseconds(10)) == 0)
                continue;
            for (std::size_t i = 0; i < items_.size(); ++i)
                for (int most = 64; (items_[i].revents & ZMQ_POLLIN) != 0 && most > 0; --most) {
                    if (!sockets_[i].recv(part, zmq::recv_flags::dontwait))
                        break;
                    count += part.more() ? 0 : 1;
                }
        }
        return count;
    }

  private:
    std::vector<zmq::socket_t> sockets_;
    std::vector<zmq::pollitem_t> items_;
};

void await_first(Subscribers& subscribers, const Publisher& publisher) {
    publisher.go();
    const auto limit = now_ns() + 20'000'000'000;
    while (subscribers.count_until(now_ns() + 100'000'000) == 0)
        must(now_ns() < limit, "no event within 20 s");
    subscribers.count_until(now_ns() + 200'000'000);
    publisher.stand();
}

} // namespace

void measure_events(const EventsOptions& options) {
    std::string folder = std::filesystem::temp_directory_path() / "rekam-bench-XXXXXX";
    must(::mkdtemp(folder.data()) != nullptr, "mkdtemp");
    const std::string raw_endpoint = "ipc://" + folder + "/raw";
    {
        const Publisher raw([&] { publish_raw(raw_endpoint); });
        const Publisher ours([&] { publish_through_gate(options.gate, folder); });
        zmq::context_t context;
        Subscribers raw_subscribers(context, raw_endpoint, options.subscribers);
        Subscribers our_subscribers(context, "ipc://" + folder + "/events", options.subscribers);
        await_first(raw_subscribers, raw);
        await_first(our_subscribers, ours);
        Figures figures;
        const auto round = [&](const Publisher& publisher, Subscribers& subscribers, const char* name) {
            publisher.go();
            const auto until = now_ns() + static_cast<std::int64_t>(options.seconds * 1e9);
            const auto count = subscribers.count_until(until);
            publisher.stand();
            subscribers.count_until(now_ns() + 30'000'000); // what was under way
            figures.add(name, "per_s", static_cast<double>(count) / options.seconds);
        };
        for (int i = 0; i < options.rounds; ++i) {
            round(raw, raw_subscribers, "raw");
            round(ours, our_subscribers, "rekam");
        }
        figures.print();
    }
    std::filesystem::remove_all(folder);
}

} // namespace rekam::bench
