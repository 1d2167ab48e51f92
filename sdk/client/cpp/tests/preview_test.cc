// SPDX-License-Identifier: Apache-2.0 OR MIT
// Previews against the fake station: pictures come, the newest wins, and every way in which one ends.
#include <thread>

#include "sdk/client/cpp/tests/fake.h"

namespace rekam {
namespace {

class PreviewTest : public PeerTest {
  protected:
    PreviewTest() : station_(connect()), visit_(station_.open_case("test")) {}
    Station station_;
    Case visit_;
};

TEST_F(PreviewTest, pictures_come_until_it_is_stopped) {
    auto lease = visit_.lease({"photo"});
    auto preview = lease.preview({.slot = "photo", .formats = {"image/png"}, .rate_hz = 5, .width_px = 640});
    std::int64_t seq = 0;
    for (int i = 0; i < 3; ++i) {
        const auto frame = preview.next();
        ASSERT_TRUE(frame);
        EXPECT_GT(frame->seq, seq);
        seq = frame->seq;
        EXPECT_EQ(frame->format, "image/png");
        EXPECT_EQ(frame->width_px, 32);
        EXPECT_EQ(frame->guide, std::vector<std::string>{"closer"});
        EXPECT_GT(frame->taken_utc_us, 0);
        ASSERT_GT(frame->data.size(), 8U);
        EXPECT_EQ(frame->data[1], std::byte{'P'});
    }
    preview.stop();
    preview.stop();
    EXPECT_FALSE(preview.next());
    EXPECT_TRUE(preview.ended());
    const auto result = preview.result();
    EXPECT_EQ(result.ended_by, "stop");
    EXPECT_GE(result.frames, seq);
    EXPECT_EQ(fake.sent("preview.stop"), 1);
    const std::string requests = fake.command(R"({"do":"requests"})");
    EXPECT_NE(requests.find(R"("width_px": 640)"), std::string::npos) << requests;
}

TEST_F(PreviewTest, the_newest_wins_for_a_program_that_sleeps) {
    auto lease = visit_.lease({"photo"});
    auto preview = lease.preview({.slot = "photo"});
    const auto first = preview.next();
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    const auto second = preview.next();
    ASSERT_TRUE(first && second);
    EXPECT_GT(second->seq, first->seq + 1);
}

TEST_F(PreviewTest, time_may_be_over_while_none_comes) {
    fake.command(R"({"do":"set","picture_ms":60000})");
    auto lease = visit_.lease({"photo"});
    auto preview = lease.preview({.slot = "photo"});
    EXPECT_TRUE(preview.next());
    EXPECT_FALSE(preview.next(Milliseconds(50)));
    EXPECT_FALSE(preview.ended());
}

TEST_F(PreviewTest, its_deadline_ends_it) {
    auto lease = visit_.lease({"photo"});
    auto preview = lease.preview({.slot = "photo", .deadline = Milliseconds(100)});
    while (preview.next()) {
    }
    EXPECT_EQ(preview.result().ended_by, "deadline");
}

TEST_F(PreviewTest, the_end_of_its_lease_is_told) {
    auto lease = visit_.lease({"photo"});
    auto preview = lease.preview({.slot = "photo"});
    EXPECT_TRUE(preview.next());
    lease.release();
    refused("cancelled", [&] {
        while (preview.next()) {
        }
    });
    refused("cancelled", [&] { preview.result(); });
    preview.stop(); // there is nothing left to stop
}

TEST_F(PreviewTest, a_refusal_is_told) {
    auto lease = visit_.lease({"document"});
    auto preview = lease.preview({.slot = "document"});
    refused("not-covered", [&] { preview.next(); });
}

TEST_F(PreviewTest, a_gate_that_dies_takes_it_along) {
    auto lease = visit_.lease({"photo"});
    auto preview = lease.preview({.slot = "photo"});
    EXPECT_TRUE(preview.next());
    fake.command(R"({"do":"restart_gate"})");
    const auto error = refused("no-answer", [&] {
        while (preview.next()) {
        }
    });
    EXPECT_EQ(error.effect, "none");
    EXPECT_EQ(fake.sent("preview.start"), 1);
    auto again = lease.preview({.slot = "photo"});
    EXPECT_TRUE(again.next());
}

TEST_F(PreviewTest, one_that_is_forgotten_is_stopped) {
    auto lease = visit_.lease({"photo"});
    { EXPECT_TRUE(lease.preview({.slot = "photo"}).next()); }
    EXPECT_EQ(fake.sent("preview.stop"), 1);
}

} // namespace
} // namespace rekam
