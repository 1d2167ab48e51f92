// SPDX-License-Identifier: Apache-2.0
// Parameters of a visit's operations: leases, cases, frames, jobs, health.
#pragma once

#include "core/wire/requests.h"

namespace rekam::wire {

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

struct FrameAs {
    static constexpr std::array<std::string_view, 2> values{"bytes", "ticket"};
};
struct FrameGetParams {
    static constexpr bool closed = true;
    FrameId frame;
    std::optional<Count> offset;
    std::optional<Int<1, 8 << 20>> length;
    std::optional<Word<FrameAs>> as;

    [[nodiscard]] bool wants_ticket() const { return as && as->value == FrameAs::values[1]; }
};
BOOST_DESCRIBE_STRUCT(FrameGetParams, (), (frame, offset, length, as))

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
    std::optional<bool> unsettled; ///< outcomes that are unknown and that nobody reconciled, of every principal
    std::optional<Cursor> cursor;
    std::optional<PageSize> limit;
};
BOOST_DESCRIBE_STRUCT(JobListParams, (), (case_, slot, state, unsettled, cursor, limit))

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

struct SettledWords {
    static constexpr std::array<std::string_view, 2> values{"done", "none"};
};
struct BlankWords {
    static constexpr std::array<std::string_view, 4> values{"issued", "rejected", "spoiled", "left"};
};
struct JobReconcileParams {
    static constexpr bool closed = true;
    JobId job;
    Word<SettledWords> effect;
    Label by, second; ///< two persons
    std::optional<Reason> reason;
    std::optional<Word<BlankWords>> blank; ///< of a print: where its blank is, when that is not what the effect says
};
BOOST_DESCRIBE_STRUCT(JobReconcileParams, (), (job, effect, by, second, reason, blank))

struct HealthCheckParams {
    static constexpr bool closed = true;
    std::optional<SlotName> slot;
    std::optional<Text<1, 256>> device;
    std::optional<model::HealthLevel> level;
};
BOOST_DESCRIBE_STRUCT(HealthCheckParams, (), (slot, device, level))

} // namespace rekam::wire
