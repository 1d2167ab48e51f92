// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/fingerprint/device.h"

#include <algorithm>

#include "mocks/devices/kit/random.h"
#include "mocks/devices/kit/ridges.h"

namespace rekam::mock {
namespace {

using plugin::put_text;

// True sizes at 500 dpi: one finger 0.8 by 1 inch (FAP 30), rolled 1.6 by 1.5 (FAP 45), a slap 3.2 by 3 (FAP 60).
struct Size {
    uint32_t width_px, height_px;
};
constexpr Size single{400, 500}, rolled{800, 750}, slap{1600, 1500};

struct Placed {
    std::string subject;
    rekam_box_t box;
    uint32_t quality;
};

// Longer fingers reach higher; both hands are mirrored.
double reach(std::string_view word) {
    if (word.find("middle") != std::string_view::npos)
        return 0;
    if (word.find("ring") != std::string_view::npos)
        return 0.1;
    if (word.find("index") != std::string_view::npos)
        return 0.16;
    return word.find("little") != std::string_view::npos ? 0.36 : 0.12;
}

// The fingers that lie on the glass: those that were asked for, or so many as the script says. One more than asked is
// the first again.
std::vector<std::string> fingers_of(const rekam_request_t& asked, const CallFaults& faults) {
    std::vector<std::string> words(asked.parts, asked.parts + asked.part_count);
    if (words.empty())
        words.emplace_back(asked.subject);
    const auto scripted = faults.number("fingers", "count");
    const std::size_t count = scripted.value_or(static_cast<uint32_t>(words.size()));
    while (words.size() < count)
        words.push_back(words.front());
    words.resize(count);
    // From left to right as they lie: of the left hand the little finger comes first.
    const std::string_view subject = asked.subject;
    if (subject == "slap.left")
        std::reverse(words.begin(), words.end());
    return words;
}

} // namespace

const Kind& FingerprintScanner::kind() {
    static const Kind kind{"fingerprint", REKAM_FUNCTION_FINGERPRINT, "Rekam", "Mock tenprint", "id=fp-1", {}};
    return kind;
}

std::string FingerprintScanner::parameters(uint32_t) const {
    return R"({"type":"object","properties":{"formats":{"type":"array","items":{"type":"string","enum":["image/x-rekam-raw"]}},)"
           R"("dpi":{"type":"integer","enum":[500,1000],"default":500},)"
           R"("impression":{"type":"string","enum":["plain","rolled"],"default":"plain"}},)"
           R"("when":[{"if":{"impression":"rolled"},"then":{"dpi":{"enum":[500]}}}]})";
}

void FingerprintScanner::shoot(plugin::Job& job, const CallFaults& faults, uint32_t) {
    const plugin::Request& request = job.request();
    check_parameters(request, {"dpi", "impression"});
    const int64_t dpi = one_of(request, "dpi", {500, 1000});
    const bool rolls = request.text("impression").value_or("plain") == "rolled",
               several = request.subject().starts_with("slap.");
    const Size size = several ? slap : rolls ? rolled : single;
    job.guide("place");
    const std::vector<std::string> words = fingers_of(request.record(), faults);
    Picture glass(size.width_px, size.height_px, 1, 250);
    std::vector<Placed> placed;
    Random today(spec().seed + 131ull * number(), "hand");
    for (std::size_t i = 0; i < words.size(); ++i) {
        job.stop_if_cancelled();
        const uint32_t quality =
            faults.number("quality", "score").value_or(static_cast<uint32_t>(today.between(74, 93)));
        const Picture tip = fingertip({spec().seed, words[i], number(), rolls && !several, quality});
        const auto pitch = static_cast<int32_t>(size.width_px / words.size());
        const int32_t x =
            static_cast<int32_t>(i) * pitch + (pitch - static_cast<int32_t>(tip.width())) / 2 + today.between(-8, 8);
        const int32_t y = several
                              ? static_cast<int32_t>((0.12 + reach(words[i])) * size.height_px) + today.between(-15, 15)
                              : (static_cast<int32_t>(size.height_px) - static_cast<int32_t>(tip.height())) / 2 +
                                    today.between(-8, 8);
        glass.paste(x, y, tip);
        placed.push_back(
            {words[i], {x, y, static_cast<int32_t>(tip.width()), static_cast<int32_t>(tip.height())}, quality});
        job.percent(static_cast<int32_t>(100 * (i + 1) / words.size()));
    }
    const int32_t scale = static_cast<int32_t>(dpi / 500);
    plugin::Frame frame =
        job.frame(std::size_t{size.width_px} * size.height_px * static_cast<std::size_t>(scale * scale));
    rekam_frame_t& record = frame.record();
    record.dpi_x = record.dpi_y = static_cast<uint32_t>(dpi);
    uint32_t worst = 100;
    for (const Placed& one : placed) {
        rekam_region_t region{};
        region.size = sizeof region;
        region.has_box = 1;
        region.box = {one.box.x_px * scale, one.box.y_px * scale, one.box.width_px * scale, one.box.height_px * scale};
        put_text(region.subject, one.subject);
        set_quality(region.quality, one.quality, "mock-ridges", "dry");
        frame.region(region);
        worst = std::min(worst, one.quality);
    }
    set_quality(record.quality, worst, "mock-ridges", "dry");
    job.guide("lift");
    submit(frame, scale == 1 ? glass : glass.enlarged(2, 2 * size.width_px, 2 * size.height_px), job, faults);
}

} // namespace rekam::mock
