// SPDX-License-Identifier: Apache-2.0
#include "core/ctl/exit_code.h"

#include <array>
#include <string>
#include <utility>

namespace rekam::ctl {
namespace {

using Row = std::pair<std::string_view, Exit>;

constexpr auto table = std::to_array<Row>({
    // caller
    {"bad-request", Exit::usage},
    {"unknown-op", Exit::usage},
    {"unsupported-version", Exit::failed},
    {"unknown-slot", Exit::usage},
    {"unknown-device", Exit::usage},
    {"unknown-plugin", Exit::usage},
    {"unknown-case", Exit::usage},
    {"case-closed", Exit::usage},
    {"unknown-job", Exit::usage},
    {"unknown-frame", Exit::usage},
    {"unknown-session", Exit::failed},
    {"no-lease", Exit::failed},
    {"lease-held", Exit::denied_or_held},
    {"stale-epoch", Exit::failed},
    {"idem-conflict", Exit::failed},
    {"unsupported-parameter", Exit::usage},
    {"out-of-range", Exit::usage},
    {"too-large", Exit::failed},
    {"too-many", Exit::failed},
    {"denied", Exit::denied_or_held},
    {"result-expired", Exit::failed},
    {"reprint-needed", Exit::needs_person},
    // operator
    {"timeout", Exit::failed},
    {"cancelled", Exit::failed},
    {"no-subject", Exit::needs_person},
    {"poor-quality", Exit::needs_person},
    {"moved", Exit::needs_person},
    {"wrong-subject", Exit::needs_person},
    {"too-few-fingers", Exit::needs_person},
    {"too-many-fingers", Exit::needs_person},
    {"cover-open", Exit::needs_person},
    {"feeder-empty", Exit::needs_person},
    {"media-out", Exit::needs_person},
    {"ribbon-out", Exit::needs_person},
    {"jam", Exit::needs_person},
    {"card-absent", Exit::needs_person},
    {"card-removed", Exit::needs_person},
    {"card-mute", Exit::needs_person},
    {"held", Exit::needs_person},
    {"reconcile-first", Exit::needs_person},
    // technician
    {"device-gone", Exit::needs_person},
    {"device-down", Exit::needs_person},
    {"device-stuck", Exit::needs_person},
    {"permission-denied", Exit::needs_person},
    {"wrong-driver", Exit::needs_person},
    {"held-by-process", Exit::denied_or_held},
    {"flapping", Exit::needs_person},
    {"head-dirty", Exit::needs_person},
    {"too-hot", Exit::failed},
    {"plugin-crashed", Exit::failed},
    {"plugin-quarantined", Exit::needs_person},
    {"not-covered", Exit::needs_person},
    {"slot-unbound", Exit::needs_person},
    {"not-ready", Exit::failed},
    // vendor
    {"device-error", Exit::failed},
    {"protocol-error", Exit::failed},
    {"broken-promise", Exit::failed},
    {"bad-frame", Exit::failed},
    // system
    {"busy", Exit::failed},
    {"disk-full", Exit::needs_person},
    {"journal-failed", Exit::needs_person},
    {"draining", Exit::failed},
    {"shutting-down", Exit::no_station},
    {"internal", Exit::failed},
    // the client's own
    {"no-station", Exit::no_station},
    {"no-answer", Exit::no_station},
});

std::string who_acts(std::string_view error_class) {
    if (error_class == "operator")
        return "the operator mends it";
    if (error_class == "technician")
        return "a technician mends it";
    if (error_class == "vendor")
        return "the device's vendor mends it";
    return "mend it";
}

} // namespace

Exit exit_of(std::string_view code, std::string_view error_class) {
    for (const auto& [known, exit] : table)
        if (known == code)
            return exit;
    return error_class == "operator" || error_class == "technician" ? Exit::needs_person : Exit::failed;
}

Exit exit_of(const ErrorBody& error) {
    return error.effect == "unknown" ? Exit::outcome_unknown : exit_of(error.code, error.error_class);
}

std::string next_step(const ErrorBody& error) {
    if (error.effect == "unknown")
        return "look whether it happened (rekamctl jobs) before anything is repeated";
    if (error.code == "lease-held")
        return "wait with --wait MS, or ask the holder to finish";
    if (error.code == "no-station")
        return "start rekamd, or name its runtime directory with --station";
    if (error.retry == "now")
        return "try again";
    if (error.retry == "later") {
        return error.retry_ms ? "try again in " + std::to_string((*error.retry_ms + 999) / 1000) + " s"
                              : "try again later";
    }
    if (error.retry == "after-fix")
        return who_acts(error.error_class) + ", then try again";
    return error.error_class == "caller" ? "change the request; see rekamctl --help" : "do not repeat it as it is";
}

} // namespace rekam::ctl
