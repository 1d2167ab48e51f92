// SPDX-License-Identifier: Apache-2.0
// A client's header, read once per process that acts on it.
#pragma once

#include "core/wire/capture_params.h"
#include "core/wire/card_params.h"
#include "core/wire/journal_params.h"
#include "core/wire/mock_params.h"
#include "core/wire/preview_params.h"
#include "core/wire/technician_params.h"

namespace rekam::model {
template <> struct Names<wire::Op> {
    static constexpr std::array<std::string_view, 54> values{
        "hello",         "schema.get",    "station.get",
        "station.drain", "slot.list",     "slot.get",
        "slot.bind",     "slot.hold",     "slot.release",
        "slot.replace",  "slot.reset",    "slot.identify",
        "device.list",   "device.get",    "device.statistics",
        "plugin.list",   "plugin.reload", "plugin.clear-quarantine",
        "lease.acquire", "lease.renew",   "lease.release",
        "lease.list",    "case.open",     "case.close",
        "case.get",      "case.list",     "capture.start",
        "print.start",   "card.open",     "card.transmit",
        "card.close",    "cards.get",     "cards.load",
        "cards.count",   "cards.spoil",   "frame.get",
        "frame.release", "preview.start", "preview.stop",
        "job.get",       "job.list",      "job.cancel",
        "job.extend",    "job.reconcile", "health.check",
        "mock.set",      "mock.clear",    "mock.get",
        "device.doctor", "journal.query", "journal.verify",
        "journal.head",  "journal.erase", "report.daily"};
};
} // namespace rekam::model

namespace rekam::wire {

using Params =
    std::variant<HelloParams, SchemaGetParams, StationGetParams, StationDrainParams, SlotListParams, SlotGetParams,
                 SlotBindParams, SlotHoldParams, SlotReleaseParams, SlotReplaceParams, SlotResetParams,
                 SlotIdentifyParams, DeviceListParams, DeviceGetParams, DeviceStatisticsParams, PluginListParams,
                 PluginReloadParams, ClearQuarantineParams, LeaseAcquireParams, LeaseRenewParams, LeaseReleaseParams,
                 LeaseListParams, CaseOpenParams, CaseCloseParams, CaseGetParams, CaseListParams, CaptureParams,
                 PrintParams, CardOpenParams, CardTransmitParams, CardCloseParams, CardsGetParams, CardsLoadParams,
                 CardsCountParams, CardsSpoilParams, FrameGetParams, FrameReleaseParams, PreviewStartParams,
                 PreviewStopParams, JobGetParams, JobListParams, JobCancelParams, JobExtendParams, JobReconcileParams,
                 HealthCheckParams, MockSetParams, MockClearParams, MockGetParams, DoctorParams, JournalQueryParams,
                 JournalVerifyParams, JournalHeadParams, JournalEraseParams, ReportDailyParams>;

struct Request {
    Envelope envelope;
    Op op = Op::hello;
    Params params;           ///< the alternative of `op`
    boost::json::object raw; ///< the client's params, as parsed; for capability checks and forwarding
    [[nodiscard]] bool wants_progress() const { return envelope.progress.value_or(false); }
};

/// Why a header is refused, with as much of it as could be read, so that the refusal finds its request.
struct Refusal {
    std::string id;
    model::Error error;
};

/// Parses and checks one header: limits, envelope, operation, parameters. Does not know sessions or state.
boost::system::result<Request, Refusal> read_request(std::string_view header, const JsonLimits& limits = {});

/// What decides whether two requests with the same idem are the same: op, canonical params, hashes of attachments.
std::string body_hash(const Request& request, const std::vector<std::string>& attachments = {});

/// Operations that make a job: they need a deadline, an epoch, a key and a lease.
bool starts_job(Op op);
/// What such an operation lacks in its envelope; draft-07 cannot express it across fields.
std::optional<model::Error> check_job_envelope(const Envelope& envelope);

/// What a preview lacks in its envelope: a lease, and ears for the pictures.
std::optional<model::Error> check_preview_envelope(const Envelope& envelope);

/// Operations whose request may carry binary parts.
bool takes_parts(Op op);

[[noreturn]] void throw_exception_from_error(const Refusal& refusal, const boost::source_location& where);

} // namespace rekam::wire
