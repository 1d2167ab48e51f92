// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/elf_reader.h"

#include <algorithm>
#include <cstring>
#include <elf.h>
#include <optional>

namespace rekam::host {
namespace {

#if defined(__x86_64__)
constexpr Elf64_Half machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half machine = EM_AARCH64;
#elif defined(__riscv)
constexpr Elf64_Half machine = EM_RISCV;
#else
#error "name this machine's EM_ constant"
#endif

// A library has a few dozen sections and some thousand symbols; more is an attack on our time.
constexpr std::uint64_t max_sections = 4'096, max_symbols = 1'000'000;

/// A part of the file, or nothing where it does not lie inside.
std::optional<std::string> part(const ElfFile& file, std::uint64_t offset, std::uint64_t bytes) {
    if (offset > file.size() || bytes > file.size() - offset)
        return std::nullopt;
    std::string read = file.read(offset, bytes);
    return read.size() == bytes ? std::optional(std::move(read)) : std::nullopt;
}

/// A part of what was read.
std::optional<std::string_view> window(std::string_view bytes, std::uint64_t offset, std::uint64_t count) {
    if (offset > bytes.size() || count > bytes.size() - offset)
        return std::nullopt;
    return bytes.substr(offset, count);
}

/// Copied out: nothing in the file need be aligned.
template <class T> std::optional<T> entry(std::string_view table, std::uint64_t index) {
    std::uint64_t offset = 0;
    const auto bytes =
        __builtin_mul_overflow(index, sizeof(T), &offset) ? std::nullopt : window(table, offset, sizeof(T));
    if (!bytes)
        return std::nullopt;
    T copy;
    std::memcpy(&copy, bytes->data(), sizeof copy);
    return copy;
}

bool is_named(std::string_view names, std::uint64_t offset, std::string_view name) {
    const auto text = window(names, offset, name.size() + 1);
    return text && text->substr(0, name.size()) == name && text->back() == '\0';
}

class Reader {
  public:
    Reader(const ElfFile& file, std::string sections) : file_(file), sections_(std::move(sections)) {}

    std::variant<std::string, ElfFault> find(std::string_view name) const {
        for (std::uint64_t i = 0; const auto section = entry<Elf64_Shdr>(sections_, i); ++i)
            if (section->sh_type == SHT_DYNSYM)
                return find_in(*section, name);
        return ElfFault::no_symbol;
    }

  private:
    std::variant<std::string, ElfFault> find_in(const Elf64_Shdr& table, std::string_view name) const {
        const auto strings = entry<Elf64_Shdr>(sections_, table.sh_link);
        if (!strings || table.sh_entsize != sizeof(Elf64_Sym) || table.sh_size / sizeof(Elf64_Sym) > max_symbols)
            return ElfFault::damaged;
        const auto names = part(file_, strings->sh_offset, strings->sh_size);
        const auto symbols = part(file_, table.sh_offset, table.sh_size);
        if (!names || !symbols)
            return ElfFault::damaged;
        for (std::uint64_t i = 0; const auto symbol = entry<Elf64_Sym>(*symbols, i); ++i)
            if (symbol->st_shndx != SHN_UNDEF && is_named(*names, symbol->st_name, name))
                return bytes_of(*symbol);
        return ElfFault::no_symbol;
    }

    /// The section that holds the symbol says where in the file its address lies.
    std::variant<std::string, ElfFault> bytes_of(const Elf64_Sym& symbol) const {
        const auto section = entry<Elf64_Shdr>(sections_, symbol.st_shndx);
        if (!section || section->sh_type == SHT_NOBITS || symbol.st_value < section->sh_addr)
            return ElfFault::damaged;
        const std::uint64_t inside = symbol.st_value - section->sh_addr;
        if (section->sh_offset > file_.size() || section->sh_size > file_.size() - section->sh_offset ||
            inside > section->sh_size || symbol.st_size > section->sh_size - inside)
            return ElfFault::damaged;
        auto bytes = part(file_, section->sh_offset + inside, symbol.st_size);
        if (!bytes)
            return ElfFault::damaged;
        return std::move(*bytes);
    }

    const ElfFile& file_;
    const std::string sections_;
};

} // namespace

std::variant<std::string, ElfFault> find_elf_symbol(const ElfFile& file, std::string_view symbol) {
    const std::string head = file.read(0, std::min<std::uint64_t>(file.size(), sizeof(Elf64_Ehdr)));
    if (head.size() < EI_NIDENT || !head.starts_with(ELFMAG) || head[EI_CLASS] != ELFCLASS64 ||
        head[EI_DATA] != ELFDATA2LSB)
        return ElfFault::not_elf;
    const auto header = entry<Elf64_Ehdr>(head, 0);
    if (!header)
        return ElfFault::damaged;
    if (header->e_machine != machine)
        return ElfFault::wrong_architecture;
    if (header->e_type != ET_DYN)
        return ElfFault::not_shared_library;
    if (header->e_shentsize != sizeof(Elf64_Shdr) || header->e_shnum == 0 || header->e_shnum > max_sections)
        return ElfFault::damaged;
    // The table stands last: a file that was cut off anywhere lacks some of it.
    auto sections = part(file, header->e_shoff, header->e_shnum * sizeof(Elf64_Shdr));
    if (!sections)
        return ElfFault::damaged;
    return Reader(file, std::move(*sections)).find(symbol);
}

} // namespace rekam::host
