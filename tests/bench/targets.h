// SPDX-License-Identifier: Apache-2.0
// What a round trip is measured against: our station, and peers. One call, one answer.
#pragma once

#include "tests/bench/client.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace rekam::bench {

class Target {
  public:
    Target() = default;
    virtual ~Target() = default;
    Target(const Target&) = delete;
    Target& operator=(const Target&) = delete;
    /// There and back.
    virtual void once() = 0;
    /// How long it took, where that does not begin with the call: a picture that was on its way already.
    [[nodiscard]] virtual std::optional<std::int64_t> took_ns() const { return std::nullopt; }
    /// What has to be done now and then, outside of what is measured.
    virtual void between() {}
};

/// kind:place, as bench.py writes it:
///   raw:ENDPOINT          a ZeroMQ peer that answers anything
///   capture:ENDPOINT#SLOT a capture that makes no frame
///   health:ENDPOINT#SLOT  a self check: to the host and back, without a job
///   beat:ENDPOINT         a request that the broker answers by itself
///   card:ENDPOINT#SLOT    one exchange with a card
///   frame:ENDPOINT#SLOT#ROWS  a capture of 4,096 x ROWS bytes, with the picture in the answer
///   ticket:ENDPOINT#SLOT#ROWS the same, and the picture by descriptor, for a ticket
///   dbus:ADDRESS          a method call through a dbus-daemon
///   pcsc:                 SCardTransmit on the first reader with a card
std::unique_ptr<Target> make_target(zmq::context_t& context, const std::string& text);
std::unique_ptr<Target> make_ticket_target(zmq::context_t& context, const std::string& endpoint,
                                           const std::string& slot, const std::string& rows);
std::unique_ptr<Target> make_dbus_target(const std::string& address);
std::unique_ptr<Target> make_pcsc_target();

/// The header that the raw peers are sent: as long as that of a capture.
std::string raw_header();

} // namespace rekam::bench
