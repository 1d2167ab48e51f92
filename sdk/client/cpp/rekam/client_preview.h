// SPDX-License-Identifier: Apache-2.0 OR MIT
// Previews: a live picture of a leased slot. Included by rekam/client.h.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <rekam/client_capture.h>

namespace rekam {

struct PreviewRequest {
    std::string slot;
    std::vector<std::string> formats = {}; // image/jpeg, image/png, and image/x-rekam-raw on the station's own machine,
                                           // in the order of preference; JPEG when empty
    std::int64_t rate_hz = 0;              // at most so many pictures a second; 0: the station's default
    std::int64_t width_px = 0;             // hints; 0: the device's own
    std::int64_t height_px = 0;
    Milliseconds deadline{0}; // 0: until it is stopped, or the lease ends
    int viewers = 0;          // so many other programs of this user watch too, three at most (PreviewViewer)
};

// One picture. It is no evidence: what is wanted for the record is captured.
struct PreviewFrame {
    std::int64_t seq = 0; // pictures that the device gave so far; a gap is what newer ones overtook
    std::string format;   // media type
    std::int64_t width_px = 0;
    std::int64_t height_px = 0;
    std::int64_t taken_utc_us = 0;
    std::optional<std::int64_t> quality;
    std::vector<std::string> guide;
    Bytes data;
    std::string json; // the record as it came
};

// The same without a copy: `data` may be read until the next one is asked for.
struct PreviewView {
    PreviewFrame record; // without its bytes
    const std::byte* data = nullptr;
    std::size_t size = 0;
};

// Watches a preview by one of its tickets, in any process of the user who started it, on the same machine. One thread.
class PreviewViewer {
  public:
    // Throws Error: `denied` for a ticket that was used, is too old, or is another user's.
    PreviewViewer(const std::string& socket, const std::string& ticket);
    PreviewViewer(PreviewViewer&&) noexcept;
    PreviewViewer& operator=(PreviewViewer&&) = delete;
    ~PreviewViewer();

    // The newest picture that was not given yet; empty when the preview has ended, or when time is over.
    std::optional<PreviewFrame> next(std::optional<Milliseconds> timeout = {});
    std::optional<PreviewView> look(std::optional<Milliseconds> timeout = {});
    [[nodiscard]] bool ended() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

struct PreviewResult {
    std::string preview;
    std::string ended_by; // "stop", "deadline"
    std::int64_t frames = 0;
    std::string json;
};

// The newest wins: what the program was too slow for is gone. On the station's own machine the pictures come through
// shared memory. Destroyed, it is stopped. stop() from any thread, next()
// and result() from one.
class Preview {
  public:
    struct Shared;
    Preview(std::shared_ptr<Channel> channel, std::shared_ptr<Shared> shared);
    Preview(Preview&&) noexcept = default;
    Preview& operator=(Preview&&) = delete;
    ~Preview();

    // The newest picture that was not given yet; empty when the preview was stopped or its deadline is over, or when
    // the timeout is. Throws Error when it ended for another reason (`cancelled`: its lease, case or slot is gone).
    std::optional<PreviewFrame> next(std::optional<Milliseconds> timeout = {});
    [[nodiscard]] bool ended() const;
    // For PreviewViewers: waits until the preview has begun. One for each that was asked for.
    [[nodiscard]] std::vector<std::string> tickets(Milliseconds timeout = Milliseconds{10'000}) const;
    [[nodiscard]] std::string socket() const; // where they are shown
    // Asks for the end; result() tells it. Of an ended one: nothing.
    void stop();
    PreviewResult result(); // waits for the end

  private:
    std::optional<PreviewFrame> next_part(std::optional<Milliseconds> timeout);
    std::optional<PreviewFrame> next_shared(Milliseconds timeout);
    void look(std::optional<Milliseconds> timeout);

    std::shared_ptr<Channel> channel_;
    std::shared_ptr<Shared> shared_;
};

} // namespace rekam
