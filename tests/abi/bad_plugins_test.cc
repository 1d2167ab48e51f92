// SPDX-License-Identifier: Apache-2.0
// The manifest reader on plugins that are wrong on purpose: each its own error, and none of their code has run.
#include "core/host/elf_reader.h"
#include "core/host/manifest.h"
#include "tests/unit/tree.h"

#include <gtest/gtest.h>

#include <cstring>
#include <elf.h>
#include <fstream>
#include <iterator>
#include <random>

namespace rekam::host {
namespace {

std::string path_of(const std::string& name) { return test::build_dir() / "tests/plugins" / ("rekam-" + name + ".so"); }

std::string contents(const std::string& name) {
    std::ifstream file(path_of(name), std::ios::binary);
    EXPECT_TRUE(file) << path_of(name);
    return {std::istreambuf_iterator<char>(file), {}};
}

struct Case {
    const char* plugin;
    ManifestFault fault;
};

class BadPlugin : public testing::TestWithParam<Case> {};

TEST_P(BadPlugin, HasItsOwnError) {
    const auto read = Manifest::read(path_of(GetParam().plugin));
    ASSERT_TRUE(std::holds_alternative<ManifestError>(read));
    const auto& error = std::get<ManifestError>(read);
    EXPECT_EQ(error.fault, GetParam().fault) << error.message;
    EXPECT_NE(error.message.find(GetParam().plugin), std::string::npos) << "names the file";
    EXPECT_EQ(error.failure().code, model::Code::wrong_driver);
}

INSTANTIATE_TEST_SUITE_P(
    All, BadPlugin,
    testing::Values(Case{"no_manifest", ManifestFault::missing_symbol}, Case{"wrong_magic", ManifestFault::wrong_magic},
                    Case{"wrong_major", ManifestFault::wrong_abi}, Case{"no_function", ManifestFault::no_function},
                    Case{"unknown_function", ManifestFault::unknown_function}, Case{"no_role", ManifestFault::bad_text},
                    Case{"too_long", ManifestFault::wrong_size}, Case{"too_short", ManifestFault::wrong_size},
                    Case{"bad_id", ManifestFault::bad_text}, Case{"no_name", ManifestFault::bad_text},
                    Case{"bad_threading", ManifestFault::bad_text}),
    [](const auto& one) { return std::string(one.param.plugin); });

ManifestFault fault_of(const std::string& bytes) {
    const auto parsed = Manifest::parse(ElfBytes(bytes), "patched");
    return std::holds_alternative<Manifest>(parsed) ? ManifestFault::unreadable : std::get<ManifestError>(parsed).fault;
}

TEST(Manifest, OfASoundPluginIsReadWhole) {
    const auto read = Manifest::read(path_of("crash_at_load")); // reading runs none of its code
    ASSERT_TRUE(std::holds_alternative<Manifest>(read)) << std::get<ManifestError>(read).message;
    const wire::ManifestRecord record = std::get<Manifest>(read).record();
    EXPECT_EQ(record.id, "id.rekam.test.bad");
    EXPECT_EQ(record.functions, std::vector{model::Function::camera});
    EXPECT_EQ(record.process, "own");
    EXPECT_EQ(record.threading, "free");
    EXPECT_EQ(record.requested.at("environment").text, R"(["ONE","TWO"])");
    EXPECT_EQ(record.requested.at("network").text, R"("none")");
}

TEST(Manifest, OfAnAnalyserNeedsNoFunction) {
    EXPECT_TRUE(std::holds_alternative<Manifest>(Manifest::read(path_of("analyser"))));
}

TEST(Manifest, OfAFileThatCannotBeReadSaysSo) {
    for (const std::string& path : {std::string("/nonexistent/x.so"), std::string("/proc/self")}) {
        const auto read = Manifest::read(path);
        ASSERT_TRUE(std::holds_alternative<ManifestError>(read));
        EXPECT_EQ(std::get<ManifestError>(read).fault, ManifestFault::unreadable);
        EXPECT_EQ(std::get<ManifestError>(read).failure().code, model::Code::permission_denied);
    }
    EXPECT_EQ(fault_of(""), ManifestFault::not_elf);
    EXPECT_EQ(fault_of("#!/bin/sh\n"), ManifestFault::not_elf);
}

TEST(Manifest, OfAnotherArchitectureIsToldFromADamagedFile) {
    std::string bytes = contents("refuses");
    const Elf64_Half foreign = EM_S390;
    std::memcpy(bytes.data() + offsetof(Elf64_Ehdr, e_machine), &foreign, sizeof foreign);
    EXPECT_EQ(fault_of(bytes), ManifestFault::wrong_architecture);

    bytes = contents("refuses");
    const Elf64_Half object = ET_REL;
    std::memcpy(bytes.data() + offsetof(Elf64_Ehdr, e_type), &object, sizeof object);
    EXPECT_EQ(fault_of(bytes), ManifestFault::not_shared_library);

    bytes = contents("refuses");
    bytes[EI_CLASS] = ELFCLASS32;
    EXPECT_EQ(fault_of(bytes), ManifestFault::not_elf);
}

TEST(Manifest, OfATruncatedFileIsNeverRead) {
    const std::string whole = contents("refuses");
    for (std::size_t length = 0; length < whole.size(); length += 97)
        EXPECT_NE(fault_of(whole.substr(0, length)), ManifestFault::unreadable) << length;
}

TEST(Manifest, OfAMutatedFileIsReadOrRefusedInBounds) {
    const std::string whole = contents("refuses");
    std::mt19937 random(4711);
    for (int round = 0; round < 2'000; ++round) {
        std::string bytes = whole;
        for (int change = 0; change < 8; ++change) {
            // The head and the section table are what a reader follows; the middle is mostly code.
            const std::size_t where =
                random() % 3 == 0 ? random() % sizeof(Elf64_Ehdr) : bytes.size() - 1 - random() % 4'096;
            bytes[where] = static_cast<char>(random());
        }
        (void)fault_of(bytes); // the sanitizers judge
    }
}

TEST(ElfReader, RefusesTablesThatPointOutside) {
    std::string bytes = contents("refuses");
    const std::uint64_t far = ~std::uint64_t{0} - 8;
    std::memcpy(bytes.data() + offsetof(Elf64_Ehdr, e_shoff), &far, sizeof far);
    EXPECT_EQ(std::get<ElfFault>(find_elf_symbol(ElfBytes(bytes), "rekam_manifest")), ElfFault::damaged);
}

TEST(ElfReader, RefusesASymbolInASectionThatEndsOutside) {
    std::string bytes = contents("refuses");
    Elf64_Ehdr header{};
    std::memcpy(&header, bytes.data(), sizeof header);
    for (std::size_t i = 0; i < header.e_shnum; ++i) {
        char* const place = bytes.data() + header.e_shoff + i * sizeof(Elf64_Shdr);
        Elf64_Shdr section{};
        std::memcpy(&section, place, sizeof section);
        if (section.sh_type == SHT_PROGBITS)
            section.sh_size = ~std::uint64_t{0};
        std::memcpy(place, &section, sizeof section);
    }
    EXPECT_EQ(std::get<ElfFault>(find_elf_symbol(ElfBytes(bytes), "rekam_manifest")), ElfFault::damaged);
}

TEST(ElfReader, DoesNotTakeAPrefixForTheName) {
    const std::string bytes = contents("refuses");
    EXPECT_EQ(std::get<ElfFault>(find_elf_symbol(ElfBytes(bytes), "rekam_mani")), ElfFault::no_symbol);
    EXPECT_TRUE(std::holds_alternative<std::string>(find_elf_symbol(ElfBytes(bytes), "rekam_manifest")));
}

} // namespace
} // namespace rekam::host
