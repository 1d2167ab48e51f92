// SPDX-License-Identifier: Apache-2.0 OR MIT
//
// rekam/cpp/job.hpp: Request, Frame and Job as C++ sees them: views over the C records, valid inside the call only.
// Thread: [device], except Job::cancelled and Job::remaining_ms, which are [any].
#pragma once

#include <optional>

#include "error.hpp"

namespace rekam::plugin {

// What is asked. A wrong type of a known parameter throws OUT_OF_RANGE, so a driver reads without checking.
class Request {
  public:
    explicit Request(const rekam_request_t* record) : record_(record) {}

    const rekam_request_t& record() const { return *record_; }
    std::string_view subject() const { return record_->subject; }
    uint64_t accepted_mono_us() const { return record_->accepted_mono_us; }

    const rekam_option_t* find(std::string_view key) const {
        for (uint32_t i = 0; i < record_->option_count; ++i)
            if (key == record_->options[i].key)
                return &record_->options[i];
        return nullptr;
    }
    std::optional<std::string_view> text(std::string_view key) const {
        const rekam_option_t* option = typed(key, REKAM_VALUE_TEXT, "text");
        return option ? std::optional<std::string_view>(option->text) : std::nullopt;
    }
    std::optional<int64_t> integer(std::string_view key) const {
        const rekam_option_t* option = typed(key, REKAM_VALUE_INTEGER, "an integer");
        return option ? std::optional<int64_t>(option->integer) : std::nullopt;
    }
    std::optional<bool> flag(std::string_view key) const {
        const rekam_option_t* option = typed(key, REKAM_VALUE_FLAG, "true or false");
        return option ? std::optional<bool>(option->flag != 0) : std::nullopt;
    }
    // True where no format was asked, or this one was.
    bool wants(std::string_view format) const {
        if (record_->format_count == 0)
            return true;
        for (uint32_t i = 0; i < record_->format_count; ++i)
            if (format == record_->formats[i])
                return true;
        return false;
    }
    // The reason why this subject is excepted ("missing"), or null.
    const char* excepted(std::string_view subject) const {
        for (uint32_t i = 0; i < record_->exception_count; ++i)
            if (subject == record_->exceptions[i].subject)
                return record_->exceptions[i].reason;
        return nullptr;
    }

  private:
    const rekam_option_t* typed(std::string_view key, uint32_t type, const char* allowed) const {
        const rekam_option_t* option = find(key);
        if (option && option->type != type)
            throw out_of_range(std::string(key), allowed);
        return option;
    }

    const rekam_request_t* record_;
};

// One frame on its way to the host. Dropped unless submitted.
class Frame {
  public:
    Frame(const rekam_job_t* job, uint64_t bytes_hint) : job_(job) {
        record_.size = sizeof record_;
        check(job_->frame_new(job_, bytes_hint, &record_), "no new frame");
    }
    Frame(Frame&& other) noexcept : job_(std::exchange(other.job_, nullptr)), record_(other.record_) {}
    Frame& operator=(Frame&&) = delete;
    Frame(const Frame&) = delete;
    Frame& operator=(const Frame&) = delete;
    ~Frame() {
        if (job_)
            job_->frame_drop(job_, &record_);
    }

    // Fields to fill before submit: width_px, height_px, bits, channels, dpi_x, ... Never the token.
    rekam_frame_t& record() { return record_; }
    void format(std::string_view media_type) { put_text(record_.format, media_type); }
    void subject(std::string_view word) { put_text(record_.subject, word); }
    void write(const void* data, std::size_t bytes) {
        check(job_->frame_write(job_, &record_, data, bytes), "the frame could not be stored");
    }
    void region(const rekam_region_t& region) {
        check(job_->frame_region(job_, &record_, &region), "the region was refused");
    }
    // Uses the frame up, also when it throws.
    void submit() {
        const rekam_job_t* job = std::exchange(job_, nullptr);
        check(job->frame_submit(job, &record_), "the frame was refused");
    }

  private:
    static void check(uint32_t code, const char* message) {
        if (code != REKAM_OK)
            throw Error(code, message);
    }

    const rekam_job_t* job_;
    rekam_frame_t record_{};
};

class Job {
  public:
    explicit Job(const rekam_job_t* job) : job_(job), request_(job->request) {}

    const Request& request() const { return request_; }
    const rekam_job_t* handle() const { return job_; } // for what the wrapper does not offer
    bool cancelled() const { return job_->cancelled(job_); }
    void stop_if_cancelled() const {
        if (cancelled())
            throw Error(REKAM_E_CANCELLED, "cancelled");
    }
    uint64_t remaining_ms() const { return job_->remaining_ms(job_); }
    void percent(int32_t value) { send(value, -1, 0, {}, {}); }
    void page(uint32_t number, int32_t percent = -1) { send(percent, -1, number, {}, {}); }
    void quality(int32_t value) { send(-1, value, 0, {}, {}); }
    void guide(std::string_view word) { send(-1, -1, 0, word, {}); }
    void stage(std::string_view word) { send(-1, -1, 0, {}, word); }
    Frame frame(uint64_t bytes_hint = 0) { return Frame(job_, bytes_hint); }
    void result(const char* key, const std::string& json) {
        if (const uint32_t code = job_->result(job_, key, json.c_str()); code != REKAM_OK)
            throw Error(code, std::string("the result was refused: ") + key);
    }

  private:
    void send(int32_t percent, int32_t quality, uint32_t page, std::string_view guidance, std::string_view stage) {
        rekam_event_t event{};
        event.size = sizeof event;
        event.percent = percent;
        event.quality = quality;
        event.page = page;
        put_text(event.guidance, guidance);
        put_text(event.stage, stage);
        job_->event(job_, &event);
    }

    const rekam_job_t* job_;
    Request request_;
};

} // namespace rekam::plugin
