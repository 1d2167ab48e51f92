// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which devices a mock pretends to have, in the text of its environment variable: "id=cam-1,model=Alpha;id=cam-2",
// devices separated by ';', keys by ','. "@/path" reads the text from a file each time, so that a test can plug and
// unplug; "none" is no device; an empty text is the mock's usual one.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <rekam/plugin.hpp>

namespace rekam::mock {

// A key of a mock's own beside those that all have: a number within bounds, or one of some words.
struct SpecKey {
    std::string_view name;
    uint32_t usual = 0, low = 0, high = 0;
    std::vector<std::string_view> words; // the first is the usual one; empty: a number
};

// What kind of mock it is: constant, one per plugin.
struct Kind {
    std::string name;          // "camera": the variable is REKAM_MOCK_CAMERA
    uint32_t functions = 0;    // of every device of it
    std::string make, model;   // the usual ones
    std::string usual_devices; // "id=cam-1"
    std::vector<SpecKey> keys;

    std::string variable() const;
    std::string faults_variable() const { return variable() + "_FAULTS"; }
};

struct DeviceSpec {
    std::string id, make, model, serial, firmware = "1.0";
    uint32_t functions = 0;
    uint32_t open_ms_max = 2000, health_ms_max = 2000;
    uint32_t seed = 0; // what it shows; from the id where none is given
    bool health_beside = false;
    std::string visitor;                                  // a file that says who sits before it now; empty: the seed
    std::string spool;                                    // a file that each job is written to first; empty: none
    std::map<std::string, uint32_t, std::less<>> numbers; // the kind's own keys, all of them
    std::map<std::string, std::string, std::less<>> words;

    uint32_t number(std::string_view key) const { return numbers.find(key)->second; }
    const std::string& word(std::string_view key) const { return words.find(key)->second; }
    plugin::DeviceInfo info() const;
};

// Throws rekam::plugin::Error with the offending word.
std::vector<DeviceSpec> parse_spec(const Kind& kind, std::string_view text);

// What the kind's environment variable says now.
std::vector<DeviceSpec> read_spec(const Kind& kind);

} // namespace rekam::mock
