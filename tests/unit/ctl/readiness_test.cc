// SPDX-License-Identifier: Apache-2.0
#include "core/ctl/readiness.h"
#include "core/ctl/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace rekam::ctl {
namespace {

using testing::HasSubstr;
using testing::Not;

SlotReport slot_with(const HealthCheck& check) {
    SlotReport report;
    report.slot.slot = "printer";
    report.slot.device = "acme/1";
    report.slot.state = "degraded";
    report.slot.admin = "in-service";
    report.make = "Acme";
    report.health.state = check.state;
    report.health.checks.push_back(check);
    report.verdict = Verdict::warnings;
    return report;
}

Readiness report_with(const SlotReport& slot) {
    Readiness report;
    report.station = "Desk <1> " + std::string(110, 'y');
    report.level = "self";
    report.station_id = "st-1";
    report.slots.push_back(slot);
    report.verdict = slot.verdict;
    return report;
}

TEST(Readiness, fits_a_terminal_whatever_a_vendor_says) {
    const std::string endless(400, 'x');
    const auto text = readiness_text(
        report_with(slot_with({"a-component-with-a-very-long-name", "failed",
                               endless + " \x1b[2J words and words and words and words and words and words and words",
                               "operator", "load-ribbon"})),
        Hints(), false);
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(width(line), 100U) << line;
        EXPECT_FALSE(line.ends_with(' ')) << line;
    }
    EXPECT_THAT(text, HasSubstr("xxxx\n"));
}

TEST(Readiness, colours_only_where_they_are_wanted) {
    const auto report = report_with(slot_with({"ribbon", "degraded", "30 left", "operator", "load-ribbon"}));
    EXPECT_THAT(readiness_text(report, Hints(), true), HasSubstr("\x1b[33mdegraded\x1b[0m"));
    EXPECT_THAT(readiness_text(report, Hints(), false), Not(HasSubstr("\x1b")));
}

TEST(Readiness, html_is_safe_from_what_devices_say) {
    auto slot = slot_with({"<script>", "failed", "a & b \"c\"", "operator", "<b>"});
    slot.consumables = {{"ribbon", "prints", 3, 200, 20}, {"lamp", "hours", std::nullopt, std::nullopt, std::nullopt}};
    const auto html = readiness_html(report_with(slot), Hints());
    EXPECT_THAT(html, Not(HasSubstr("<script>")));
    EXPECT_THAT(html, Not(HasSubstr("<b>")));
    EXPECT_THAT(html, HasSubstr("&lt;script&gt;"));
    EXPECT_THAT(html, HasSubstr("a &amp; b &quot;c&quot;"));
    EXPECT_THAT(html, HasSubstr("Desk &lt;1&gt; yy"));
    EXPECT_THAT(html, HasSubstr("ribbon 3/200 prints, lamp ? hours"));
    EXPECT_THAT(html, HasSubstr("size: A4"));
}

TEST(Readiness, a_slot_says_what_keeps_it) {
    SlotReport unbound;
    unbound.slot.reason = "2 devices match acme/*";
    unbound.slot.admin = "held";
    const auto checks = checks_of(unbound);
    ASSERT_EQ(checks.size(), 2U);
    EXPECT_EQ(checks[0].hint, "bind-slot");
    EXPECT_EQ(checks[0].evidence, unbound.slot.reason);
    EXPECT_EQ(checks[1].hint, "call-technician");
    EXPECT_EQ(advice_for(checks[0], Hints()), "bind-slot"); // without a file: better the key than nothing
    EXPECT_EQ(advice_for({"lamp", "ok", "", "", "bind-slot"}, Hints()), "");
}

TEST(Readiness, names_the_place_of_a_device_and_who_stands_in) {
    auto slot = slot_with({"lamp", "ok", "", "", ""});
    slot.port = "left rear";
    EXPECT_EQ(device_text(slot, Hints()), "Acme, port left rear");
    EXPECT_EQ(checks_of(slot).size(), 1U);
    slot.on_fallback = true;
    slot.slot.reason = "b/2 stands in for a/1: it is not connected";
    const auto checks = checks_of(slot);
    ASSERT_EQ(checks.size(), 2U);
    EXPECT_EQ(checks[1].component + " " + checks[1].state, "fallback degraded");
    EXPECT_EQ(checks[1].evidence, slot.slot.reason);
    EXPECT_EQ(checks[1].who, "technician");
}

} // namespace
} // namespace rekam::ctl
