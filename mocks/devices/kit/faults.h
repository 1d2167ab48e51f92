// SPDX-License-Identifier: Apache-2.0 OR MIT
// Scripted failures. The file that REKAM_MOCK_<NAME>_FAULTS names is read before every call, so that a test changes its
// mind while the mock runs. One fault per line:   [once] <device or *> <call> <fault> [argument]
//   calls   load create enumerate open run preview health close capabilities
//   faults  delay MS      sleep, deaf to interrupt          slow MS     take so long with progress, interruptible
//           hang          sleep for ever, deaf               spin        burn the processor for ever, deaf
//           crash SIGNAL  die by that signal                 exit CODE   leave the process behind the host's back
//           error WORD    return that code                   throw       throw something that is no exception
//           fork          leave a child process behind       fork-away   the same in a session of its own
//   of run  stale         exposed before the request         truncated   fewer bytes than the size says
//           no-frames     end well without a frame           late        finish well, but only once cancelled
//           fail-after WORD   frames first, then that code   fingers N   so many fingers, whatever was asked
//           endless       frame after frame until cancelled   quality N   a picture as bad as that score
//           misread       one character of a zone comes out wrong
//   of capabilities  garbage   text that is no JSON      of preview  oversized  more than its buffer; stale
// "once" is used up over all processes of the mock: a file beside the script remembers it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rekam/plugin.hpp>

namespace rekam::mock {

struct Fault {
    std::string device, call, name, argument;
    bool once = false;
    std::size_t line = 0;
};

// Throws rekam::plugin::Error for a line that cannot be read: a test with a typo must not pass.
std::vector<Fault> parse_faults(std::string_view text);

// The faults that one call of one device has to suffer.
class CallFaults {
  public:
    // Reads the script that this environment variable names, now. device is empty for calls that belong to none
    // (load create enumerate).
    CallFaults(const char* variable, std::string_view device, std::string_view call);

    // Suffers those that any call may have, in the order of the script. Job: for "slow", else null.
    void suffer(plugin::Job* job) const;

    bool has(std::string_view name) const { return argument(name).has_value(); }
    std::optional<std::string> argument(std::string_view name) const;
    std::optional<uint32_t> number(std::string_view name) const;

  private:
    std::vector<Fault> faults_;
};

// The code of a word such as "feeder-empty"; throws Error for a word that is none.
uint32_t code_of(std::string_view word);

} // namespace rekam::mock
