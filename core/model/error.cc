// SPDX-License-Identifier: Apache-2.0
#include "core/model/error.h"

#include <array>

namespace rekam::model {
namespace {

constexpr CodeFacts caller(Retry retry, std::string_view remedy = "") { return {Class::caller, retry, "", remedy}; }
constexpr CodeFacts by_operator(std::string_view hint, std::string_view remedy, Retry retry = Retry::after_fix) {
    return {Class::operator_, retry, hint, remedy};
}
constexpr CodeFacts technician(std::string_view hint, std::string_view remedy, Retry retry = Retry::after_fix) {
    return {Class::technician, retry, hint, remedy};
}
constexpr CodeFacts vendor(Retry retry) {
    return {Class::vendor, retry, "call-vendor", "try again; if it stays so, call the vendor"};
}
constexpr CodeFacts system(Retry retry, std::string_view hint, std::string_view remedy) {
    return {Class::system, retry, hint, remedy};
}

constexpr std::array<CodeFacts, Names<Code>::values.size()> code_facts{
    caller(Retry::never),                                                             // bad-request
    caller(Retry::never),                                                             // unknown-op
    caller(Retry::never),                                                             // unsupported-version
    caller(Retry::never),                                                             // unknown-slot
    caller(Retry::never, "see device.list"),                                          // unknown-device
    caller(Retry::never),                                                             // unknown-plugin
    caller(Retry::never),                                                             // unknown-case
    caller(Retry::never),                                                             // case-closed
    caller(Retry::never),                                                             // unknown-job
    caller(Retry::never),                                                             // unknown-frame
    caller(Retry::now),                                                               // unknown-session
    caller(Retry::now),                                                               // no-lease
    caller(Retry::later),                                                             // lease-held
    caller(Retry::now),                                                               // stale-epoch
    caller(Retry::never),                                                             // idem-conflict
    caller(Retry::never, "leave it out, or see slot.get for what the device offers"), // unsupported-parameter
    caller(Retry::never, "choose what the device allows: see slot.get"),              // out-of-range
    caller(Retry::never, "ask for less at once"),                                     // too-large
    caller(Retry::later),                                                             // too-many
    caller(Retry::never),                                                             // denied
    caller(Retry::never),                                                             // result-expired
    caller(Retry::never),                                                             // reprint-needed
    by_operator("try-again", "try again with more time", Retry::now),                 // timeout
    by_operator("", "capture again if it is still wanted", Retry::now),               // cancelled
    by_operator("place-subject", "place the subject and try again", Retry::now),      // no-subject
    by_operator("improve-quality", "improve light, placement or focus and try again", Retry::now), // poor-quality
    by_operator("hold-still", "hold still and try again", Retry::now),                             // moved
    by_operator("check-subject", "check hand, finger or side and try again", Retry::now),          // wrong-subject
    by_operator("place-all-fingers", "place all, or except those that cannot be captured",
                Retry::now), // too-few-fingers
    by_operator("lift-extra-fingers", "lift those that were not asked for and try again",
                Retry::now),                                                                       // too-many-fingers
    by_operator("close-cover", "close the cover and try again"),                                   // cover-open
    by_operator("load-paper", "load paper and try again"),                                         // feeder-empty
    by_operator("load-media", "load cards or paper and try again"),                                // media-out
    by_operator("load-ribbon", "load a ribbon and try again"),                                     // ribbon-out
    by_operator("clear-jam", "clear the jam and try again"),                                       // jam
    by_operator("insert-card", "insert the card and try again"),                                   // card-absent
    by_operator("insert-card", "insert the card again and leave it in"),                           // card-removed
    by_operator("try-other-card", "turn or clean the card, or try another one"),                   // card-mute
    by_operator("call-technician", "ask the technician who took it out of service", Retry::later), // held
    by_operator("look-at-card", "look at the card and reconcile it"),                              // reconcile-first
    technician("check-cable", "check cable and power"),                                            // device-gone
    technician("restart-device", "switch the device off and on"),                                  // device-down
    technician("power-cycle-device", "power-cycle the device"),                                    // device-stuck
    technician("grant-permission", "let the user of the station open the device"),                 // permission-denied
    technician("install-driver", "install the plugin that fits device and station"),               // wrong-driver
    technician("close-other-program", "close the other program"),                                  // held-by-process
    technician("replace-cable", "replace cable, hub or power supply"),                             // flapping
    technician("clean-head", "clean the head"),                                                    // head-dirty
    technician("let-cool", "let it cool, then try again", Retry::later),                           // too-hot
    technician("try-again", "try again", Retry::now),                                              // plugin-crashed
    technician("clear-quarantine", "a technician must look at the log"),                           // plugin-quarantined
    technician("choose-other-device", "bind a device that has what the slot requires"),            // not-covered
    technician("bind-slot", "bind a device to the slot"),                                          // slot-unbound
    technician("wait-ready", "wait until it is ready and try again", Retry::later),                // not-ready
    vendor(Retry::later),                                                                          // device-error
    vendor(Retry::later),                                                                          // protocol-error
    vendor(Retry::later),                                                                          // broken-promise
    vendor(Retry::later),                                                                          // bad-frame
    system(Retry::later, "", "try again later"),                                                   // busy
    system(Retry::after_fix, "free-disk", "free space on the disk"),                               // disk-full
    system(Retry::after_fix, "check-disk", "check the disk"),                                      // journal-failed
    system(Retry::later, "", "try again when it takes work again"),                                // draining
    system(Retry::later, "", "try again when it is back"),                                         // shutting-down
    system(Retry::later, "call-technician", "try again, and report it"),                           // internal
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

Error with_remedy(Error error) {
    const std::string_view remedy = facts(error.code).remedy;
    if (!remedy.empty() && !error.message.ends_with(remedy))
        error.message += (error.message.empty() ? "" : "; ") + std::string(remedy);
    return error;
}

} // namespace rekam::model
