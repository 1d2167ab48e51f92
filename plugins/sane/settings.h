// SPDX-License-Identifier: Apache-2.0 OR MIT
// Brings a scanner into the state that a request asks for, and reads back what came of it. Thread: the SANE thread.
#pragma once

#include "plugins/sane/backend.h"
#include "plugins/sane/capabilities.h"

namespace rekam::sane {

/// What is in force, as the scanner reads it back.
struct Applied {
    std::string source; // empty: none of the vocabulary
    bool feeder = false, duplex = false;
    int pages_max = 1;               // 0: until the feeder is empty
    uint32_t dpi_x = 0, dpi_y = 0;   // 0: not known
    uint32_t channels = 0, bits = 0; // what the request insists on; 0: nothing
    std::optional<Area> area;        // where the scanner rounded what was asked
};

class Settings {
  public:
    /// type: SANE_Device.type where it is known. Remembers what the scanner is set to: its defaults.
    Settings(Backend& backend, std::string type);

    /// Tries every source and mode, then restores the defaults. Moves nothing.
    Facts probe();
    /// From the defaults to what is wanted. Throws UNSUPPORTED_PARAMETER, OUT_OF_RANGE.
    Applied apply(const Wanted& wanted);
    /// The smallest and quickest picture that the scanner can make.
    Applied apply_smallest();
    /// Whether the descriptors, at the defaults, are others than at the last probe.
    bool changed();

  private:
    void restore();
    void learn();
    void choose(const std::vector<Choice>& choices, const std::string& key, const std::string& word);
    void choose_depth(const Wanted& wanted);
    void set_vendor(const std::vector<VendorKey>& vendor);
    void set_dpi(int dpi);
    void set_area(const Area& area);
    void set_edge(const Option& edge, double value, const char* key);
    Area read_area();
    double dpi(const char* axis_option);
    std::string mode_now();
    std::string source_now();
    Applied read_back(const Wanted& wanted);
    SourceFacts probe_source(const std::string& word);

    Backend& backend_;
    std::string type_;
    std::vector<Setting> defaults_;
    Options probed_;
};

} // namespace rekam::sane
