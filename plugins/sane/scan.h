// SPDX-License-Identifier: Apache-2.0 OR MIT
// One job on an open scanner whose settings are in force: pages until the feeder is empty, one frame each.
// Thread: [device]; the calls of SANE run on the SANE thread.
#pragma once

#include "plugins/sane/frames.h"
#include "plugins/sane/sane_thread.h"
#include "plugins/sane/settings.h"

namespace rekam::sane {

/// What the closures on the SANE thread own: they may outlive the job, never the scanner.
struct OpenScanner {
    OpenScanner(const std::string& sane_name, const std::string& type)
        : name(sane_name), backend(sane_name), settings(backend, type) {}
    const std::string name;
    Backend backend;
    Settings settings;
};

class Scan {
  public:
    Scan(SaneThread& thread, std::shared_ptr<OpenScanner> scanner, plugin::Job& job, Patience& patience,
         Applied applied);

    /// Every page as a frame. Throws Error.
    void run();
    /// One page that nobody keeps; returns what it was. For the health check.
    PageShape discard_one();

  private:
    struct Pass {
        SANE_Status status = SANE_STATUS_GOOD;
        SANE_Parameters parameters{};
        int select_fd = -1;
    };
    struct Chunk {
        SANE_Status status = SANE_STATUS_GOOD;
        std::size_t bytes = 0;
    };

    bool page(uint32_t number);
    Pass start_pass();
    void check_asked(const SANE_Parameters& parameters) const;
    bool read_passes(PageAssembler& page, Pass pass, uint32_t number);
    void read_pass(PageAssembler& page, const Pass& pass, uint32_t number);
    Chunk read_chunk();
    bool wait_readable(const Pass& pass);
    void note_nothing_came(const Pass& pass, bool hung_up);
    void tell_progress(const PageAssembler& page, uint32_t number);
    void end();
    [[noreturn]] void fail(SANE_Status status, Phase phase, const char* what);
    SaneThread::Nudge nudge(Phase phase) const;

    SaneThread& thread_;
    std::shared_ptr<OpenScanner> scanner_;
    plugin::Job& job_;
    Patience& patience_;
    const Applied applied_;
    std::shared_ptr<std::vector<uint8_t>> buffer_;
    bool began_ = false;
    int told_percent_ = -1;
    unsigned empty_reads_ = 0;
};

} // namespace rekam::sane
