// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "plugins/sane/usb.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <vector>

namespace rekam::sane {
namespace {

constexpr std::string_view by_number = "libusb:", by_serial = "usb-serial:", by_port = "usb-port:";
constexpr std::size_t numbers_length = 7; // "001:004"

std::string first_line(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return line;
}

std::optional<int> number(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

/// "000000" and "0123456789" tell no two devices apart; other characters would not survive in an id.
bool is_good_serial(const std::string& serial) {
    const auto plain = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
               c == '_';
    };
    return serial.size() >= 4 && serial.size() <= 40 && std::ranges::all_of(serial, plain) && serial != "0123456789" &&
           std::ranges::any_of(serial, [](char c) { return c != '0'; });
}

std::vector<UsbPlace> all_places(const std::filesystem::path& root) {
    std::vector<UsbPlace> places;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(root, none)) {
        const auto bus = number(first_line(entry.path() / "busnum")),
                   device = number(first_line(entry.path() / "devnum"));
        if (!bus || !device)
            continue; // an interface, not a device
        const std::string serial = first_line(entry.path() / "serial");
        places.push_back({entry.path().filename().string(), is_good_serial(serial) ? serial : "",
                          first_line(entry.path() / "idVendor"), first_line(entry.path() / "idProduct"), *bus,
                          *device});
    }
    return places;
}

bool same_serial(const UsbPlace& a, const UsbPlace& b) {
    return !a.serial.empty() && a.serial == b.serial && a.vendor == b.vendor && a.product == b.product;
}

std::string serial_text(const UsbPlace& place) {
    return std::string(by_serial) + place.vendor + ':' + place.product + ':' + place.serial;
}

/// Where "libusb:001:004" begins in the name, or npos.
std::size_t numbers_at(const std::string& name) {
    for (std::size_t at = name.find(by_number); at != std::string::npos; at = name.find(by_number, at + 1)) {
        const std::string_view tail = std::string_view(name).substr(at + by_number.size());
        // SANE writes both with three digits; what follows them would belong to another kind of name.
        if (tail.size() == numbers_length && number(tail.substr(0, 3)) && tail[3] == ':' && number(tail.substr(4)))
            return at;
    }
    return std::string::npos;
}

std::string numbers_text(const UsbPlace& place) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "libusb:%03d:%03d", place.bus, place.number);
    return text.data();
}

} // namespace

bool names_usb(const std::string& sane_name) {
    // Behind "net:" the numbers are those of another machine.
    return !sane_name.starts_with("net:") && numbers_at(sane_name) != std::string::npos;
}

std::optional<UsbPlace> usb_place(const std::string& sane_name, const std::filesystem::path& root) {
    if (!names_usb(sane_name))
        return std::nullopt;
    const std::size_t at = numbers_at(sane_name) + by_number.size();
    const int bus = *number(std::string_view(sane_name).substr(at, 3)),
              device = *number(std::string_view(sane_name).substr(at + 4));
    for (const UsbPlace& place : all_places(root))
        if (place.bus == bus && place.number == device)
            return place;
    return std::nullopt;
}

std::string stable_id(const std::string& sane_name, const std::filesystem::path& root) {
    const auto place = usb_place(sane_name, root);
    if (!place)
        return sane_name;
    const auto places = all_places(root);
    const auto twins = std::ranges::count_if(places, [&](const UsbPlace& other) { return same_serial(*place, other); });
    return sane_name.substr(0, numbers_at(sane_name)) +
           (twins == 1 ? serial_text(*place) : std::string(by_port) + place->port);
}

std::optional<std::string> sane_name_of(const std::string& id, const std::filesystem::path& root) {
    for (const std::string_view kind : {by_serial, by_port}) {
        const std::size_t at = id.find(kind);
        if (at == std::string::npos || id.starts_with("net:"))
            continue;
        const std::string wanted = id.substr(at);
        std::vector<UsbPlace> found;
        for (UsbPlace& place : all_places(root))
            if (kind == by_serial ? serial_text(place) == wanted : std::string(by_port) + place.port == wanted)
                found.push_back(std::move(place));
        if (found.size() != 1)
            return std::nullopt;
        return id.substr(0, at) + numbers_text(found.front());
    }
    return id;
}

} // namespace rekam::sane
