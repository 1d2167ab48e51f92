// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which devices this mock pretends to have. Text: "id=cam-1,model=Alpha;id=fp-1,function=fingerprint", devices
// separated by
// ';', keys by ','. "@/path" reads the text from a file each time, so that a test can plug and unplug.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <rekam/plugin.hpp>

namespace rekam::mock_camera {

struct DeviceSpec {
    std::string id;
    std::string make = "Rekam", model = "Mock", serial, firmware = "1.0";
    rekam_function function = REKAM_FUNCTION_CAMERA;
    uint32_t width_px = 1280, height_px = 960; // of a camera's full picture
    uint32_t frames = 1;                       // per job
    uint32_t open_ms_max = 2000, health_ms_max = 2000;
    bool health_beside = false;
};

// Throws rekam::plugin::Error with the offending word. An empty text is one camera "cam-1".
std::vector<DeviceSpec> parse_spec(std::string_view text);

// What the environment variable REKAM_MOCK_CAMERA says now.
std::vector<DeviceSpec> read_spec();

} // namespace rekam::mock_camera
