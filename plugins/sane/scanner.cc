// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "plugins/sane/scanner.h"

#include "plugins/sane/json.h"

namespace rekam::sane {
namespace {

std::string read_serial(OpenScanner& scanner) {
    for (const char* name : {"serial-number", "serial", "serialnumber"})
        if (const Option* option = find(scanner.backend.options(), name))
            if (const auto value = scanner.backend.read(*option))
                return text_of(*value);
    return "";
}

} // namespace

Scanner::Scanner(std::shared_ptr<SaneThread> thread, plugin::Host host, const std::string& sane_name,
                 const std::string& type)
    : thread_(std::move(thread)), host_(host) {
    scanner_ = thread_->call([sane_name, type] { return std::make_shared<OpenScanner>(sane_name, type); });
    try {
        probe();
        serial_ = thread_->call([scanner = scanner_] { return read_serial(*scanner); });
    } catch (...) {
        thread_->call([scanner = std::move(scanner_)]() mutable { scanner.reset(); });
        throw;
    }
}

Scanner::~Scanner() {
    // Everything that was begun holds the scanner too and ends first; sane_close then runs on the SANE thread.
    thread_->call([scanner = std::move(scanner_)]() mutable { scanner.reset(); });
}

void Scanner::probe() {
    const Facts facts = thread_->call([scanner = scanner_] { return scanner->settings.probe(); });
    capabilities_.json = capabilities_json(facts);
    capabilities_.revision = revision_of(capabilities_.json);
}

plugin::Capabilities Scanner::capabilities(uint32_t function) {
    return function == REKAM_FUNCTION_DOCUMENT ? capabilities_ : plugin::Capabilities();
}

/// A feeder that was attached, a licence that was entered: the descriptors are others, and so is what we can do.
void Scanner::tell_changes(Patience& patience) {
    if (!thread_->call([scanner = scanner_] { return scanner->settings.changed(); }, patience))
        return;
    const uint32_t before = capabilities_.revision;
    const Facts facts = thread_->call([scanner = scanner_] { return scanner->settings.probe(); }, patience);
    capabilities_.json = capabilities_json(facts);
    capabilities_.revision = revision_of(capabilities_.json);
    if (capabilities_.revision != before)
        host_.device_changed(*this, REKAM_CHANGED_CAPABILITIES);
}

void Scanner::run(plugin::Job& job) {
    Patience patience([&] { return job.cancelled(); });
    const Wanted wanted = read_request(job.request());
    try {
        tell_changes(patience);
        Applied applied =
            thread_->call([scanner = scanner_, wanted] { return scanner->settings.apply(wanted); }, patience);
        if (applied.area)
            job.result("area", Members{{"x_um", std::to_string(applied.area->x_um)},
                                       {"y_um", std::to_string(applied.area->y_um)},
                                       {"width_um", std::to_string(applied.area->width_um)},
                                       {"height_um", std::to_string(applied.area->height_um)}}
                                   .object());
        Scan(*thread_, scanner_, job, patience, std::move(applied)).run();
    } catch (const plugin::Error& error) {
        if (error.code() == REKAM_E_DEVICE_DOWN || error.code() == REKAM_E_DEVICE_GONE)
            host_.device_changed(*this, REKAM_CHANGED_GONE);
        throw;
    }
}

} // namespace rekam::sane
