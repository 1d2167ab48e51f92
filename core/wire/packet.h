// SPDX-License-Identifier: Apache-2.0
// A packet is one SOCK_SEQPACKET datagram of up to 128 KiB with 1..n messages; a message is a 64-byte prefix, JSON,
// and an inline tail. Packing many messages into one system call is what makes throughput. Pure: bytes in, bytes out.
#pragma once

#include "core/wire/json.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rekam::wire {

constexpr std::size_t max_packet_bytes = 128 * 1024;
constexpr std::size_t max_json_bytes = 64 * 1024;
constexpr std::size_t max_tail_bytes = 32 * 1024;
constexpr std::size_t max_descriptors = 16;   ///< in one message
constexpr std::size_t descriptor_credit = 16; ///< unread ones per channel and direction

/// Every message on every boundary; core/wire/tables.h says who may send which, with what, and when.
enum class Type : std::uint8_t {
    // gate -> broker
    gate_hello = 1,
    gate_request,
    gate_counters,
    gate_pong,
    gate_taken,
    gate_interest,
    gate_returned,
    // broker -> gate
    gate_config = 16,
    gate_reply,
    gate_progress,
    gate_event,
    gate_ping,
    gate_stop,
    gate_credit,
    gate_buffers,
    // host or enumerator -> broker
    host_hello = 32,
    host_ready,
    host_failed,
    host_progress,
    host_frame,
    host_final,
    host_health,
    host_changed,
    host_pong,
    enum_manifest,
    enum_device,
    enum_done,
    host_closed,
    host_begins,
    host_chip,
    host_card,
    host_answers,
    host_view,
    host_preview_over,
    host_mock_done,
    host_identified,
    host_buffers,
    // broker -> host or enumerator
    host_start = 64,
    host_run,
    host_interrupt,
    host_check,
    host_taken,
    host_ping,
    host_stop,
    enum_start,
    host_go,
    host_chip_over,
    host_apdus,
    host_card_close,
    host_preview,
    host_preview_stop,
    host_mock,
    host_identify,
    host_returned,
};

/// Bits of Prefix::flags.
enum Flag : std::uint16_t {
    flag_error = 1,  ///< gate_reply: the JSON is an error, not a result
    flag_fatal = 2,  ///< host_failed: the plugin hangs in a call of this device; the process ends because of it
    flag_ticket = 4, ///< gate_reply: its descriptor goes to who shows the ticket that the gate adds, not along as a
                     ///< part; gate_progress: the gate adds tickets for the pictures of a preview, tail TicketsWanted
    flag_buffer = 8, ///< gate_progress: the picture lies in a buffer of the preview's pool, tail BufferRef
};

/// What stands before every message, in the byte order of the machine (both ends are one machine and one build).
struct Prefix {
    std::uint8_t version = 1;
    Type type = Type::gate_hello;
    std::uint16_t flags = 0;
    std::uint32_t json_bytes = 0;
    std::uint32_t tail_bytes = 0;
    std::uint16_t descriptors = 0;
    std::uint16_t reserved = 0;
    std::uint64_t request = 0;     ///< the gate's number of an open request; hosts: the broker's number of the device
                                   ///< that it is about, 0 for the process as a whole
    std::uint64_t session = 0;     ///< the broker's number of a session; 0 before hello
    std::uint64_t job = 0;         ///< the broker's number of a job, or of a preview; 0 where none is meant
    std::uint64_t fence = 0;       ///< of the slot, when the message was caused; older ones are dropped
    std::uint64_t incarnation = 0; ///< of the child (gate or host) that the message belongs to
    std::int64_t deadline_ms = 0;  ///< time left, relative, so that no clocks are compared; 0: none
};
static_assert(sizeof(Prefix) == 64);

/// A descriptor as the pure parts know it: a number whose meaning only the shell knows (a file descriptor, or an
/// entry of the simulator). Who holds it must pass it on or close it, exactly once.
using Descriptor = std::int32_t;

struct Message {
    Prefix prefix;
    std::string json;
    std::string tail;
    std::vector<Descriptor> descriptors;
};

/// Messages queued for one channel, packed into as few packets as possible. A message with descriptors travels alone.
class Packer {
  public:
    struct Packet {
        std::string bytes;
        std::vector<Descriptor> descriptors;
        std::size_t messages = 0;
    };

    /// Appends; lengths in the prefix are set here. Throws std::length_error for a message over the limits: the
    /// sender built it, so that is a bug.
    void add(Message message);

    [[nodiscard]] bool empty() const { return packets_.empty(); }
    [[nodiscard]] std::size_t packets() const { return packets_.size(); }
    [[nodiscard]] Packet& front() { return packets_.front(); }
    void pop_front() { packets_.erase(packets_.begin()); }

  private:
    std::vector<Packet> packets_;
};

/// Takes a received packet apart. `descriptors` are those that came with it, in order; they move into the messages.
/// On error (`protocol-error`: any wrong length, version, type, or descriptor count) the caller still owns the
/// descriptors and kills the peer: a sender of ours cannot produce such a packet.
Expected<std::vector<Message>> unpack(std::string_view packet, std::span<const Descriptor> descriptors);

} // namespace rekam::wire
