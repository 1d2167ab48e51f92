// SPDX-License-Identifier: Apache-2.0
// rekamctl support: what somebody who helps from afar needs, and nothing about the people at the desk.
#include "core/base/digest.h"
#include "core/ctl/bundle.h"
#include "core/ctl/commands.h"
#include "core/ctl/journal.h"
#include "core/ctl/machine.h"
#include "core/ctl/qr.h"
#include "core/ctl/redact.h"
#include "core/ctl/table.h"
#include "core/journal/head.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace rekam::ctl {
namespace {

namespace json = boost::json;

const char* const readme =
    "A support bundle of a Rekam station. It holds no case, session, lease, job or frame, no operator, desk or reason, "
    "no\n"
    "text that a person or a device's plugin wrote, and no secret: such a text stands as \"[left out]\". Sources:\n"
    "  station.json slots.json devices.json plugins.json statistics.json   the station, with the last health check of "
    "each\n"
    "  configuration.txt   rekamd's files without comments; texts other than slots, devices and paths are left out\n"
    "  log.txt             the last lines of rekamd's log; only messages that are rekamd's own\n"
    "  versions.txt        kernel, distribution, libraries\n"
    "  journal-head.txt    the station's signed word on how far its journal reached\n";

std::string redacted_list(const std::vector<std::string>& records) {
    json::array out;
    for (const auto& record : records)
        out.push_back(redacted(json::parse(record)));
    return json::serialize(out) + "\n";
}

std::vector<std::string> statistics_of(Station& station, const std::vector<DeviceRecord>& devices) {
    std::vector<std::string> records;
    for (const auto& device : devices)
        records.push_back(
            station.call("device.statistics", json::serialize(json::object{{"device", device.device}})).result);
    return records;
}

/// Who supports a station need not be one who may read its journal.
std::string head_text(Context& context) {
    try {
        const auto head = ask(context, "journal.head", {});
        return journal::print_head({text_of(head, "text"), from_hex(text_of(head, "signature")).value_or("")}) +
               "on paper " + text_of(head, "paper") + "\n";
    } catch (const Error& error) {
        return "none: " + error.body().code + "\n";
    }
}

BundleFiles files_of(Context& context, const SupportArguments& arguments) {
    Station& station = context.station();
    std::vector<DeviceRecord> devices;
    for (const auto& device : station.devices())
        devices.push_back(station.device(device.device)); // with its health
    return {{"README", readme},
            {"station.json", json::serialize(redacted(json::parse(station.info().json))) + "\n"},
            {"slots.json", redacted_list(json_of(station.slots()))},
            {"devices.json", redacted_list(json_of(devices))},
            {"plugins.json", redacted_list(json_of(station.plugins()))},
            {"statistics.json", redacted_list(statistics_of(station, devices))},
            {"configuration.txt", configuration_text(arguments.config)},
            {"log.txt", log_text(arguments.log)},
            {"versions.txt", "rekamctl " REKAM_VERSION "\n" + versions_text()},
            {"journal-head.txt", head_text(context)}};
}

std::string text_in(const json::object& record, std::string_view name) {
    const auto* value = record.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

/// The error's code of a slot's device, else the first check that is not well; its state where neither is known.
std::string cause_of(const SlotRecord& slot, const DeviceRecord& device) {
    if (slot.device.empty())
        return "slot-unbound";
    if (device.error)
        return device.error->code;
    const auto record = json::parse(device.json).as_object();
    if (const auto* health = record.if_contains("health"); health != nullptr && health->is_object())
        for (const auto& check : health->get_object().at("checks").as_array())
            if (const auto& one = check.as_object(); text_in(one, "state") != "ok")
                return text_in(one, "component") + " " + text_in(one, "state");
    return slot.state;
}

/// What a helper at the other end of a telephone asks first, as short as a code wants it.
std::string qr_text(Context& context, const std::string& name) {
    Station& station = context.station();
    const auto info = station.info();
    const auto slot = station.slot(name);
    DeviceRecord device;
    if (!slot.device.empty())
        device = station.device(slot.device);
    std::string version;
    for (const auto& plugin : station.plugins())
        if (plugin.plugin == device.plugin)
            version = plugin.version;
    const std::string firmware = device.json.empty() ? "" : text_in(json::parse(device.json).as_object(), "firmware");
    return "REKAM 1\nstation " + info.id + " " + std::to_string(info.station_epoch) + "\nslot " + slot.slot + " " +
           slot.state + "\ncause " + cause_of(slot, device) + "\ndevice " + device.make + " " + device.model +
           "\nserial " + device.serial + "\nfirmware " + firmware + "\nplugin " + device.plugin + " " + version +
           "\nrekamctl " REKAM_VERSION "\n";
}

} // namespace

Exit support(Context& context, const SupportArguments& arguments) {
    if (arguments.output.empty() && arguments.qr.empty())
        usage("support wants -o FILE for a bundle, --qr SLOT for a picture, or both");
    if (!arguments.output.empty()) {
        write_bundle(arguments.output, "rekam-support", files_of(context, arguments));
        context.print(context.json() ? R"({"bundle":)" + json_text(arguments.output) + "}\n"
                                     : printable(arguments.output) + " is written; look into it before you send it\n");
    }
    if (!arguments.qr.empty()) {
        const std::string text = qr_text(context, arguments.qr);
        context.print(qr_picture(text) + "\n");
        for (std::size_t from = 0; from < text.size(); from = text.find('\n', from) + 1)
            context.print(printable(std::string_view(text).substr(from, text.find('\n', from) - from)) + "\n");
    }
    return Exit::ok;
}

} // namespace rekam::ctl
