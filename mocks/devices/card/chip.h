// SPDX-License-Identifier: Apache-2.0 OR MIT
// The chip of a mock card: a small ISO 7816-4 file system that lives in a file, so that what one device writes another
// reads. Commands: SELECT by file id or by name, READ BINARY, UPDATE BINARY.
//   2F02  serial number, 8 bytes, read only      0101  personal data, 1,024 bytes      0102  picture, 16,384 bytes
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rekam::mock_card {

using Bytes = std::vector<uint8_t>;

class Chip {
  public:
    static constexpr uint16_t serial_file = 0x2F02, data_file = 0x0101, picture_file = 0x0102;

    // As it leaves the factory.
    static Chip blank(std::string_view serial);
    // Empty where there is no such file, or none that a chip wrote: a card that does not answer.
    static std::optional<Chip> load(const std::string& path);
    void store(const std::string& path) const;

    const std::string& serial() const { return serial_; }
    // Powers it on: nothing is selected. The answer to reset.
    Bytes reset();
    // One command APDU, one response with its status word.
    Bytes transmit(const Bytes& command);

  private:
    Bytes select(uint8_t p1, const Bytes& data);
    Bytes read(uint16_t offset, std::size_t length) const;
    Bytes update(uint16_t offset, const Bytes& data);

    std::string serial_;
    std::map<uint16_t, Bytes> files_;
    uint16_t selected_ = 0;
};

} // namespace rekam::mock_card
