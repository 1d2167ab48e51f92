// SPDX-License-Identifier: Apache-2.0
// A real rekam-gate with a broker made of a thread: it grants every session and answers by rote, so that the tests see
// what the gate itself does.
#pragma once

#include "core/io/fd.h"
#include "core/wire/gate_messages.h"
#include "core/wire/packet.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include <sys/types.h>

namespace rekam::gate::testing {

/// Far beyond what anything here takes, so that a loaded machine fails no test.
constexpr std::chrono::seconds patience{60};

/// Waits until `done`, looking every few milliseconds; false when patience ends.
bool eventually(const std::function<bool()>& done);

/// How a gate ends that is started without a channel.
int exit_code_without_channel();

/// A port that nobody listens at right now.
int free_port();

class FakeBroker {
  public:
    struct Options {
        bool tcp = false;
        unsigned descriptors = 0; ///< hard limit for the gate; 0: as here
        std::function<void(wire::GateConfig&)> tweak = {};
        bool configure = true; ///< false: the gate waits for its configuration for ever
    };
    FakeBroker();
    explicit FakeBroker(const Options& options);
    ~FakeBroker();
    FakeBroker(const FakeBroker&) = delete;
    FakeBroker& operator=(const FakeBroker&) = delete;

    /// Waits until the gate listens.
    [[nodiscard]] bool ready();
    [[nodiscard]] const wire::GateConfig& config() const { return config_; }
    [[nodiscard]] std::string requests() const { return "ipc://" + config_.requests; }
    [[nodiscard]] std::string events() const { return "ipc://" + config_.events; }
    [[nodiscard]] pid_t pid() const { return pid_; }

    void send(wire::Message message);
    void event(const std::string& stream, std::int64_t seq, const std::string& data);

    /// Ends this side of the channel, as a dead broker does.
    void die();
    /// The gate's exit code, or 1000 plus the signal; waits for it.
    int exit_code();
    [[nodiscard]] bool alive();

    /// The newest counters that the gate has sent.
    [[nodiscard]] wire::GateCounters counters();
    [[nodiscard]] int requests_seen() const { return requests_seen_; }
    [[nodiscard]] std::string log() const; ///< all that the gate has printed
    /// The most memory that it ever had; 0 under a sanitizer, whose own memory would be all that this shows.
    [[nodiscard]] std::int64_t memory_kb() const;
    [[nodiscard]] std::size_t descriptors() const; ///< open in the gate

  private:
    void serve();
    void handle(const wire::Message& message);
    void answer(const wire::Message& request);
    void answer_frame(const wire::Message& request);
    void reply(const wire::Message& request, std::string json, std::string tail = {},
               std::vector<wire::Descriptor> descriptors = {}, std::uint16_t flags = 0);

    std::string folder_;
    wire::GateConfig config_;
    bool configure_ = true;
    io::Fd channel_;
    pid_t pid_ = -1;
    std::optional<int> exit_code_;
    std::mutex sending_, counting_;
    wire::GateCounters counters_;
    std::atomic<int> requests_seen_{0};
    std::atomic<bool> greeted_{false}, done_{false};
    std::int64_t sessions_ = 0;
    std::thread thread_;
};

} // namespace rekam::gate::testing
