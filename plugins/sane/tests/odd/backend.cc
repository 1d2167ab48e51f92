// SPDX-License-Identifier: Apache-2.0 OR MIT
// A SANE back end with the manners of difficult scanners, for tests. SANE's own front door (libsane's dll) loads it
// like any other, as libsane-rekamodd.so.1. What it does is chosen by the device's name: "rekamodd:<manner>".
//   - duplex: a feeder of 3 sheets, both sides; edges in pixels; resolutions as a list; no depth; Latin-1 texts
//   - sheetfed: no source, a sensor for paper; pages that end early. endless: it never runs out of paper
//   - stuck: sane_start returns only when sane_cancel is called from another thread
//   - parking: sane_cancel takes 5 s, as long as a carriage needs to come home
//   - deaf: sane_start takes 5 s, whatever happens
//   - jpeg, wide, long, empty: announce what they do not deliver. silent: delivers nothing at all
//   - liar: takes the colour mode and delivers gray
#include <sane/sane.h>
#include <sane/saneopts.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#define ODD_EXPORT extern "C" __attribute__((visibility("default")))

namespace {

enum { count, mode, resolution, source, left, top, right, bottom, loaded, cover, serial, options_end };

constexpr std::array<SANE_String_Const, 3> modes{"Color", "Gray", nullptr};
constexpr std::array<SANE_String_Const, 4> sources{"ADF Front", "ADF Duplex",
                                                   "R\xfc"
                                                   "ckseite",
                                                   nullptr};
constexpr std::array<SANE_Word, 4> resolutions{3, 100, 200, 300};
constexpr SANE_Range pixels{0, 999, 0};

struct Odd {
    std::string manner;
    std::array<SANE_Option_Descriptor, options_end> options{};
    std::string mode_now = "Gray", source_now = "ADF Front";
    std::array<SANE_Word, options_end> words{};
    int pages_left = 6;
    SANE_Int rows_left = 0;
    bool ended = false;
    std::atomic<bool> cancelled{false};

    bool is(const char* name) const { return manner == name; }
    SANE_Int width() const { return words[right] - words[left] + 1; }
};

void describe(Odd& odd, int index, SANE_String_Const name, SANE_Value_Type type, SANE_Int size, SANE_Unit unit,
              SANE_Int cap) {
    SANE_Option_Descriptor& d = odd.options[static_cast<std::size_t>(index)];
    d = {name, name, name, type, unit, size, cap, SANE_CONSTRAINT_NONE, {nullptr}};
}

void describe_all(Odd& odd) {
    constexpr SANE_Int set = SANE_CAP_SOFT_SELECT | SANE_CAP_SOFT_DETECT, sensor = SANE_CAP_SOFT_DETECT;
    const SANE_Int word = sizeof(SANE_Word);
    const bool has_source = odd.is("duplex");
    describe(odd, count, "", SANE_TYPE_INT, word, SANE_UNIT_NONE, sensor);
    describe(odd, mode, SANE_NAME_SCAN_MODE, SANE_TYPE_STRING, 8, SANE_UNIT_NONE, set);
    describe(odd, resolution, SANE_NAME_SCAN_RESOLUTION, SANE_TYPE_INT, word, SANE_UNIT_DPI, set);
    describe(odd, source, SANE_NAME_SCAN_SOURCE, SANE_TYPE_STRING, 16, SANE_UNIT_NONE,
             has_source ? set : SANE_CAP_INACTIVE);
    for (const auto& [edge, name] : {std::pair(left, SANE_NAME_SCAN_TL_X), std::pair(top, SANE_NAME_SCAN_TL_Y),
                                     std::pair(right, SANE_NAME_SCAN_BR_X), std::pair(bottom, SANE_NAME_SCAN_BR_Y)}) {
        describe(odd, edge, name, SANE_TYPE_INT, word, SANE_UNIT_PIXEL, set);
        odd.options[static_cast<std::size_t>(edge)].constraint_type = SANE_CONSTRAINT_RANGE;
        odd.options[static_cast<std::size_t>(edge)].constraint.range = &pixels;
    }
    describe(odd, loaded, "page-loaded", SANE_TYPE_BOOL, word, SANE_UNIT_NONE,
             odd.is("sheetfed") || odd.is("endless") ? sensor : SANE_CAP_INACTIVE);
    describe(odd, cover, "cover-open", SANE_TYPE_BOOL, word, SANE_UNIT_NONE, sensor);
    describe(odd, serial, "serial-number", SANE_TYPE_STRING, 16, SANE_UNIT_NONE, sensor);
    odd.options[mode].constraint_type = SANE_CONSTRAINT_STRING_LIST;
    odd.options[mode].constraint.string_list = modes.data();
    odd.options[source].constraint_type = SANE_CONSTRAINT_STRING_LIST;
    odd.options[source].constraint.string_list = sources.data();
    odd.options[resolution].constraint_type = SANE_CONSTRAINT_WORD_LIST;
    odd.options[resolution].constraint.word_list = resolutions.data();
}

SANE_Status get(const Odd& odd, SANE_Int option, void* value) {
    const auto text = [&](const std::string& from) { std::memcpy(value, from.c_str(), from.size() + 1); };
    if (option == mode)
        text(odd.mode_now);
    else if (option == source)
        text(odd.source_now);
    else if (option == serial)
        text("ODD-0815");
    else
        *static_cast<SANE_Word*>(value) =
            option == count ? SANE_Word{options_end} : odd.words[static_cast<std::size_t>(option)];
    return SANE_STATUS_GOOD;
}

SANE_Status set(Odd& odd, SANE_Int option, const void* value) {
    if (option == mode)
        odd.mode_now = static_cast<const char*>(value);
    else if (option == source)
        odd.source_now = static_cast<const char*>(value);
    else
        odd.words[static_cast<std::size_t>(option)] = *static_cast<const SANE_Word*>(value);
    return SANE_STATUS_GOOD;
}

void pause(const Odd& odd, bool until_cancelled) {
    for (int ms = 0; ms < (until_cancelled ? 600'000 : 5'000) && !(until_cancelled && odd.cancelled); ms += 5)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

} // namespace

ODD_EXPORT SANE_Status sane_rekamodd_init(SANE_Int* version, SANE_Auth_Callback) {
    *version = SANE_VERSION_CODE(1, 0, 0);
    return SANE_STATUS_GOOD;
}
ODD_EXPORT void sane_rekamodd_exit() {}

ODD_EXPORT SANE_Status sane_rekamodd_get_devices(const SANE_Device*** list, SANE_Bool) {
    static const SANE_Device feeder{"duplex",
                                    "Odd \xc9"
                                    "dition",
                                    "Twin", "sheetfed scanner"},
        camera{"camera", "Odd", "Eye", "still camera"};
    static std::array<const SANE_Device*, 3> all{&feeder, &camera, nullptr};
    *list = all.data();
    return SANE_STATUS_GOOD;
}

ODD_EXPORT SANE_Status sane_rekamodd_open(SANE_String_Const name, SANE_Handle* handle) {
    auto* odd = new Odd;
    odd->manner = name;
    odd->words[resolution] = 100;
    odd->words[right] = 99;
    odd->words[bottom] = 49;
    odd->words[cover] = odd->is("sheetfed") ? SANE_TRUE : SANE_FALSE;
    describe_all(*odd);
    *handle = odd;
    return SANE_STATUS_GOOD;
}
ODD_EXPORT void sane_rekamodd_close(SANE_Handle handle) { delete static_cast<Odd*>(handle); }

ODD_EXPORT const SANE_Option_Descriptor* sane_rekamodd_get_option_descriptor(SANE_Handle handle, SANE_Int option) {
    auto& odd = *static_cast<Odd*>(handle);
    return option >= 0 && option < options_end ? &odd.options[static_cast<std::size_t>(option)] : nullptr;
}

ODD_EXPORT SANE_Status sane_rekamodd_control_option(SANE_Handle handle, SANE_Int option, SANE_Action action,
                                                    void* value, SANE_Int* info) {
    auto& odd = *static_cast<Odd*>(handle);
    if (info)
        *info = 0;
    if (option < 0 || option >= options_end ||
        !SANE_OPTION_IS_ACTIVE(odd.options[static_cast<std::size_t>(option)].cap))
        return SANE_STATUS_INVAL;
    return action == SANE_ACTION_GET_VALUE ? get(odd, option, value) : set(odd, option, value);
}

ODD_EXPORT SANE_Status sane_rekamodd_get_parameters(SANE_Handle handle, SANE_Parameters* p) {
    const auto& odd = *static_cast<Odd*>(handle);
    *p = {};
    p->format = odd.mode_now == "Color" && !odd.is("liar") ? SANE_FRAME_RGB : SANE_FRAME_GRAY;
    p->last_frame = SANE_TRUE;
    p->depth = 8;
    p->pixels_per_line = odd.width();
    p->bytes_per_line =
        odd.width() * (p->format == SANE_FRAME_RGB ? 3 : 1) * (odd.is("wide") ? 2 : 1) / (odd.is("wide") ? 4 : 1);
    p->lines = odd.words[bottom] - odd.words[top] + 1;
    const int jpeg = 0x0b;
    if (odd.is("jpeg"))
        std::memcpy(&p->format, &jpeg, sizeof jpeg);
    return SANE_STATUS_GOOD;
}

ODD_EXPORT SANE_Status sane_rekamodd_start(SANE_Handle handle) {
    auto& odd = *static_cast<Odd*>(handle);
    odd.cancelled = false;
    if (odd.is("stuck"))
        pause(odd, true);
    if (odd.is("deaf"))
        pause(odd, false);
    if (odd.cancelled)
        return SANE_STATUS_CANCELLED;
    if ((odd.is("duplex") || odd.is("sheetfed")) && odd.pages_left-- == 0) {
        odd.pages_left = 6;
        return SANE_STATUS_NO_DOCS;
    }
    odd.rows_left = odd.words[bottom] - odd.words[top] + 1;
    odd.rows_left += odd.is("long") ? 1 : odd.is("sheetfed") || odd.is("empty") ? -5 : 0;
    return SANE_STATUS_GOOD;
}

ODD_EXPORT SANE_Status sane_rekamodd_read(SANE_Handle handle, SANE_Byte* data, SANE_Int most, SANE_Int* length) {
    auto& odd = *static_cast<Odd*>(handle);
    *length = 0;
    if (odd.cancelled)
        return SANE_STATUS_CANCELLED;
    if (odd.is("silent"))
        return SANE_STATUS_GOOD;
    if (odd.rows_left == 0)
        return SANE_STATUS_EOF;
    --odd.rows_left;
    SANE_Parameters p{};
    sane_rekamodd_get_parameters(handle, &p);
    *length = std::min(most, p.bytes_per_line);
    std::memset(data, odd.pages_left, static_cast<std::size_t>(*length));
    return SANE_STATUS_GOOD;
}

ODD_EXPORT void sane_rekamodd_cancel(SANE_Handle handle) {
    auto& odd = *static_cast<Odd*>(handle);
    odd.cancelled = true;
    if (odd.is("parking"))
        pause(odd, false);
}

ODD_EXPORT SANE_Status sane_rekamodd_set_io_mode(SANE_Handle, SANE_Bool non_blocking) {
    return non_blocking ? SANE_STATUS_UNSUPPORTED : SANE_STATUS_GOOD;
}
ODD_EXPORT SANE_Status sane_rekamodd_get_select_fd(SANE_Handle, SANE_Int*) { return SANE_STATUS_UNSUPPORTED; }
