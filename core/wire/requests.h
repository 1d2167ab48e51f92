// SPDX-License-Identifier: Apache-2.0
// What clients ask: the envelope, and the parameters of the station's operations as structs that are their own schema.
#pragma once

#include "core/wire/json.h"
#include "core/wire/types.h"

#include <boost/describe/class.hpp>

#include <variant>

namespace rekam::wire {

enum class Op : std::uint8_t {
    hello,
    schema_get,
    station_get,
    station_drain,
    slot_list,
    slot_get,
    slot_bind,
    slot_hold,
    slot_release,
    slot_replace,
    slot_reset,
    slot_identify,
    device_list,
    device_get,
    device_statistics,
    plugin_list,
    plugin_reload,
    plugin_clear_quarantine,
    lease_acquire,
    lease_renew,
    lease_release,
    lease_list,
    case_open,
    case_close,
    case_get,
    case_list,
    capture_start,
    print_start,
    card_open,
    card_transmit,
    card_close,
    cards_get,
    cards_load,
    cards_count,
    cards_spoil,
    frame_get,
    frame_release,
    preview_start,
    preview_stop,
    job_get,
    job_list,
    job_cancel,
    job_extend,
    job_reconcile,
    health_check,
    mock_set,
    mock_clear,
    mock_get,
    device_doctor,
    journal_query,
    journal_verify,
    journal_head,
    journal_erase,
    report_daily,
};

struct Envelope {
    std::int64_t v = 0;
    Text<1, 64> id;
    std::string op;
    std::optional<Token> session;
    std::optional<Int<1, 86'400'000>> deadline_ms;
    std::optional<Count> station_epoch;
    std::optional<Text<1, 64, Charset::identifier>> idem;
    std::optional<Text<1, 32>> lease;
    std::optional<bool> progress;
};
BOOST_DESCRIBE_STRUCT(Envelope, (), (v, id, op, session, deadline_ms, station_epoch, idem, lease, progress))

using Cursor = Text<1, 256>;
using PageSize = Int<1, 100>;
using CaseId = Text<1, 64>;
using JobId = Text<1, 64>;
using FrameId = Text<1, 64>;
using LeaseId = Text<1, 32>;
using Reason = Text<1, 256>; ///< in a person's words, for the record

struct HelloParams {
    static constexpr bool closed = true;
    Label client;
    std::optional<Label> operator_;
    std::optional<Token> resume;
    std::optional<Text<1, 256>> station_key;
};
BOOST_DESCRIBE_STRUCT(HelloParams, (), (client, operator_, resume, station_key))

struct SchemaGetParams {
    static constexpr bool closed = true;
    std::optional<Label> name;
};
BOOST_DESCRIBE_STRUCT(SchemaGetParams, (), (name))

struct StationGetParams {
    static constexpr bool closed = true;
};
BOOST_DESCRIBE_STRUCT(StationGetParams, (), ())

struct StationDrainParams {
    static constexpr bool closed = true;
    bool on = false;
    std::optional<Reason> reason; ///< needed to begin
    Label by;
};
BOOST_DESCRIBE_STRUCT(StationDrainParams, (), (on, reason, by))

struct SlotListParams {
    static constexpr bool closed = true;
    std::optional<Label> desk;
    std::optional<Cursor> cursor;
    std::optional<PageSize> limit;
};
BOOST_DESCRIBE_STRUCT(SlotListParams, (), (desk, cursor, limit))

struct SlotGetParams {
    static constexpr bool closed = true;
    SlotName slot;
};
BOOST_DESCRIBE_STRUCT(SlotGetParams, (), (slot))

struct DeviceListParams {
    static constexpr bool closed = true;
    std::optional<Label> plugin;
    std::optional<Cursor> cursor;
    std::optional<PageSize> limit;
};
BOOST_DESCRIBE_STRUCT(DeviceListParams, (), (plugin, cursor, limit))

struct DeviceGetParams {
    static constexpr bool closed = true;
    Text<1, 256> device;
};
BOOST_DESCRIBE_STRUCT(DeviceGetParams, (), (device))

struct DeviceStatisticsParams {
    static constexpr bool closed = true;
    Text<1, 256> device;
    std::optional<bool> reset;
    std::optional<Label> by; ///< who resets
};
BOOST_DESCRIBE_STRUCT(DeviceStatisticsParams, (), (device, reset, by))

struct PluginListParams {
    static constexpr bool closed = true;
    std::optional<Cursor> cursor;
    std::optional<PageSize> limit;
};
BOOST_DESCRIBE_STRUCT(PluginListParams, (), (cursor, limit))

} // namespace rekam::wire
