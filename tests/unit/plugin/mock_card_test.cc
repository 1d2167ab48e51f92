// SPDX-License-Identifier: Apache-2.0
// The parts of the card mocks: a chip that follows ISO 7816-4, a card that is as large as a card, a printer that
// remembers.
#include "mocks/devices/card/chip.h"
#include "mocks/devices/card/machine.h"
#include "mocks/devices/card/printer.h"
#include "mocks/devices/card/render.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

namespace rekam::mock_card {
namespace {

class Folder {
  public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "rekam-card-XXXXXX").string();
        path = ::mkdtemp(name.data());
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::string path;
};

Bytes apdu(std::initializer_list<int> bytes) {
    Bytes all;
    for (const int byte : bytes)
        all.push_back(static_cast<uint8_t>(byte));
    return all;
}

Bytes status(int word) { return apdu({word >> 8, word & 255}); }

TEST(MockChip, SelectsReadsAndUpdates) {
    Chip chip = Chip::blank("48200017");
    const Bytes atr = chip.reset();
    EXPECT_EQ(atr.front(), 0x3B);
    uint8_t check = 0;
    for (std::size_t i = 1; i < atr.size(); ++i)
        check = static_cast<uint8_t>(check ^ atr[i]);
    EXPECT_EQ(check, 0) << "TCK";
    EXPECT_EQ(chip.transmit(apdu({0, 0xB0, 0, 0, 8})), status(0x6986)) << "nothing is selected";
    EXPECT_EQ(chip.transmit(apdu({0, 0xA4, 0, 0, 2, 0x99, 0x99})), status(0x6A82));
    EXPECT_EQ(chip.transmit(apdu({0, 0xA4, 0, 0, 2, 0x01, 0x01})), status(0x9000));
    EXPECT_EQ(chip.transmit(apdu({0, 0xD6, 0, 4, 2, 0xAB, 0xCD})), status(0x9000));
    EXPECT_EQ(chip.transmit(apdu({0, 0xB0, 0, 4, 2})), apdu({0xAB, 0xCD, 0x90, 0x00}));
    EXPECT_EQ(chip.transmit(apdu({0, 0xB0, 0, 4, 0, 0, 2})), apdu({0xAB, 0xCD, 0x90, 0x00})) << "extended length";
    EXPECT_EQ(chip.transmit(apdu({0, 0xB0, 4, 0, 2})), status(0x6B00)) << "behind the end";
    EXPECT_EQ(chip.transmit(apdu({0, 0xD6, 3, 255, 2, 1, 2})), status(0x6B00));
    EXPECT_EQ(chip.transmit(apdu({0, 0xFF, 0, 0})), status(0x6D00));
    EXPECT_EQ(chip.transmit(apdu({0, 0xA4, 0})), status(0x6700));
    EXPECT_EQ(chip.transmit(apdu({0, 0xA4, 0, 0, 2, 0x2F, 0x02})), status(0x9000));
    EXPECT_EQ(chip.transmit(apdu({0, 0xD6, 0, 0, 1, 1})), status(0x6982)) << "the serial number is read only";
    const Bytes serial = chip.transmit(apdu({0, 0xB0, 0, 0, 8}));
    EXPECT_EQ(std::string(serial.begin(), serial.end() - 2), "48200017");
}

TEST(MockChip, LivesInItsFile) {
    const Folder folder;
    Chip chip = Chip::blank("1");
    chip.transmit(apdu({0, 0xA4, 0, 0, 2, 0x01, 0x01}));
    chip.transmit(apdu({0, 0xD6, 0, 0, 1, 0x77}));
    chip.store(folder.path + "/card");
    auto again = Chip::load(folder.path + "/card");
    ASSERT_TRUE(again);
    again->reset();
    again->transmit(apdu({0, 0xA4, 0, 0, 2, 0x01, 0x01}));
    EXPECT_EQ(again->transmit(apdu({0, 0xB0, 0, 0, 1})), apdu({0x77, 0x90, 0x00}));
    EXPECT_FALSE(Chip::load(folder.path + "/none"));
}

Image plain(uint32_t width, uint32_t height, uint8_t value) {
    return {width, height, Bytes(std::size_t{3} * width * height, value)};
}

TEST(MockRender, MakesACardOfTheRightSizeAndAlwaysTheSame) {
    const Bytes card = render_side(plain(40, 30, 100), false, true);
    EXPECT_EQ(card, render_side(plain(40, 30, 100), false, true));
    EXPECT_NE(card, render_side(plain(40, 30, 100), true, true));
    EXPECT_NE(card, render_side(plain(40, 30, 100), false, false)) << "the chip's contacts show";
    const auto read = decode_png(card.data(), card.size());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->width, card_width_px);
    EXPECT_EQ(read->height, card_height_px);
    EXPECT_FALSE(decode_png(card.data(), 20));
}

TEST(MockMachine, RemembersOverProcesses) {
    const Folder folder;
    Spec spec;
    spec.id = "cp-1";
    spec.state = folder.path;
    spec.cards = 2;
    std::string first;
    {
        Machine machine(spec);
        machine.begin();
        machine.feed();
        first = machine.last_serial();
        machine.count_print();
    }
    Machine machine(spec);
    EXPECT_EQ(machine.at(), uint32_t{REKAM_CARD_AT_PRINT}) << "the card is still inside";
    EXPECT_EQ(machine.counter(), 1U);
    EXPECT_EQ(machine.hopper(), 1U);
    machine.feed();
    EXPECT_TRUE(std::filesystem::exists(folder.path + "/cp-1/reject/" + first + ".card")) << "it had to go first";
    EXPECT_NE(machine.last_serial(), first);
    machine.move(REKAM_CARD_AT_EXIT);
    EXPECT_THROW(machine.feed(), plugin::Error) << "the hopper is empty";
    EXPECT_THROW(machine.move(REKAM_CARD_AT_CHIP), plugin::Error) << "no card is inside";
}

TEST(MockPrinter, CountsWhatItUsesUp) {
    const Folder folder;
    Spec spec;
    spec.id = "cp-1";
    spec.state = folder.path;
    spec.ribbon = 3;
    {
        Machine machine(spec);
        machine.feed();
        machine.count_print();
    }
    rekam_host_t host{};
    mock::Live live;
    Printer printer(spec, {"REKAM_MOCK_CARD_FAULTS", plugin::Host(&host), &live});
    const auto left = [&] {
        std::map<std::string, int64_t> amounts;
        for (const auto& one : printer.consumables())
            amounts[one.name] = one.left;
        return amounts;
    };
    EXPECT_EQ(left(), (std::map<std::string, int64_t>{{"ribbon", 2}, {"hopper", 99}, {"head-cleaning", 999}}));
    for (const auto& one : printer.consumables())
        EXPECT_NE(std::string(one.hint), "") << one.name;
    std::ofstream(folder.path + "/cp-1/load") << "clean 1\nribbon 200\n";
    Machine machine(spec);
    machine.look(); // as the next health check does
    EXPECT_EQ(machine.cleaned(), machine.counter());
    EXPECT_EQ(machine.ribbon(), 200U);
}

} // namespace
} // namespace rekam::mock_card
