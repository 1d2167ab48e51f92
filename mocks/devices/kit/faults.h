// SPDX-License-Identifier: Apache-2.0 OR MIT
// The words of a fault script: which faults there are, and one script read from TOML. README.md has the table for
// people.
//   seed = 7                     # of probabilities; without it the device's own
//   [[fault]]
//   fault = "error"              # a name of fault_kinds()
//   code = "feeder-empty"        # its arguments
//   device = "doc-1"             # default "*": every device of the mock
//   call = "run"                 # default: the fault's own
//   job = 3                      # when; every trigger that is given must hold
// Pure: no file, no clock.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <rekam/plugin.hpp>

namespace rekam::mock {

// An argument of a fault. Words, where there are any, are all that it may be; else a number within bounds.
struct FaultArgument {
    std::string_view name;
    uint32_t usual = 0, low = 0, high = 0;
    std::vector<std::string_view> words; // the first is the usual one
    bool needed = false;                 // there is no usual one
    bool is_code = false;                // a word of the closed list of errors
};

struct FaultKind {
    std::string_view name;
    std::string_view
        call; // that it strikes where the script names none; empty: of itself, as soon as its time has come
    std::string_view does;
    std::vector<FaultArgument> arguments{};
};
std::span<const FaultKind> fault_kinds();

// Calls that a script may name; those of a card are points on its way.
std::span<const std::string_view> fault_calls();

// When it strikes. Calls and time count from the moment the device was opened.
struct Trigger {
    uint32_t job = 0;                    // only in that job; 0: in any
    uint32_t every = 1;                  // every so manieth time that its call comes
    uint32_t after_ms = 0, until_ms = 0; // 0: for ever
    uint32_t times = 0;                  // so often, over all processes of the mock; 0: always
    double probability = 1;
};

struct Fault {
    const FaultKind* kind = nullptr;
    std::string device = "*", call;
    std::map<std::string, std::string, std::less<>> words;
    std::map<std::string, uint32_t, std::less<>> numbers;
    Trigger when;
    uint32_t line = 0;
    bool live = false; // told by rekam.mock/1, not by the file

    uint32_t number(std::string_view argument) const { return numbers.find(argument)->second; }
    const std::string& word(std::string_view argument) const { return words.find(argument)->second; }
    bool is(std::string_view name) const { return kind->name == name; }
};

struct Script {
    uint32_t seed = 0;
    bool seeded = false;
    std::vector<Fault> faults;
};

// Throws rekam::plugin::Error for what cannot be read, with name (of the file), line and what to do: a test with a typo
// must not pass.
Script parse_faults(std::string_view text, std::string_view name);

// The code of a word such as "feeder-empty"; 0 for a word that is none.
uint32_t code_of(std::string_view word);

// A fault as JSON, as rekam.mock/1 shows it; and what a script may say, for people who ask.
std::string json_of(const Fault& fault);
std::string json_of(const FaultKind& kind);

} // namespace rekam::mock
