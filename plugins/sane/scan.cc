// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "plugins/sane/scan.h"

#include <poll.h>

namespace rekam::sane {
namespace {

constexpr std::size_t read_bytes =
    64 * 1024; // a few milliseconds of a fast scanner: interruptions are seen between reads
constexpr std::size_t write_bytes = 256 * 1024;
constexpr uint64_t page_bytes_max = uint64_t{2} << 30; // A3 in colour with 16 bits at 1200 dpi is 1.7 GB
constexpr unsigned empty_reads_max = 500;              // with 10 ms between them
constexpr int pages_most = 999; // of the vocabulary: a feeder that never says that it is empty ends too
constexpr milliseconds end_wait{1000}, end_wait_interrupted{300};

/// Rows to the host in larger pieces.
class FrameWriter {
  public:
    explicit FrameWriter(plugin::Frame& frame) : frame_(frame) { pending_.reserve(write_bytes); }
    void add(const uint8_t* bytes, std::size_t count) {
        if (pending_.size() + count > write_bytes)
            flush();
        if (count >= write_bytes)
            frame_.write(bytes, count);
        else
            pending_.insert(pending_.end(), bytes, bytes + count);
    }
    void flush() {
        if (!pending_.empty())
            frame_.write(pending_.data(), pending_.size());
        pending_.clear();
    }

  private:
    plugin::Frame& frame_;
    std::vector<uint8_t> pending_;
};

plugin::Error bad_frame(const BadData& bad) {
    return plugin::Error(REKAM_E_BAD_FRAME, "the scanner's data make no page: " + bad.text);
}

} // namespace

Scan::Scan(SaneThread& thread, std::shared_ptr<OpenScanner> scanner, plugin::Job& job, Patience& patience,
           Applied applied)
    : thread_(thread), scanner_(std::move(scanner)), job_(job), patience_(patience), applied_(std::move(applied)),
      buffer_(std::make_shared<std::vector<uint8_t>>(read_bytes)) {}

void Scan::run() {
    try {
        const int most = applied_.pages_max == 0 ? pages_most : applied_.pages_max;
        for (uint32_t number = 1; number <= static_cast<uint32_t>(most); ++number)
            if (!page(number))
                break;
    } catch (const BadData& bad) {
        end();
        throw bad_frame(bad);
    } catch (...) {
        end();
        throw;
    }
    end();
}

PageShape Scan::discard_one() {
    PageAssembler page([](const uint8_t*, std::size_t) {}, page_bytes_max);
    PageShape shape;
    try {
        const Pass pass = start_pass();
        if (pass.status != SANE_STATUS_GOOD)
            fail(pass.status, Phase::start, "sane_start");
        read_passes(page, pass, 1);
        shape = page.finish();
    } catch (const BadData& bad) {
        end();
        throw bad_frame(bad);
    } catch (...) {
        end();
        throw;
    }
    end();
    return shape;
}

/// False: there are no more pages. A page is announced before the next one is begun.
bool Scan::page(uint32_t number) {
    job_.stop_if_cancelled();
    const Pass pass = start_pass();
    if (pass.status == SANE_STATUS_NO_DOCS && number > 1)
        return false;
    if (pass.status != SANE_STATUS_GOOD)
        fail(pass.status, Phase::start, "sane_start");
    plugin::Frame frame = job_.frame(0);
    FrameWriter writer(frame);
    PageAssembler assembler([&](const uint8_t* bytes, std::size_t count) { writer.add(bytes, count); }, page_bytes_max);
    told_percent_ = -1;
    if (!read_passes(assembler, pass, number))
        return false;
    const PageShape shape = assembler.finish();
    writer.flush();
    rekam_frame_t& record = frame.record();
    frame.format(REKAM_FORMAT_RAW);
    record.width_px = shape.width_px;
    record.height_px = shape.height_px;
    record.bits = shape.bits;
    record.channels = shape.channels;
    record.dpi_x = applied_.dpi_x;
    record.dpi_y = applied_.dpi_y;
    record.page = number;
    // The back end was cancelled before this job began, so that nothing it buffered is older than the job.
    record.exposure_basis = REKAM_BASIS_CALL;
    if (applied_.duplex)
        record.side = number % 2 == 1 ? REKAM_SIDE_FRONT : REKAM_SIDE_BACK;
    frame.submit();
    return true;
}

SaneThread::Nudge Scan::nudge(Phase phase) const {
    // SANE's net client waits for the server's answer inside sane_start: a second call on the same wire would mix the
    // two.
    if (phase == Phase::start && scanner_->name.starts_with("net:"))
        return {};
    return [scanner = scanner_] { sane_cancel(scanner->backend.handle()); };
}

Scan::Pass Scan::start_pass() {
    began_ = true;
    const auto start = [scanner = scanner_] {
        const SANE_Handle handle = scanner->backend.handle();
        Pass pass;
        scanner->backend.check_connection();
        pass.status = sane_start(handle);
        scanner->backend.check_connection();
        if (pass.status == SANE_STATUS_GOOD)
            pass.status = sane_get_parameters(handle, &pass.parameters);
        if (pass.status != SANE_STATUS_GOOD || sane_get_select_fd(handle, &pass.select_fd) != SANE_STATUS_GOOD) {
            pass.select_fd = -1;
            return pass;
        }
        // With a descriptor to wait for, reads need not block at all; where that is not offered, they block shortly.
        if (sane_set_io_mode(handle, SANE_TRUE) != SANE_STATUS_GOOD)
            sane_set_io_mode(handle, SANE_FALSE);
        return pass;
    };
    return thread_.call(start, patience_, nudge(Phase::start));
}

void Scan::check_asked(const SANE_Parameters& parameters) const {
    const uint32_t channels = parameters.format == SANE_FRAME_GRAY ? 1 : 3;
    if (applied_.channels != 0 && channels != applied_.channels)
        throw plugin::Error(REKAM_E_OUT_OF_RANGE, "the scanner took the mode and delivers another one")
            .parameter("mode");
    if (applied_.bits != 0 && static_cast<uint32_t>(parameters.depth) != applied_.bits)
        throw plugin::Error(REKAM_E_OUT_OF_RANGE,
                            "the scanner took the depth and delivers " + std::to_string(parameters.depth))
            .parameter("depth");
}

/// False: instead of a page, the feeder said that it was empty.
bool Scan::read_passes(PageAssembler& page, Pass pass, uint32_t number) {
    for (;;) {
        page.begin_pass(pass.parameters);
        check_asked(pass.parameters);
        try {
            read_pass(page, pass, number);
        } catch (const plugin::Error& error) {
            // Some feeders notice only while reading that nothing came in.
            if (error.code() == REKAM_E_FEEDER_EMPTY && number > 1 && page.percent() <= 0)
                return false;
            throw;
        }
        if (page.end_pass(applied_.feeder))
            return true;
        pass = start_pass();
        if (pass.status != SANE_STATUS_GOOD)
            fail(pass.status, Phase::start, "sane_start");
    }
}

void Scan::read_pass(PageAssembler& page, const Pass& pass, uint32_t number) {
    empty_reads_ = 0;
    for (;;) {
        job_.stop_if_cancelled();
        const bool hung_up = wait_readable(pass);
        const Chunk chunk = read_chunk();
        if (chunk.status == SANE_STATUS_EOF && !page.pass_is_empty())
            return;
        if (chunk.status != SANE_STATUS_GOOD)
            fail(chunk.status, Phase::read, "sane_read");
        if (chunk.bytes == 0) {
            note_nothing_came(pass, hung_up);
            continue;
        }
        empty_reads_ = 0;
        page.feed(buffer_->data(), chunk.bytes);
        tell_progress(page, number);
    }
}

/// Waits for data where there is a descriptor to wait for. True: its other end is closed.
bool Scan::wait_readable(const Pass& pass) {
    if (pass.select_fd < 0)
        return false;
    pollfd waited{pass.select_fd, POLLIN | POLLRDHUP, 0};
    while (::poll(&waited, 1, 50) == 0)
        job_.stop_if_cancelled();
    return (waited.revents & (POLLHUP | POLLRDHUP | POLLERR | POLLNVAL)) != 0;
}

/// A read that is neither data nor an end. SANE's net client goes on like that for ever when its server has died.
void Scan::note_nothing_came(const Pass& pass, bool hung_up) {
    ++empty_reads_;
    if (hung_up && empty_reads_ >= 20)
        throw plugin::Error(REKAM_E_DEVICE_GONE, "the connection to the scanner was closed in the middle of a page")
            .hint("check-cable");
    if (empty_reads_ >= empty_reads_max && pass.select_fd >= 0)
        throw plugin::Error(REKAM_E_PROTOCOL_ERROR, "the scanner says that data are there and delivers none")
            .hint("restart-device");
    std::this_thread::sleep_for(milliseconds(10));
}

Scan::Chunk Scan::read_chunk() {
    const auto read = [scanner = scanner_, buffer = buffer_] {
        SANE_Int length = 0;
        Chunk chunk;
        chunk.status =
            sane_read(scanner->backend.handle(), buffer->data(), static_cast<SANE_Int>(buffer->size()), &length);
        chunk.bytes = chunk.status == SANE_STATUS_GOOD && length > 0 ? static_cast<std::size_t>(length) : 0;
        return chunk;
    };
    return thread_.call(read, patience_, nudge(Phase::read));
}

void Scan::tell_progress(const PageAssembler& page, uint32_t number) {
    const int percent = page.percent();
    if (told_percent_ >= 0 && percent < told_percent_ + 5)
        return;
    told_percent_ = std::max(percent, 0);
    job_.page(number, percent);
}

void Scan::fail(SANE_Status status, Phase phase, const char* what) {
    job_.stop_if_cancelled(); // whatever a cancelled call returns, it is ours
    throw status_error(status, phase, what);
}

/// A scan ends with sane_cancel, also a good one: it ejects the sheet and sends the carriage home. That may take its
/// time, and the page is complete: the next job waits for it, not this one.
void Scan::end() {
    if (!began_)
        return;
    thread_.post([scanner = scanner_] { sane_cancel(scanner->backend.handle()); });
    thread_.wait_idle(patience_.interrupted_for() ? end_wait_interrupted : end_wait);
}

} // namespace rekam::sane
