// SPDX-License-Identifier: Apache-2.0
// What host, broker and client say about a preview. Its pictures are no evidence: none has an id, a hash or a record
// that stays.
#pragma once

#include "core/wire/data_messages.h"
#include "core/wire/frame_record.h"

namespace rekam::wire {

/// host_preview; the client's params travel verbatim in `params`.
struct HostPreview {
    model::Function function = model::Function::camera;
    std::int64_t accepted_mono_us = 0; ///< no picture exposed earlier may be shown
    Int<1, 30> rate_hz = 10;
    RawJson params;
    std::optional<Int<1, 8>> buffers{}; ///< of the pool that its pictures go to; absent: each has a memfd of its own
};
BOOST_DESCRIBE_STRUCT(HostPreview, (), (function, accepted_mono_us, rate_hz, params, buffers))

/// host_view: one descriptor, a sealed memfd of `bytes`; or none, and the picture lies `at` a buffer.
struct HostView {
    MediaType format;
    Count width_px, height_px, bytes;
    Count exposure_mono_us; ///< as the device says, or when it was asked for
    std::optional<Percent> quality;
    std::vector<std::string> guide;
    std::optional<Box> box;
    std::optional<Count> bits{}, channels{}, stride_bytes{}; ///< of raw pixels
    std::optional<BufferRef> at{};
};
BOOST_DESCRIBE_STRUCT(HostView, (),
                      (format, width_px, height_px, bytes, exposure_mono_us, quality, guide, box, bits, channels,
                       stride_bytes, at))

/// Progress of preview.start: the first word has nothing but the id (the gate adds tickets), every other one a picture.
struct PreviewProgress {
    std::string preview;
    std::optional<std::int64_t> seq; ///< pictures that the device gave so far; a gap is what was dropped on the way
    std::optional<std::string> format;
    std::optional<std::int64_t> width_px, height_px, bytes;
    std::optional<Time> taken_at;
    std::optional<std::int64_t> quality;
    std::optional<std::vector<std::string>> guide;
    std::optional<Box> box;
    std::optional<std::int64_t> part;                               ///< absent where it goes to holders of tickets
    std::optional<std::int64_t> bits{}, channels{}, stride_bytes{}; ///< of raw pixels
};
BOOST_DESCRIBE_STRUCT(PreviewProgress, (),
                      (preview, seq, format, width_px, height_px, bytes, taken_at, quality, guide, box, part, bits,
                       channels, stride_bytes))

struct PreviewResult {
    std::string preview;
    model::JobState outcome = model::JobState::done;
    std::string ended_by; ///< "stop" or "deadline"
    std::int64_t frames = 0;
};
BOOST_DESCRIBE_STRUCT(PreviewResult, (), (preview, outcome, ended_by, frames))

struct PreviewStopped {
    std::string preview;
};
BOOST_DESCRIBE_STRUCT(PreviewStopped, (), (preview))

} // namespace rekam::wire
