// SPDX-License-Identifier: Apache-2.0 OR MIT
// The health checks of a scanner.
#include "plugins/sane/scanner.h"

namespace rekam::sane {
namespace {

/// A switch that a back end reports as true when it is on.
bool is_on(const std::vector<Setting>& values, std::string_view option) {
    for (const Setting& setting : values)
        if (setting.option == option)
            return setting.value == Value(true);
    return false;
}

struct Answer {
    std::vector<Setting> readable; // also what cannot be set: sensors
    std::size_t options = 0;
};

Answer read_all(Backend& backend) {
    Answer answer;
    answer.options = backend.options().size();
    for (const Option& option : backend.options())
        if (auto value = backend.read(option))
            answer.readable.push_back({option.name, std::move(*value)});
    return answer;
}

} // namespace

void Scanner::health(uint32_t level, plugin::Job& job, plugin::HealthReport& report) {
    if (level == REKAM_LEVEL_SELF)
        self_check(report);
    else if (level == REKAM_LEVEL_EXERCISE)
        exercise(job, report);
    else
        throw plugin::unsupported("level");
}

/// Moves nothing, and does not list devices anew: some back ends reset what they find.
void Scanner::self_check(plugin::HealthReport& report) {
    if (const auto busy = thread_->busy_for(); busy.count() > 0) {
        report.failed("scanner", "busy with a cancelled scan for " + std::to_string(busy.count() / 1000) + " s",
                      REKAM_WHO_TECHNICIAN, "wait-ready");
        return;
    }
    if (names_usb(scanner_->name) && !usb_place(scanner_->name, usb_devices)) {
        report.failed("connection", "no USB device has this number any more", REKAM_WHO_TECHNICIAN, "check-cable");
        return;
    }
    Answer answer;
    try {
        answer = thread_->call([scanner = scanner_] { return read_all(scanner->backend); });
    } catch (const plugin::Error& error) {
        report.failed("connection", error.what(), REKAM_WHO_TECHNICIAN, "check-cable");
        return;
    }
    const std::string evidence =
        std::to_string(answer.readable.size()) + " of " + std::to_string(answer.options) + " options answer";
    if (answer.readable.empty())
        report.failed("connection", evidence, REKAM_WHO_TECHNICIAN, "check-cable");
    else
        report.ok("connection", evidence);
    check_sensors(answer.readable, report);
}

void Scanner::check_sensors(const std::vector<Setting>& values, plugin::HealthReport& report) const {
    if (is_on(values, "cover-open"))
        report.failed("cover", "the sensor says open", REKAM_WHO_OPERATOR, "close-cover");
    if (is_on(values, "double-feed"))
        report.degraded("feeder", "the sensor says that two sheets were taken at once", REKAM_WHO_OPERATOR,
                        "clear-jam");
    if (is_on(values, "need-calibration"))
        report.degraded("sensor", "the scanner asks for a calibration", REKAM_WHO_TECHNICIAN, "calibrate");
}

/// A corner of the bed at the lowest resolution, thrown away. On a feeder this takes a sheet in.
void Scanner::exercise(plugin::Job& job, plugin::HealthReport& report) {
    Patience patience([&] { return job.cancelled(); });
    try {
        const Applied applied =
            thread_->call([scanner = scanner_] { return scanner->settings.apply_smallest(); }, patience);
        const PageShape shape = Scan(*thread_, scanner_, job, patience, applied).discard_one();
        report.ok("scan", std::to_string(shape.width_px) + " x " + std::to_string(shape.height_px) + " pixels");
    } catch (const plugin::Error& error) {
        switch (error.code()) {
        case REKAM_E_CANCELLED: throw;
        case REKAM_E_FEEDER_EMPTY: report.degraded("feeder", error.what(), REKAM_WHO_OPERATOR, "load-paper"); break;
        case REKAM_E_JAM: report.failed("feeder", error.what(), REKAM_WHO_OPERATOR, "clear-jam"); break;
        case REKAM_E_COVER_OPEN: report.failed("cover", error.what(), REKAM_WHO_OPERATOR, "close-cover"); break;
        default: report.failed("scan", error.what(), REKAM_WHO_TECHNICIAN, "restart-device");
        }
    }
}

} // namespace rekam::sane
