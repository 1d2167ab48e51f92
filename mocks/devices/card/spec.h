// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which card devices a mock pretends to have. Text: "id=cp-1,make=cetak;id=cp-2,make=kartu", devices separated by ';',
// keys by ','. "@/path" reads the text from a file each time, so that a test can plug and unplug.
#pragma once

#include <rekam/plugin.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace rekam::mock_card {

struct Spec {
    std::string id;
    std::string make = "kartu";         // of printers: kartu (one side, no encoder) or cetak (both sides, encoder)
    std::string state;                  // the folder that is the device's own memory, and where its cards come out
    uint32_t cards = 100, ribbon = 200; // loaded when its memory is new
    uint32_t step_ms = 0;               // how long each step takes

    bool encodes() const { return make == "cetak"; }
};

// What the environment variable says now. Throws rekam::plugin::Error with the offending word.
std::vector<Spec> read_specs(const char* variable);

} // namespace rekam::mock_card
