// SPDX-License-Identifier: Apache-2.0
#include "core/model/error.h"

#include <array>

namespace rekam::model {
namespace {

constexpr CodeFacts caller(Retry retry) { return {Class::caller, retry, ""}; }
constexpr CodeFacts by_operator(std::string_view hint, Retry retry = Retry::after_fix) {
    return {Class::operator_, retry, hint};
}
constexpr CodeFacts technician(std::string_view hint, Retry retry = Retry::after_fix) {
    return {Class::technician, retry, hint};
}
constexpr CodeFacts vendor(Retry retry) { return {Class::vendor, retry, "call-vendor"}; }
constexpr CodeFacts system(Retry retry, std::string_view hint = "") { return {Class::system, retry, hint}; }

constexpr std::array<CodeFacts, Names<Code>::values.size()> code_facts{
    caller(Retry::never),                          // bad-request
    caller(Retry::never),                          // unknown-op
    caller(Retry::never),                          // unsupported-version
    caller(Retry::never),                          // unknown-slot
    caller(Retry::never),                          // unknown-device
    caller(Retry::never),                          // unknown-plugin
    caller(Retry::never),                          // unknown-case
    caller(Retry::never),                          // case-closed
    caller(Retry::never),                          // unknown-job
    caller(Retry::never),                          // unknown-frame
    caller(Retry::now),                            // unknown-session
    caller(Retry::now),                            // no-lease
    caller(Retry::later),                          // lease-held
    caller(Retry::now),                            // stale-epoch
    caller(Retry::never),                          // idem-conflict
    caller(Retry::never),                          // unsupported-parameter
    caller(Retry::never),                          // out-of-range
    caller(Retry::never),                          // too-large
    caller(Retry::later),                          // too-many
    caller(Retry::never),                          // denied
    caller(Retry::never),                          // result-expired
    by_operator("try-again", Retry::now),          // timeout
    by_operator("", Retry::now),                   // cancelled
    by_operator("place-subject", Retry::now),      // no-subject
    by_operator("improve-quality", Retry::now),    // poor-quality
    by_operator("hold-still", Retry::now),         // moved
    by_operator("check-subject", Retry::now),      // wrong-subject
    by_operator("place-all-fingers", Retry::now),  // too-few-fingers
    by_operator("lift-extra-fingers", Retry::now), // too-many-fingers
    by_operator("close-cover"),                    // cover-open
    by_operator("load-paper"),                     // feeder-empty
    by_operator("load-media"),                     // media-out
    by_operator("load-ribbon"),                    // ribbon-out
    by_operator("clear-jam"),                      // jam
    by_operator("insert-card"),                    // card-absent
    by_operator("insert-card"),                    // card-removed
    by_operator("try-other-card"),                 // card-mute
    by_operator("call-technician", Retry::later),  // held
    technician("check-cable"),                     // device-gone
    technician("restart-device"),                  // device-down
    technician("power-cycle-device"),              // device-stuck
    technician("grant-permission"),                // permission-denied
    technician("install-driver"),                  // wrong-driver
    technician("close-other-program"),             // held-by-process
    technician("replace-cable"),                   // flapping
    technician("clean-head"),                      // head-dirty
    technician("let-cool", Retry::later),          // too-hot
    technician("try-again", Retry::now),           // plugin-crashed
    technician("clear-quarantine"),                // plugin-quarantined
    technician("choose-other-device"),             // not-covered
    technician("bind-slot"),                       // slot-unbound
    technician("wait-ready", Retry::later),        // not-ready
    vendor(Retry::later),                          // device-error
    vendor(Retry::later),                          // protocol-error
    vendor(Retry::later),                          // broken-promise
    vendor(Retry::later),                          // bad-frame
    system(Retry::later),                          // busy
    system(Retry::after_fix, "free-disk"),         // disk-full
    system(Retry::after_fix, "check-disk"),        // journal-failed
    system(Retry::later),                          // draining
    system(Retry::later),                          // shutting-down
    system(Retry::later, "call-technician"),       // internal
};

} // namespace

const CodeFacts& facts(Code code) { return code_facts.at(static_cast<std::size_t>(code)); }

Error make_error(Code code, std::string message) {
    const CodeFacts& common = facts(code);
    Error error;
    error.code = code;
    error.class_ = common.cls;
    error.retry = common.retry;
    error.message = std::move(message);
    if (!common.hint.empty())
        error.hint = std::string(common.hint);
    return error;
}

Error make_error(Code code, std::string message, std::string path) {
    Error error = make_error(code, std::move(message));
    error.path = std::move(path);
    return error;
}

} // namespace rekam::model
