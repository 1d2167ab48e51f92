// SPDX-License-Identifier: Apache-2.0
// The sub-commands of rekam-bench-load. bench.py starts stations and peers, runs one of these, and reads its JSON; what
// they need of the machine (which core, which processes) comes from there. The serve_ functions are peers: they run
// until they are ended.
#pragma once

#include "tests/bench/targets.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

namespace rekam::bench {

/// Who takes part in a comparison: name -> target, and the processes whose time on the processor counts for it.
struct Side {
    std::string name, target;
    std::map<std::string, std::vector<pid_t>> processes; ///< "broker" -> pids
};

struct LatencyOptions {
    std::vector<Side> sides;
    int rounds = 15, calls = 200, warm_up = 50;
    std::function<std::unique_ptr<Target>(zmq::context_t&, const std::string&)> make = make_target;
};
/// p50_us, p99_us, mean_us and cpu_<who>_us per call, one figure a round; the sides take turns.
void measure_latency(const LatencyOptions& options);

struct ThroughputOptions {
    std::vector<Side> sides;
    int rounds = 15, clients = 10, window = 16;
    double seconds = 0.3;
};
/// per_s and cpu_<who>_us per request. A side's target is raw: or capture: with one slot per client, SLOT%d.
void measure_throughput(const ThroughputOptions& options);

struct EvidenceOptions {
    int rounds = 15;
    std::vector<int> megabytes;
};
/// A frame's whole way at these sizes, and what it is compared with, in ms.
void measure_evidence(const EvidenceOptions& options);

struct PreviewOptions {
    std::string socket;
    std::vector<std::string> tickets; ///< one viewer each
    std::size_t bytes = 0;            ///< of each picture
    int rounds = 15, pictures = 6;
};
/// Pictures of a preview at their viewers, and a copy of as many bytes, in ms.
void measure_preview(const PreviewOptions& options);

struct HostsOptions {
    std::string host, bare, plugin;
    int rounds = 15, count = 100;
};
/// Start of a host against posix_spawn; memory and pings of many hosts against bare ones.
void measure_hosts(const HostsOptions& options);

struct RestartOptions {
    std::string requests, events;
    int devices = 15;
};
/// From the kill of a device's host to its device ready again, through the event stream, once for each device.
void measure_restart(const RestartOptions& options);

struct EventsOptions {
    std::string gate; ///< the program
    int rounds = 15, subscribers = 10;
    double seconds = 0.3;
};
/// Deliveries a second of gate_event through a real gate, against a raw PUB socket.
void measure_events(const EventsOptions& options);

/// `count` clients that each ask once a second, until stdin ends; prints "ready" once all have been answered.
void beat(const std::string& target, int count, int every_s);

void serve_relay(const std::string& front, const std::string& back);
void serve_chain(const std::string& endpoint, int bytes);
void serve_worker(const std::string& back, int bytes);
void serve_echo(const std::string& endpoint, int bytes);
void serve_dbus_echo(const std::string& address);
void serve_virtual_card(int port);

} // namespace rekam::bench
