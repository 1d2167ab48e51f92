// SPDX-License-Identifier: Apache-2.0
// The specimens of ICAO Doc 9303 (parts 4 to 7), whole and damaged.
#include "core/host/mrz.h"

#include <gtest/gtest.h>

namespace rekam::host {
namespace {

wire::MrzLines lines_of(std::vector<std::string> texts) {
    wire::MrzLines lines;
    for (auto& text : texts)
        lines.items.emplace_back(std::move(text));
    return lines;
}

wire::Mrz parsed(std::vector<std::string> texts) {
    auto mrz = parse_mrz(lines_of(std::move(texts)));
    EXPECT_TRUE(mrz);
    return mrz ? *mrz : wire::Mrz{};
}

std::vector<std::string> wrong(const wire::Mrz& mrz) {
    std::vector<std::string> fields;
    for (const auto& check : mrz.checks.items)
        if (!check.ok)
            fields.push_back(check.field.value);
    return fields;
}

const std::string td3_names = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<";

TEST(Mrz, ReadsTheSpecimenPassport) {
    const auto mrz = parsed({td3_names, "L898902C36UTO7408122F1204159ZE184226B<<<<<10"});
    EXPECT_EQ(mrz.kind, wire::MrzKind::td3);
    EXPECT_TRUE(mrz.valid);
    EXPECT_EQ(mrz.checks.items.size(), 5u);
    const auto& fields = mrz.fields;
    EXPECT_EQ(fields.document_code.value, "P");
    EXPECT_EQ(fields.issuer.value, "UTO");
    EXPECT_EQ(fields.surname.value, "ERIKSSON");
    EXPECT_EQ(fields.given_names.value, "ANNA MARIA");
    EXPECT_EQ(fields.number.value, "L898902C3");
    EXPECT_EQ(fields.birth_date.value, "740812");
    EXPECT_EQ(fields.sex.value, "F");
    EXPECT_EQ(fields.expiry_date.value, "120415");
    EXPECT_EQ(fields.optional_data->value, "ZE184226B");
}

TEST(Mrz, ReadsTheSpecimenCards) {
    const auto td1 =
        parsed({"I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"});
    EXPECT_EQ(td1.kind, wire::MrzKind::td1);
    EXPECT_TRUE(td1.valid);
    EXPECT_EQ(td1.fields.number.value, "D23145890");
    EXPECT_EQ(td1.fields.nationality.value, "UTO");
    EXPECT_FALSE(td1.fields.optional_data);
    const auto td2 = parsed({"I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"});
    EXPECT_EQ(td2.kind, wire::MrzKind::td2);
    EXPECT_TRUE(td2.valid);
    EXPECT_EQ(td2.checks.items.size(), 4u);
}

TEST(Mrz, ReadsTheSpecimenVisasWhichHaveNoCompositeDigit) {
    const auto a =
        parsed({"V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L8988901C4XXX4009078F96121096ZE184226B<<<<<<"});
    EXPECT_EQ(a.kind, wire::MrzKind::mrv_a);
    EXPECT_TRUE(a.valid);
    EXPECT_EQ(a.checks.items.size(), 3u);
    const auto b = parsed({"V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L8988901C4XXX4009078F9612109<<<<<<<<"});
    EXPECT_EQ(b.kind, wire::MrzKind::mrv_b);
    EXPECT_TRUE(b.valid);
}

// Doc 9303 part 5, 4.2.4: the number goes on in the optional data.
TEST(Mrz, ReadsANumberThatIsLongerThanItsField) {
    const auto mrz =
        parsed({"I<UTOD23145890<7349<<<<<<<<<<<", "3407127M9507122UTO<<<<<<<<<<<2", "STEVENSON<<PETER<JOHN<<<<<<<<<"});
    EXPECT_EQ(mrz.fields.number.value, "D23145890734");
    EXPECT_TRUE(mrz.valid) << wrong(mrz).front();
}

TEST(Mrz, TellsEachDamagedDigitAndTheComposite) {
    const auto birth = parsed({td3_names, "L898902C36UTO7408132F1204159ZE184226B<<<<<10"});
    EXPECT_FALSE(birth.valid);
    EXPECT_EQ(wrong(birth), (std::vector<std::string>{"birth_date", "composite"}));
    const auto number = parsed({td3_names, "L898902C46UTO7408122F1204159ZE184226B<<<<<10"});
    EXPECT_EQ(wrong(number), (std::vector<std::string>{"number", "composite"}));
    const auto composite = parsed({td3_names, "L898902C36UTO7408122F1204159ZE184226B<<<<<11"});
    EXPECT_EQ(wrong(composite), (std::vector<std::string>{"composite"}));
    EXPECT_EQ(composite.checks.items.back().computed.value, "0");
}

TEST(Mrz, MayLeaveOutTheDigitOfAnEmptyPersonalNumber) {
    const auto mrz = parsed({td3_names, "L898902C36UTO7408122F1204159<<<<<<<<<<<<<<<4"});
    EXPECT_TRUE(mrz.checks.items[3].ok);
    EXPECT_EQ(mrz.checks.items[3].read.value, "<");
}

TEST(Mrz, UnspecifiedSexAndASingleName) {
    const auto mrz =
        parsed({"P<UTOARKFREITH<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122<1204159ZE184226B<<<<<10"});
    EXPECT_EQ(mrz.fields.sex.value, "X");
    EXPECT_EQ(mrz.fields.surname.value, "ARKFREITH");
    EXPECT_EQ(mrz.fields.given_names.value, "");
}

TEST(Mrz, RefusesWhatIsNone) {
    for (const auto& texts :
         std::vector<std::vector<std::string>>{{td3_names, std::string(36, '<')},
                                               {std::string(40, 'A'), std::string(40, 'B')},
                                               {td3_names, std::string(44, '<'), std::string(44, '<')},
                                               {std::string(30, 'I'), std::string(30, '<')}})
        EXPECT_EQ(parse_mrz(lines_of(texts)).error().code, model::Code::bad_frame);
}

} // namespace
} // namespace rekam::host
