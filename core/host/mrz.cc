// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/mrz.h"

#include <algorithm>
#include <array>

namespace rekam::host {
namespace {

using wire::MrzKind;

/// So many characters of a line, from that place.
struct Span {
    std::size_t line = 0, at = 0, length = 0;
};

/// Where a kind of document keeps what. A length of 0: it has no such thing.
struct Layout {
    MrzKind kind;
    std::size_t lines, width;
    Span names, number, number_check, nationality, birth, birth_check, sex, expiry, expiry_check, optional,
        optional_check, optional_2;
    std::array<Span, 4> composite_of;
    Span composite;
};

constexpr std::array layouts{
    Layout{MrzKind::td1,
           3,
           30,
           {2, 0, 30},
           {0, 5, 9},
           {0, 14, 1},
           {1, 15, 3},
           {1, 0, 6},
           {1, 6, 1},
           {1, 7, 1},
           {1, 8, 6},
           {1, 14, 1},
           {0, 15, 15},
           {},
           {1, 18, 11},
           {{{0, 5, 25}, {1, 0, 7}, {1, 8, 7}, {1, 18, 11}}},
           {1, 29, 1}},
    Layout{MrzKind::td2,
           2,
           36,
           {0, 5, 31},
           {1, 0, 9},
           {1, 9, 1},
           {1, 10, 3},
           {1, 13, 6},
           {1, 19, 1},
           {1, 20, 1},
           {1, 21, 6},
           {1, 27, 1},
           {1, 28, 7},
           {},
           {},
           {{{1, 0, 10}, {1, 13, 7}, {1, 21, 14}, {}}},
           {1, 35, 1}},
    Layout{MrzKind::td3,
           2,
           44,
           {0, 5, 39},
           {1, 0, 9},
           {1, 9, 1},
           {1, 10, 3},
           {1, 13, 6},
           {1, 19, 1},
           {1, 20, 1},
           {1, 21, 6},
           {1, 27, 1},
           {1, 28, 14},
           {1, 42, 1},
           {},
           {{{1, 0, 10}, {1, 13, 7}, {1, 21, 22}, {}}},
           {1, 43, 1}},
    Layout{MrzKind::mrv_a,
           2,
           44,
           {0, 5, 39},
           {1, 0, 9},
           {1, 9, 1},
           {1, 10, 3},
           {1, 13, 6},
           {1, 19, 1},
           {1, 20, 1},
           {1, 21, 6},
           {1, 27, 1},
           {1, 28, 16},
           {},
           {},
           {},
           {}},
    Layout{MrzKind::mrv_b,
           2,
           36,
           {0, 5, 31},
           {1, 0, 9},
           {1, 9, 1},
           {1, 10, 3},
           {1, 13, 6},
           {1, 19, 1},
           {1, 20, 1},
           {1, 21, 6},
           {1, 27, 1},
           {1, 28, 8},
           {},
           {},
           {},
           {}},
};

const Layout* layout_of(const wire::MrzLines& lines) {
    const bool visa = lines.items.front().value.starts_with('V');
    for (const Layout& layout : layouts) {
        const bool of_visa = layout.kind == MrzKind::mrv_a || layout.kind == MrzKind::mrv_b;
        const bool wide =
            std::ranges::all_of(lines.items, [&](const auto& line) { return line.value.size() == layout.width; });
        if (layout.lines == lines.items.size() && wide && of_visa == visa)
            return &layout;
    }
    return nullptr;
}

/// Fillers at the end are none of the text; those inside stand for blanks.
std::string plain(std::string text) {
    text.erase(text.find_last_not_of('<') + 1);
    std::ranges::replace(text, '<', ' ');
    return text;
}

class Zone {
  public:
    explicit Zone(const wire::MrzLines& lines) : lines_(lines) {}
    [[nodiscard]] std::string at(const Span& span) const {
        return lines_.items[span.line].value.substr(span.at, span.length);
    }

  private:
    const wire::MrzLines& lines_;
};

wire::MrzCheck check(const char* field, const std::string& text, const std::string& read) {
    const std::string computed(1, mrz_check_digit(text));
    return {field, read, computed, read == computed};
}

void read_names(const std::string& names, wire::MrzFields& fields) {
    const std::size_t cut = names.find("<<");
    fields.surname = plain(names.substr(0, cut));
    if (cut != std::string::npos)
        fields.given_names = plain(names.substr(std::min(cut + 2, names.size())));
}

// A number of more than nine characters goes on in the optional data, its check digit behind it and then a filler.
void read_number(const Zone& zone, const Layout& layout, wire::Mrz& mrz) {
    std::string number = zone.at(layout.number), read = zone.at(layout.number_check),
                optional = zone.at(layout.optional);
    const bool long_form = layout.kind == MrzKind::td1 || layout.kind == MrzKind::td2;
    const std::size_t end = optional.find('<');
    if (long_form && read == "<" && end != 0 && end != std::string::npos) {
        number += optional.substr(0, end - 1);
        read = optional.substr(end - 1, 1);
        optional.erase(0, end + 1);
    }
    mrz.fields.number = plain(number);
    mrz.checks.items.push_back(check("number", number, read));
    if (const std::string rest = plain(optional); !rest.empty())
        mrz.fields.optional_data = rest;
}

void read_checks(const Zone& zone, const Layout& layout, wire::Mrz& mrz) {
    auto& checks = mrz.checks.items;
    checks.push_back(check("birth_date", zone.at(layout.birth), zone.at(layout.birth_check)));
    checks.push_back(check("expiry_date", zone.at(layout.expiry), zone.at(layout.expiry_check)));
    if (layout.optional_check.length > 0) {
        const std::string optional = zone.at(layout.optional), read = zone.at(layout.optional_check);
        checks.push_back(check("optional_data", optional, read));
        if (read == "<" && plain(optional).empty()) // without optional data the issuer may leave the digit out
            checks.back().ok = true;
    }
    if (layout.composite.length > 0) {
        std::string all;
        for (const Span& span : layout.composite_of)
            all += zone.at(span);
        checks.push_back(check("composite", all, zone.at(layout.composite)));
    }
    mrz.valid = std::ranges::all_of(checks, &wire::MrzCheck::ok);
}

} // namespace

char mrz_check_digit(std::string_view text) {
    constexpr std::array<unsigned, 3> weights{7, 3, 1};
    unsigned sum = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const unsigned value = c >= '0' && c <= '9'   ? static_cast<unsigned>(c - '0')
                               : c >= 'A' && c <= 'Z' ? static_cast<unsigned>(c - 'A') + 10
                                                      : 0;
        sum += value * weights[i % weights.size()];
    }
    return static_cast<char>('0' + sum % 10);
}

wire::Expected<wire::Mrz> parse_mrz(const wire::MrzLines& lines) {
    const Layout* layout = layout_of(lines);
    if (!layout)
        return model::make_error(model::Code::bad_frame,
                                 "the device read lines that are no machine-readable zone of ICAO 9303; read it again");
    const Zone zone(lines);
    wire::Mrz mrz;
    mrz.kind = layout->kind;
    mrz.lines = lines;
    mrz.fields.document_code = plain(zone.at({0, 0, 2}));
    mrz.fields.issuer = plain(zone.at({0, 2, 3}));
    read_names(zone.at(layout->names), mrz.fields);
    read_number(zone, *layout, mrz);
    mrz.fields.nationality = plain(zone.at(layout->nationality));
    mrz.fields.birth_date = plain(zone.at(layout->birth));
    const std::string sex = zone.at(layout->sex);
    mrz.fields.sex = sex == "<" ? "X" : sex;
    mrz.fields.expiry_date = plain(zone.at(layout->expiry));
    if (const std::string second = plain(zone.at(layout->optional_2)); !second.empty())
        mrz.fields.optional_data_2 = second;
    read_checks(zone, *layout, mrz);
    return mrz;
}

} // namespace rekam::host
