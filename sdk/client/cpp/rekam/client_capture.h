// SPDX-License-Identifier: Apache-2.0 OR MIT
// Captures and their frames. Included by rekam/client.h.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <rekam/client_readings.h>
#include <rekam/client_records.h>

namespace rekam {

using Milliseconds = std::chrono::milliseconds;
class Channel;
class PendingCall;

// The bytes of a frame are fetched when first asked for, and checked against the hash in its record.
class Frame {
  public:
    Frame(FrameRecord record, std::shared_ptr<Channel> channel, std::optional<Bytes> data = {});
    const FrameRecord& record() const { return record_; }
    const Bytes& data();
    void save(const std::filesystem::path& path);
    void release();

  private:
    FrameRecord record_;
    std::shared_ptr<Channel> channel_;
    std::optional<Bytes> data_;
};

struct Progress {
    std::string job;
    std::string state;
    std::optional<std::int64_t> percent;
    std::optional<std::int64_t> position;
    std::vector<std::string> guide;
    std::vector<Frame> frames;    // pages that are finished already
    std::function<void()> cancel; // asks for the end
    std::string json;

    std::string text() const; // one line for people
};

struct CaptureResult {
    std::string job;
    std::string case_id;
    std::int64_t attempt = 0;
    std::vector<Frame> frames;
    std::vector<FingerRecord> fingers;
    std::vector<ExceptedRecord> excepted;
    Readings readings;
    std::string json;
};

struct CaptureRequest {
    std::string slot;
    std::string subject;
    Parameters parameters = {};    // those of the slot's function
    Milliseconds deadline{60'000}; // then the device is interrupted and the job ends as `timeout`
    std::string idem = {};         // your own key; made when empty
};

// A capture under way. cancel() from any thread; result() once, from one.
class Capture {
  public:
    explicit Capture(std::shared_ptr<PendingCall> call, std::shared_ptr<Channel> channel, std::string idem);
    const std::string& idem() const { return idem_; }
    void cancel();
    // Throws Error with code `cancelled` or `timeout`, or with the cause's code. An exception in on_progress cancels.
    CaptureResult result(const std::function<void(const Progress&)>& on_progress = {});

  private:
    std::shared_ptr<PendingCall> call_;
    std::shared_ptr<Channel> channel_;
    std::string idem_;
};

} // namespace rekam
