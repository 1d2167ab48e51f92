// SPDX-License-Identifier: Apache-2.0
// What clients ask: the envelope, and the parameters of every operation as structs that are their own schema.
#pragma once

#include "core/wire/json.h"
#include "core/wire/types.h"

#include <boost/describe/class.hpp>

#include <variant>

namespace rekam::wire {

enum class Op : std::uint8_t {
    hello, schema_get, station_get, slot_list, slot_get, device_list, device_get, plugin_list, lease_acquire, lease_renew,
    lease_release, lease_list, case_open, case_close, case_get, case_list, capture_start, frame_get, frame_release, job_get,
    job_list, job_cancel, job_extend, health_check,
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

struct PluginListParams {
    static constexpr bool closed = true;
    std::optional<Cursor> cursor;
    std::optional<PageSize> limit;
};
BOOST_DESCRIBE_STRUCT(PluginListParams, (), (cursor, limit))

using LeaseTtl = Int<1'000, 600'000>;

struct LeaseAcquireParams {
    static constexpr bool closed = true;
    List<SlotName, 1, 16, true> slots;
    CaseId case_;
    std::optional<LeaseTtl> ttl_ms;
    std::optional<Int<0, 600'000>> wait_ms;
};
BOOST_DESCRIBE_STRUCT(LeaseAcquireParams, (), (slots, case_, ttl_ms, wait_ms))

struct LeaseRenewParams {
    static constexpr bool closed = true;
    LeaseId lease;
    std::optional<LeaseTtl> ttl_ms;
};
BOOST_DESCRIBE_STRUCT(LeaseRenewParams, (), (lease, ttl_ms))

struct LeaseReleaseParams {
    static constexpr bool closed = true;
    LeaseId lease;
};
BOOST_DESCRIBE_STRUCT(LeaseReleaseParams, (), (lease))

struct LeaseListParams {
    static constexpr bool closed = true;
    std::optional<SlotName> slot;
    std::optional<CaseId> case_;
};
BOOST_DESCRIBE_STRUCT(LeaseListParams, (), (slot, case_))

struct CaseOpenParams {
    static constexpr bool closed = true;
    model::Purpose purpose = model::Purpose::test;
    std::optional<Label> operator_, desk;
};
BOOST_DESCRIBE_STRUCT(CaseOpenParams, (), (purpose, operator_, desk))

struct CaseCloseParams {
    static constexpr bool closed = true;
    CaseId case_;
    std::optional<List<FrameId, 0, 256, true>> keep;
};
BOOST_DESCRIBE_STRUCT(CaseCloseParams, (), (case_, keep))

struct CaseGetParams {
    static constexpr bool closed = true;
    CaseId case_;
};
BOOST_DESCRIBE_STRUCT(CaseGetParams, (), (case_))

struct CaseListParams {
    static constexpr bool closed = true;
    std::optional<model::CaseState> state;
    std::optional<Cursor> cursor;
    std::optional<PageSize> limit;
};
BOOST_DESCRIBE_STRUCT(CaseListParams, (), (state, cursor, limit))

struct FrameGetParams {
    static constexpr bool closed = true;
    FrameId frame;
    std::optional<Count> offset;
    std::optional<Int<1, 8 << 20>> length;
};
BOOST_DESCRIBE_STRUCT(FrameGetParams, (), (frame, offset, length))

struct FrameReleaseParams {
    static constexpr bool closed = true;
    List<FrameId, 1, 64, true> frames;
};
BOOST_DESCRIBE_STRUCT(FrameReleaseParams, (), (frames))

struct JobGetParams {
    static constexpr bool closed = true;
    std::optional<JobId> job;
    std::optional<Text<1, 64, Charset::identifier>> idem;
};
BOOST_DESCRIBE_STRUCT(JobGetParams, (), (job, idem))

struct JobListParams {
    static constexpr bool closed = true;
    std::optional<CaseId> case_;
    std::optional<SlotName> slot;
    std::optional<model::JobState> state;
    std::optional<Cursor> cursor;
    std::optional<PageSize> limit;
};
BOOST_DESCRIBE_STRUCT(JobListParams, (), (case_, slot, state, cursor, limit))

struct JobCancelParams {
    static constexpr bool closed = true;
    JobId job;
};
BOOST_DESCRIBE_STRUCT(JobCancelParams, (), (job))

struct JobExtendParams {
    static constexpr bool closed = true;
    JobId job;
    Int<1, 86'400'000> deadline_ms;
};
BOOST_DESCRIBE_STRUCT(JobExtendParams, (), (job, deadline_ms))

struct HealthCheckParams {
    static constexpr bool closed = true;
    std::optional<SlotName> slot;
    std::optional<Text<1, 256>> device;
    std::optional<model::HealthLevel> level;
};
BOOST_DESCRIBE_STRUCT(HealthCheckParams, (), (slot, device, level))

} // namespace rekam::wire
