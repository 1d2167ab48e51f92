// SPDX-License-Identifier: Apache-2.0
// Host processes seen from the broker's end of the channel, without a broker.
#include "core/base/build.h"
#include "core/io/packet_socket.h"
#include "core/io/spawn.h"
#include "core/wire/codec.h"
#include "core/wire/gate_messages.h"
#include "core/wire/host_messages.h"
#include "core/wire/packet.h"
#include "tests/bench/commands.h"
#include "tests/bench/measure.h"

#include <csignal>
#include <fstream>
#include <stdexcept>

#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace rekam::bench {
namespace {

constexpr double ms = 1e6, us = 1e3;

/// One child and our end of its channel; ended with it.
class Host {
  public:
    Host(const std::string& program, std::vector<std::string> arguments)
        : spawned_(io::spawn({.program = program, .arguments = std::move(arguments), .environment = {}, .mark = 0})) {}
    ~Host() {
        if (spawned_.pid <= 0)
            return;
        ::kill(spawned_.pid, SIGKILL);
        ::waitpid(spawned_.pid, nullptr, 0);
    }
    Host(Host&& other) noexcept : spawned_(std::move(other.spawned_)) { other.spawned_.pid = -1; }
    Host& operator=(Host&&) = delete;
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    /// The bytes of the next packet, valid until the next one on this thread.
    std::string_view receive() {
        pollfd wait{spawned_.channel.get(), POLLIN, 0};
        must(::poll(&wait, 1, 20'000) == 1, "a host says nothing for 20 s");
        const auto received = io::receive_packet(spawned_.channel.get());
        if (received.status != io::ReceiveStatus::packet)
            throw std::runtime_error("a host ended");
        return received.bytes;
    }
    void send(std::string_view bytes) {
        must(io::send_packet(spawned_.channel.get(), bytes, {}) == io::SendStatus::sent, "send");
    }
    void send(wire::Type type, std::string json, std::uint64_t device) {
        wire::Message message;
        message.prefix.type = type;
        message.prefix.request = device;
        message.prefix.incarnation = 1;
        message.json = std::move(json);
        wire::Packer packer;
        packer.add(std::move(message));
        send(packer.front().bytes);
    }
    void wait_for(wire::Type type) {
        for (;;) {
            const auto messages = wire::unpack(receive(), {});
            if (!messages)
                throw std::runtime_error(messages.error().message);
            for (const auto& message : *messages) {
                if (message.prefix.type == wire::Type::host_failed)
                    throw std::runtime_error("a host failed: " + message.json);
                if (message.prefix.type == type)
                    return;
            }
        }
    }
    /// As the broker opens a device.
    void open(const std::string& plugin) {
        wait_for(wire::Type::host_hello);
        send(wire::Type::host_start, wire::encode(wire::HostStart{plugin, "dev-1", 10'000, false}), 1);
        wait_for(wire::Type::host_ready);
    }
    [[nodiscard]] double private_kb() const {
        std::ifstream file("/proc/" + std::to_string(spawned_.pid) + "/smaps_rollup");
        double total = 0;
        for (std::string line; std::getline(file, line);)
            if (line.starts_with("Private_Clean:") || line.starts_with("Private_Dirty:"))
                total += std::stod(line.substr(line.find(':') + 1));
        return total;
    }

  private:
    io::Spawned spawned_;
};

/// posix_spawn of the least program there is, to its end.
void spawn_true() {
    pid_t pid = -1;
    std::array<char, 5> name{"true"};
    std::array<char*, 2> arguments{name.data(), nullptr};
    must(::posix_spawn(&pid, "/bin/true", nullptr, nullptr, arguments.data(), environ) == 0, "posix_spawn");
    must(::waitpid(pid, nullptr, 0) == pid, "waitpid");
}

void measure_start(const HostsOptions& options, Figures& figures) {
    constexpr int each = 5;
    for (int round = -1; round < options.rounds; ++round) { // the first is to warm up
        auto begun = now_ns();
        for (int i = 0; i < each; ++i)
            spawn_true();
        const double floor_ms = static_cast<double>(now_ns() - begun) / ms / each;
        double ready_ms = 0;
        for (int i = 0; i < each; ++i) {
            begun = now_ns();
            Host host(options.host, {});
            host.open(options.plugin);
            ready_ms += static_cast<double>(now_ns() - begun) / ms / each; // its end is not counted
        }
        if (round < 0)
            continue;
        figures.add("spawn", "ms", floor_ms);
        figures.add("host", "ready_ms", ready_ms);
    }
}

void ping_bare(std::vector<Host>& hosts) {
    const std::string packet(sizeof(wire::Prefix), 'p');
    for (auto& host : hosts)
        host.send(packet);
    for (auto& host : hosts)
        static_cast<void>(host.receive());
}

void ping(std::vector<Host>& hosts) {
    for (auto& host : hosts)
        host.send(wire::Type::host_ping, {}, 0);
    for (auto& host : hosts)
        host.wait_for(wire::Type::host_pong);
}

} // namespace

void measure_hosts(const HostsOptions& options) {
    Figures figures;
    measure_start(options, figures);
    std::vector<Host> hosts, bare;
    const auto begun = now_ns();
    for (int i = 0; i < options.count; ++i)
        hosts.emplace_back(options.host, std::vector<std::string>{});
    for (auto& host : hosts)
        host.open(options.plugin);
    figures.add("host", "all_ready_ms", static_cast<double>(now_ns() - begun) / ms);
    for (int i = 0; i < options.count; ++i)
        bare.emplace_back(options.bare, std::vector<std::string>{options.plugin});
    for (auto& host : bare)
        static_cast<void>(host.receive());
    ping(hosts);
    ping_bare(bare);
    for (const auto& host : hosts)
        figures.add("host", "private_kb", host.private_kb());
    for (const auto& host : bare)
        figures.add("bare", "private_kb", host.private_kb());
    for (int round = 0; round < options.rounds; ++round) {
        auto start = now_ns();
        ping_bare(bare);
        figures.add("bare", "ping_us", static_cast<double>(now_ns() - start) / us);
        start = now_ns();
        ping(hosts);
        figures.add("host", "ping_us", static_cast<double>(now_ns() - start) / us);
    }
    figures.print();
}

} // namespace rekam::bench
