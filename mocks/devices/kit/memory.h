// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a mock remembers over its processes, as files beside its fault script: which faults are used up, what a tester
// told it while it ran, which of its devices are unplugged. It needs a folder that writable_paths grants. One thread at
// a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "mocks/devices/kit/faults.h"

namespace rekam::mock {

// A device that is gone, or comes and goes: from since_us on, `count` times, each period begins with so long away.
struct Absence {
    uint64_t since_us = 0, away_us = 0, period_us = 0; // away_us 0: for ever
    uint32_t count = 1;

    bool at(uint64_t now_us) const;
    bool over(uint64_t now_us) const;
};

class Memory {
  public:
    // The script is the file that this environment variable names; none if it is not set.
    explicit Memory(std::string variable);

    bool exists() const { return !path_.empty(); }
    // The file's faults and those that the device was told live. Throws Error for what cannot be read.
    const Script& script(std::string_view device);

    // Counts one use; false if `times` of them are behind it already, in whichever process.
    bool use(std::string_view device, const Fault& fault) const;
    bool used_up(std::string_view device, const Fault& fault) const;
    // How often the device was opened before, counted here.
    uint32_t opened(std::string_view device) const;

    std::optional<Absence> absence(std::string_view device) const;
    void leave(std::string_view device, const Absence& absence) const;

    // Live faults, as a script's text; empty: none. Throws Error, and nothing has changed.
    void tell(std::string_view device, std::string_view text) const;

  private:
    std::string beside(std::string_view device, std::string_view what) const;
    std::string counter_of(std::string_view device, const Fault& fault) const;
    void forget(std::string_view device) const;

    std::string variable_, path_;
    std::string edition_; // of the script as it was read last
    Script script_;
};

} // namespace rekam::mock
