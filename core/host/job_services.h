// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a plugin sees as rekam_job_t: progress, frames, results. Lives on the thread of the call; no exception leaves
// it.
#pragma once

#include "core/host/call.h"
#include "core/host/frame_file.h"
#include "core/host/readings.h"
#include "core/host/request.h"

#include <rekam/plugin.h>

#include <map>

namespace rekam::host {

class JobServices {
  public:
    enum class Kind { capture, card, health };

    /// All references outlive this.
    JobServices(Kind kind, Call& call, const Request& request, const Post& post);
    ~JobServices();
    JobServices(const JobServices&) = delete;
    JobServices& operator=(const JobServices&) = delete;

    [[nodiscard]] const rekam_job_t* table() const { return &table_; }

    /// Why the job cannot end well whatever the plugin returns: the first frame that was refused or could not be kept.
    [[nodiscard]] const std::optional<wire::Failure>& spoiled() const { return spoiled_; }

    /// After a good end: draws a signature where no picture of it came, and gives what was read beside frames.
    wire::Expected<wire::Readings> finish();

  private:
    struct OpenFrame {
        std::optional<FrameFile> file; ///< from the first write on, when its format is known
        std::vector<wire::Finger> fingers;
        std::optional<wire::Box> box;
        bool failed = false; ///< bytes were lost: must not be submitted
    };

    static JobServices& self(const rekam_job_t* job) { return *static_cast<JobServices*>(job->data); }
    OpenFrame* find(const rekam_frame_t* frame);

    void event(const rekam_event_t& event);
    std::uint32_t frame_new(rekam_frame_t* out);
    std::uint32_t frame_write(rekam_frame_t* frame, std::string_view bytes);
    std::uint32_t frame_region(rekam_frame_t* frame, const rekam_region_t& region);
    std::uint32_t frame_submit(rekam_frame_t* frame);
    std::uint32_t submit(const rekam_frame_t& record, OpenFrame& open);
    std::uint32_t result(const char* key, const char* json);
    std::uint32_t spoil(model::Code code, std::string message);
    std::optional<model::Error> draw(const wire::Samples& samples);

    Kind kind_;
    Call& call_;
    const Request& request_;
    const Post& post_;
    rekam_job_t table_{};
    std::int64_t began_us_;
    std::map<std::uint64_t, OpenFrame> frames_;
    std::uint64_t next_token_ = 1;
    ReadingsMaker readings_;
    std::size_t submitted_ = 0;
    std::optional<wire::Failure> spoiled_;
};

} // namespace rekam::host
