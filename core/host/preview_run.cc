// SPDX-License-Identifier: Apache-2.0 OR MIT
// The steps of a preview on the device's thread: each picture becomes a JPEG or PNG in a sealed memfd of its own; or it
// lies in a buffer of a pool, where the plugin itself has written it if nothing had to be converted.
#include "core/host/convert.h"
#include "core/host/device.h"
#include "core/host/frame_record.h"
#include "core/host/plugin_error.h"
#include "core/host/text.h"

#include <rekam/ext/preview.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace rekam::host {
namespace {

using model::Code;
using wire::Failure;

constexpr std::uint64_t max_picture_bytes = std::uint64_t{64} << 20;
constexpr std::uint32_t max_quality = 100;

Failure bad(const std::string& what) { return failure_of(Code::bad_frame, "the plugin shows " + what); }

/// What the client gets of a picture in this format; empty: none of the formats that it asked for.
std::string_view choose_format(std::string_view native, const std::vector<std::string>& asked) {
    const bool raw = native == REKAM_FORMAT_RAW;
    if (asked.empty())
        return raw || native == format_jpeg ? format_jpeg : std::string_view();
    for (const std::string& format : asked)
        if (format == native || raw)
            return format;
    return {};
}

std::optional<Failure> objection(const rekam_preview_buffer_t& buffer, std::int64_t now_us) {
    if (buffer.bytes > buffer.capacity)
        return failure_of(Code::broken_promise, "the plugin says that it wrote more than it had room for");
    if (buffer.bytes == 0 || buffer.width_px == 0 || buffer.height_px == 0)
        return bad("a picture without bytes or size");
    if (buffer.quality > max_quality)
        return bad("a quality that does not exist");
    if (buffer.exposure_mono_us > static_cast<std::uint64_t>(now_us))
        return bad("a picture from the future; exposure times are CLOCK_MONOTONIC");
    return std::nullopt;
}

class TextSink final : public ByteSink {
  public:
    void write(std::string_view bytes) override { text += bytes; }
    std::string text;
};

std::string_view bytes_of(const rekam_preview_buffer_t& buffer) {
    return {reinterpret_cast<const char*>(buffer.data), buffer.bytes};
}

/// What the bytes are not, although the plugin says so; else, of pixels, how they lie.
std::optional<Failure> read_picture(const rekam_preview_buffer_t& buffer, std::string_view native, Raster& raster) {
    if (native != REKAM_FORMAT_RAW)
        return bytes_of(buffer).starts_with("\xFF\xD8\xFF") ? std::nullopt
                                                            : std::optional(bad("bytes that are no image/jpeg"));
    rekam_frame_t record{};
    record.size = sizeof record;
    record.width_px = buffer.width_px;
    record.height_px = buffer.height_px;
    record.bits = buffer.bits;
    record.channels = buffer.channels;
    record.stride_bytes = buffer.stride_bytes;
    if (const auto wrong = Raster::read(record, buffer.bytes, raster))
        return bad(*wrong);
    return std::nullopt;
}

/// The picture as the client can read it. Throws what the encoders throw.
void write_picture(std::string_view bytes, bool convert, const Raster& raster, std::string_view format, ByteSink& out) {
    const Cancelled never = [] { return false; };
    if (!convert)
        out.write(bytes);
    else if (format == format_png)
        write_png(raster, bytes, out, never);
    else
        write_jpeg(raster, bytes, out, never, preview_jpeg_quality);
}

wire::HostView view_of(const rekam_preview_buffer_t& buffer, std::string format, const Raster& raster,
                       std::int64_t asked_us) {
    wire::HostView view;
    view.width_px = buffer.width_px;
    view.height_px = buffer.height_px;
    view.exposure_mono_us =
        buffer.exposure_mono_us != 0 ? static_cast<std::int64_t>(buffer.exposure_mono_us) : asked_us;
    if (buffer.quality > 0)
        view.quality = buffer.quality;
    if (const std::string word = clean_array(buffer.guidance); model::is_guidance(word))
        view.guide.push_back(word);
    if (buffer.has_box != 0)
        view.box = box_of(buffer.box);
    if (format == REKAM_FORMAT_RAW) {
        view.bits = raster.bits;
        view.channels = raster.channels;
        view.stride_bytes = static_cast<std::int64_t>(raster.stride_bytes);
    }
    view.format = std::move(format);
    return view;
}

PoolMade given_away(Pool& pool) {
    PoolMade made{static_cast<std::int64_t>(pool.bytes()), {}};
    for (auto& descriptor : pool.take_descriptors())
        made.descriptors.push_back(descriptor.release());
    return made;
}

} // namespace

std::optional<Failure> Device::start_preview(const wire::HostPreview& asked, Previewed& done) {
    const auto* table = extension<rekam_preview_t>(REKAM_EXT_PREVIEW);
    if (!table)
        return failure_of(Code::not_covered, "this device shows no preview");
    wire::HostRun run;
    run.function = asked.function;
    run.accepted_mono_us = asked.accepted_mono_us;
    run.params = asked.params;
    const Request request(run);
    if (request.error())
        return failure_of(request.error()->code, request.error()->message);
    preview_formats_.assign(request.formats().begin(), request.formats().end());
    std::uint64_t bytes_max = 0;
    rekam_error_t error = empty_error();
    const auto code = table->start(device_, request.record(), &bytes_max, &error);
    if (code != REKAM_OK)
        return failure_of(code, error);
    if (bytes_max == 0 || bytes_max > max_picture_bytes)
        return failure_of(Code::broken_promise, "the plugin's preview promises pictures of " +
                                                    std::to_string(bytes_max) + " bytes; up to 64 MiB can be shown");
    if (asked.buffers) {
        preview_pool_ = Pool(static_cast<std::size_t>(asked.buffers->value), bytes_max);
        done.pool = given_away(preview_pool_);
    } else {
        preview_buffer_.resize(bytes_max);
    }
    return std::nullopt;
}

/// One that does not fit (an encoder may make more of pixels than they are) gets a larger pool.
void Device::put_in_pool(std::string_view bytes, std::size_t buffer, Previewed& done) {
    if (bytes.size() > preview_pool_.bytes()) {
        preview_pool_ = Pool(preview_pool_.count(), bytes.size() + bytes.size() / 2);
        done.pool = given_away(preview_pool_);
    }
    std::memcpy(preview_pool_.data(buffer), bytes.data(), bytes.size());
}

void Device::next_picture(const ShowPreview& step, Previewed& done) {
    const auto* table = extension<rekam_preview_t>(REKAM_EXT_PREVIEW);
    const std::int64_t asked_us = mono_now_us();
    const bool pooled = preview_pool_.count() > 0;
    std::uint8_t* const room = pooled ? preview_pool_.data(step.buffer) : preview_buffer_.data();
    rekam_preview_buffer_t buffer{};
    buffer.size = sizeof buffer;
    buffer.data = room;
    buffer.capacity = pooled ? preview_pool_.bytes() : preview_buffer_.size();
    rekam_error_t error = empty_error();
    if (const auto code = table->next(device_, step.timeout_ms, &buffer, &error); code != REKAM_OK) {
        done.failure = failure_of(code, error);
        return;
    }
    buffer.data = room; // both are the host's, whatever the plugin wrote there
    buffer.capacity = pooled ? preview_pool_.bytes() : preview_buffer_.size();
    if ((done.failure = objection(buffer, mono_now_us())))
        return;
    const std::string native = clean_array(buffer.format);
    const std::string format(choose_format(native, preview_formats_));
    if (format.empty()) {
        done.failure = failure_of(Code::out_of_range, "the device shows " + native +
                                                          ", which is none of the formats that were asked; leave "
                                                          "formats out, or name image/jpeg");
        return;
    }
    Raster raster;
    if ((done.failure = read_picture(buffer, native, raster)))
        return;
    wire::HostView view = view_of(buffer, format, raster, asked_us);
    view.bytes = static_cast<std::int64_t>(buffer.bytes);
    const bool convert = format != native;
    if (!pooled) {
        FrameFile file(false); // nobody wants the hash of what is no evidence
        write_picture(bytes_of(buffer), convert, raster, format, file);
        view.bytes = static_cast<std::int64_t>(file.bytes());
        done.descriptor = file.seal().release();
    } else if (convert) {
        TextSink sink;
        write_picture(bytes_of(buffer), convert, raster, format, sink);
        view.bytes = static_cast<std::int64_t>(sink.text.size());
        put_in_pool(sink.text, step.buffer, done);
    }
    done.view = std::move(view);
}

Event Device::preview(const ShowPreview& step) {
    Previewed done{step.preview, step.step};
    try {
        switch (step.step) {
        case PreviewStep::start: done.failure = start_preview(step.asked, done); break;
        case PreviewStep::next: next_picture(step, done); break;
        case PreviewStep::stop:
            if (const auto* table = extension<rekam_preview_t>(REKAM_EXT_PREVIEW))
                table->stop(device_);
            preview_buffer_ = {};
            preview_pool_ = Pool();
            break;
        }
    } catch (const std::exception& e) { // of the encoders, or no memory
        done.failure = failure_of(Code::internal, std::string("a picture could not be shown: ") + e.what());
    }
    return done;
}

} // namespace rekam::host
