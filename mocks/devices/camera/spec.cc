// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/camera/spec.h"

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace rekam::mock_camera {
namespace {

plugin::Error bad(std::string_view word) {
    return plugin::Error(REKAM_E_NOT_READY, "REKAM_MOCK_CAMERA: cannot read \"" + std::string(word) + "\"");
}

uint32_t number(std::string_view word, std::string_view text) {
    uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        throw bad(word);
    return value;
}

rekam_function function(std::string_view word, std::string_view text) {
    for (const rekam_function known : {REKAM_FUNCTION_CAMERA, REKAM_FUNCTION_FINGERPRINT})
        if (text == rekam_function_word(known))
            return known;
    throw bad(word);
}

// Cuts the text up to the separator off and returns it.
std::string_view take(std::string_view& text, char separator) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view piece = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return piece;
}

void set(DeviceSpec& device, std::string_view word) {
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos)
        throw bad(word);
    const std::string_view key = word.substr(0, equals), value = word.substr(equals + 1);
    if (key == "id")
        device.id = value;
    else if (key == "make")
        device.make = value;
    else if (key == "model")
        device.model = value;
    else if (key == "serial")
        device.serial = value;
    else if (key == "firmware")
        device.firmware = value;
    else if (key == "function")
        device.function = function(word, value);
    else if (key == "width")
        device.width_px = number(word, value);
    else if (key == "height")
        device.height_px = number(word, value);
    else if (key == "frames")
        device.frames = number(word, value);
    else if (key == "open_ms_max")
        device.open_ms_max = number(word, value);
    else if (key == "health_ms_max")
        device.health_ms_max = number(word, value);
    else if (key == "health_beside")
        device.health_beside = number(word, value) != 0;
    else
        throw bad(word);
}

} // namespace

std::vector<DeviceSpec> parse_spec(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
        text.remove_suffix(1);
    if (text.empty())
        text = "id=cam-1";
    std::vector<DeviceSpec> devices;
    if (text == "none")
        return devices;
    while (!text.empty()) {
        std::string_view words = take(text, ';');
        DeviceSpec device;
        while (!words.empty())
            set(device, take(words, ','));
        if (device.id.empty() || device.width_px < 64 || device.height_px < 64 || device.width_px > 16'384 ||
            device.height_px > 16'384)
            throw bad("a device without id or with an impossible size");
        if (device.serial.empty())
            device.serial = device.id;
        devices.push_back(std::move(device));
    }
    return devices;
}

std::vector<DeviceSpec> read_spec() {
    const char* value = std::getenv("REKAM_MOCK_CAMERA");
    const std::string text = value ? value : "";
    if (!text.starts_with('@'))
        return parse_spec(text);
    std::ifstream file(text.substr(1));
    if (!file)
        throw bad(text);
    return parse_spec(std::string(std::istreambuf_iterator<char>(file), {}));
}

} // namespace rekam::mock_camera
