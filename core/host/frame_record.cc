// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/frame_record.h"

#include "core/base/clock.h"
#include "core/host/manifest.h"
#include "core/host/text.h"

#include <algorithm>

namespace rekam::host {
namespace {

using model::Code;
using model::Error;

constexpr std::uint32_t max_quality = 100, max_orientation = 8;

Error bad(const std::string& what) { return model::make_error(Code::bad_frame, "the plugin delivered " + what); }

/// What the client gets: the first of its formats that can be had from this frame. Empty: none of them.
std::string_view choose_format(std::string_view native, const std::vector<const char*>& asked) {
    const bool raw = native == REKAM_FORMAT_RAW;
    if (asked.empty())
        return raw ? format_png : native;
    for (const std::string_view format : asked)
        if (format == native || (raw && is_made_of_pixels(format)))
            return format;
    return {};
}

bool starts_like(std::string_view format, std::string_view head) {
    if (format == format_jpeg)
        return head.starts_with("\xFF\xD8\xFF");
    if (format == format_png)
        return head.starts_with("\x89PNG\r\n");
    return true;
}

std::optional<Error> exposure(const rekam_frame_t& record, const FrameContext& context, wire::Exposure& out) {
    out.mono_us = context.began_us;
    out.basis = model::ExposureBasis::call;
    if (record.exposure_basis == REKAM_BASIS_DEVICE || record.exposure_basis == REKAM_BASIS_DRIVER) {
        if (record.exposure_mono_us > static_cast<std::uint64_t>(context.now_us))
            return bad("a picture from the future; exposure times are CLOCK_MONOTONIC");
        out.mono_us = static_cast<std::int64_t>(record.exposure_mono_us);
        out.basis =
            record.exposure_basis == REKAM_BASIS_DEVICE ? model::ExposureBasis::device : model::ExposureBasis::driver;
    }
    if (out.mono_us < context.request.accepted_mono_us())
        return bad("a picture that was exposed before the request was accepted");
    return std::nullopt;
}

std::optional<Error> check_record(const rekam_frame_t& record, std::uint64_t bytes) {
    if (bytes == 0)
        return bad("a frame without a byte");
    if (record.width_px == 0 || record.height_px == 0)
        return bad("a frame without a size");
    if (record.orientation > max_orientation || record.side > REKAM_SIDE_BACK || record.quality.score > max_quality)
        return bad("an orientation, side or quality that does not exist");
    return std::nullopt;
}

void describe(const rekam_frame_t& record, const Request& request, wire::HostFrame& frame) {
    frame.subject = record.subject[0] != '\0' ? clean_array(record.subject) : request.record()->subject;
    if (record.page > 0)
        frame.page = record.page;
    if (record.side != REKAM_SIDE_NONE)
        frame.side = record.side == REKAM_SIDE_FRONT ? "front" : "back";
    frame.width_px = record.width_px;
    frame.height_px = record.height_px;
    frame.bits = record.bits;
    frame.channels = record.channels;
    frame.dpi_x = record.dpi_x;
    frame.dpi_y = record.dpi_y;
    frame.orientation = std::max(1u, record.orientation);
    if (record.quality.score > 0)
        frame.quality.push_back(quality_of(record.quality));
    if (record.has_box != 0)
        frame.box = box_of(record.box);
}

/// False: cancelled.
bool encode(std::string_view format, const Raster& raster, std::string_view pixels, FrameFile& out,
            const Cancelled& cancelled) {
    if (format == format_png)
        return write_png(raster, pixels, out, cancelled);
    if (format == format_jpeg)
        return write_jpeg(raster, pixels, out, cancelled);
    if (format == format_jp2)
        return write_jp2(raster, pixels, out, cancelled);
    return write_pnm(raster, pixels, out, cancelled);
}

/// What became of the samples on the way into that format, and that the picture stands upright now.
void describe_converted(std::string_view format, const Raster& raster, wire::HostFrame& frame) {
    const bool loses_alpha = format == format_jpeg || format == format_pnm;
    frame.width_px = raster.width_px;
    frame.height_px = raster.height_px;
    frame.dpi_x = raster.dpi_x;
    frame.dpi_y = raster.dpi_y;
    frame.orientation = 1;
    frame.bits = format == format_jpeg ? 8 : raster.bits;
    frame.channels = loses_alpha ? std::min(raster.channels, 3u) : raster.channels;
}

wire::Expected<FrameFile> convert(const rekam_frame_t& record, FrameFile file, std::string_view format,
                                  const Cancelled& cancelled, FinishedFrame& finished) {
    Raster raster;
    if (const auto wrong = Raster::read(record, file.bytes(), raster))
        return bad(*wrong);
    if (format == REKAM_FORMAT_RAW && file.hashed()) // as delivered: the record says how it lies
        return file;
    FrameFile out(true);
    const FrameView delivered(file);
    if (format == REKAM_FORMAT_RAW) {
        out.write(delivered.bytes());
        return out;
    }
    std::string_view pixels = delivered.bytes();
    std::string upright;
    finished.turned = {record.orientation, record.width_px, record.height_px};
    bool done = true;
    if (finished.turned.needed()) {
        done = turn_upright(finished.turned, raster, pixels, upright, cancelled);
        pixels = upright;
    }
    if (!done || !encode(format, raster, pixels, out, cancelled))
        return model::make_error(Code::cancelled, "cancelled while a frame was converted");
    describe_converted(format, raster, finished.frame);
    if (finished.frame.box)
        finished.frame.box = finished.turned.box(*finished.frame.box);
    return out;
}

} // namespace

bool goes_unchanged(std::string_view format, const Request& request) {
    return choose_format(format, request.formats()) == format;
}

wire::Box box_of(const rekam_box_t& box) { return {box.x_px, box.y_px, box.width_px, box.height_px}; }

std::vector<std::string> reasons_of(const rekam_quality_t& quality) { return list_items(clean_array(quality.reasons)); }

wire::Quality quality_of(const rekam_quality_t& quality) {
    wire::Quality out;
    out.score = quality.score;
    out.algorithm = clean_array(quality.algorithm);
    out.version = clean_array(quality.version);
    out.by = "vendor";
    if (auto reasons = reasons_of(quality); !reasons.empty())
        out.reasons = std::move(reasons);
    return out;
}

wire::Expected<FinishedFrame> finish_frame(const rekam_frame_t& record, FrameFile file, const FrameContext& context) {
    const std::string native = clean_array(record.format);
    const std::string format(choose_format(native, context.request.formats()));
    if (!wire::fits(wire::Charset::media_type, native) || native.size() < 3)
        return bad("a frame without a media type");
    if (format.empty())
        return bad("a frame of " + native + ", which is none of the formats that were asked");
    if (auto wrong = check_record(record, file.bytes()))
        return std::move(*wrong);
    FinishedFrame finished;
    if (auto wrong = exposure(record, context, finished.frame.exposure))
        return std::move(*wrong);
    describe(record, context.request, finished.frame);
    if (native == REKAM_FORMAT_RAW) {
        auto converted = convert(record, std::move(file), format, context.cancelled, finished);
        if (!converted)
            return converted.error();
        file = std::move(*converted);
    } else if (!starts_like(native, FrameView(file).bytes())) {
        return bad("bytes that are no " + native);
    }
    if (!file.hashed())
        return bad("pixels under another format than it began with");
    finished.frame.format = format;
    finished.frame.bytes = static_cast<std::int64_t>(file.bytes());
    finished.frame.hash = file.finish_hash();
    finished.memfd = file.seal();
    return finished;
}

} // namespace rekam::host
