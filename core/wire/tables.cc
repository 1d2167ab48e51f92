// SPDX-License-Identifier: Apache-2.0
#include "core/wire/tables.h"

#include <algorithm>
#include <array>

namespace rekam::wire {
namespace {

using enum Type;
constexpr auto up = Direction::to_broker;
constexpr auto down = Direction::from_broker;
constexpr auto gate = Boundary::gate;
constexpr auto host = Boundary::host;
constexpr auto lister = Boundary::enumerator;
constexpr auto kill = WrongTime::kill;
constexpr auto drop = WrongTime::drop;
constexpr auto refuse = WrongTime::refuse;

// host_stop is for one device, or (prefix.request 0) for the process: its end is the answer then.
// host_hello, host_ping, host_pong, host_failed, host_stop and host_mock_done serve both a host and an enumerator.
constexpr std::array all_rows{
    Row{gate_hello, "gate_hello", gate, up, "ChildHello", 0, 0, "gate_config", kill},
    Row{gate_request, "gate_request", gate, up, "client; tail Principal or Attachments", 0, 16, "gate_reply", refuse},
    Row{gate_counters, "gate_counters", gate, up, "GateCounters", 0, 0, "", drop},
    Row{gate_pong, "gate_pong", gate, up, "", 0, 0, "", drop},
    Row{gate_taken, "gate_taken", gate, up, "Taken", 0, 0, "", kill},
    Row{gate_interest, "gate_interest", gate, up, "GateInterest", 0, 0, "", drop},
    Row{gate_returned, "gate_returned", gate, up, "BufferRef", 0, 0, "", drop},
    Row{gate_config, "gate_config", gate, down, "GateConfig", 0, 0, "", kill},
    Row{gate_reply, "gate_reply", gate, down, "result or Error; tail Parts", 0, 16, "", drop},
    Row{gate_progress, "gate_progress", gate, down, "progress; tail Parts, TicketsWanted or BufferRef", 0, 1, "", drop},
    Row{gate_buffers, "gate_buffers", gate, down, "PoolBuffers", 1, 16, "gate_taken", drop},
    Row{gate_event, "gate_event", gate, down, "data; tail EventHead", 0, 0, "", drop},
    Row{gate_ping, "gate_ping", gate, down, "", 0, 0, "gate_pong", kill},
    Row{gate_stop, "gate_stop", gate, down, "", 0, 0, "", kill},
    Row{gate_credit, "gate_credit", gate, down, "Taken", 0, 0, "", kill},
    Row{host_hello, "host_hello", host, up, "ChildHello", 0, 0, "host_start or enum_start", kill},
    Row{host_ready, "host_ready", host, up, "HostReady", 0, 0, "", kill},
    Row{host_failed, "host_failed", host, up, "Failure", 0, 0, "", kill},
    Row{host_progress, "host_progress", host, up, "HostProgress", 0, 0, "", drop},
    Row{host_frame, "host_frame", host, up, "HostFrame", 1, 1, "host_taken", drop},
    Row{host_final, "host_final", host, up, "HostFinal", 0, 0, "", drop},
    Row{host_health, "host_health", host, up, "HostHealth", 0, 0, "", drop},
    Row{host_changed, "host_changed", host, up, "HostChanged", 0, 0, "", drop},
    Row{host_pong, "host_pong", host, up, "", 0, 0, "", drop},
    Row{host_closed, "host_closed", host, up, "", 0, 0, "", kill},
    Row{host_begins, "host_begins", host, up, "HostBegins", 0, 0, "host_go", drop},
    Row{host_chip, "host_chip", host, up, "", 0, 0, "host_chip_over", drop},
    Row{host_card, "host_card", host, up, "CardInfo", 0, 0, "", drop},
    Row{host_answers, "host_answers", host, up, "HostAnswers", 0, 0, "", drop},
    Row{host_view, "host_view", host, up, "HostView", 0, 1, "host_taken or host_returned", drop},
    Row{host_buffers, "host_buffers", host, up, "PoolBuffers", 1, 16, "host_taken", drop},
    Row{host_preview_over, "host_preview_over", host, up, "HostFinal", 0, 0, "", drop},
    Row{host_mock_done, "host_mock_done", host, up, "HostMockDone", 0, 0, "", drop},
    Row{host_identified, "host_identified", host, up, "HostIdentified", 0, 0, "", drop},
    Row{enum_manifest, "enum_manifest", lister, up, "ManifestRecord", 0, 0, "", kill},
    Row{enum_device, "enum_device", lister, up, "EnumDevice", 0, 0, "", kill},
    Row{enum_done, "enum_done", lister, up, "", 0, 0, "", kill},
    Row{host_start, "host_start", host, down, "HostStart", 0, 0, "host_ready or host_failed", kill},
    Row{host_run, "host_run", host, down, "HostRun", 0, 16, "host_final", refuse},
    Row{host_interrupt, "host_interrupt", host, down, "", 0, 0, "host_final", drop},
    Row{host_check, "host_check", host, down, "HostCheck", 0, 0, "host_health", refuse},
    Row{host_taken, "host_taken", host, down, "Taken", 0, 0, "", kill},
    Row{host_ping, "host_ping", host, down, "", 0, 0, "host_pong", kill},
    Row{host_stop, "host_stop", host, down, "", 0, 0, "host_closed", kill},
    Row{host_go, "host_go", host, down, "", 0, 0, "", drop},
    Row{host_chip_over, "host_chip_over", host, down, "HostChipOver", 0, 0, "", drop},
    Row{host_apdus, "host_apdus", host, down, "HostApdus", 0, 0, "host_answers", drop},
    Row{host_card_close, "host_card_close", host, down, "", 0, 0, "host_final", drop},
    Row{host_preview, "host_preview", host, down, "HostPreview", 0, 0, "host_preview_over", refuse},
    Row{host_preview_stop, "host_preview_stop", host, down, "", 0, 0, "host_preview_over", drop},
    Row{host_mock, "host_mock", host, down, "HostMock", 0, 0, "host_mock_done", refuse},
    Row{host_identify, "host_identify", host, down, "HostIdentify", 0, 0, "host_identified", refuse},
    Row{host_returned, "host_returned", host, down, "BufferRef", 0, 0, "", drop},
    Row{enum_start, "enum_start", lister, down, "EnumStart", 0, 0, "enum_done or host_failed", kill},
};

/// Types that a host and an enumerator share.
constexpr bool shared(Type type) {
    return type == host_hello || type == host_failed || type == host_ping || type == host_pong || type == host_stop ||
           type == host_mock_done;
}

} // namespace

std::span<const Row> rows() { return all_rows; }

const Row* row(Type type) {
    const auto found = std::ranges::find(all_rows, type, &Row::type);
    return found == all_rows.end() ? nullptr : &*found;
}

bool allowed(const Message& message, Boundary boundary, Direction direction) {
    const Row* found = row(message.prefix.type);
    if (!found || found->direction != direction)
        return false;
    const bool here = found->boundary == boundary || (boundary == lister && shared(found->type));
    return here && message.descriptors.size() >= found->min_descriptors &&
           message.descriptors.size() <= found->max_descriptors;
}

} // namespace rekam::wire
