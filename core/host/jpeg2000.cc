// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/convert.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <stdexcept>

#include <openjpeg.h>

namespace rekam::host {
namespace {

// One tile at a time: a page of A4 at 600 dpi would take 420 MB as a whole, at four bytes a sample.
constexpr std::uint32_t tile_px = 1'024;
constexpr int max_resolutions = 6;

/// What the encoder writes to; it goes back to fill lengths in.
struct Sink {
    std::string bytes;
    std::size_t at = 0;
    std::string error;
};

OPJ_SIZE_T write_bytes(void* data, OPJ_SIZE_T count, void* user) {
    auto& sink = *static_cast<Sink*>(user);
    try {
        if (sink.at + count > sink.bytes.size())
            sink.bytes.resize(sink.at + count);
    } catch (const std::exception&) { // must not pass through C
        return static_cast<OPJ_SIZE_T>(-1);
    }
    std::memcpy(sink.bytes.data() + sink.at, data, count);
    sink.at += count;
    return count;
}
OPJ_BOOL seek_to(OPJ_OFF_T at, void* user) {
    static_cast<Sink*>(user)->at = static_cast<std::size_t>(at);
    return OPJ_TRUE;
}
OPJ_OFF_T skip(OPJ_OFF_T count, void* user) {
    static_cast<Sink*>(user)->at += static_cast<std::size_t>(count);
    return count;
}
void keep_error(const char* text, void* user) { static_cast<Sink*>(user)->error = text; }

// Each type of OpenJPEG has its own end; codec and stream are the same to the compiler.
using Codec = std::unique_ptr<opj_codec_t, decltype(&opj_destroy_codec)>;
using Image = std::unique_ptr<opj_image_t, decltype(&opj_image_destroy)>;
using Stream = std::unique_ptr<opj_stream_t, decltype(&opj_stream_destroy)>;

void must(bool done, const Sink& sink, const char* what) {
    if (!done)
        throw std::runtime_error(std::string("JPEG 2000: ") + what + (sink.error.empty() ? "" : ": " + sink.error));
}

opj_cparameters_t parameters_of(const Raster& raster) {
    opj_cparameters_t parameters;
    opj_set_default_encoder_parameters(&parameters);
    parameters.tcp_numlayers = 1; // rate 0: lossless, with the reversible wavelet
    parameters.tcp_rates[0] = 0;
    parameters.cp_disto_alloc = 1;
    parameters.irreversible = 0;
    parameters.tcp_mct = raster.channels >= 3 ? 1 : 0;
    parameters.tile_size_on = OPJ_TRUE;
    parameters.cp_tdx = static_cast<int>(std::min(tile_px, raster.width_px));
    parameters.cp_tdy = static_cast<int>(std::min(tile_px, raster.height_px));
    const auto least = static_cast<unsigned>(std::min(parameters.cp_tdx, parameters.cp_tdy));
    parameters.numresolution = std::min(max_resolutions, static_cast<int>(std::bit_width(least)));
    return parameters;
}

Image image_of(const Raster& raster) {
    std::vector<opj_image_cmptparm_t> components(raster.channels);
    for (auto& component : components) {
        component = {};
        component.dx = component.dy = 1;
        component.w = raster.width_px;
        component.h = raster.height_px;
        component.prec = raster.bits;
    }
    Image image(opj_image_tile_create(raster.channels, components.data(),
                                      raster.channels == 1 ? OPJ_CLRSPC_GRAY : OPJ_CLRSPC_SRGB),
                &opj_image_destroy);
    if (image) {
        image->x1 = raster.width_px;
        image->y1 = raster.height_px;
        if (raster.channels == 4)
            image->comps[3].alpha = 1;
    }
    return image;
}

/// One tile as the encoder wants it: component after component, one or two bytes a sample.
std::string tile_of(const Raster& raster, std::string_view pixels, std::uint32_t left, std::uint32_t top) {
    const std::uint32_t right = std::min(raster.width_px, left + tile_px);
    const std::uint32_t bottom = std::min(raster.height_px, top + tile_px);
    std::string tile;
    tile.reserve(std::size_t{right - left} * (bottom - top) * raster.channels * (raster.bits == 16 ? 2 : 1));
    for (std::uint32_t channel = 0; channel < raster.channels; ++channel)
        for (std::uint32_t y = top; y < bottom; ++y)
            for (std::uint32_t x = left; x < right; ++x) {
                const std::uint16_t sample = raster.sample(raster.row(pixels, y), x, channel);
                if (raster.bits == 16)
                    tile.append(reinterpret_cast<const char*>(&sample), sizeof sample);
                else
                    tile += static_cast<char>(sample);
            }
    return tile;
}

void append_be(std::string& out, std::uint32_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        out += static_cast<char>(value >> shift);
}

std::uint32_t be32(std::string_view bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
        value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

/// OpenJPEG has no word for the resolution: its box (ISO/IEC 15444-1, I.5.3.7) goes to the end of the header's box.
/// dpi * 10^4 / 254 are dots per metre exactly.
void add_resolution(std::string& file, const Raster& raster) {
    if (raster.dpi_x == 0 || raster.dpi_y == 0 || raster.dpi_x > UINT16_MAX || raster.dpi_y > UINT16_MAX)
        return;
    std::string box;
    append_be(box, 26, 4);
    box += "res ";
    append_be(box, 18, 4);
    box += "resc";
    for (const std::uint32_t dpi : {raster.dpi_y, raster.dpi_x}) {
        append_be(box, dpi, 2);
        append_be(box, 254, 2);
    }
    box += "\x04\x04"; // powers of ten
    for (std::size_t at = 0; at + 8 <= file.size();) {
        const std::uint32_t length = be32(file, at);
        if (std::string_view(file).substr(at + 4, 4) == "jp2h") {
            std::string grown;
            append_be(grown, length + static_cast<std::uint32_t>(box.size()), 4);
            file.insert(at + length, box);
            file.replace(at, 4, grown);
            return;
        }
        if (length < 8)
            return;
        at += length;
    }
}

} // namespace

bool write_jp2(const Raster& raster, std::string_view pixels, ByteSink& out, const Cancelled& cancelled) {
    Sink sink;
    const Codec codec(opj_create_compress(OPJ_CODEC_JP2), &opj_destroy_codec);
    const Image image = image_of(raster);
    const Stream stream(opj_stream_default_create(OPJ_FALSE), &opj_stream_destroy);
    must(codec && image && stream, sink, "no memory");
    opj_set_error_handler(codec.get(), &keep_error, &sink);
    opj_stream_set_user_data(stream.get(), &sink, nullptr);
    opj_stream_set_write_function(stream.get(), &write_bytes);
    opj_stream_set_seek_function(stream.get(), &seek_to);
    opj_stream_set_skip_function(stream.get(), &skip);
    opj_cparameters_t parameters = parameters_of(raster);
    must(opj_setup_encoder(codec.get(), &parameters, image.get()) == OPJ_TRUE, sink, "parameters refused");
    must(opj_start_compress(codec.get(), image.get(), stream.get()) == OPJ_TRUE, sink, "cannot begin");
    OPJ_UINT32 number = 0;
    for (std::uint32_t top = 0; top < raster.height_px; top += tile_px)
        for (std::uint32_t left = 0; left < raster.width_px; left += tile_px) {
            if (cancelled())
                return false;
            std::string tile = tile_of(raster, pixels, left, top);
            must(opj_write_tile(codec.get(), number++, reinterpret_cast<OPJ_BYTE*>(tile.data()),
                                static_cast<OPJ_UINT32>(tile.size()), stream.get()) == OPJ_TRUE,
                 sink, "cannot write a tile");
        }
    must(opj_end_compress(codec.get(), stream.get()) == OPJ_TRUE, sink, "cannot finish");
    add_resolution(sink.bytes, raster);
    out.write(sink.bytes);
    return true;
}

} // namespace rekam::host
