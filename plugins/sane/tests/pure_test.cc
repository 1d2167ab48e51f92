// SPDX-License-Identifier: Apache-2.0 OR MIT
// The pure parts: statuses, options, words, capabilities, and the ids of USB scanners.
#include "plugins/sane/capabilities.h"
#include "plugins/sane/json.h"
#include "plugins/sane/status.h"
#include "plugins/sane/tests/sane_env.h"
#include "plugins/sane/usb.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>
#include <sane/saneopts.h>

#include <filesystem>

namespace rekam::sane {
namespace {

uint32_t code_of(int status, Phase phase) {
    const plugin::Error error = status_error(static_cast<SANE_Status>(status), phase, "call");
    rekam_error_t record{};
    error.write(&record);
    EXPECT_EQ(record.vendor_code, status);
    EXPECT_NE(std::string(record.message).find("SANE status " + std::to_string(status)), std::string::npos)
        << record.message;
    EXPECT_NE(rekam_code_word(record.code), nullptr);
    return record.code;
}

TEST(Status, HasAMeaningThatFitsTheCall) {
    for (int status = 1; status <= 15; ++status) // what fits into SANE's enumeration
        for (const Phase phase : {Phase::list, Phase::open, Phase::option, Phase::start, Phase::read})
            EXPECT_NE(code_of(status, phase), 0u);
    EXPECT_EQ(code_of(SANE_STATUS_DEVICE_BUSY, Phase::open), REKAM_E_HELD_BY_PROCESS);
    EXPECT_EQ(code_of(SANE_STATUS_DEVICE_BUSY, Phase::start), REKAM_E_BUSY);
    EXPECT_EQ(code_of(SANE_STATUS_INVAL, Phase::open), REKAM_E_DEVICE_GONE);
    EXPECT_EQ(code_of(SANE_STATUS_INVAL, Phase::option), REKAM_E_OUT_OF_RANGE);
    EXPECT_EQ(code_of(SANE_STATUS_IO_ERROR, Phase::open), REKAM_E_DEVICE_DOWN);
    EXPECT_EQ(code_of(SANE_STATUS_IO_ERROR, Phase::read), REKAM_E_DEVICE_ERROR);
    EXPECT_EQ(code_of(SANE_STATUS_UNSUPPORTED, Phase::open), REKAM_E_WRONG_DRIVER);
    EXPECT_EQ(code_of(SANE_STATUS_ACCESS_DENIED, Phase::open), REKAM_E_PERMISSION_DENIED);
    EXPECT_EQ(code_of(SANE_STATUS_NO_DOCS, Phase::start), REKAM_E_FEEDER_EMPTY);
    EXPECT_EQ(code_of(status_warming_up, Phase::start), REKAM_E_NOT_READY);
    EXPECT_EQ(code_of(status_hw_locked, Phase::start), REKAM_E_DEVICE_DOWN);
    EXPECT_EQ(code_of(15, Phase::read), REKAM_E_DEVICE_ERROR);
}

TEST(Words, OfManyBackEnds) {
    const std::pair<const char*, const char*> sources[] = {
        {"Flatbed", "flatbed"},
        {"FB", "flatbed"},
        {"Normal", "flatbed"},
        {"Document Table", "flatbed"},
        {"Platen", "flatbed"},
        {"ADF", "feeder"},
        {"ADF Front", "feeder"},
        {"Automatic Document Feeder", "feeder"},
        {"Automatic Document Feeder(left aligned)", "feeder"},
        {"ADF Duplex", "feeder-duplex"},
        {"Duplex", "feeder-duplex"},
        {"Automatic Document Feeder(centrally aligned,Duplex)", "feeder-duplex"},
        {"Document Camera", "camera"},
        {"ADF Back", ""},
        {"ADF Rear", ""},
        {"Transparency Unit", ""},
        {"Negative", ""},
        {"Card Duplex", ""},
        {"", ""}};
    for (const auto& [text, word] : sources)
        EXPECT_EQ(source_word(text).value_or(""), word) << text;
    const std::pair<const char*, const char*> modes[] = {{"Lineart", "lineart"},
                                                         {"Binary", "lineart"},
                                                         {"Black & White", "lineart"},
                                                         {"monochrome", "lineart"},
                                                         {"Gray", "gray"},
                                                         {"Grayscale", "gray"},
                                                         {"True Gray", "gray"},
                                                         {"8-bit grey", "gray"},
                                                         {"Color", "color"},
                                                         {"24bit Color[Fast]", "color"},
                                                         {"Colour", "color"},
                                                         {"Halftone", ""},
                                                         {"Gray[Error Diffusion]", ""},
                                                         {"Color Lineart", ""},
                                                         {"Infrared", ""},
                                                         {"", ""}};
    for (const auto& [text, word] : modes)
        EXPECT_EQ(mode_word(text).value_or(""), word) << text;
}

Option text_option(const char* name, std::vector<std::string> texts, bool active = true) {
    Option option;
    option.index = 3;
    option.name = name;
    option.type = Type::text;
    option.bytes = 40;
    option.active = active;
    option.settable = option.readable = true;
    option.texts = std::move(texts);
    return option;
}

Option number_option(const char* name, Range range, SANE_Unit unit = SANE_UNIT_NONE, Type type = Type::integer) {
    Option option = text_option(name, {});
    option.type = type;
    option.bytes = sizeof(SANE_Word);
    option.range = range;
    option.unit = unit;
    return option;
}

TEST(Words, WithoutASourceTheTypeOfTheDeviceTells) {
    EXPECT_EQ(source_choices({}, "sheetfed scanner"), (std::vector<Choice>{{"feeder", {}}}));
    EXPECT_EQ(source_choices({}, "flatbed scanner"), (std::vector<Choice>{{"flatbed", {}}}));
    EXPECT_EQ(source_choices({}, ""), (std::vector<Choice>{{"flatbed", {}}}));
    EXPECT_EQ(source_choices({text_option("page-loaded", {})}, ""), (std::vector<Choice>{{"feeder", {}}}));
    EXPECT_EQ(source_choices({text_option("page-loaded", {}, false)}, ""), (std::vector<Choice>{{"flatbed", {}}}));
    EXPECT_TRUE(source_choices({}, "hand-held scanner").empty());
    EXPECT_TRUE(source_choices({}, "film scanner").empty());
}

TEST(Words, ASwitchForTheSidesMakesAFeederDuplex) {
    const Options epson{text_option(SANE_NAME_SCAN_SOURCE, {"Flatbed", "Automatic Document Feeder"}),
                        text_option("adf-mode", {"Simplex", "Duplex"}, false)};
    const auto choices = source_choices(epson, "");
    ASSERT_EQ(choices.size(), 3u);
    EXPECT_EQ(choices[1],
              (Choice{"feeder",
                      {{"source", std::string("Automatic Document Feeder")}, {"adf-mode", std::string("Simplex")}}}));
    EXPECT_EQ(choices[2],
              (Choice{"feeder-duplex",
                      {{"source", std::string("Automatic Document Feeder")}, {"adf-mode", std::string("Duplex")}}}));
}

TEST(Words, TextsThatNoWordStandsForStayReachable) {
    EXPECT_TRUE(has_unnamed_texts(text_option(SANE_NAME_SCAN_SOURCE, {"Flatbed", "Transparency Unit"})));
    EXPECT_TRUE(has_unnamed_texts(text_option(SANE_NAME_SCAN_MODE, {"True Gray", "Gray"})));
    EXPECT_FALSE(has_unnamed_texts(text_option(SANE_NAME_SCAN_SOURCE, {"Flatbed", "ADF", "ADF Duplex"})));
}

TEST(Options, AreEncodedExactlyOrNotAtAll) {
    const Option fixed = number_option("f", {-100, 100, 0}, SANE_UNIT_MM, Type::fixed);
    EXPECT_EQ(decode(fixed, *encode(fixed, 85.5)), Value(85.5));
    EXPECT_EQ(encode(fixed, 40'000.0), std::nullopt) << "does not fit into 16 bits before the point";
    EXPECT_EQ(encode(fixed, std::string("1")), std::nullopt);
    const Option text = text_option("t", {});
    EXPECT_EQ(decode(text, *encode(text, std::string("abc"))), Value(std::string("abc")));
    EXPECT_EQ(encode(text, std::string(40, 'x')), std::nullopt) << "no room for the zero";
    EXPECT_EQ(encode(text, std::string("a\0b", 3)), std::nullopt);
    EXPECT_EQ(decode(text, {}), std::nullopt);
}

TEST(Options, TextsBecomeUtf8) {
    EXPECT_EQ(utf8("Farbe"), "Farbe");
    EXPECT_EQ(utf8("Gr\xfc\xdf"), "Gr\xc3\xbc\xc3\x9f");         // Latin-1, as the standard says
    EXPECT_EQ(utf8("Gr\xc3\xbc\xc3\x9f"), "Gr\xc3\xbc\xc3\x9f"); // UTF-8, as some do
    EXPECT_EQ(utf8("\xed\xa0\x80"), "\xc3\xad\xc2\xa0\xc2\x80") << "a surrogate is no UTF-8";
}

TEST(Capabilities, OfAFeederAndAFlatbedThatDiffer) {
    const ModeFacts line{"lineart", {1}, {{}, 50, 600, 0}}, gray{"gray", {8}, {{}, 50, 600, 0}};
    const ModeFacts color{"color", {8, 16}, {{75, 150, 300}, 0, 0, 0}};
    Facts facts;
    facts.sources = {{"flatbed", {216'000, 297'000}, {line, gray, color}},
                     {"feeder", {216'000, 356'000}, {line, gray}}};
    facts.source = "flatbed";
    facts.mode = "gray";
    facts.vendor = {{text_option("quote\"d", {"a\\b", "c\n"}), std::string("a\\b")}};
    const auto schema = boost::json::parse(capabilities_json(facts)).as_object();
    const auto& properties = schema.at("properties").as_object();
    EXPECT_EQ(properties.at("area").at("properties").at("height_um").at("maximum").as_int64(), 356'000);
    EXPECT_EQ(properties.at("sane:quote\"d").at("enum").as_array().at(1).as_string(), "c\n");
    const auto then = [&](const boost::json::object& when) -> boost::json::object {
        for (const auto& set : schema.at("when").as_array())
            if (set.at("if") == when)
                return set.at("then").as_object();
        ADD_FAILURE() << "no set for " << when;
        return {};
    };
    const auto flatbed = then({{"source", "flatbed"}});
    EXPECT_EQ(flatbed.at("area").at("properties").at("height_um").at("maximum").as_int64(), 297'000);
    EXPECT_EQ(flatbed.at("pages_max").at("maximum").as_int64(), 1);
    const auto feeder = then({{"source", "feeder"}});
    EXPECT_EQ(feeder.at("mode").at("enum").as_array().size(), 2u);
    EXPECT_EQ(then({{"source", "flatbed"}, {"mode", "color"}}).at("dpi").at("enum").as_array().size(), 3u);
    EXPECT_EQ(then({{"source", "feeder"}, {"mode", "gray"}}).at("depth").at("enum").as_array().size(), 1u);
}

TEST(Capabilities, FitWhatTheAbiTakesHoweverManyOptionsThereAre) {
    Facts facts;
    facts.sources = {{"flatbed", {}, {{"gray", {8}, {}}}}};
    for (int i = 0; i < 2'000; ++i)
        facts.vendor.push_back({text_option(("option-" + std::to_string(i)).c_str(), {"one", "two"}), std::nullopt});
    const std::string text = capabilities_json(facts);
    EXPECT_LT(text.size(), 40u * 1024);
    EXPECT_TRUE(boost::json::parse(text).as_object().at("properties").as_object().contains("sane:option-0"));
    EXPECT_NE(revision_of(text), revision_of(text + " "));
}

TEST(Capabilities, NameOnlyWhatAClientMayName) {
    EXPECT_TRUE(is_vendor_option(text_option("swdeskew", {}), {}));
    EXPECT_TRUE(is_vendor_option(text_option("MRCount_2.x", {}), {}));
    for (const char* name : {"", "-x", "a b", "a:b", "quote\"d", "Gr\xfc\xdf", SANE_NAME_SCAN_TL_X, SANE_NAME_PREVIEW})
        EXPECT_FALSE(is_vendor_option(text_option(name, {}), {})) << name;
    EXPECT_FALSE(is_vendor_option(text_option(std::string(60, 'x').c_str(), {}), {}));
    Options many{text_option("resolution", {})};
    many[0].type = Type::integer;
    for (int dpi = 1; dpi <= 300; ++dpi)
        many[0].numbers.push_back(dpi);
    EXPECT_EQ(dpi_rule(many), (DpiRule{{}, 1, 300, 0}));
}

TEST(Capabilities, CountPixelsInMicrometresAtTheResolution) {
    Options options;
    for (const char* name : {SANE_NAME_SCAN_TL_X, SANE_NAME_SCAN_TL_Y, SANE_NAME_SCAN_BR_X, SANE_NAME_SCAN_BR_Y})
        options.push_back(number_option(name, {0, 2540, 1}, SANE_UNIT_PIXEL));
    EXPECT_EQ(extent(options, 100, 254), (Extent{645'160, 254'000}));
    options[1].range.reset();
    EXPECT_EQ(extent(options, 100, 254), Extent()) << "without a range nobody knows the bed";
}

class Usb : public testing::Test {
  protected:
    sane_test::TempDir root_;
    void plug(const std::string& port, int bus, int number, const std::string& serial) const {
        std::filesystem::create_directory(root_.path() + "/" + port);
        root_.write(port + "/busnum", std::to_string(bus) + "\n");
        root_.write(port + "/devnum", std::to_string(number) + "\n");
        root_.write(port + "/idVendor", "04a9\n");
        root_.write(port + "/idProduct", "1909\n");
        if (!serial.empty())
            root_.write(port + "/serial", serial + "\n");
    }
    void unplug(const std::string& port) const { std::filesystem::remove_all(root_.path() + "/" + port); }
};

TEST_F(Usb, AScannerKeepsItsIdWhenItIsPluggedInAgain) {
    plug("1-2", 1, 4, "K12345");
    plug("1-3.1", 1, 5, "");
    EXPECT_EQ(stable_id("genesys:libusb:001:004", root_.path()), "genesys:usb-serial:04a9:1909:K12345");
    EXPECT_EQ(stable_id("genesys:libusb:001:005", root_.path()), "genesys:usb-port:1-3.1");
    unplug("1-2");
    unplug("1-3.1");
    EXPECT_EQ(sane_name_of("genesys:usb-serial:04a9:1909:K12345", root_.path()), std::nullopt);
    plug("2-1", 2, 9, "K12345"); // in another port
    plug("1-3.1", 1, 17, "");
    EXPECT_EQ(sane_name_of("genesys:usb-serial:04a9:1909:K12345", root_.path()), "genesys:libusb:002:009");
    EXPECT_EQ(sane_name_of("genesys:usb-port:1-3.1", root_.path()), "genesys:libusb:001:017");
}

TEST_F(Usb, TwinsAreToldApartByTheirPorts) {
    plug("1-2", 1, 4, "K12345");
    plug("1-3", 1, 5, "K12345");
    EXPECT_EQ(stable_id("genesys:libusb:001:004", root_.path()), "genesys:usb-port:1-2");
    EXPECT_EQ(stable_id("genesys:libusb:001:005", root_.path()), "genesys:usb-port:1-3");
    EXPECT_EQ(sane_name_of("genesys:usb-serial:04a9:1909:K12345", root_.path()), std::nullopt) << "a guess";
}

TEST_F(Usb, ASerialNumberThatIsNoneIsNotUsed) {
    for (const char* serial : {"000000", "0123456789", "x y z w", "abc", "\xff\xfe\xff\xfe"}) {
        plug("1-2", 1, 4, serial);
        EXPECT_EQ(stable_id("a:libusb:001:004", root_.path()), "a:usb-port:1-2") << serial;
    }
}

TEST_F(Usb, OtherNamesAreTheirOwnIds) {
    plug("1-2", 1, 4, "K12345");
    for (const char* name : {"test:0", "net:host:genesys:libusb:001:004", "airscan:e0:Scanner", "epson2:libusb:x:y",
                             "a:libusb:001:0041", "libusb:", ""}) {
        EXPECT_EQ(stable_id(name, root_.path()), name);
        EXPECT_EQ(sane_name_of(name, root_.path()), name);
    }
    EXPECT_EQ(stable_id("a:libusb:001:099", root_.path()), "a:libusb:001:099") << "not there";
    EXPECT_FALSE(usb_place("a:libusb:001:099", root_.path()));
    EXPECT_FALSE(usb_place("a:libusb:001:004", root_.path() + "/none"));
}

} // namespace
} // namespace rekam::sane
