// SPDX-License-Identifier: Apache-2.0 OR MIT
// Finds the bytes of an exported symbol in an ELF file without running any of it. Pure; every offset in the file is
// somebody else's word and is checked against its size.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace rekam::host {

enum class ElfFault : std::uint8_t {
    not_elf,            ///< no ELF magic, or no 64-bit little-endian file
    not_shared_library, ///< an executable, an object file, a core
    wrong_architecture, ///< built for another machine
    damaged,            ///< its tables point outside the file
    no_symbol,          ///< a sound library without that symbol
};

/// A file that is looked into. Only what is asked for is read: a vendor's library may have tens of megabytes.
class ElfFile {
  public:
    [[nodiscard]] virtual std::uint64_t size() const = 0;
    /// `bytes` from `offset` on, both inside size(); fewer where the file was cut off meanwhile. Whatever it throws
    /// comes out of find_elf_symbol.
    [[nodiscard]] virtual std::string read(std::uint64_t offset, std::uint64_t bytes) const = 0;

  protected:
    ~ElfFile() = default;
};

/// One that is in memory already.
class ElfBytes final : public ElfFile {
  public:
    explicit ElfBytes(std::string_view bytes) : bytes_(bytes) {}
    [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
    [[nodiscard]] std::string read(std::uint64_t offset, std::uint64_t bytes) const override {
        return std::string(bytes_.substr(offset, bytes));
    }

  private:
    std::string_view bytes_;
};

/// The bytes of the symbol.
std::variant<std::string, ElfFault> find_elf_symbol(const ElfFile& file, std::string_view symbol);

} // namespace rekam::host
