// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/card/chip.h"

#include <rekam/plugin.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>

namespace rekam::mock_card {
namespace {

constexpr uint16_t ok = 0x9000, wrong_length = 0x6700, not_allowed = 0x6986, read_only = 0x6982, not_found = 0x6A82,
                   wrong_p1p2 = 0x6B00, no_such_instruction = 0x6D00;
constexpr std::size_t data_bytes = 1'024, picture_bytes = 16'384, serial_bytes = 8;
constexpr uint8_t ins_select = 0xA4, ins_read = 0xB0, ins_update = 0xD6;
const Bytes application{0xA0, 0x00, 0x00, 0x08, 0x39, 0x01};

Bytes status(uint16_t word) { return {static_cast<uint8_t>(word >> 8U), static_cast<uint8_t>(word)}; }

struct Apdu {
    uint8_t ins = 0, p1 = 0, p2 = 0;
    Bytes data;
    std::size_t expected = 0;
    bool whole = false;
};

// Short and extended lengths, cases 1 to 4.
Apdu parse(const Bytes& c) {
    Apdu apdu;
    if (c.size() < 4)
        return apdu;
    apdu.ins = c[1];
    apdu.p1 = c[2];
    apdu.p2 = c[3];
    std::size_t at = 4;
    const bool extended = c.size() >= 7 && c[4] == 0;
    const auto number = [&](std::size_t width) {
        std::size_t value = 0;
        for (std::size_t i = 0; i < width && at < c.size(); ++i)
            value = value << 8U | c[at++];
        return value;
    };
    if (extended)
        ++at;
    const std::size_t width = extended ? 2 : 1, all = extended ? 65'536 : 256;
    const auto length_of = [&](std::size_t value) { return value == 0 ? all : value; };
    if (c.size() == at) {
        apdu.whole = true;
    } else if (c.size() == at + width) {
        apdu.expected = length_of(number(width));
        apdu.whole = true;
    } else {
        const std::size_t count = number(width);
        if (c.size() < at + count)
            return apdu;
        apdu.data.assign(c.begin() + static_cast<std::ptrdiff_t>(at),
                         c.begin() + static_cast<std::ptrdiff_t>(at + count));
        at += count;
        apdu.whole = c.size() == at || c.size() == at + width;
        if (c.size() == at + width)
            apdu.expected = length_of(number(width));
    }
    return apdu;
}

} // namespace

Chip Chip::blank(std::string_view serial) {
    Chip chip;
    chip.serial_ = serial;
    Bytes number(serial_bytes, 0);
    std::copy_n(serial.begin(), std::min(serial.size(), serial_bytes), number.begin());
    chip.files_[serial_file] = std::move(number);
    chip.files_[data_file] = Bytes(data_bytes, 0);
    chip.files_[picture_file] = Bytes(picture_bytes, 0);
    return chip;
}

std::optional<Chip> Chip::load(const std::string& path) {
    std::ifstream file(path);
    Chip chip;
    std::string word;
    if (!(file >> word >> chip.serial_) || word != "chip")
        return std::nullopt;
    std::string id, hex;
    while (file >> id >> hex) {
        Bytes bytes;
        for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
            bytes.push_back(static_cast<uint8_t>(std::stoul(hex.substr(i, 2), nullptr, 16)));
        chip.files_[static_cast<uint16_t>(std::stoul(id, nullptr, 16))] = std::move(bytes);
    }
    return chip;
}

// Replaced at once: a process that dies in the middle leaves the old card.
void Chip::store(const std::string& path) const {
    std::ofstream file(path + ".new", std::ios::trunc);
    file << "chip " << serial_ << "\n" << std::hex;
    for (const auto& [id, bytes] : files_) {
        file << id << " ";
        for (const uint8_t byte : bytes)
            file << "0123456789abcdef"[byte >> 4U] << "0123456789abcdef"[byte & 15U];
        file << "\n";
    }
    file.close();
    if (!file || std::rename((path + ".new").c_str(), path.c_str()) != 0)
        throw plugin::Error(REKAM_E_DEVICE_ERROR, "the card's chip cannot be written to " + path);
}

Bytes Chip::reset() {
    selected_ = 0;
    Bytes atr{0x3B, 0x88, 0x80, 0x01}; // direct convention, T=0 and T=1, eight historical bytes
    for (std::size_t i = 0; i < 8; ++i)
        atr.push_back(i < serial_.size() ? static_cast<uint8_t>(serial_[i]) : uint8_t{0});
    uint8_t check = 0;
    for (std::size_t i = 1; i < atr.size(); ++i)
        check = static_cast<uint8_t>(check ^ atr[i]);
    atr.push_back(check);
    return atr;
}

Bytes Chip::transmit(const Bytes& command) {
    const Apdu apdu = parse(command);
    if (!apdu.whole)
        return status(wrong_length);
    const auto offset = static_cast<uint16_t>(apdu.p1 << 8U | apdu.p2);
    switch (apdu.ins) {
    case ins_select: return select(apdu.p1, apdu.data);
    case ins_read: return read(offset, apdu.expected);
    case ins_update: return update(offset, apdu.data);
    default: return status(no_such_instruction);
    }
}

Bytes Chip::select(uint8_t p1, const Bytes& data) {
    if (p1 == 0x04)
        return status(data == application ? ok : not_found);
    if (data.size() != 2)
        return status(wrong_length);
    const auto id = static_cast<uint16_t>(data[0] << 8U | data[1]);
    if (id != 0x3F00 && !files_.contains(id))
        return status(not_found);
    selected_ = id;
    return status(ok);
}

Bytes Chip::read(uint16_t offset, std::size_t length) const {
    const auto file = files_.find(selected_);
    if (file == files_.end())
        return status(not_allowed);
    if (offset >= file->second.size())
        return status(wrong_p1p2);
    const std::size_t count = std::min(length, file->second.size() - offset);
    Bytes answer(file->second.begin() + offset, file->second.begin() + offset + static_cast<std::ptrdiff_t>(count));
    answer.push_back(ok >> 8U);
    answer.push_back(ok & 0xffU);
    return answer;
}

Bytes Chip::update(uint16_t offset, const Bytes& data) {
    const auto file = files_.find(selected_);
    if (file == files_.end())
        return status(not_allowed);
    if (selected_ == serial_file)
        return status(read_only);
    if (data.empty() || offset + data.size() > file->second.size())
        return status(data.empty() ? wrong_length : wrong_p1p2);
    std::copy(data.begin(), data.end(), file->second.begin() + offset);
    return status(ok);
}

} // namespace rekam::mock_card
