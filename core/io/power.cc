// SPDX-License-Identifier: Apache-2.0
#include "core/io/power.h"

#include <charconv>
#include <fstream>
#include <string>

namespace rekam::io {
namespace {

std::string line_of(const std::filesystem::path& file) {
    std::ifstream stream(file);
    std::string line;
    std::getline(stream, line);
    return line;
}

std::optional<std::int64_t> percent_of(const std::filesystem::path& supply) {
    const std::string text = line_of(supply / "capacity");
    std::int64_t percent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole && percent >= 0 && percent <= 100 ? std::optional(percent) : std::nullopt;
}

} // namespace

Power PowerSupplies::read() const {
    Power power;
    bool fed = false, emptied = false;
    std::int64_t sum = 0, count = 0;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(root_, error), end; !error && entry != end; entry.increment(error)) {
        const auto& supply = entry->path();
        const std::string type = line_of(supply / "type");
        if (type != "Battery") {
            fed = fed || line_of(supply / "online") == "1";
            continue;
        }
        if (line_of(supply / "scope") == "Device") // of a mouse or a reader, not of the machine
            continue;
        emptied = emptied || line_of(supply / "status") == "Discharging";
        if (const auto percent = percent_of(supply)) {
            sum += *percent;
            ++count;
        }
    }
    power.on_battery = emptied && !fed;
    if (count > 0)
        power.percent = sum / count;
    return power;
}

} // namespace rekam::io
