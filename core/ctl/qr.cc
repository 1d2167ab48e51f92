// SPDX-License-Identifier: Apache-2.0
#include "core/ctl/qr.h"

#include <qrencode.h>

#include <array>
#include <memory>
#include <stdexcept>

namespace rekam::ctl {
namespace {

constexpr int quiet = 2; ///< modules of light around it; phones manage with two of the four that the standard wants

struct Free {
    void operator()(QRcode* code) const { QRcode_free(code); }
};

bool is_dark(const QRcode& code, int x, int y) {
    if (x < 0 || y < 0 || x >= code.width || y >= code.width)
        return false;
    return (code.data[y * code.width + x] & 1U) != 0;
}

} // namespace

std::string qr_picture(const std::string& text) {
    const std::unique_ptr<QRcode, Free> code(QRcode_encodeString(text.c_str(), 0, QR_ECLEVEL_L, QR_MODE_8, 1));
    if (!code)
        throw std::runtime_error("this is too much for a QR code: send a bundle with -o FILE");
    // Upper and lower half: light where the module is light.
    static constexpr std::array<const char*, 4> blocks{"\u2588", "\u2580", "\u2584", " "};
    std::string out;
    for (int y = -quiet; y < code->width + quiet; y += 2) {
        out += "\x1b[97;40m"; // white on black, also where the terminal is the other way round
        for (int x = -quiet; x < code->width + quiet; ++x)
            out += blocks.at((is_dark(*code, x, y) ? 2U : 0U) + (is_dark(*code, x, y + 1) ? 1U : 0U));
        out += "\x1b[0m\n";
    }
    return out;
}

} // namespace rekam::ctl
